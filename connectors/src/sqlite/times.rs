//! SQLite's three ways to write a point in time.

use chrono::{DateTime, NaiveDate, NaiveDateTime};

/// The Julian day of 1970-01-01 00:00.
const EPOCH: f64 = 2_440_587.5;

/// ISO 8601: a day, or a day and a time, with or without an offset, which is taken off.
pub(super) fn of_text(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return day.and_hms_opt(0, 0, 0);
    }
    for pattern in ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"] {
        if let Ok(time) = NaiveDateTime::parse_from_str(text.trim_end_matches('Z'), pattern) {
            return Some(time);
        }
    }
    for pattern in ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z"] {
        if let Ok(time) = DateTime::parse_from_str(text, pattern) {
            return Some(time.naive_utc());
        }
    }
    None
}

/// Seconds since 1970.
pub(super) fn of_integer(seconds: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp(seconds, 0).map(|time| time.naive_utc())
}

/// A Julian day, to the millisecond, as SQLite's own functions take it.
pub(super) fn of_real(day: f64) -> Option<NaiveDateTime> {
    let millis = (day - EPOCH) * 86_400_000.0;
    let in_range = millis.is_finite() && millis.abs() < 1e15;
    in_range.then(|| DateTime::from_timestamp_millis(millis.round() as i64)).flatten().map(|t| t.naive_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ways_tell_the_same() {
        let expected = of_text("2024-02-29 12:30:00");
        assert!(expected.is_some());
        for text in ["2024-02-29T12:30:00Z", "2024-02-29 12:30", "2024-02-29 14:30:00.000+02:00"] {
            assert_eq!(of_text(text), expected, "{text}");
        }
        assert_eq!(of_integer(1_709_209_800), expected);
        assert_eq!(of_real(2_460_370.020_833_333_5), expected);
        assert_eq!(of_text("2024-02-30"), None);
        assert_eq!(of_text("soon"), None);
    }
}
