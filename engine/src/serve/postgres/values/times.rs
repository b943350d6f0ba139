//! Dates and times as text.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, TimeZone, Timelike};
use chrono_tz::Tz;

/// Days from 0001-01-01 to 1970-01-01.
const EPOCH: i32 = 719_163;

/// Days since 1970-01-01 as a date.
pub(super) fn date(days: i32) -> String {
    match days.checked_add(EPOCH).and_then(NaiveDate::from_num_days_from_ce_opt) {
        Some(date) => day(date),
        None if days > 0 => "infinity".to_owned(),
        None => "-infinity".to_owned(),
    }
}

/// Years before 1 are told as PostgreSQL tells them.
fn day(date: NaiveDate) -> String {
    match date.year() {
        year if year > 0 => format!("{year:04}-{:02}-{:02}", date.month(), date.day()),
        year => format!("{:04}-{:02}-{:02} BC", 1 - year, date.month(), date.day()),
    }
}

/// Microseconds since midnight as a time.
pub(super) fn time(microseconds: i64) -> String {
    let (seconds, fraction) = (microseconds.div_euclid(1_000_000), microseconds.rem_euclid(1_000_000));
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}{}", seconds % 60, Fraction(fraction))
}

/// Microseconds since 1970 as date and time.
pub(super) fn timestamp(microseconds: i64) -> String {
    match DateTime::from_timestamp_micros(microseconds) {
        Some(at) => local(at.naive_utc()),
        None if microseconds > 0 => "infinity".to_owned(),
        None => "-infinity".to_owned(),
    }
}

/// Microseconds since 1970 in UTC as date and time of a zone.
pub(super) fn zoned(microseconds: i64, zone: Tz) -> String {
    let Some(at) = DateTime::from_timestamp_micros(microseconds) else { return timestamp(microseconds) };
    let at = zone.from_utc_datetime(&at.naive_utc());
    let seconds = at.offset().fix().local_minus_utc();
    let (sign, ahead) = if seconds < 0 { ('-', -seconds) } else { ('+', seconds) };
    let (hours, minutes) = (ahead / 3600, ahead / 60 % 60);
    let text = local(at.naive_local());
    match (minutes, text.strip_suffix(" BC")) {
        (0, None) => format!("{text}{sign}{hours:02}"),
        (_, None) => format!("{text}{sign}{hours:02}:{minutes:02}"),
        (_, Some(text)) => format!("{text}{sign}{hours:02}:{minutes:02} BC"),
    }
}

fn local(at: NaiveDateTime) -> String {
    let fraction = Fraction(i64::from(at.nanosecond() / 1000));
    let (date, time) = (day(at.date()), at.time());
    let (date, era) = date.strip_suffix(" BC").map_or((date.as_str(), ""), |date| (date, " BC"));
    format!("{date} {:02}:{:02}:{:02}{fraction}{era}", time.hour(), time.minute(), time.second())
}

/// Microseconds behind a point, without zeros at the end.
struct Fraction(i64);

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return Ok(());
        }
        write!(f, ".{}", format!("{:06}", self.0).trim_end_matches('0'))
    }
}

/// Days from 1970-01-01 to 2000-01-01, where PostgreSQL counts from.
pub(super) const DAYS_BEFORE_2000: i32 = 10_957;

/// Microseconds from 1970 to 2000.
pub(super) const MICROSECONDS_BEFORE_2000: i64 = 946_684_800_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_read_as_in_postgresql() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(-719_163), "0001-12-31 BC");
        assert_eq!(date(DAYS_BEFORE_2000), "2000-01-01");
        assert_eq!(time(3_723_000_000), "01:02:03");
        assert_eq!(timestamp(1_706_781_600_250_000), "2024-02-01 10:00:00.25");
        assert_eq!(zoned(1_706_781_600_000_000, Tz::UTC), "2024-02-01 10:00:00+00");
        assert_eq!(zoned(1_706_781_600_000_000, Tz::Asia__Kolkata), "2024-02-01 15:30:00+05:30");
        assert_eq!(zoned(1_706_781_600_000_000, Tz::America__New_York), "2024-02-01 05:00:00-05");
    }
}
