//! Maximum likelihood by the simplex method of Nelder and Mead (1965) over the logarithms of positive parameters.

const ROUNDS: usize = 1000;
const RESTARTS: usize = 3;
const TOLERANCE: f64 = 1e-9;

/// A maximum.
pub(super) struct Maximum<const N: usize> {
    pub(super) parameters: [f64; N],
    pub(super) value: f64,
}

/// Equal rows once, with how often each occurs. A likelihood is the same for equal rows.
pub(super) fn grouped<const N: usize>(rows: impl Iterator<Item = [f64; N]>) -> Vec<([f64; N], f64)> {
    let mut rows: Vec<[f64; N]> = rows.collect();
    rows.sort_by(|a, b| {
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

/// Finds a maximum near `start`. The search begins again at what it found, as a simplex may collapse too early.
pub(super) fn maximise<const N: usize>(
    start: [f64; N],
    value: impl Fn(&[f64; N]) -> f64,
) -> Option<Maximum<N>> {
    let cost = |logs: &[f64; N]| {
        let value = value(&logs.map(f64::exp));
        if value.is_finite() { -value } else { f64::INFINITY }
    };
    let mut best = start.map(|parameter| parameter.max(1e-6).ln());
    let mut lowest = cost(&best);
    for _ in 0..RESTARTS {
        let (found, found_cost) = simplex(best, &cost);
        let gain = lowest - found_cost;
        (best, lowest) = (found, found_cost);
        if gain.abs() <= TOLERANCE * lowest.abs() {
            break;
        }
    }
    lowest.is_finite().then(|| Maximum { parameters: best.map(f64::exp), value: -lowest })
}

fn simplex<const N: usize>(start: [f64; N], cost: &impl Fn(&[f64; N]) -> f64) -> ([f64; N], f64) {
    let mut corners: Vec<([f64; N], f64)> = vec![(start, cost(&start))];
    for axis in 0..N {
        let mut corner = start;
        corner[axis] += 0.3;
        corners.push((corner, cost(&corner)));
    }
    for _ in 0..ROUNDS {
        corners.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (worst, worst_cost) = corners[N];
        let lowest = corners[0].1;
        if worst_cost - lowest <= TOLERANCE * 0.1 * (1.0 + lowest.abs()) {
            break;
        }
        let mut centre = [0.0; N];
        for (corner, _) in &corners[..N] {
            for axis in 0..N {
                centre[axis] += corner[axis] / N as f64;
            }
        }
        let along = |step: f64| {
            let mut point = centre;
            for axis in 0..N {
                point[axis] += step * (centre[axis] - worst[axis]);
            }
            (point, cost(&point))
        };
        let reflected = along(1.0);
        corners[N] = if reflected.1 < lowest {
            let expanded = along(2.0);
            if expanded.1 < reflected.1 { expanded } else { reflected }
        } else if reflected.1 < corners[N - 1].1 {
            reflected
        } else {
            let contracted = if reflected.1 < worst_cost { along(0.5) } else { along(-0.5) };
            if contracted.1 < worst_cost.min(reflected.1) {
                contracted
            } else {
                let best = corners[0].0;
                for corner in &mut corners[1..] {
                    for (value, best) in corner.0.iter_mut().zip(best) {
                        *value = best + 0.5 * (*value - best);
                    }
                    corner.1 = cost(&corner.0);
                }
                continue;
            }
        };
    }
    corners.sort_by(|a, b| a.1.total_cmp(&b.1));
    corners[0]
}
