//! Pareto/NBD: Schmittlein, Morrison and Colombo, "Counting your customers", Management Science 33 (1987), with the
//! likelihood as Fader and Hardie write it (2005).

use libm::lgamma;

use super::History;
use super::hypergeometric::scaled;

/// The logarithm of a customer's likelihood under `[r, alpha, s, beta]`.
pub fn log_likelihood(parameters: &[f64; 4], customer: &History) -> f64 {
    let [r, alpha, s, beta] = *parameters;
    let History { repeats: x, age, .. } = *customer;
    let rate = lgamma(r + x) - lgamma(r) + r * alpha.ln() + s * beta.ln();
    let alive = -(r + x) * (alpha + age).ln() - s * (beta + age).ln();
    let gone = (s / (r + s + x)).ln() + log_gone(parameters, customer);
    rate + super::log_sum(alive, gone)
}

/// The logarithm of A₀, the difference of two hypergeometric functions at the last purchase and now.
fn log_gone([r, alpha, s, beta]: &[f64; 4], customer: &History) -> f64 {
    let History { repeats: x, last, age } = *customer;
    let larger = alpha.max(*beta);
    let second = if alpha >= beta { s + 1.0 } else { r + x };
    let order = r + s + x;
    let at = |time: f64| {
        let (sum, scale) = scaled(order, second, order + 1.0, (alpha - beta).abs() / (larger + time));
        sum.ln() + scale - order * (larger + time).ln()
    };
    let (then, now) = (at(last), at(age));
    // then > now, as the function falls with time; equal when the last purchase is now.
    if then > now { then + (-(now - then).exp()).ln_1p() } else { f64::NEG_INFINITY }
}

/// How likely it is that a customer still buys.
pub fn alive(parameters: &[f64; 4], customer: &History) -> f64 {
    let [r, alpha, s, beta] = *parameters;
    let History { repeats: x, age, .. } = *customer;
    let odds = (s / (r + s + x)).ln()
        + (r + x) * (alpha + age).ln()
        + s * (beta + age).ln()
        + log_gone(parameters, customer);
    1.0 / (1.0 + odds.exp())
}

/// The purchases to expect of a customer within a time from now on.
pub fn expected(parameters: &[f64; 4], customer: &History, time: f64) -> f64 {
    let [r, alpha, s, beta] = super::apart_from_one(parameters, 2);
    let History { repeats: x, age, .. } = *customer;
    let lasting = 1.0 - ((beta + age) / (beta + age + time)).powf(s - 1.0);
    (r + x) * (beta + age) / ((alpha + age) * (s - 1.0)) * lasting * alive(parameters, customer)
}
