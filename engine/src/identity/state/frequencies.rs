//! How many records have each value of each compared field, as of the last training: what the weight of a rare value
//! rests on.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};

use super::learned::Learned;
use crate::Result;
use crate::identity::fields::Fields;
use crate::identity::matching::Matching;

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

/// The rows of all fields, in order of field and of first occurrence.
pub fn batches(matching: &Arc<Matching>) -> impl Iterator<Item = Result<RecordBatch>> + Send + 'static {
    let matching = Arc::clone(matching);
    (0..matching.fields.fields.len()).map(move |field| batch(&matching.fields, field))
}

fn batch(fields: &Fields, field: usize) -> Result<RecordBatch> {
    let counts = fields.value_counts(field);
    let present = || (0..).zip(&counts).filter(|(_, records)| **records > 0);
    let name = fields.fields[field].name.as_str();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(present().map(|_| name))),
        Arc::new(StringArray::from_iter_values(present().map(|(value, _)| fields.text(field, value)))),
        Arc::new(Int64Array::from_iter_values(present().map(|(_, records)| i64::from(*records)))),
    ];
    Ok(RecordBatch::try_new(schema(), columns)?)
}

/// The records that have each value of each field, by the hash of field and value, in twelve bytes each. That two of
/// them have one hash of 64 bits is left to chance.
#[derive(Debug)]
pub struct Frequencies {
    counts: Vec<(u64, u32)>,
}

impl Frequencies {
    /// What [`batches`] has written.
    pub fn read(learned: &Learned, rows: &[RecordBatch]) -> Self {
        let field = |name: &str| learned.fields.iter().position(|f| f.name == name);
        let mut counts = Vec::with_capacity(rows.iter().map(RecordBatch::num_rows).sum());
        for batch in rows {
            let (names, values) = (batch.column(0).as_string::<i32>(), batch.column(1).as_string::<i32>());
            let records = batch.column(2).as_primitive::<Int64Type>();
            for row in 0..batch.num_rows() {
                if let Some(field) = field(names.value(row)) {
                    let records = u32::try_from(records.value(row)).unwrap_or(u32::MAX);
                    counts.push((hash(field, values.value(row)), records));
                }
            }
        }
        counts.sort_unstable();
        Self { counts }
    }

    /// Gives the values of the fields their frequencies; one that was not in training counts as one of its kind.
    pub fn apply(&self, learned: &Learned, fields: &mut Fields) {
        for (field, trained) in learned.fields.iter().enumerate() {
            let distinct = fields.values(field).map_or(0, |(_, distinct)| distinct);
            let total = trained.values.max(1) as f64;
            let mut shares = vec![(1.0 / total) as f32; distinct];
            for (text, number) in super::numbers(fields, field) {
                let found = self.counts.binary_search_by_key(&hash(field, &text), |(hash, _)| *hash);
                if let (Ok(place), Some(share)) = (found, shares.get_mut(number as usize)) {
                    *share = (f64::from(self.counts[place].1) / total) as f32;
                }
            }
            fields.set_frequencies(field, shares);
        }
    }
}

fn hash(field: usize, value: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (field, value).hash(&mut hasher);
    hasher.finish()
}
