//! Pareto/NBD: Schmittlein, Morrison and Colombo, "Counting your customers", Management Science 33 (1987), with the
//! likelihood as Fader and Hardie write it (2005).

use libm::lgamma;

use super::History;
use super::hypergeometric::scaled;

/// The argument of a hypergeometric function above which its series is long.
const LONG_SERIES: f64 = 0.8;

/// The logarithm of a customer's likelihood under `[r, alpha, s, beta]`.
pub fn log_likelihood(parameters: &[f64; 4], customer: &History) -> f64 {
    let [r, alpha, s, beta] = *parameters;
    let History { repeats: x, age, .. } = *customer;
    let rate = lgamma(r + x) - lgamma(r) + r * alpha.ln() + s * beta.ln();
    let alive = -(r + x) * (alpha + age).ln() - s * (beta + age).ln();
    let gone = (s / (r + s + x)).ln() + log_gone(parameters, customer);
    rate + super::log_sum(alive, gone)
}

/// The logarithm of A₀, the difference of two hypergeometric functions at the last purchase and now. Where alpha and
/// beta are far apart their series would be long, and the integral that they stand for is summed instead.
pub(super) fn log_gone(parameters: &[f64; 4], customer: &History) -> f64 {
    let [r, alpha, s, beta] = *parameters;
    let History { repeats: x, last, age } = *customer;
    if age <= last {
        return f64::NEG_INFINITY;
    }
    let larger = alpha.max(beta);
    let far = (alpha - beta).abs() / (larger + last);
    if far > LONG_SERIES {
        return log_integral(parameters, customer);
    }
    let second = if alpha >= beta { s + 1.0 } else { r + x };
    let order = r + s + x;
    let at = |time: f64| {
        let (sum, scale) = scaled(order, second, order + 1.0, (alpha - beta).abs() / (larger + time));
        sum.ln() + scale - order * (larger + time).ln()
    };
    let (then, now) = (at(last), at(age));
    // then > now, as the function falls with time.
    if then > now { then + (-(now - then).exp()).ln_1p() } else { f64::NEG_INFINITY }
}

/// ln of (r + s + x) ∫ (alpha + t)^−(r + x) (beta + t)^−(s + 1) dt from the last purchase until now, over the logarithm
/// of time, by Gauss and Legendre's rule in pieces that double: the integrand falls about exponentially.
pub(super) fn log_integral([r, alpha, s, beta]: &[f64; 4], customer: &History) -> f64 {
    const NODES: [(f64, f64); 4] = [
        (0.183_434_642_495_649_8, 0.362_683_783_378_362),
        (0.525_532_409_916_329, 0.313_706_645_877_887_3),
        (0.796_666_477_413_626_7, 0.222_381_034_453_374_5),
        (0.960_289_856_497_536_3, 0.101_228_536_290_376_3),
    ];
    let History { repeats: x, last, age } = *customer;
    let smaller = alpha.min(*beta);
    let (start, end) = ((smaller + last).ln(), (smaller + age).ln());
    let height = |v: f64| {
        let time = v.exp() - smaller;
        v - (r + x) * (alpha + time).ln() - (s + 1.0) * (beta + time).ln()
    };
    let first = height(start);
    let (mut from, mut width, mut sum) = (start, 1.0 / (r + s + x + 1.0), 0.0);
    while from < end {
        let half = width.min(end - from) / 2.0;
        let middle = from + half;
        for (node, weight) in NODES {
            for side in [-node, node] {
                sum += half * weight * (height(middle + side * half) - first).exp();
            }
        }
        from += width;
        width *= 2.0;
    }
    (r + s + x).ln() + first + sum.ln()
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
