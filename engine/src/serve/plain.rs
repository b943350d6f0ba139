//! Plain types for the wire: every client reads texts and bytes, not all of them views and dictionaries of these.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
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
            false => cast(column, field.data_type()),
        })
        .collect::<std::result::Result<_, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
}

#[cfg(test)]
mod tests {
    use arrow::array::{DictionaryArray, ListArray, StringViewArray};
    use arrow::datatypes::{Int32Type, UInt8Type};

    use super::*;

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
