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

/// ln of (r + s + x) times the [`integral`].
pub(super) fn log_integral(parameters: &[f64; 4], customer: &History) -> f64 {
    let [r, _, s, _] = *parameters;
    (r + s + customer.repeats).ln() + integral(parameters, customer).0
}

/// ln of ∫ (alpha + t)^−(r + x) (beta + t)^−(s + 1) dt from the last purchase until now, and the means of ln(alpha + t),
/// 1 / (alpha + t), ln(beta + t) and 1 / (beta + t) weighed by what is integrated. Over the logarithm of time, by Gauss and
/// Legendre's rule in pieces that double: the integrand falls about exponentially.
pub(super) fn integral([r, alpha, s, beta]: &[f64; 4], customer: &History) -> (f64, [f64; 4]) {
    const NODES: [(f64, f64); 4] = [
        (0.183_434_642_495_649_8, 0.362_683_783_378_362),
        (0.525_532_409_916_329, 0.313_706_645_877_887_3),
        (0.796_666_477_413_626_7, 0.222_381_034_453_374_5),
        (0.960_289_856_497_536_3, 0.101_228_536_290_376_3),
    ];
    /// A piece with a lesser share ends the sum.
    const NOTHING: f64 = 1e-17;
    let History { repeats: x, last, age } = *customer;
    if age <= last {
        return (f64::NEG_INFINITY, [0.0; 4]);
    }
    let (smaller, larger) = if alpha <= beta { (*alpha, *beta) } else { (*beta, *alpha) };
    // What is integrated is w^−power (w + apart)^−other, where w = smaller + t.
    let (power, other) = if alpha <= beta { (r + x - 1.0, s + 1.0) } else { (*s, r + x) };
    let apart = larger - smaller;
    let (start, end) = ((smaller + last).ln(), (smaller + age).ln());
    let first = -power * start - other * (larger + last).ln();
    let (mut from, mut width, mut sums) = (start, 1.0 / (r + s + x + 1.0), [0.0; 5]);
    while from < end {
        let half = width.min(end - from) / 2.0;
        let (middle, before) = (from + half, sums[0]);
        for (node, weight) in NODES {
            for side in [-node, node] {
                let log = middle + side * half;
                let w = log.exp();
                let log_other = (w + apart).ln();
                let height = half * weight * (-power * log - other * log_other - first).exp();
                sums[0] += height;
                sums[1] += height * log;
                sums[2] += height / w;
                sums[3] += height * log_other;
                sums[4] += height / (w + apart);
            }
        }
        if sums[0] - before <= NOTHING * sums[0] {
            break;
        }
        from += width;
        width *= 2.0;
    }
    let [sum, log, one, log_other, one_other] = sums;
    let means =
        if alpha <= beta { [log, one, log_other, one_other] } else { [log_other, one_other, log, one] };
    (first + sum.ln(), means.map(|mean| mean / sum))
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
