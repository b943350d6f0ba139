//! Scoring: how likely two records are of one person.
//!
//! Each pair is of one of three classes: the same person, two people of one household, or unrelated. Given the
//! class, the levels of the fields are independent:
//!
//! ```text
//! P(class | levels) ∝ λ(class) · Π over fields with evidence θ(class, field, level)
//! ```
//!
//! * Unrelated: `u`, the levels of random pairs ([`chance`]); the chance of equal values is that of the value at
//!   hand, not of the mean value (term frequency).
//! * Same person: `m`, learned by expectation maximisation ([`em`]).
//! * Household: `h`. Learned for the fields that a household shares. For personal fields it is chance with a
//!   small part `m`, so that the class cannot swallow the same-person pairs.
//! * Fields that change together, as a street and a postcode do, correct the two classes by what independence gets
//!   wrong ([`together`]).
//! * `λ`, the share of each class among all pairs of records ([`prior`]).
//!
//! The weight of a pair is the logarithm to base 2 of the odds of the same person against the rest, in bits.
//! Two classes are the model of Fellegi and Sunter (1969); strata by blocking rule with the blocked fields left
//! out follow the usual practice of training rule by rule, here in one estimation.

pub mod chance;
pub mod em;
pub mod prior;
#[cfg(test)]
mod tests;
pub mod together;

use std::f64::consts::LOG2_E;

use onefold_udfs::comparators::Role;

use self::together::Together;

/// Bits of a level in a pattern.
pub const LEVEL_BITS: u32 = 4;
/// At most so many fields: a pattern is 64 bits.
pub const MAX_FIELDS: usize = 16;
/// The part of a personal field's household chance that is `m`: twins, and people who give a relative's data.
/// It bounds what one personal field can say against a household at 6.6 bits.
pub const HOUSEHOLD_MIX: f64 = 0.01;

const TINY: f64 = 1e-12;

/// What a field is to the model.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldModel {
    /// Its name, as in `p_pairs`.
    pub name: String,
    /// How its evidence is read.
    pub kind: FieldKind,
    /// For each level from 0, the exponent of the term frequency.
    pub term_frequency: Vec<f64>,
    /// For each level from 0, its probability in pairs of one person.
    pub m: Vec<f64>,
    /// For each level from 0, its probability in pairs of one household.
    pub h: Vec<f64>,
    /// For each level from 0, its probability in unrelated pairs.
    pub u: Vec<f64>,
}

/// How the evidence of a field is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A field with this role.
    Evidence(Role),
    /// Whether given and family name had to be exchanged, the better of two orders. Strangers' names have no
    /// order, so both levels have probability 1 for them, and an exchange only costs what it costs in `m`.
    Order,
}

impl FieldModel {
    /// A field before training, with the chance levels known.
    pub fn new(name: String, kind: FieldKind, term_frequency: Vec<f64>, u: Vec<f64>) -> Self {
        let m = start(kind, &u, true);
        let h = start(kind, &u, kind == FieldKind::Evidence(Role::Shared));
        Self { name, kind, term_frequency, m, h, u }
    }

    /// The levels, counting 0.
    pub fn levels(&self) -> usize {
        self.u.len()
    }
}

/// What is assumed before the first iteration: agreement is likely if people of the class share the field.
fn start(kind: FieldKind, u: &[f64], agrees: bool) -> Vec<f64> {
    let levels = u.len() - 1;
    match kind {
        FieldKind::Order if agrees => vec![0.0, 0.97, 0.03],
        FieldKind::Order => u.to_vec(),
        FieldKind::Evidence(_) if !agrees => u.to_vec(),
        FieldKind::Evidence(_) => {
            let rest: f64 = u[2..].iter().sum::<f64>().max(TINY);
            let other = |level: usize| 0.1 * u[level] / rest + 0.1 / (levels - 1).max(1) as f64;
            (0..=levels)
                .map(|level| match level {
                    0 => 0.0,
                    1 => 0.8,
                    level => other(level),
                })
                .collect()
        }
    }
}

/// A trained model.
#[derive(Debug, Clone)]
pub struct Model {
    /// The fields, in the order of the pattern.
    pub fields: Vec<FieldModel>,
    /// The share of pairs of one person, of one household, and of unrelated people, among all pairs.
    pub lambda: [f64; 3],
    /// Iterations until nothing changed.
    pub iterations: usize,
    /// Fields that change together.
    pub together: Vec<Together>,
    tables: Vec<FieldTable>,
    log_lambda: [f64; 3],
}

#[derive(Debug, Clone)]
struct FieldTable {
    log_m: Vec<f64>,
    log_u: Vec<f64>,
    /// As it is without the rarity of a value: of a personal field the mixture that makes its household class.
    log_household: Vec<f64>,
    m: Vec<f64>,
    tf: Vec<f64>,
    log_u1: f64,
    personal: bool,
}

/// The evidence of a pair: the natural logarithms of its likelihood in each class.
pub type Evidence = [f64; 3];

/// The level of a field in a pattern.
#[inline]
pub fn level(pattern: u64, field: usize) -> usize {
    (pattern >> (field as u32 * LEVEL_BITS)) as usize & 15
}

impl Model {
    /// A model with these parameters.
    pub fn new(fields: Vec<FieldModel>, lambda: [f64; 3], iterations: usize) -> Self {
        let log = |values: &[f64]| values.iter().map(|v| v.max(TINY).ln()).collect::<Vec<f64>>();
        let tables = fields
            .iter()
            .map(|field| {
                let (log_m, log_u) = (log(&field.m), log(&field.u));
                let log_household = match field.kind {
                    FieldKind::Evidence(Role::Personal) => {
                        log_u.iter().zip(&field.m).map(|(chance, m)| mixed(*chance, *m)).collect()
                    }
                    FieldKind::Evidence(Role::Neutral) => log_m.clone(),
                    FieldKind::Evidence(Role::Shared) | FieldKind::Order => log(&field.h),
                };
                FieldTable {
                    log_m,
                    log_u,
                    log_household,
                    m: field.m.clone(),
                    tf: field.term_frequency.clone(),
                    log_u1: field.u[1].max(TINY).ln(),
                    personal: field.kind == FieldKind::Evidence(Role::Personal),
                }
            })
            .collect();
        let log_lambda = lambda.map(|l| l.max(1e-300).ln());
        Self { fields, lambda, iterations, together: Vec::new(), tables, log_lambda }
    }

    /// The same with other class shares.
    #[must_use]
    pub fn with_lambda(self, lambda: [f64; 3]) -> Self {
        Self { together: self.together, ..Self::new(self.fields, lambda, self.iterations) }
    }

    /// The same with fields that change together.
    #[must_use]
    pub fn with_together(self, together: Vec<Together>) -> Self {
        Self { together, ..self }
    }

    /// The evidence of a pair. `log_frequency(field)` is the natural logarithm of the share of the more frequent of the
    /// two values of a field among its values; it is asked for only where it counts.
    #[inline]
    pub fn evidence(&self, pattern: u64, mut log_frequency: impl FnMut(usize) -> f32) -> Evidence {
        let mut out = [0.0; 3];
        for (field, table) in self.tables.iter().enumerate() {
            let level = level(pattern, field);
            if level != 0 {
                let part = table.evidence(level, || log_frequency(field));
                for (sum, part) in out.iter_mut().zip(part) {
                    *sum += part;
                }
            }
        }
        for pair in &self.together {
            for (sum, part) in out.iter_mut().zip(pair.correction(pattern)) {
                *sum += part;
            }
        }
        out
    }

    /// The evidence of one field of a pair at a level above 0.
    pub fn field_evidence(
        &self,
        field: usize,
        level: usize,
        log_frequency: impl FnOnce() -> f32,
    ) -> Evidence {
        self.tables[field].evidence(level, log_frequency)
    }

    /// Bits for the same person, and bits for the same person or household.
    #[inline]
    pub fn weights(&self, evidence: Evidence) -> (f64, f64) {
        let [same, household, unrelated] = self.posterior(evidence);
        ((same - log_add(household, unrelated)) * LOG2_E, (log_add(same, household) - unrelated) * LOG2_E)
    }

    /// The same, if one of them may be above `keep`; both are below it for certain otherwise.
    #[inline]
    pub fn weights_above(&self, evidence: Evidence, keep: f64) -> Option<(f64, f64)> {
        let [same, household, unrelated] = self.posterior(evidence);
        // A sum is at most twice its greater part.
        let most = (same.max(household) - unrelated) * LOG2_E + 1.0;
        (most >= keep).then(|| self.weights(evidence))
    }

    #[inline]
    fn posterior(&self, evidence: Evidence) -> [f64; 3] {
        [0, 1, 2].map(|class| evidence[class] + self.log_lambda[class])
    }
}

impl FieldTable {
    #[inline]
    fn evidence(&self, level: usize, log_frequency: impl FnOnce() -> f32) -> Evidence {
        let (same, chance, household) = (self.log_m[level], self.log_u[level], self.log_household[level]);
        let exponent = self.tf[level];
        if exponent == 0.0 {
            return [same, household, chance];
        }
        let chance = chance + exponent * (f64::from(log_frequency()).max(LEAST_LOG) - self.log_u1);
        [same, if self.personal { mixed(chance, self.m[level]) } else { household }, chance]
    }
}

/// The rarest that a value counts as, as a logarithm.
const LEAST_LOG: f64 = -20.723_265_836_946_41;

/// Of a personal field the household class is chance, mixed with a little of the same person.
#[inline]
fn mixed(chance: f64, m: f64) -> f64 {
    ((1.0 - HOUSEHOLD_MIX) * chance.exp() + HOUSEHOLD_MIX * m + 1e-300).ln()
}

/// ln(eᵃ + eᵇ).
#[inline]
fn log_add(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    high + (low - high).exp().ln_1p()
}

/// The probability that goes with a weight in bits.
pub fn probability(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}

/// The weight in bits that goes with a probability; infinite for 0 and 1.
pub fn bits(probability: f64) -> f64 {
    (probability / (1.0 - probability)).log2()
}
