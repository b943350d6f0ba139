//! Which types all values of a column fit.

use super::pattern::{Patterns, iso_date};
use super::types::{Type, timestamp};

const BOOLEAN: u8 = 1;
const BIGINT: u8 = 2;
const DOUBLE: u8 = 4;
const DATE: u8 = 8;
const TIMESTAMP: u8 = 16;

/// The types that every value seen so far fits; text is always one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidates {
    fits: u8,
    seen: bool,
}

impl Candidates {
    /// Before any value.
    pub(super) const NEW: Self = Self { fits: BOOLEAN | BIGINT | DOUBLE | DATE | TIMESTAMP, seen: false };

    /// Takes a value as written in a file without types of its own.
    pub(super) fn observe(&mut self, value: &str, patterns: &Patterns) {
        self.seen = true;
        if self.fits != 0 {
            self.fits &= self.untyped(value.trim_ascii(), patterns);
        }
    }

    /// Takes a text of a format that tells texts from numbers.
    pub(super) fn observe_text(&mut self, value: &str, patterns: &Patterns) {
        self.seen = true;
        self.fits &= DATE | TIMESTAMP;
        if self.fits != 0 {
            self.fits &= self.time(value.trim_ascii(), patterns);
        }
    }

    /// Takes an empty text of such a format, which is NULL in a column of dates and a text elsewhere.
    pub(super) fn observe_blank_text(&mut self) {
        self.fits &= DATE | TIMESTAMP;
    }

    pub(super) fn observe_boolean(&mut self) {
        self.seen = true;
        self.fits &= BOOLEAN;
    }

    pub(super) fn observe_bigint(&mut self, value: i64) {
        self.seen = true;
        self.fits &= if value.unsigned_abs() < 1_000_000_000_000_000 { BIGINT | DOUBLE } else { BIGINT };
    }

    pub(super) fn observe_double(&mut self) {
        self.seen = true;
        self.fits &= DOUBLE;
    }

    /// Takes a value that only text can hold.
    pub(super) fn observe_other(&mut self) {
        self.seen = true;
        self.fits = 0;
    }

    /// The types that the values of both fit.
    pub(super) fn merge(&mut self, other: Self) {
        self.fits &= other.fits;
        self.seen |= other.seen;
    }

    /// The narrowest type; text for a column without values.
    pub(super) fn r#type(self) -> Type {
        let order = [
            (BOOLEAN, Type::Boolean),
            (BIGINT, Type::Bigint),
            (DOUBLE, Type::Double),
            (DATE, Type::Date),
            (TIMESTAMP, Type::Timestamp),
        ];
        let found = order.into_iter().find(|(flag, _)| self.seen && self.fits & flag != 0);
        found.map_or(Type::Text, |(_, r#type)| r#type)
    }

    fn untyped(self, value: &str, patterns: &Patterns) -> u8 {
        let word = match value.as_bytes().first() {
            Some(b'0'..=b'9' | b'-' | b'.') => number(value),
            Some(b't' | b'T' | b'f' | b'F')
                if value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false") =>
            {
                BOOLEAN
            }
            _ => 0,
        };
        word | self.time(value, patterns)
    }

    fn time(self, value: &str, patterns: &Patterns) -> u8 {
        if self.fits & (DATE | TIMESTAMP) == 0 {
            return 0;
        }
        if iso_date(value).is_some() {
            return DATE | TIMESTAMP;
        }
        let mut fits = 0;
        if patterns.has_dates() && self.fits & DATE != 0 && patterns.date(value).is_some() {
            fits |= DATE;
        }
        let maybe = patterns.has_timestamps() || (value.len() > 10 && value.as_bytes()[4] == b'-');
        if maybe && self.fits & TIMESTAMP != 0 && timestamp(value, patterns).is_some() {
            fits |= TIMESTAMP;
        }
        fits
    }
}

/// The number types that keep all that is written: no leading zeros or plus sign, as in postcodes and phone
/// numbers, and no more digits than the type holds.
fn number(value: &str) -> u8 {
    let unsigned = value.strip_prefix('-').unwrap_or(value);
    let bytes = unsigned.as_bytes();
    if bytes.len() > 1 && bytes[0] == b'0' && bytes[1].is_ascii_digit() {
        return 0;
    }
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == bytes.len() {
        return match digits {
            0 => 0,
            1..=15 => BIGINT | DOUBLE,
            _ if value.parse::<i64>().is_ok() => BIGINT,
            _ => 0,
        };
    }
    let shaped = bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'-' | b'+'));
    if shaped && value.parse::<f64>().is_ok_and(f64::is_finite) { DOUBLE } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn infer(values: &[&str]) -> Type {
        let patterns = Patterns::new(Some("%m/%d/%Y"), None).unwrap();
        let mut candidates = Candidates::NEW;
        values.iter().for_each(|value| candidates.observe(value, &patterns));
        candidates.r#type()
    }

    #[test]
    fn the_narrowest_type_that_loses_nothing() {
        assert_eq!(infer(&["1", " -20 ", "0"]), Type::Bigint);
        assert_eq!(infer(&["1", "2.5", "-1e3", ".5"]), Type::Double);
        assert_eq!(infer(&["true", "FALSE"]), Type::Boolean);
        assert_eq!(infer(&["2024-01-31", "5/8/1986"]), Type::Date);
        assert_eq!(infer(&["2024-01-31", "2024-01-31T10:00:00Z"]), Type::Timestamp);
        assert_eq!(infer(&["2024-01-31 10:00:00.5"]), Type::Timestamp);
    }

    #[test]
    fn what_a_number_would_lose_stays_text() {
        assert_eq!(infer(&["10753", "01234"]), Type::Text);
        assert_eq!(infer(&["+4930123"]), Type::Text);
        assert_eq!(infer(&["12345678901234567890"]), Type::Text);
        assert_eq!(infer(&["1.5", "1234567890123456789"]), Type::Text);
        assert_eq!(infer(&["1", "NaN"]), Type::Text);
        assert_eq!(infer(&["-"]), Type::Text);
        assert_eq!(infer(&["1", "2024-01-31"]), Type::Text);
        assert_eq!(infer(&[]), Type::Text);
    }
}
