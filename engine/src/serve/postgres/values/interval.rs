//! Intervals: months, days and microseconds, as PostgreSQL keeps them.

use std::fmt;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, DurationMicrosecondType, IntervalDayTimeType, IntervalMonthDayNanoType, IntervalUnit,
    IntervalYearMonthType, TimeUnit,
};

use super::unsendable;
use crate::Result;

/// An interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) months: i32,
    pub(super) days: i32,
    pub(super) microseconds: i64,
}

/// The intervals of an array of intervals or durations.
pub(super) fn parts(array: &ArrayRef) -> Result<Box<dyn Fn(usize) -> Interval + Send + Sync>> {
    Ok(match array.data_type() {
        DataType::Interval(IntervalUnit::YearMonth) => {
            let values = array.as_primitive::<IntervalYearMonthType>().clone();
            Box::new(move |row| Interval { months: values.value(row), days: 0, microseconds: 0 })
        }
        DataType::Interval(IntervalUnit::DayTime) => {
            let values = array.as_primitive::<IntervalDayTimeType>().clone();
            Box::new(move |row| {
                let value = values.value(row);
                Interval { months: 0, days: value.days, microseconds: i64::from(value.milliseconds) * 1000 }
            })
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let values = array.as_primitive::<IntervalMonthDayNanoType>().clone();
            Box::new(move |row| {
                let value = values.value(row);
                Interval { months: value.months, days: value.days, microseconds: value.nanoseconds / 1000 }
            })
        }
        DataType::Duration(_) => {
            let values = cast(array, &DataType::Duration(TimeUnit::Microsecond))?;
            let values = values.as_primitive::<DurationMicrosecondType>().clone();
            Box::new(move |row| Interval { months: 0, days: 0, microseconds: values.value(row) })
        }
        other => return Err(unsendable(other)),
    })
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        let mut part = |n: i32, one: &str, many: &str| {
            if n != 0 {
                parts.push(format!("{n} {}", if n == 1 { one } else { many }));
            }
        };
        part(self.months / 12, "year", "years");
        part(self.months % 12, "mon", "mons");
        part(self.days, "day", "days");
        if self.microseconds != 0 || parts.is_empty() {
            let sign = if self.microseconds < 0 { "-" } else { "" };
            let all = self.microseconds.unsigned_abs();
            let (seconds, fraction) = (all / 1_000_000, all % 1_000_000);
            let mut time =
                format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
            if fraction != 0 {
                time.push_str(format!(".{fraction:06}").trim_end_matches('0'));
            }
            parts.push(time);
        }
        f.write_str(&parts.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_read_as_in_postgresql() {
        let shown = |months, days, microseconds| Interval { months, days, microseconds }.to_string();
        assert_eq!(shown(14, 3, 14_706_250_000), "1 year 2 mons 3 days 04:05:06.25");
        assert_eq!(shown(0, 0, 0), "00:00:00");
        assert_eq!(shown(0, 1, 0), "1 day");
        assert_eq!(shown(0, 0, -1_500_000), "-00:00:01.5");
    }
}
