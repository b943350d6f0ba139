//! What kind of thing a column holds, by the look of its first values.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type};

use crate::identity::rules::quoted;

/// So many rows are looked at.
pub(super) const SAMPLE: usize = 10_000;

/// This share of the values that are there must look like it.
const ENOUGH: f64 = 0.9;

/// Kinds with the pattern that a value has as a whole, the most special first.
pub(super) const KINDS: [(&str, &str); 6] = [
    ("email", r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$"),
    ("url", r"^[A-Za-z][A-Za-z0-9+.-]*://\S+$"),
    ("uuid", r"^[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$"),
    ("date", r"^([0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4})([T ].*)?$"),
    ("number", r"^-?[0-9]+([.,][0-9]+)?$"),
    ("phone", r"^(\+|00)?[0-9 ()/.-]{7,}$"),
];

/// For each kind the share of a column's values that look like it, blank ones left out.
pub(super) fn shares(field: &Field, n: usize) -> Vec<String> {
    let column = quoted(field.name());
    let share = |(place, (_, pattern)): (usize, &(&str, &str))| {
        if !field.data_type().is_string() {
            return format!("CAST(NULL AS DOUBLE) AS k{n}_{place}");
        }
        format!(
            "avg(CASE WHEN btrim({column}) = '' THEN NULL WHEN regexp_like(btrim({column}), '{pattern}') THEN 1.0 \
             WHEN {column} IS NOT NULL THEN 0.0 END) AS k{n}_{place}"
        )
    };
    KINDS.iter().enumerate().map(share).collect()
}

/// The kind by type, or by the shares in the first columns.
pub(super) fn of(r#type: &DataType, shares: &[ArrayRef]) -> Option<String> {
    if r#type.is_numeric() {
        return Some("number".to_owned());
    }
    match r#type {
        DataType::Boolean => return Some("boolean".to_owned()),
        DataType::Date32 | DataType::Date64 => return Some("date".to_owned()),
        DataType::Timestamp(..) => return Some("timestamp".to_owned()),
        _ => {}
    }
    let enough = |share: &ArrayRef| {
        let share = cast(share, &DataType::Float64).ok()?;
        share.is_valid(0).then(|| share.as_primitive::<Float64Type>().value(0) >= ENOUGH)
    };
    let found = KINDS.iter().zip(shares).find(|(_, share)| enough(share) == Some(true));
    found.map(|((kind, _), _)| (*kind).to_owned())
}
