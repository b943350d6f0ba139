//! The types of columns in text files: SQL words, and how a value is read.

use std::fmt;
use std::str::FromStr;

use arrow::datatypes::{DataType, TimeUnit};
use chrono::{DateTime, Utc};

use super::pattern::{Patterns, days, iso_date};

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Type {
    Boolean,
    Smallint,
    Int,
    Bigint,
    Real,
    Double,
    Decimal(u8, i8),
    Date,
    Timestamp,
    TimestampTz,
    Text,
}

/// The words that [`Type::from_str`] understands, for messages.
pub(super) const TYPE_WORDS: &[&str] = &[
    "text",
    "varchar",
    "smallint",
    "int",
    "integer",
    "bigint",
    "real",
    "float",
    "double",
    "decimal",
    "numeric",
    "boolean",
    "date",
    "timestamp",
    "timestamptz",
];

impl Type {
    /// How the column is held in memory.
    pub(super) fn data_type(self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Smallint => DataType::Int16,
            Self::Int => DataType::Int32,
            Self::Bigint => DataType::Int64,
            Self::Real => DataType::Float32,
            Self::Double => DataType::Float64,
            Self::Decimal(precision, scale) => DataType::Decimal128(precision, scale),
            Self::Date => DataType::Date32,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::TimestampTz => DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into())),
            Self::Text => DataType::Utf8View,
        }
    }

    /// Whether a value that is not NULL can be read as this type.
    pub(super) fn fits(self, value: &str, patterns: &Patterns) -> bool {
        let trimmed = value.trim_ascii();
        match self {
            Self::Boolean => boolean(trimmed).is_some(),
            Self::Smallint => trimmed.parse::<i16>().is_ok(),
            Self::Int => trimmed.parse::<i32>().is_ok(),
            Self::Bigint => trimmed.parse::<i64>().is_ok(),
            Self::Real | Self::Double => trimmed.parse::<f64>().is_ok(),
            Self::Decimal(precision, scale) => decimal(trimmed, precision, scale).is_some(),
            Self::Date => date(trimmed, patterns).is_some(),
            Self::Timestamp | Self::TimestampTz => timestamp(trimmed, patterns).is_some(),
            Self::Text => true,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Self::Boolean => "boolean",
            Self::Smallint => "smallint",
            Self::Int => "int",
            Self::Bigint => "bigint",
            Self::Real => "real",
            Self::Double => "double",
            Self::Decimal(precision, scale) => return write!(f, "decimal({precision}, {scale})"),
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::TimestampTz => "timestamptz",
            Self::Text => "text",
        };
        f.write_str(word)
    }
}

impl FromStr for Type {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim().to_lowercase();
        let (word, arguments) = match text.split_once('(') {
            Some((word, rest)) => (word.trim(), Some(rest.strip_suffix(')').ok_or(())?)),
            None => (text.as_str(), None),
        };
        let r#type = match word {
            "text" | "varchar" | "char" | "string" => Self::Text,
            "boolean" | "bool" => Self::Boolean,
            "smallint" | "int2" => Self::Smallint,
            "int" | "integer" | "int4" => Self::Int,
            "bigint" | "int8" | "long" => Self::Bigint,
            "real" | "float4" => Self::Real,
            "double" | "double precision" | "float" | "float8" => Self::Double,
            "decimal" | "numeric" => {
                let (precision, scale) = match arguments {
                    None => (38, 10),
                    Some(arguments) => {
                        let (precision, scale) = arguments.split_once(',').unwrap_or((arguments, "0"));
                        (precision.trim().parse().map_err(drop)?, scale.trim().parse().map_err(drop)?)
                    }
                };
                let valid = (1..=38).contains(&precision) && (0..=38).contains(&scale);
                return if valid && scale as u8 <= precision {
                    Ok(Self::Decimal(precision, scale))
                } else {
                    Err(())
                };
            }
            "date" => Self::Date,
            "timestamp" | "datetime" => Self::Timestamp,
            "timestamptz" | "timestamp with time zone" => Self::TimestampTz,
            _ => return Err(()),
        };
        let takes_length = r#type == Self::Text;
        if arguments.is_some() && !takes_length { Err(()) } else { Ok(r#type) }
    }
}

/// The words a declared boolean may be written as.
pub(super) fn boolean(value: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|word| value.eq_ignore_ascii_case(word));
    match () {
        () if is(&["true", "t", "yes", "y", "1", "on"]) => Some(true),
        () if is(&["false", "f", "no", "n", "0", "off"]) => Some(false),
        () => None,
    }
}

/// A decimal number times ten to the `scale`; digits beyond the scale are rounded half away from zero.
pub(super) fn decimal(value: &str, precision: u8, scale: i8) -> Option<i128> {
    let (negative, digits) = match value.as_bytes() {
        [b'-', ..] => (true, &value[1..]),
        [b'+', ..] => (false, &value[1..]),
        _ => (false, value),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let scale = usize::try_from(scale).ok()?;
    let mut unscaled = 0i128;
    let kept = fraction.bytes().chain(std::iter::repeat(b'0')).take(scale);
    for digit in whole.bytes().chain(kept) {
        let digit = digit.is_ascii_digit().then(|| i128::from(digit - b'0'))?;
        unscaled = unscaled.checked_mul(10)?.checked_add(digit)?;
    }
    let rest = fraction.as_bytes().get(scale..).unwrap_or_default();
    if !rest.iter().all(u8::is_ascii_digit) {
        return None;
    }
    if rest.first().is_some_and(|digit| *digit >= b'5') {
        unscaled += 1;
    }
    let fits = unscaled < 10i128.checked_pow(u32::from(precision))?;
    fits.then_some(if negative { -unscaled } else { unscaled })
}

/// Days since 1970: ISO, or one of the given patterns.
pub(super) fn date(value: &str, patterns: &Patterns) -> Option<i32> {
    iso_date(value).or_else(|| patterns.date(value)).map(days)
}

/// Microseconds since 1970: ISO with or without an offset (converted to UTC), a date, or a given pattern.
pub(super) fn timestamp(value: &str, patterns: &Patterns) -> Option<i64> {
    iso_timestamp(value).or_else(|| patterns.timestamp(value)).map(|time| time.timestamp_micros())
}

fn iso_timestamp(value: &str) -> Option<DateTime<Utc>> {
    let bytes = value.as_bytes();
    if bytes.len() < 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    arrow::compute::kernels::cast_utils::string_to_datetime(&Utc, value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_type_is_read_back() {
        for text in ["text", "bigint", "decimal(10, 2)", "timestamp", "boolean", "double"] {
            assert_eq!(text.parse::<Type>().unwrap().to_string(), text);
        }
        for text in ["decimal(0)", "decimal(5,9)", "bigint(3)", "varchr", "decimal(5"] {
            assert!(text.parse::<Type>().is_err(), "{text}");
        }
    }

    #[test]
    fn decimals_are_exact_and_rounded() {
        assert_eq!(decimal("12.345", 10, 2), Some(1235));
        assert_eq!(decimal("-.5", 10, 2), Some(-50));
        assert_eq!(decimal("7", 10, 2), Some(700));
        assert_eq!(decimal("999.99", 4, 2), None);
        assert_eq!(decimal("1,000", 10, 2), None);
        assert_eq!(decimal("1.2x", 10, 0), None);
        assert_eq!(decimal(".", 10, 0), None);
    }
}
