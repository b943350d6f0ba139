//! Maximum likelihood over the logarithms of positive parameters, by the method of Broyden, Fletcher, Goldfarb and Shanno
//! (1970) with a line search for the weak conditions of Wolfe (1969).

use super::super::parts::in_parts;

const ROUNDS: usize = 200;
const TRIES: usize = 40;
/// The search ends where the slope of the mean likelihood is less, or where a step gains less.
const FLAT: f64 = 1e-9;
const LEAST_GAIN: f64 = 1e-14;
/// The longest step along one axis.
const LONGEST: f64 = 2.0;
/// How far the logarithm of a parameter may be from where it began before that costs something. Where everybody is alike, the likelihood rises for ever towards
/// parameters that are infinite and in one ratio, and predictions of such ones are noise.
const FARTHEST: f64 = 6.0;
/// What the square of the distance beyond that costs of the mean likelihood.
const COST: f64 = 1e-3;
/// Rows whose terms are added up by themselves, so that a sum does not depend on how many processors there are.
const BLOCK: usize = 1024;

/// A maximum.
pub(super) struct Maximum<const N: usize> {
    pub(super) parameters: [f64; N],
    pub(super) value: f64,
}

/// Equal rows once, with how often each occurs. A likelihood is the same for equal rows.
pub(super) fn grouped<const N: usize>(rows: impl Iterator<Item = [f64; N]>) -> Vec<([f64; N], f64)> {
    let mut rows: Vec<[f64; N]> = rows.collect();
    rows.sort_unstable_by(|a, b| {
        let unequal = a.iter().zip(b).map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne());
        unequal.unwrap_or(std::cmp::Ordering::Equal)
    });
    let mut out: Vec<([f64; N], f64)> = Vec::new();
    for row in rows {
        match out.last_mut() {
            Some((last, weight)) if *last == row => *weight += 1.0,
            _ => out.push((row, 1.0)),
        }
    }
    out
}

/// The sums of terms of each row, which `add` adds. `worth_it` blocks are worth a second thread.
pub(super) fn sums<T: Sync, const K: usize>(
    rows: &[T],
    worth_it: usize,
    add: impl Fn(&T, &mut [f64; K]) + Sync,
) -> [f64; K] {
    let mut blocks = vec![[0.0; K]; rows.len().div_ceil(BLOCK)];
    in_parts(&mut blocks, 1, worth_it, |first, blocks| {
        for (sums, rows) in blocks.iter_mut().zip(rows.chunks(BLOCK).skip(first)) {
            rows.iter().for_each(|row| add(row, sums));
        }
    });
    blocks.iter().fold([0.0; K], |mut sums, block| {
        sums.iter_mut().zip(block).for_each(|(sum, more)| *sum += more);
        sums
    })
}

/// A place of the search: logarithms of the parameters, the cost there and its slope.
#[derive(Clone, Copy)]
struct Place<const N: usize> {
    logs: [f64; N],
    cost: f64,
    slope: [f64; N],
}

/// Finds a maximum near `start` of a likelihood of `count` rows, which is told with its derivatives.
pub(super) fn maximise<const N: usize>(
    start: [f64; N],
    count: f64,
    value: impl Fn(&[f64; N]) -> (f64, [f64; N]),
) -> Option<Maximum<N>> {
    let begin = start.map(|parameter| parameter.max(1e-6).ln());
    let at = |logs: [f64; N]| {
        let parameters = logs.map(f64::exp);
        let (value, derivatives) = value(&parameters);
        let beyond: [f64; N] = std::array::from_fn(|i| {
            let far: f64 = logs[i] - begin[i];
            (far.abs() - FARTHEST).max(0.0).copysign(far)
        });
        let slope: [f64; N] =
            std::array::from_fn(|i| 2.0 * COST * beyond[i] - derivatives[i] * parameters[i] / count);
        let cost = COST * dot(&beyond, &beyond) - value / count;
        let known = cost.is_finite() && slope.iter().all(|s| s.is_finite());
        Place { logs, cost: if known { cost } else { f64::INFINITY }, slope }
    };
    let mut here = at(begin);
    if !here.cost.is_finite() {
        return None;
    }
    let mut inverse = None;
    for _ in 0..ROUNDS {
        if here.slope.iter().all(|slope| slope.abs() <= FLAT) {
            break;
        }
        let fresh = inverse.is_none();
        let bent = inverse.unwrap_or_else(|| identity(1.0));
        let way = scaled(&product(&bent, &here.slope), -1.0);
        let Some(next) = descend(&here, &way, &at) else {
            if fresh {
                break;
            }
            inverse = None;
            continue;
        };
        let step: [f64; N] = std::array::from_fn(|i| next.logs[i] - here.logs[i]);
        let turn: [f64; N] = std::array::from_fn(|i| next.slope[i] - here.slope[i]);
        let gain = here.cost - next.cost;
        here = next;
        let bend = dot(&step, &turn);
        inverse = (bend > 0.0).then(|| {
            let bent = if fresh { identity(bend / dot(&turn, &turn)) } else { bent };
            updated(&bent, &step, &turn, bend)
        });
        if gain <= LEAST_GAIN * (1.0 + here.cost.abs()) && !fresh {
            break;
        }
    }
    let parameters = here.logs.map(f64::exp);
    let (value, _) = value(&parameters);
    Some(Maximum { parameters, value })
}

/// A place along a way downhill that is low enough, and from where the slope is less steep.
fn descend<const N: usize>(
    here: &Place<N>,
    way: &[f64; N],
    at: &impl Fn([f64; N]) -> Place<N>,
) -> Option<Place<N>> {
    const ENOUGH: f64 = 1e-4;
    const LESS_STEEP: f64 = 0.9;
    let steepness = dot(&here.slope, way);
    if steepness >= 0.0 {
        return None;
    }
    let longest = way.iter().fold(0.0_f64, |longest, part| longest.max(part.abs()));
    let (mut near, mut far, mut length) = (0.0, f64::INFINITY, (LONGEST / longest).min(1.0));
    let mut found = None;
    for _ in 0..TRIES {
        let next = at(std::array::from_fn(|i| here.logs[i] + length * way[i]));
        if next.cost > here.cost + ENOUGH * length * steepness {
            far = length;
        } else {
            let enough = dot(&next.slope, way) >= LESS_STEEP * steepness;
            found = Some(next);
            if enough || length * longest > 4.0 * LONGEST {
                break;
            }
            near = length;
        }
        length = if far.is_finite() { (near + far) / 2.0 } else { 2.0 * length };
    }
    found
}

type Matrix<const N: usize> = [[f64; N]; N];

fn identity<const N: usize>(times: f64) -> Matrix<N> {
    std::array::from_fn(|i| std::array::from_fn(|j| if i == j { times } else { 0.0 }))
}

/// The inverse of the second derivatives after a step and the turn of the slope along it.
fn updated<const N: usize>(inverse: &Matrix<N>, step: &[f64; N], turn: &[f64; N], bend: f64) -> Matrix<N> {
    let image = product(inverse, turn);
    let along = (1.0 + dot(turn, &image) / bend) / bend;
    std::array::from_fn(|i| {
        std::array::from_fn(|j| {
            inverse[i][j] + along * step[i] * step[j] - (image[i] * step[j] + step[i] * image[j]) / bend
        })
    })
}

fn product<const N: usize>(matrix: &Matrix<N>, vector: &[f64; N]) -> [f64; N] {
    std::array::from_fn(|i| dot(&matrix[i], vector))
}

fn scaled<const N: usize>(vector: &[f64; N], times: f64) -> [f64; N] {
    vector.map(|part| times * part)
}

fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
