//! Dates and times as files write them.

use chrono::format::{Item, Parsed, StrftimeItems, parse};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};

use crate::{Error, Result};

/// The patterns of the options `date_format` and `timestamp_format`, tried in order after ISO.
#[derive(Debug, Clone, Default)]
pub(super) struct Patterns {
    dates: Vec<Pattern>,
    timestamps: Vec<Pattern>,
}

/// A strftime pattern taken apart once.
#[derive(Debug, Clone)]
struct Pattern {
    items: Vec<Item<'static>>,
    full_year: bool,
}

impl Patterns {
    /// Reads the two options: strftime patterns separated by `|`.
    pub(super) fn new(dates: Option<&str>, timestamps: Option<&str>) -> Result<Self> {
        Ok(Self {
            dates: Pattern::several(dates, "date_format")?,
            timestamps: Pattern::several(timestamps, "timestamp_format")?,
        })
    }

    pub(super) fn has_dates(&self) -> bool {
        !self.dates.is_empty()
    }

    pub(super) fn has_timestamps(&self) -> bool {
        !self.timestamps.is_empty()
    }

    pub(super) fn date(&self, value: &str) -> Option<NaiveDate> {
        self.dates.iter().find_map(|pattern| pattern.parse(value)?.to_naive_date().ok())
    }

    pub(super) fn timestamp(&self, value: &str) -> Option<DateTime<Utc>> {
        self.timestamps.iter().find_map(|pattern| pattern.timestamp(value))
    }
}

impl Pattern {
    fn several(option: Option<&str>, name: &str) -> Result<Vec<Self>> {
        let patterns = option.unwrap_or_default().split('|').filter(|text| !text.trim().is_empty());
        patterns.map(|text| Self::new(text.trim(), name)).collect()
    }

    fn new(text: &str, option: &str) -> Result<Self> {
        let wrong = |_| {
            Error::new(format!("'{text}' is not a date pattern")).on(format!("option {option}")).hint(
                "write strftime: %Y year, %m month, %d day, %H hour, %M minute, %S second, as '%m/%d/%Y'",
            )
        };
        let items = StrftimeItems::new(text).parse_to_owned().map_err(wrong)?;
        Ok(Self { items, full_year: text.contains("%Y") })
    }

    fn parse(&self, value: &str) -> Option<Parsed> {
        let mut parsed = Parsed::new();
        parse(&mut parsed, value, self.items.iter()).ok()?;
        // Otherwise %Y would read 86 as the year 86, and a %y that follows it would never be tried.
        let short = self.full_year && parsed.year().is_none_or(|year| year < 1000);
        (!short).then_some(parsed)
    }

    fn timestamp(&self, value: &str) -> Option<DateTime<Utc>> {
        let mut parsed = self.parse(value)?;
        if parsed.hour_div_12().is_none() && parsed.timestamp().is_none() {
            parsed.set_hour(0).ok()?;
        }
        if parsed.minute().is_none() {
            parsed.set_minute(0).ok()?;
        }
        let offset = parsed.offset().unwrap_or(0);
        let local: NaiveDateTime = parsed.to_naive_datetime_with_offset(offset).ok()?;
        Some((local - chrono::TimeDelta::seconds(i64::from(offset))).and_utc())
    }
}

/// A date as `yyyy-mm-dd`.
pub(super) fn iso_date(value: &str) -> Option<NaiveDate> {
    let bytes: &[u8; 10] = value.as_bytes().try_into().ok()?;
    if bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let number = |range: std::ops::Range<usize>| {
        bytes[range].iter().try_fold(0u32, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
        })
    };
    NaiveDate::from_ymd_opt(i32::try_from(number(0..4)?).ok()?, number(5..7)?, number(8..10)?)
}

/// Days since 1970.
pub(super) fn days(date: NaiveDate) -> i32 {
    const DAYS_TO_1970: i32 = 719_163;
    date.num_days_from_ce() - DAYS_TO_1970
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(patterns: &str, value: &str) -> Option<String> {
        Patterns::new(Some(patterns), None).unwrap().date(value).map(|date| date.to_string())
    }

    fn timestamp(patterns: &str, value: &str) -> Option<String> {
        let patterns = Patterns::new(None, Some(patterns)).unwrap();
        patterns.timestamp(value).map(|time| time.naive_utc().to_string())
    }

    #[test]
    fn patterns_are_tried_in_order() {
        assert_eq!(date("%m/%d/%Y|%d.%m.%y", "5/8/1986").as_deref(), Some("1986-05-08"));
        assert_eq!(date("%m/%d/%Y|%d.%m.%y", "08.05.86").as_deref(), Some("1986-05-08"));
        assert_eq!(date("%m/%d/%Y|%m/%d/%y", "5/8/86").as_deref(), Some("1986-05-08"));
        assert_eq!(date("%m/%d/%Y", "13/8/1986"), None);
        assert_eq!(date("%m/%d/%Y", "5/8/1986 x"), None);
    }

    #[test]
    fn times_are_optional_and_offsets_lead_to_utc() {
        let given = timestamp("%m/%d/%Y %H:%M", "5/8/1986 14:30");
        assert_eq!(given.as_deref(), Some("1986-05-08 14:30:00"));
        assert_eq!(timestamp("%m/%d/%Y", "5/8/1986").as_deref(), Some("1986-05-08 00:00:00"));
        let given = timestamp("%d.%m.%Y %I:%M:%S %p %z", "8.5.1986 2:30:05 PM +0200");
        assert_eq!(given.as_deref(), Some("1986-05-08 12:30:05"));
    }

    #[test]
    fn a_wrong_pattern_is_refused() {
        let error = Patterns::new(Some("%m/%Q"), None).unwrap_err();
        assert!(error.to_string().starts_with("option date_format: '%m/%Q' is not a date pattern"));
    }

    #[test]
    fn iso_dates_are_strict() {
        assert_eq!(iso_date("2024-02-29").map(days), Some(19_782));
        assert_eq!(iso_date("1970-01-01").map(days), Some(0));
        for value in ["2023-02-29", "2024-2-29", "20240229", "2024-02-29 ", "２024-02-2"] {
            assert_eq!(iso_date(value), None, "{value}");
        }
    }
}
