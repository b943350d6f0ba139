//! How frequent values are, in twelve bytes each.

use std::hash::{DefaultHasher, Hash, Hasher};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;

use crate::identity::fields::Fields;
use crate::identity::state::learned::Learned;
use crate::identity::state::numbers;

/// The records that have each value of each field, by the hash of field and value.
#[derive(Debug)]
pub(super) struct Frequencies {
    counts: Vec<(u64, u32)>,
}

impl Frequencies {
    /// `rows` are those of [`crate::identity::state::frequencies`].
    pub(super) fn new(learned: &Learned, rows: &[RecordBatch]) -> Self {
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
    pub(super) fn apply(&self, learned: &Learned, fields: &mut Fields) {
        for (field, trained) in learned.fields.iter().enumerate() {
            let distinct = fields.values(field).map_or(0, |(_, distinct)| distinct);
            let total = trained.values.max(1) as f64;
            let mut shares = vec![(1.0 / total) as f32; distinct];
            for (text, number) in numbers(fields, field) {
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
