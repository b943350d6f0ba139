//! Gamma-Gamma model of spend: Fader and Hardie, "The Gamma-Gamma model of monetary value" (2013). It stands on spend
//! being independent of how often somebody buys.

use libm::lgamma;
use serde::{Deserialize, Serialize};

use super::fit;

/// Blocks of customers that are worth a second thread.
const WORTH_IT: usize = 16;

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
        let known = Known::new(groups);
        let best = fit::maximise([2.0, 3.0, mean], count, |parameters| known.log_likelihood(parameters))?;
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

/// Pairs of how many purchases and their mean value.
struct Known {
    /// Each pair once, with how often it occurs.
    groups: Vec<([f64; 2], f64)>,
    /// Each number of purchases once, with how many customers made so many.
    counts: Vec<(f64, f64)>,
    /// The sums of ln(mean) and of x ln(x mean) over all customers.
    logs: [f64; 2],
}

impl Known {
    fn new(groups: Vec<([f64; 2], f64)>) -> Self {
        let equal = |a: &([f64; 2], f64), b: &([f64; 2], f64)| a.0[0] == b.0[0];
        let counts = groups.chunk_by(equal).map(|same| (same[0].0[0], same.iter().map(|(_, w)| w).sum()));
        let logs = fit::sums(&groups, WORTH_IT, |([x, mean], weight), [logs, products]| {
            *logs += weight * mean.ln();
            *products += weight * x * (x * mean).ln();
        });
        Self { counts: counts.collect(), logs, groups }
    }

    /// The logarithm of the likelihood and its derivatives by p, q and v.
    fn log_likelihood(&self, [p, q, v]: &[f64; 3]) -> (f64, [f64; 3]) {
        let [logs, products] = self.logs;
        let [sum, by_p, by_q, by_v] = fit::sums(&self.groups, WORTH_IT, |([x, mean], weight), sums| {
            let (shape, scale) = (p * x + q, x * mean + v);
            let log = scale.ln();
            sums[0] -= weight * shape * log;
            sums[1] -= weight * x * log;
            sums[2] -= weight * log;
            sums[3] -= weight * shape / scale;
        });
        let mut out = (sum + p * products - logs, [by_p + products, by_q, by_v]);
        let (of_q, slope_of_q) = (lgamma(*q), digamma(*q));
        for (x, count) in &self.counts {
            let (both, own) = (p * x + q, p * x);
            let slope = digamma(both);
            out.0 += count * (lgamma(both) - lgamma(own) - of_q + q * v.ln());
            out.1[0] += count * x * (slope - digamma(own));
            out.1[1] += count * (slope - slope_of_q + v.ln());
            out.1[2] += count * q / v;
        }
        out
    }
}

/// The derivative of ln Γ for positive numbers: Abramowitz and Stegun, "Handbook of mathematical functions" (1964), 6.3.5
/// and 6.3.18.
fn digamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 10.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = 1.0 / 240.0 - square / 132.0;
    let series = square * (1.0 / 12.0 - square * (1.0 / 120.0 - square * (1.0 / 252.0 - square * series)));
    sum + x.ln() - 0.5 / x - series
}
