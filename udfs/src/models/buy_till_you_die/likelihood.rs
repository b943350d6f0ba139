//! Likelihoods of many histories with their derivatives. Equal histories are one group, logarithms of the same time are
//! taken once, and gamma functions of r + x over those of r are products, as x is a whole number.

use super::fit;
use super::pareto_nbd::integral;
use super::{History, Kind};

/// Groups of histories.
pub(super) struct Groups {
    groups: Vec<Group>,
    /// All times that occur, in order.
    times: Vec<f64>,
    /// How many customers made 0, 1, … repeat purchases.
    counts: Vec<f64>,
    pub(super) customers: f64,
}

/// Customers with one history: places of the times, and how many they are.
struct Group {
    repeats: u32,
    last: u32,
    age: u32,
    weight: f64,
}

/// A likelihood with its derivatives by each parameter.
type Likelihood = (f64, [f64; 4]);

impl Groups {
    pub(super) fn new(customers: &[History]) -> Self {
        let rows = customers.iter().map(|c| [c.repeats.max(0.0).round(), c.last, c.age]);
        let rows = fit::grouped(rows);
        let mut times: Vec<f64> = rows.iter().flat_map(|([_, last, age], _)| [*last, *age]).collect();
        times.sort_unstable_by(f64::total_cmp);
        times.dedup();
        let place = |time: f64| times.partition_point(|other| *other < time) as u32;
        let group = |([repeats, last, age], weight): &([f64; 3], f64)| Group {
            repeats: *repeats as u32,
            last: place(*last),
            age: place(*age),
            weight: *weight,
        };
        let groups: Vec<Group> = rows.iter().map(group).collect();
        let mut counts = vec![0.0; groups.last().map_or(0, |group| group.repeats as usize + 1)];
        groups.iter().for_each(|group| counts[group.repeats as usize] += group.weight);
        Self { groups, times, counts, customers: customers.len() as f64 }
    }

    /// The logarithm of the likelihood under parameters in the order of [`Kind::parameters`].
    pub(super) fn log_likelihood(&self, kind: Kind, parameters: &[f64; 4]) -> Likelihood {
        match kind {
            Kind::BgNbd => self.stopping(parameters, 0),
            Kind::MbgNbd => self.stopping(parameters, 1),
            Kind::ParetoNbd => self.lapsing(parameters),
        }
    }

    /// The model BG/NBD, whose customers have as many chances to stop as repeat purchases, or MBG/NBD, whose customers
    /// have one more.
    fn stopping(&self, [r, alpha, a, b]: &[f64; 4], more: usize) -> Likelihood {
        let most = self.counts.len() + more;
        let (of_r, of_b, of_both) = (Rising::new(*r, most), Rising::new(*b, most), Rising::new(a + b, most));
        let logs: Vec<f64> = self.times.iter().map(|time| (alpha + time).ln()).collect();
        // By chances: the odds that the last was taken, apart from time.
        let odds: Vec<f64> = (0..=most).map(|chances| (a / (b + chances as f64 - 1.0)).ln()).collect();
        let [value, by_r, by_alpha, stopped, by_b] = fit::sums(&self.groups, 8, |group, sums| {
            let Group { repeats, last, age, weight } = *group;
            let (chances, shape) = (repeats as usize + more, r + f64::from(repeats));
            let (last, age) = (last as usize, age as usize);
            let (share, log) = match chances {
                0 => (0.0, 0.0),
                _ => softplus(odds[chances] + shape * (logs[age] - logs[last])),
            };
            sums[0] += weight * (log - shape * logs[age]);
            sums[1] -= weight * (logs[age] + share * (logs[last] - logs[age]));
            let (late, early) = (1.0 / (alpha + self.times[age]), 1.0 / (alpha + self.times[last]));
            sums[2] -= weight * shape * (late + share * (early - late));
            if chances > 0 {
                sums[3] += weight * share;
                sums[4] -= weight * share / (b + chances as f64 - 1.0);
            }
        });
        let n = self.customers;
        let mut out = (
            value + n * r * alpha.ln(),
            [by_r + n * alpha.ln(), by_alpha + n * r / alpha, stopped / a, by_b],
        );
        for (repeats, count) in self.counts.iter().enumerate() {
            let chances = repeats + more;
            out.0 += count * (of_r.logs[repeats] + of_b.logs[chances] - of_both.logs[chances]);
            out.1[0] += count * of_r.slopes[repeats];
            out.1[2] -= count * of_both.slopes[chances];
            out.1[3] += count * (of_b.slopes[chances] - of_both.slopes[chances]);
        }
        out
    }

    /// The model Pareto/NBD, whose customers may stop at any time.
    fn lapsing(&self, [r, alpha, s, beta]: &[f64; 4]) -> Likelihood {
        let of_r = Rising::new(*r, self.counts.len());
        let logs: Vec<[f64; 2]> = self.times.iter().map(|t| [(alpha + t).ln(), (beta + t).ln()]).collect();
        let sums: [f64; 5] = fit::sums(&self.groups, 2, |group, sums| {
            let Group { repeats, last, age, weight } = *group;
            let repeats = f64::from(repeats);
            let (last, age) = (self.times[last as usize], self.times[age as usize]);
            let shape = r + repeats;
            let [log_alpha, log_beta] = logs[group.age as usize];
            let stays = -shape * log_alpha - s * log_beta;
            let (log_integral, means) = integral(&[*r, *alpha, *s, *beta], &History { repeats, last, age });
            let (share, log) = softplus(s.ln() + log_integral - stays);
            let mix = |stays: f64, gone: f64| stays + share * (gone - stays);
            sums[0] += weight * (stays + log);
            sums[1] -= weight * mix(log_alpha, means[0]);
            sums[2] -= weight * shape * mix(1.0 / (alpha + age), means[1]);
            sums[3] -= weight * (mix(log_beta, means[2]) - share / s);
            sums[4] -= weight * mix(s / (beta + age), (s + 1.0) * means[3]);
        });
        let (n, [mut value, mut by_r, by_alpha, by_s, by_beta]) = (self.customers, sums);
        value += n * (r * alpha.ln() + s * beta.ln());
        for (repeats, count) in self.counts.iter().enumerate() {
            value += count * of_r.logs[repeats];
            by_r += count * of_r.slopes[repeats];
        }
        (
            value,
            [by_r + n * alpha.ln(), by_alpha + n * r / alpha, by_s + n * beta.ln(), by_beta + n * s / beta],
        )
    }
}

/// ln Γ(a + x) − ln Γ(a) for x = 0, 1, … and its derivative by a.
struct Rising {
    logs: Vec<f64>,
    slopes: Vec<f64>,
}

impl Rising {
    fn new(a: f64, most: usize) -> Self {
        let (mut logs, mut slopes) = (Vec::with_capacity(most + 1), Vec::with_capacity(most + 1));
        let (mut log, mut slope) = (0.0, 0.0);
        for x in 0..=most {
            logs.push(log);
            slopes.push(slope);
            log += (a + x as f64).ln();
            slope += 1.0 / (a + x as f64);
        }
        Self { logs, slopes }
    }
}

/// eᵈ / (1 + eᵈ) and ln(1 + eᵈ).
fn softplus(d: f64) -> (f64, f64) {
    let small = (-d.abs()).exp();
    let share = if d >= 0.0 { 1.0 } else { small } / (1.0 + small);
    (share, d.max(0.0) + small.ln_1p())
}
