//! Arguments and results.

use std::sync::Arc;

use arrow::array::Array;
use arrow::datatypes::{DataType, Field};
use datafusion::common::ScalarValue;

pub(super) fn text(value: impl Into<String>) -> ScalarValue {
    ScalarValue::Utf8(Some(value.into()))
}

pub(super) const NO_TEXT: ScalarValue = ScalarValue::Utf8(None);

pub(super) fn said(value: Option<&ScalarValue>) -> Option<String> {
    match value? {
        ScalarValue::Utf8(text) | ScalarValue::LargeUtf8(text) | ScalarValue::Utf8View(text) => text.clone(),
        ScalarValue::Dictionary(_, value) => said(Some(value)),
        _ => None,
    }
}

pub(super) fn number(value: Option<&ScalarValue>) -> Option<i64> {
    match value?.cast_to(&DataType::Int64) {
        Ok(ScalarValue::Int64(n)) => n,
        _ => None,
    }
}

pub(super) fn oid(value: Option<&ScalarValue>) -> Option<u32> {
    number(value).and_then(|n| u32::try_from(n).ok())
}

pub(super) fn list(items: Vec<ScalarValue>, of: &DataType) -> ScalarValue {
    ScalarValue::List(ScalarValue::new_list_nullable(&items, of))
}

pub(super) fn list_of(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(item, true)))
}

/// The items of a list.
pub(super) fn items(value: Option<&ScalarValue>) -> Vec<ScalarValue> {
    let Some(ScalarValue::List(lists)) = value else { return Vec::new() };
    if lists.is_empty() || lists.is_null(0) {
        return Vec::new();
    }
    let values = lists.value(0);
    (0..values.len()).filter_map(|n| ScalarValue::try_from_array(&values, n).ok()).collect()
}
