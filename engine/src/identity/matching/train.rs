//! Trains the model on the candidate pairs.

use std::collections::{BTreeSet, HashMap};

use super::score::{Compared, PIECE, level_counts, patterns};
use crate::identity::fields::{Comparison, Fields};
use crate::identity::model::chance::{self, random_pairs};
use crate::identity::model::em::{self, Stratum};
use crate::identity::model::{FieldModel, Model, prior, together};

/// What training is made of.
#[derive(Debug, Clone, Copy)]
pub struct Training<'a> {
    /// The fields of all records.
    pub fields: &'a Fields,
    /// What they are.
    pub comparisons: &'a [Comparison],
    /// The columns that each blocking rule reads.
    pub rule_columns: &'a [BTreeSet<String>],
    /// Candidate pairs, or an even sample of them.
    pub pairs: &'a [Compared],
    /// How many candidates each of them stands for.
    pub weight: f64,
    /// How many random pairs tell of chance.
    pub random_pairs: usize,
    /// The number of records.
    pub records: usize,
    /// The number of pairs of records that could be one person.
    pub all_pairs: f64,
}

impl Training<'_> {
    /// The trained model.
    pub fn run(&self) -> Model {
        let (left, right) = random_pairs(self.records, self.random_pairs);
        let counts = level_counts(self.fields, &left, &right);
        let mut fields: Vec<FieldModel> = self
            .fields
            .fields
            .iter()
            .zip(&counts)
            .enumerate()
            .map(|(place, (field, counts))| {
                let values = self.fields.value_counts(place).into_iter().map(u64::from);
                let u = chance::levels(field.kind, counts, values);
                FieldModel::new(field.name.clone(), field.kind, field.term_frequency.clone(), u)
            })
            .collect();
        let strata = self.strata();
        let (iterations, shares) = em::train(&mut fields, &strata);
        let together = together::find(&fields, &strata, &shares);
        // Any class shares do: evidence is independent of them.
        let model = Model::new(fields, [1.0 / 3.0; 3], iterations).with_together(together);
        let parts: Vec<&[Compared]> = self.pairs.chunks(PIECE).collect();
        let of = |pair: &Compared| self.fields.evidence(&model, pair.pattern, pair.left, pair.right);
        let evidence =
            self.fields.threads().map(&parts, |part| part.iter().map(of).collect::<Vec<_>>()).concat();
        model.with_lambda(prior::estimate(&evidence, self.weight, self.records, self.all_pairs))
    }

    /// One stratum per blocking rule: its pairs by the pattern of the fields that it does not use.
    fn strata(&self) -> Vec<Stratum> {
        let counts = patterns(self.pairs);
        self.rule_columns
            .iter()
            .enumerate()
            .map(|(rule, columns)| {
                let used = self.fields.reading(self.comparisons, columns);
                let active: Vec<usize> =
                    (0..self.fields.fields.len()).filter(|f| !used.contains(f)).collect();
                let mask = Stratum::mask(&active);
                let mut own: HashMap<u64, f64> = HashMap::new();
                for ((pattern, rules), count) in &counts {
                    if rules >> rule & 1 == 1 {
                        *own.entry(pattern & mask).or_insert(0.0) += *count as f64;
                    }
                }
                let mut patterns: Vec<(u64, f64)> = own.into_iter().collect();
                // Sums of floating point depend on their order.
                patterns.sort_unstable_by_key(|(pattern, _)| *pattern);
                Stratum { active, patterns }
            })
            .collect()
    }
}
