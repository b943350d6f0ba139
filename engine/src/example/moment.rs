//! Time in the example: minutes since the start of 2023, written out as text without a locale.

use chrono::{Datelike, Days, NaiveDate};

/// Minutes since 2023-01-01 00:00.
pub(super) type Moment = u32;

/// Minutes of a day.
pub(super) const DAY: Moment = 24 * 60;

/// The last moment that the data knows: the end of 2025-06-30.
pub(super) const END: Moment = 912 * DAY - 1;

const START: NaiveDate = match NaiveDate::from_ymd_opt(2023, 1, 1) {
    Some(date) => date,
    None => NaiveDate::MIN,
};

/// The calendar date of a moment.
pub(super) fn date(moment: Moment) -> NaiveDate {
    START.checked_add_days(Days::new(u64::from(moment / DAY))).unwrap_or(START)
}

/// A day of the calendar; the first day of the data for one that does not exist.
pub(super) fn day_of(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or(START)
}

/// `2024-03-09 14:05:00`.
pub(super) fn timestamp(moment: Moment) -> String {
    let minute = moment % DAY;
    format!("{} {:02}:{:02}:00", iso(date(moment)), minute / 60, minute % 60)
}

/// `2024-03-09`.
pub(super) fn iso(date: NaiveDate) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

/// `3/9/2024`.
pub(super) fn month_first(date: NaiveDate) -> String {
    format!("{}/{}/{}", date.month(), date.day(), date.year())
}
