//! What counts as a value: not NULL, and not a struct whose fields are all NULL.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::buffer::{BooleanBuffer, NullBuffer};
use arrow::datatypes::DataType;

/// Rows of `array` that carry a value; `None` when all of them do.
///
/// A struct carries a value when at least one of its fields does, so that an address that was built from
/// four NULL columns does not win over a real one.
pub(crate) fn present(array: &ArrayRef) -> Option<NullBuffer> {
    let own = array.logical_nulls();
    let DataType::Struct(fields) = array.data_type() else {
        return own.filter(|nulls| nulls.null_count() > 0);
    };
    if fields.is_empty() {
        return own;
    }
    let mut any: Option<BooleanBuffer> = None;
    for column in array.as_struct().columns() {
        let Some(column) = present(column) else {
            return own.filter(|nulls| nulls.null_count() > 0);
        };
        any = Some(match any {
            Some(any) => &any | column.inner(),
            None => column.inner().clone(),
        });
    }
    NullBuffer::union(own.as_ref(), any.map(NullBuffer::new).as_ref())
}

/// Rows that carry a value and pass the FILTER clause; `None` when all do.
pub(crate) fn candidates(value: &ArrayRef, filter: Option<&BooleanArray>) -> Option<NullBuffer> {
    let present = present(value);
    match filter {
        None => present,
        Some(filter) => NullBuffer::union(present.as_ref(), Some(&passing(filter))),
    }
}

/// The rows for which a FILTER predicate is true: NULL is not.
pub(crate) fn passing(filter: &BooleanArray) -> NullBuffer {
    let values = filter.values();
    NullBuffer::new(match filter.nulls() {
        Some(nulls) => values & nulls.inner(),
        None => values.clone(),
    })
}
