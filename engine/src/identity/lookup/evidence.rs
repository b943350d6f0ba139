//! The evidence of one pair, field by field.

use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::take;

use super::Lookup;
use crate::Result;
use crate::identity::fields::Scratch;
use crate::identity::levels::shown;
use crate::identity::model::level;
use crate::parallel::Threads;

/// What one field says of a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The field.
    pub field: String,
    /// The values of the two records, as they are in the records.
    pub values: Option<[String; 2]>,
    /// The level; `None` without evidence.
    pub level: Option<String>,
    /// The weight in bits with this field and those before it.
    pub weight: f64,
}

/// What all fields say, beginning with the weight before any evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings {
    /// The weight of a pair of which nothing is known, in bits.
    pub prior: f64,
    /// The fields in the order of the model.
    pub fields: Vec<Finding>,
    /// The weight for one person or one household.
    pub household_weight: f64,
}

impl Lookup {
    /// The evidence of two records, by their numbers.
    pub fn evidence(&self, left: u32, right: u32) -> Result<Findings> {
        let records = UInt32Array::from(vec![left, right]);
        let flat: Vec<ArrayRef> =
            self.columns.iter().map(|c| take(c, &records, None)).collect::<Result<_, _>>()?;
        let columns = self.plan.by_comparison(flat);
        let fields = self.known.fields(&self.plan, &columns, Threads::new(1))?;
        let model = self.known.learned.model(&fields);
        let (mut scratch, mut patterns) = (Scratch::default(), Vec::new());
        fields.compare(&[0], &[1], &mut scratch, &mut patterns);
        fields.failure(&self.plan.comparisons)?;
        let pattern = patterns[0];
        let mut sum = [0.0; 3];
        let prior = model.weights(sum).0;
        let mut out = Vec::new();
        for (place, field) in fields.fields.iter().enumerate().filter(|(f, _)| !fields.is_left_out(*f)) {
            let found = level(pattern, place);
            if found > 0 {
                let part = model.field_evidence(place, found, || fields.log_frequency(place, pattern, 0, 1));
                for (sum, part) in sum.iter_mut().zip(part) {
                    *sum += part;
                }
            }
            // What two fields say together counts with the later one.
            for pair in model.together.iter().filter(|pair| pair.first.max(pair.second) == place) {
                for (sum, part) in sum.iter_mut().zip(pair.correction(pattern)) {
                    *sum += part;
                }
            }
            let values = field.comparison.map(|c| [0, 1].map(|row| shown(&columns[c], row)));
            let level = found.checked_sub(1).and_then(|l| field.level_names.get(l).cloned());
            out.push(Finding { field: field.name.clone(), values, level, weight: model.weights(sum).0 });
        }
        Ok(Findings { prior, fields: out, household_weight: model.weights(sum).1 })
    }

    /// The number of a record; the source by its name.
    pub fn record(&self, source: &str, key: &str) -> Option<u32> {
        self.stored.index.find(self.profile.source_number(source)?, key)
    }
}
