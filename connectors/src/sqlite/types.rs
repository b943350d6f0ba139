//! SQLite's declared types as they are here, by words in their names as SQLite itself reads them.
//!
//! | declared | here |
//! |---|---|
//! | `…INT…` | bigint |
//! | `BOOL…` | boolean; everything but 0 is true |
//! | `DECIMAL(p, s)`, `NUMERIC(p, s)` | decimal |
//! | `REAL`, `FLOAT`, `DOUBLE`, other `NUMERIC` and `DECIMAL` | double |
//! | `DATE` | date: `yyyy-mm-dd`, seconds since 1970, or a Julian day |
//! | `DATETIME`, `TIMESTAMP` | timestamp: ISO 8601, seconds since 1970, or a Julian day |
//! | `…CHAR…`, `…TEXT…`, `…CLOB…`, `JSON`, `UUID`, `TIME` | text |
//! | `…BLOB…` | binary |
//! | nothing, or another word | the text of each value |

use arrow::datatypes::{DataType, TimeUnit};

use super::dialect::quote;
use crate::database::table::{Collation, Compare, RemoteColumn};

/// A column by its declared type. Texts are compared there only in a file that stores them in UTF-8.
pub(super) fn column(name: String, declared: &str, nullable: bool, utf8: bool) -> RemoteColumn {
    let quoted = quote(&name);
    let words = declared.to_uppercase();
    let has = |word: &str| words.contains(word);
    let text = if utf8 { Compare::Text(Collation::Loose) } else { Compare::Nulls };
    let numeric = has("DEC") || has("NUMERIC");
    let (data_type, compare, read) = if has("INT") {
        (DataType::Int64, Compare::Integer, quoted)
    } else if has("BOOL") {
        (DataType::Boolean, Compare::Boolean, quoted)
    } else if numeric && let Some((precision, scale)) = digits(&words) {
        (DataType::Decimal128(precision, scale), Compare::Nulls, quoted)
    } else if has("REAL") || has("FLOA") || has("DOUB") || numeric {
        (DataType::Float64, Compare::Float, quoted)
    } else if has("DATETIME") || has("TIMESTAMP") {
        (DataType::Timestamp(TimeUnit::Microsecond, None), Compare::Nulls, quoted)
    } else if has("DATE") {
        (DataType::Date32, Compare::Nulls, quoted)
    } else if ["CHAR", "TEXT", "CLOB"].into_iter().any(has) {
        (DataType::Utf8View, text, quoted)
    } else if has("BLOB") {
        (DataType::Binary, Compare::Nulls, quoted)
    } else {
        (DataType::Utf8View, text, format!("CAST({quoted} AS TEXT)"))
    };
    RemoteColumn { name, data_type, nullable, read, compare, wire: 0 }
}

/// Precision and scale in parentheses.
fn digits(declared: &str) -> Option<(u8, i8)> {
    let (_, rest) = declared.split_once('(')?;
    let (inside, _) = rest.split_once(')')?;
    let (precision, scale) = inside.split_once(',').unwrap_or((inside, "0"));
    let (precision, scale): (u8, i8) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
    let fits = (1..=38).contains(&precision) && scale >= 0 && scale.unsigned_abs() <= precision;
    fits.then_some((precision, scale))
}
