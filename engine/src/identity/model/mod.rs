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
    log_h: Vec<f64>,
    log_u: Vec<f64>,
    m: Vec<f64>,
    tf: Vec<f64>,
    log_u1: f64,
    personal: bool,
    neutral: bool,
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
            .map(|field| FieldTable {
                log_m: log(&field.m),
                log_h: log(&field.h),
                log_u: log(&field.u),
                m: field.m.clone(),
                tf: field.term_frequency.clone(),
                log_u1: field.u[1].max(TINY).ln(),
                personal: field.kind == FieldKind::Evidence(Role::Personal),
                neutral: field.kind == FieldKind::Evidence(Role::Neutral),
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

    /// The evidence of a pair. `frequency(field)` is the share of the more frequent of the two values of a field
    /// among its values; it is asked for only where it counts.
    #[inline]
    pub fn evidence(&self, pattern: u64, mut frequency: impl FnMut(usize) -> f32) -> Evidence {
        let mut out = [0.0; 3];
        for (field, table) in self.tables.iter().enumerate() {
            let level = level(pattern, field);
            if level != 0 {
                let part = table.evidence(level, || frequency(field));
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
    pub fn field_evidence(&self, field: usize, level: usize, frequency: impl FnOnce() -> f32) -> Evidence {
        self.tables[field].evidence(level, frequency)
    }

    /// Bits for the same person, and bits for the same person or household.
    #[inline]
    pub fn weights(&self, evidence: Evidence) -> (f64, f64) {
        let [same, household, unrelated] = [0, 1, 2].map(|class| evidence[class] + self.log_lambda[class]);
        let bits = std::f64::consts::LOG2_E;
        ((same - log_add(household, unrelated)) * bits, (log_add(same, household) - unrelated) * bits)
    }
}

impl FieldTable {
    #[inline]
    fn evidence(&self, level: usize, frequency: impl FnOnce() -> f32) -> Evidence {
        let exponent = self.tf[level];
        let chance = if exponent == 0.0 {
            self.log_u[level]
        } else {
            self.log_u[level] + exponent * (f64::from(frequency()).max(1e-9).ln() - self.log_u1)
        };
        let same = self.log_m[level];
        let household = if self.personal {
            ((1.0 - HOUSEHOLD_MIX) * chance.exp() + HOUSEHOLD_MIX * self.m[level] + 1e-300).ln()
        } else if self.neutral {
            same
        } else {
            self.log_h[level]
        };
        [same, household, chance]
    }
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
