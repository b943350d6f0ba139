//! MBG/NBD: Batislam, Denizel and Filiztekin, "Empirical validation and comparison of models for customer base
//! analysis", International Journal of Research in Marketing 24 (2007).

use libm::lgamma;

use super::History;
use super::hypergeometric::scaled;

/// The logarithm of a customer's likelihood under `[r, alpha, a, b]`.
pub fn log_likelihood([r, alpha, a, b]: &[f64; 4], customer: &History) -> f64 {
    let History { repeats: x, last, age } = *customer;
    let rate = lgamma(r + x) - lgamma(*r) + r * alpha.ln();
    let stops = lgamma(a + b) + lgamma(b + x + 1.0) - lgamma(*b) - lgamma(a + b + x + 1.0);
    let alive = -(r + x) * (alpha + age).ln();
    let gone = a.ln() - (b + x).ln() - (r + x) * (alpha + last).ln();
    rate + stops + super::log_sum(alive, gone)
}

/// How likely it is that a customer still buys.
pub fn alive([r, alpha, a, b]: &[f64; 4], customer: &History) -> f64 {
    let History { repeats: x, last, age } = *customer;
    1.0 / (1.0 + a / (b + x) * ((alpha + age) / (alpha + last)).powf(r + x))
}

/// The purchases to expect of a customer within a time from now on.
pub fn expected(parameters: &[f64; 4], customer: &History, time: f64) -> f64 {
    let [r, alpha, a, b] = super::apart_from_one(parameters, 2);
    let History { repeats: x, age, .. } = *customer;
    let (sum, scale) = scaled(r + x, b + x + 1.0, a + b + x, time / (alpha + age + time));
    let remaining = sum * (scale + (r + x) * ((alpha + age) / (alpha + age + time)).ln()).exp();
    (a + b + x) / (a - 1.0) * (1.0 - remaining) * alive(parameters, customer)
}
