//! BG/NBD: Fader, Hardie and Lee, "Counting your customers the easy way", Marketing Science 24 (2005).

use libm::lgamma;

use super::History;
use super::hypergeometric::scaled;

/// The logarithm of a customer's likelihood under `[r, alpha, a, b]`.
pub fn log_likelihood([r, alpha, a, b]: &[f64; 4], customer: &History) -> f64 {
    let History { repeats: x, last, age } = *customer;
    let rate = lgamma(r + x) - lgamma(*r) + r * alpha.ln();
    let stops = lgamma(a + b) + lgamma(b + x) - lgamma(*b) - lgamma(a + b + x);
    let alive = -(r + x) * (alpha + age).ln();
    if x == 0.0 {
        return rate + stops + alive;
    }
    let gone = a.ln() - (b + x - 1.0).ln() - (r + x) * (alpha + last).ln();
    rate + stops + super::log_sum(alive, gone)
}

/// How likely it is that a customer still buys.
pub fn alive([r, alpha, a, b]: &[f64; 4], customer: &History) -> f64 {
    let History { repeats: x, last, age } = *customer;
    if x == 0.0 {
        return 1.0;
    }
    1.0 / (1.0 + a / (b + x - 1.0) * ((alpha + age) / (alpha + last)).powf(r + x))
}

/// The purchases to expect of a customer within a time from now on.
pub fn expected(parameters: &[f64; 4], customer: &History, time: f64) -> f64 {
    let [r, alpha, a, b] = super::apart_from_one(parameters, 2);
    let History { repeats: x, age, .. } = *customer;
    let (sum, scale) = scaled(r + x, b + x, a + b + x - 1.0, time / (alpha + age + time));
    let remaining = sum * (scale + (r + x) * ((alpha + age) / (alpha + age + time)).ln()).exp();
    (a + b + x - 1.0) / (a - 1.0) * (1.0 - remaining) * alive(parameters, customer)
}

/// The repeat purchases to expect of anybody within a time after the first.
pub fn expected_of_anybody(parameters: &[f64; 4], time: f64) -> f64 {
    expected(parameters, &History { repeats: 0.0, last: 0.0, age: 0.0 }, time)
}
