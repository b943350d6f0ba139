//! How many records have each value of each compared field, as of the last training: what the weight of a rare value
//! rests on.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};

use super::learned::Learned;
use crate::Result;
use crate::identity::fields::Fields;

/// The relation.
pub const RELATION: &str = "frequencies";

/// Its columns: the comparison, the value as it is compared, and how many records have it.
pub fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("comparison", DataType::Utf8, false),
        Field::new("value", DataType::Utf8, false),
        Field::new("records", DataType::Int64, false),
    ]))
}

/// The rows of all fields, in order of field and value.
pub fn batches(fields: &Fields) -> Result<Vec<RecordBatch>> {
    (0..fields.fields.len()).map(|field| batch(fields, field)).collect()
}

fn batch(fields: &Fields, field: usize) -> Result<RecordBatch> {
    let counts = fields.value_counts(field);
    let mut rows: Vec<(String, u32)> = (0..)
        .zip(counts)
        .filter(|(_, records)| *records > 0)
        .map(|(value, records)| (fields.text(field, value), records))
        .collect();
    rows.sort_unstable();
    let names = vec![fields.fields[field].name.as_str(); rows.len()];
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(names)),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|(value, _)| value))),
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, records)| i64::from(*records)))),
    ];
    Ok(RecordBatch::try_new(schema(), columns)?)
}

/// Gives the values of `fields` the frequencies that `rows` tell. A value that they do not have counts as one of its
/// kind.
pub fn apply(learned: &Learned, rows: &[RecordBatch], fields: &mut Fields) {
    let places = super::places(fields.fields.iter().map(|f| f.name.as_str()));
    let places: HashMap<String, usize> = places.into_iter().map(|(n, p)| (n.to_owned(), p)).collect();
    let mut numbers: Vec<HashMap<String, u32>> =
        (0..fields.fields.len()).map(|field| super::numbers(fields, field)).collect();
    let mut shares: Vec<Vec<f32>> = (0..fields.fields.len())
        .map(|field| {
            let distinct = fields.values(field).map_or(0, |(_, distinct)| distinct);
            vec![(1.0 / learned.fields[field].values.max(1) as f64) as f32; distinct]
        })
        .collect();
    for batch in rows {
        let (names, values) = (batch.column(0).as_string::<i32>(), batch.column(1).as_string::<i32>());
        let records = batch.column(2).as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            let Some(field) = places.get(names.value(row)).copied() else { continue };
            if let Some(number) = numbers[field].remove(values.value(row)) {
                let total = learned.fields[field].values.max(1) as f64;
                shares[field][number as usize] = (records.value(row) as f64 / total) as f32;
            }
        }
    }
    for (field, shares) in shares.into_iter().enumerate() {
        fields.set_frequencies(field, shares);
    }
}
