//! The rows that a source under test has.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};

use crate::{Error, Result};

/// The rows of the table `people`.
///
/// | column | type | what is in it |
/// |---|---|---|
/// | `id` | bigint | 1 to 6 |
/// | `name` | text | other scripts, quotes, delimiters, a line break, NULL |
/// | `score` | double | fractions, a negative, zero, NULL |
/// | `active` | boolean | both, and NULL |
/// | `born` | date | before and after 1970, a leap day, NULL |
/// | `seen` | timestamp without time zone, or in UTC | fractions of a second, before 1970, NULL |
///
/// # Errors
/// None; the arrays have equal lengths.
pub fn people() -> Result<RecordBatch> {
    let columns: [(&str, ArrayRef); 6] = [
        ("id", Arc::new(Int64Array::from(vec![1, 2, 3, 4, 5, 6]))),
        (
            "name",
            Arc::new(StringArray::from(vec![
                Some("Ada Lovelace"),
                Some("Grace \"Amazing\" Hopper,\nRear Admiral"),
                Some("Zoë 张伟 O'Brien"),
                None,
                Some("ada lovelace; 50% off_x"),
                Some("007"),
            ])),
        ),
        (
            "score",
            Arc::new(Float64Array::from(vec![
                Some(1.5),
                Some(-0.25),
                None,
                Some(0.0),
                Some(1e10),
                Some(3.0),
            ])),
        ),
        (
            "active",
            Arc::new(BooleanArray::from(vec![
                Some(true),
                Some(false),
                None,
                Some(true),
                Some(false),
                Some(true),
            ])),
        ),
        (
            "born",
            Arc::new(Date32Array::from(vec![
                Some(-56_270),
                Some(-23_034),
                None,
                Some(11_016),
                Some(0),
                Some(19_782),
            ])),
        ),
        (
            "seen",
            Arc::new(TimestampMicrosecondArray::from(vec![
                Some(1_706_695_200_250_000),
                Some(-1_000_000),
                None,
                Some(0),
                Some(951_782_400_000_000),
                Some(1_709_164_799_999_999),
            ])),
        ),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)))
        .map_err(|error| Error::new(error.to_string()))
}
