//! Gauss's hypergeometric function ₂F₁ for real arguments 0 ≤ z < 1.

const TERMS: usize = 200_000;
const LARGE: f64 = 1e200;

/// ₂F₁(a, b; c; z) as `(value, logarithm of a factor)`, so that a large one does not overflow.
///
/// The series is summed as it stands or, where that has the smaller terms, after Euler's transformation
/// ₂F₁(a, b; c; z) = (1 − z)^(c − a − b) ₂F₁(c − a, c − b; c; z).
pub fn scaled(a: f64, b: f64, c: f64, z: f64) -> (f64, f64) {
    let (other_a, other_b) = (c - a, c - b);
    if other_a > 0.0 && other_b > 0.0 && other_a + other_b < a + b {
        let (sum, scale) = series(other_a, other_b, c, z);
        (sum, scale + (c - a - b) * (-z).ln_1p())
    } else {
        series(a, b, c, z)
    }
}

/// ₂F₁(a, b; c; z).
pub fn hypergeometric(a: f64, b: f64, c: f64, z: f64) -> f64 {
    let (sum, scale) = scaled(a, b, c, z);
    sum * scale.exp()
}

fn series(a: f64, b: f64, c: f64, z: f64) -> (f64, f64) {
    let (mut sum, mut term, mut scale) = (1.0, 1.0, 0.0);
    for n in 0..TERMS {
        let n = n as f64;
        let ratio = (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z;
        term *= ratio;
        sum += term;
        // Behind the largest term the rest is less than a geometric series.
        if ratio.abs() < 1.0 && term.abs() / (1.0 - ratio.abs()) <= f64::EPSILON * 0.25 * sum.abs() {
            break;
        }
        if sum.abs() > LARGE {
            sum /= LARGE;
            term /= LARGE;
            scale += LARGE.ln();
        }
    }
    (sum, scale)
}
