//! Plain types for the wire: every client reads texts and bytes, not all of them views and dictionaries of these.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StringArray, StringViewArray};
use arrow::buffer::OffsetBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};

use crate::Result;

/// The columns as they are sent.
pub(super) fn schema(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().map(field).collect::<Vec<_>>();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

fn field(field: &FieldRef) -> FieldRef {
    Arc::new(field.as_ref().clone().with_data_type(data_type(field.data_type())))
}

/// The type as it is sent.
pub(super) fn data_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        DataType::BinaryView | DataType::LargeBinary => DataType::Binary,
        DataType::Dictionary(_, values) => self::data_type(values),
        DataType::RunEndEncoded(_, values) => self::data_type(values.data_type()),
        DataType::List(item) | DataType::ListView(item) => DataType::List(field(item)),
        DataType::LargeList(item) | DataType::LargeListView(item) => DataType::List(field(item)),
        DataType::FixedSizeList(item, n) => DataType::FixedSizeList(field(item), *n),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(field).collect()),
        DataType::Map(entries, sorted) => DataType::Map(field(entries), *sorted),
        other => other.clone(),
    }
}

/// The rows as they are sent.
pub(super) fn batch(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let columns = batch.columns().iter().zip(schema.fields());
    let columns: Vec<ArrayRef> = columns
        .map(|(column, field)| match column.data_type() == field.data_type() {
            true => Ok(Arc::clone(column)),
            false => match column.as_string_view_opt().filter(|_| *field.data_type() == DataType::Utf8) {
                Some(views) => texts(views),
                None => Ok(cast(column, field.data_type())?),
            },
        })
        .collect::<Result<_>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
}

/// Texts one after the other, as `cast` gives them, in half of its time: they are most of what is sent.
fn texts(views: &StringViewArray) -> Result<ArrayRef> {
    /// A short text is in its view, after four bytes that have its length.
    const SHORT: usize = 12;
    let length = |view: &u128| *view as u32 as usize;
    let is_given = |row: usize| views.nulls().is_none_or(|nulls| nulls.is_valid(row));
    let mut ends = Vec::with_capacity(views.len() + 1);
    let mut total = 0;
    ends.push(0);
    for (row, view) in views.views().iter().enumerate() {
        total += if is_given(row) { length(view) } else { 0 };
        ends.push(total as i32);
    }
    if i32::try_from(total).is_err() {
        return Ok(cast(views, &DataType::Utf8)?);
    }
    // A short text is copied with what is behind it, which is cut off again.
    let mut bytes = Vec::with_capacity(total + SHORT);
    for (row, view) in views.views().iter().enumerate() {
        if !is_given(row) {
            continue;
        }
        let length = length(view);
        if length <= SHORT {
            let end = bytes.len() + length;
            bytes.extend_from_slice(&view.to_le_bytes()[4..]);
            bytes.truncate(end);
        } else {
            let (buffer, offset) = ((view >> 64) as u32 as usize, (view >> 96) as usize);
            bytes.extend_from_slice(&views.data_buffers()[buffer][offset..offset + length]);
        }
    }
    let ends = OffsetBuffer::new(ends.into());
    Ok(Arc::new(StringArray::try_new(ends, bytes.into(), views.nulls().cloned())?))
}

#[cfg(test)]
mod tests {
    use arrow::array::{DictionaryArray, ListArray};
    use arrow::datatypes::{Int32Type, UInt8Type};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn texts_of_views_are_those_of_a_cast(
            rows in prop::collection::vec(prop::option::of("[a-zßé😀]{0,30}"), 0..40),
            skip in 0_usize..5,
        ) {
            let views = StringViewArray::from_iter(rows.iter().map(Option::as_deref));
            let views = views.slice(skip.min(rows.len()), rows.len() - skip.min(rows.len()));
            let plain = texts(&views).unwrap();
            prop_assert_eq!(&plain, &cast(&views, &DataType::Utf8).unwrap());
        }
    }

    #[test]
    fn views_and_dictionaries_become_texts() {
        let texts: ArrayRef = Arc::new(StringViewArray::from(vec![Some("a"), None]));
        let words: ArrayRef = Arc::new(DictionaryArray::<UInt8Type>::from_iter([Some("x"), Some("x")]));
        let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), None]);
        let rows = [("t", texts), ("w", words), ("l", Arc::new(lists) as ArrayRef)];
        let rows = RecordBatch::try_from_iter_with_nullable(rows.map(|(n, c)| (n, c, true))).unwrap();
        let plain = schema(rows.schema_ref());
        let types: Vec<_> = plain.fields().iter().map(|f| f.data_type().clone()).collect();
        assert_eq!(types[..2], [DataType::Utf8, DataType::Utf8]);
        let sent = batch(&rows, &plain).unwrap();
        assert_eq!(sent.num_rows(), 2);
        assert_eq!(sent.schema(), plain);
    }
}
