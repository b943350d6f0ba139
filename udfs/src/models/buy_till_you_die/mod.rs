//! Models of customers who buy until they silently stop: how many purchases each will still make, and how likely it
//! is that he is still one.
//!
//! All times are in one unit, usually weeks, and start with a customer's first purchase. The models are those of
//! Fader, Hardie and Lee (2005, BG/NBD; 2005, Pareto/NBD after Schmittlein, Morrison and Colombo 1987), Batislam,
//! Denizel and Filiztekin (2007, MBG/NBD) and Fader and Hardie (2013, Gamma-Gamma).

pub mod bg_nbd;
mod fit;
pub mod gamma_gamma;
pub mod hypergeometric;
mod likelihood;
pub mod mbg_nbd;
pub mod pareto_nbd;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::likelihood::Groups;

/// What is known of one customer's purchases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    /// Purchases after the first, a whole number.
    pub repeats: f64,
    /// Time of the last purchase since the first; 0 without repeats.
    pub last: f64,
    /// Time from the first purchase to the end of the observation.
    pub age: f64,
}

/// Which model of purchases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Beta-geometric/NBD: a customer may stop after each repeat purchase.
    BgNbd,
    /// Modified BG/NBD: a customer may stop after the first purchase, too.
    MbgNbd,
    /// Pareto/NBD: a customer may stop at any time.
    ParetoNbd,
}

impl Kind {
    /// All models, the cheapest first.
    pub const ALL: [Self; 3] = [Self::BgNbd, Self::MbgNbd, Self::ParetoNbd];

    /// The word in options and in `system.model_metrics`.
    pub fn word(self) -> &'static str {
        match self {
            Self::BgNbd => "bg_nbd",
            Self::MbgNbd => "mbg_nbd",
            Self::ParetoNbd => "pareto_nbd",
        }
    }

    /// The names of the four parameters.
    pub fn parameters(self) -> [&'static str; 4] {
        match self {
            Self::BgNbd | Self::MbgNbd => ["r", "alpha", "a", "b"],
            Self::ParetoNbd => ["r", "alpha", "s", "beta"],
        }
    }
}

/// A fitted model of purchases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Purchases {
    /// Which model.
    pub kind: Kind,
    /// Its parameters, in the order of [`Kind::parameters`].
    pub parameters: [f64; 4],
    /// The logarithm of the likelihood of what it was fitted to.
    pub log_likelihood: f64,
}

impl Purchases {
    /// Fits a model by maximum likelihood; `None` if no likelihood is finite, as without any customer.
    pub fn fit(kind: Kind, customers: &[History]) -> Option<Self> {
        let groups = Groups::new(customers);
        let scale = customers.iter().map(|c| c.age).fold(0.0, f64::max);
        let start = match kind {
            Kind::BgNbd | Kind::MbgNbd => [0.5, 0.1 * scale, 0.8, 2.0],
            Kind::ParetoNbd => [0.5, 0.1 * scale, 0.5, 0.2 * scale],
        };
        let likelihood = |parameters: &[f64; 4]| groups.log_likelihood(kind, parameters);
        let best = fit::maximise(start, groups.customers, likelihood)?;
        Some(Self { kind, parameters: best.parameters, log_likelihood: best.value })
    }

    /// How likely it is that a customer still buys.
    pub fn alive(&self, customer: &History) -> f64 {
        match self.kind {
            Kind::BgNbd => bg_nbd::alive(&self.parameters, customer),
            Kind::MbgNbd => mbg_nbd::alive(&self.parameters, customer),
            Kind::ParetoNbd => pareto_nbd::alive(&self.parameters, customer),
        }
    }

    /// The purchases to expect of a customer within a time from the end of the observation.
    pub fn expected(&self, customer: &History, time: f64) -> f64 {
        let expected = match self.kind {
            Kind::BgNbd => bg_nbd::expected(&self.parameters, customer, time),
            Kind::MbgNbd => mbg_nbd::expected(&self.parameters, customer, time),
            Kind::ParetoNbd => pareto_nbd::expected(&self.parameters, customer, time),
        };
        if expected.is_finite() { expected.max(0.0) } else { 0.0 }
    }
}

/// ln(eᵃ + eᵇ).
fn log_sum(a: f64, b: f64) -> f64 {
    let (larger, smaller) = if a >= b { (a, b) } else { (b, a) };
    if larger == f64::NEG_INFINITY { larger } else { larger + (smaller - larger).exp().ln_1p() }
}

/// The parameters with one moved away from 1, where an expectation is 0/0 but has the limit of its neighbours.
fn apart_from_one(parameters: &[f64; 4], place: usize) -> [f64; 4] {
    let mut out = *parameters;
    if (out[place] - 1.0).abs() < 1e-6 {
        out[place] = 1.0 + 1e-6;
    }
    out
}
