//! Gamma-Gamma model of spend: Fader and Hardie, "The Gamma-Gamma model of monetary value" (2013). It stands on spend
//! being independent of how often somebody buys.

use libm::lgamma;
use serde::{Deserialize, Serialize};

use super::fit;

/// A fitted model of the mean value of a customer's purchases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spend {
    /// Shape of the values of a customer.
    pub p: f64,
    /// Shape of the customers' scales.
    pub q: f64,
    /// Scale of the customers' scales, in money.
    pub v: f64,
    /// The logarithm of the likelihood of what it was fitted to.
    pub log_likelihood: f64,
}

impl Spend {
    /// Fits the model to pairs of how many purchases and their mean value; those without a positive one are left
    /// out. `None` if none is left.
    pub fn fit(customers: &[(f64, f64)]) -> Option<Self> {
        let known = customers.iter().filter(|(x, mean)| *x > 0.0 && *mean > 0.0).map(|(x, mean)| [*x, *mean]);
        let groups = fit::grouped(known);
        if groups.is_empty() {
            return None;
        }
        let count: f64 = groups.iter().map(|(_, weight)| weight).sum();
        let mean = groups.iter().map(|([_, mean], weight)| weight * mean).sum::<f64>() / count;
        let best = fit::maximise([2.0, 3.0, mean], |[p, q, v]| {
            let one = |x: f64, mean: f64| {
                lgamma(p * x + q) - lgamma(p * x) - lgamma(*q)
                    + q * v.ln()
                    + (p * x - 1.0) * mean.ln()
                    + p * x * x.ln()
                    - (p * x + q) * (x * mean + v).ln()
            };
            groups.iter().map(|([x, mean], weight)| weight * one(*x, *mean)).sum()
        })?;
        let [p, q, v] = best.parameters;
        Some(Self { p, q, v, log_likelihood: best.value })
    }

    /// The mean value to expect of a customer's purchases, given how many there were and their mean value.
    pub fn expected(&self, purchases: f64, mean: f64) -> f64 {
        let known = if mean > 0.0 { purchases } else { 0.0 };
        let (above, below) = ((self.v + mean.max(0.0) * known) * self.p, self.p * known + self.q - 1.0);
        // The mean of the population is infinite if q ≤ 1; a customer without purchases then has none.
        if below > 0.0 { above / below } else { mean.max(0.0) }
    }
}
