//! The published parameters, likelihoods and expectations of the CDNOW sample, and reference values of ₂F₁.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::gamma_gamma::Spend;
use super::hypergeometric::scaled;
use super::*;

/// ln |₂F₁| as mpmath gives it.
const GRID: [([f64; 4], f64); 12] = [
    ([0.5, 0.5, 1.5, 0.25], 0.04611759718129058),
    ([1.0, 1.0, 2.0, 0.5], 0.32663425997828094),
    ([0.2426, 2.4259, 2.2188, 0.9], 0.6656027410856019),
    ([3.2426, 5.4259, 5.2188, 0.474], 2.1742275107679623),
    ([26.243, 28.426, 28.219, 0.55], 21.112337667807026),
    ([10.0, 20.0, 15.0, 0.95], 43.26612487412929),
    ([150.5, 80.2, 90.1, 0.8], 221.84306492599842),
    ([1.16, 1.6, 2.16, 0.02], 0.017344978501614195),
    ([27.2, 1.606, 28.2, 0.99], 5.9116037545597075),
    ([5.0, 2.0, 3.5, 0.999], 23.401936820280152),
    ([0.2426, 2.4259, 2.2188, 0.0], 0.0),
    ([300.0, 250.0, 400.0, 0.3], 65.78017600693731),
];

#[test]
fn hypergeometric_function_is_that_of_the_reference() {
    for ([a, b, c, z], expected) in GRID {
        let (sum, scale) = scaled(a, b, c, z);
        let found = sum.ln() + scale;
        assert!(
            (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
            "2F1({a}, {b}; {c}; {z}): {found}"
        );
    }
}

#[test]
fn bg_nbd_fits_cdnow_to_the_published_parameters() {
    let Some(data) = cdnow() else { return };
    let model = Purchases::fit(Kind::BgNbd, &data.histories()).unwrap();
    near(&model.parameters, &[0.2426, 4.4136, 0.7929, 2.4259], 2e-4);
    near(&[model.log_likelihood], &[-9582.43], 0.01);
    let one = History { repeats: 2.0, last: 30.43, age: 38.86 };
    near(&[model.expected(&one, 39.0)], &[1.226], 1e-3);
    let weeks = [1.0 / 7.0, 1.0, 3.0, 223.0 / 7.0, 32.0, 78.0];
    let anybody = weeks.map(|t| bg_nbd::expected_of_anybody(&model.parameters, t));
    near(&anybody, &[0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576], 5e-4);
    let expected: Vec<f64> = data.histories().iter().map(|h| model.expected(h, 39.0)).collect();
    near(&[expected.iter().sum()], &[1653.4], 0.5);
    near(&[correlation(&expected, &data.later())], &[0.6256], 1e-3);
}

#[test]
fn mbg_nbd_fits_cdnow_to_the_published_parameters() {
    let Some(data) = cdnow() else { return };
    let model = Purchases::fit(Kind::MbgNbd, &data.histories()).unwrap();
    near(&model.parameters, &[0.5248, 6.1831, 0.8914, 1.6140], 3e-4);
    near(&[model.log_likelihood], &[-9582.14], 0.01);
    let expected: Vec<f64> = data.histories().iter().map(|h| model.expected(h, 39.0)).collect();
    near(&[correlation(&expected, &data.later())], &[0.6273], 1e-3);
}

#[test]
fn pareto_nbd_fits_cdnow_to_the_published_parameters() {
    let Some(data) = cdnow() else { return };
    let model = Purchases::fit(Kind::ParetoNbd, &data.histories()).unwrap();
    near(&model.parameters, &[0.553, 10.578, 0.606, 11.669], 5e-3);
    near(&[model.log_likelihood], &[-9595.0], 0.05);
    let expected: Vec<f64> = data.histories().iter().map(|h| model.expected(h, 39.0)).collect();
    near(&[correlation(&expected, &data.later())], &[0.630], 1e-3);
    let other = Purchases::fit(Kind::BgNbd, &data.histories()).unwrap();
    let others: Vec<f64> = data.histories().iter().map(|h| other.expected(h, 39.0)).collect();
    near(&[correlation(&expected, &others)], &[0.996], 2e-3);
    let loyal = History { repeats: 26.0, last: 30.86, age: 31.0 };
    let published = [0.553, 10.58, 0.606, 11.66];
    near(&[pareto_nbd::expected(&published, &loyal, 52.0)], &[25.46], 0.01);
    assert!(pareto_nbd::alive(&published, &loyal) > 0.98);
}

#[test]
fn pareto_nbd_has_one_likelihood_by_series_and_by_integral() {
    for parameters in [[0.553, 10.578, 0.606, 11.669], [0.9, 10.0, 0.3, 40.0], [0.4, 30.0, 2.0, 7.0]] {
        for (repeats, last, age) in [(0.0, 0.0, 39.0), (3.0, 20.0, 21.0), (40.0, 30.0, 78.0)] {
            let customer = History { repeats, last, age };
            let series = pareto_nbd::log_gone(&parameters, &customer);
            let integral = pareto_nbd::log_integral(&parameters, &customer);
            near(&[integral], &[series], 1e-8);
        }
    }
}

#[test]
fn likelihoods_of_many_are_the_sums_of_each_and_change_as_their_derivatives_say() {
    let customers: Vec<History> = [(0.0, 0.0, 39.0), (1.0, 2.0, 38.0), (3.0, 20.0, 21.0), (40.0, 30.0, 78.0)]
        .iter()
        .flat_map(|(repeats, last, age)| vec![History { repeats: *repeats, last: *last, age: *age }; 3])
        .collect();
    let groups = Groups::new(&customers);
    for parameters in [[0.553, 10.578, 0.606, 11.669], [0.9, 10.0, 0.3, 40.0], [0.4, 30.0, 2.0, 7.0]] {
        for kind in Kind::ALL {
            let each = match kind {
                Kind::BgNbd => bg_nbd::log_likelihood,
                Kind::MbgNbd => mbg_nbd::log_likelihood,
                Kind::ParetoNbd => pareto_nbd::log_likelihood,
            };
            let (value, derivatives) = groups.log_likelihood(kind, &parameters);
            near(&[value], &[customers.iter().map(|c| each(&parameters, c)).sum()], 1e-8);
            for place in 0..4 {
                let step = 1e-5 * parameters[place];
                let at = |step: f64| {
                    let mut moved = parameters;
                    moved[place] += step;
                    groups.log_likelihood(kind, &moved).0
                };
                near(&[derivatives[place]], &[(at(step) - at(-step)) / (2.0 * step)], 1e-5);
            }
        }
    }
}

#[test]
fn gamma_gamma_fits_cdnow_to_the_published_parameters() {
    let Some(data) = cdnow() else { return };
    let model = Spend::fit(&data.spend()).unwrap();
    near(&[model.p, model.q], &[6.2496, 3.7442], 2e-3);
    near(&[model.v], &[15.4435], 1e-2);
    near(&[model.log_likelihood], &[-4055.92], 0.01);
}

/// Everybody buys at one rate and nobody leaves, so that no parameters are the best: the likelihood rises for ever towards
/// infinite ones.
#[test]
fn people_who_are_alike_have_parameters_that_are_possible() {
    let mut state = 1_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    };
    let mut histories = Vec::new();
    while histories.len() < 3_000 {
        let times: Vec<f64> = std::iter::successors(Some(0.0), |time| Some(time - draw().ln() * 91.0))
            .skip(1)
            .take_while(|time| *time < 57.0)
            .collect();
        if let (Some(first), Some(last)) = (times.first(), times.last()) {
            histories.push(History {
                repeats: times.len() as f64 - 1.0,
                last: last - first,
                age: 57.0 - first,
            });
        }
    }
    for kind in [Kind::BgNbd, Kind::MbgNbd, Kind::ParetoNbd] {
        let model = Purchases::fit(kind, &histories).unwrap();
        let expected: f64 = histories.iter().map(|h| model.expected(h, 52.0)).sum();
        let mean = expected / histories.len() as f64;
        let possible = model.parameters.iter().all(|p| *p < 1e6);
        assert!(possible && (0.5..0.65).contains(&mean), "{kind:?} {:?}: {mean}", model.parameters);
    }
}

#[test]
fn somebody_who_bought_just_now_is_alive_in_every_model() {
    let now = History { repeats: 5.0, last: 20.0, age: 20.0 };
    let long_ago = History { repeats: 5.0, last: 5.0, age: 200.0 };
    for (kind, parameters) in [
        (Kind::BgNbd, [0.24, 4.4, 0.79, 2.4]),
        (Kind::MbgNbd, [0.52, 6.2, 0.89, 1.6]),
        (Kind::ParetoNbd, [0.55, 10.6, 0.61, 11.7]),
    ] {
        let model = Purchases { kind, parameters, log_likelihood: 0.0 };
        assert!(model.alive(&now) > 0.8, "{kind:?}");
        assert!(model.alive(&long_ago) < 0.05, "{kind:?}");
        assert!(model.expected(&now, 10.0) > 50.0 * model.expected(&long_ago, 10.0), "{kind:?}");
    }
}

struct Cdnow {
    /// Per customer: history, count and mean value of repeat purchases, purchases in weeks 40 to 78.
    customers: Vec<(History, f64, f64)>,
}

impl Cdnow {
    fn histories(&self) -> Vec<History> {
        self.customers.iter().map(|(history, _, _)| *history).collect()
    }
    fn spend(&self) -> Vec<(f64, f64)> {
        self.customers.iter().map(|(history, mean, _)| (history.repeats, *mean)).collect()
    }
    fn later(&self) -> Vec<f64> {
        self.customers.iter().map(|(_, _, later)| *later).collect()
    }
}

/// The 1/10 sample, or a message that it is not there.
fn cdnow() -> Option<Cdnow> {
    let folder =
        std::env::var_os("ONEFOLD_TEST_DATA").map_or_else(|| "../../shared/data".into(), PathBuf::from);
    let text = std::fs::read_to_string(folder.join("cdnow/CDNOW_sample.txt")).ok();
    let Some(text) = text else {
        println!("skipped: ONEFOLD_TEST_DATA names no folder with cdnow/CDNOW_sample.txt");
        return None;
    };
    let day = |date: i64| {
        // Days since 1997-01-01 of a date in 1997 or 1998, written as yyyymmdd.
        const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
        (date / 10_000 - 1997) * 365 + BEFORE[(date / 100 % 100 - 1) as usize] + date % 100 - 1
    };
    let mut bought: BTreeMap<i64, BTreeMap<i64, f64>> = BTreeMap::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, customer, date, _, value] = fields.as_slice() else { continue };
        let days = bought.entry(customer.parse().unwrap()).or_default();
        *days.entry(day(date.parse().unwrap())).or_default() += value.parse::<f64>().unwrap();
    }
    let end = day(19970930);
    let customers = bought.values().map(|days| {
        let first = *days.keys().next().unwrap();
        let repeats: Vec<(i64, f64)> =
            days.iter().filter(|(d, _)| **d > first && **d <= end).map(|(d, v)| (*d, *v)).collect();
        let weeks = |d: i64| (d - first) as f64 / 7.0;
        let history = History {
            repeats: repeats.len() as f64,
            last: repeats.last().map_or(0.0, |(d, _)| weeks(*d)),
            age: weeks(end),
        };
        let mean = repeats.iter().map(|(_, v)| v).sum::<f64>() / repeats.len().max(1) as f64;
        let later = days.keys().filter(|d| **d > end).count() as f64;
        (history, mean, later)
    });
    Some(Cdnow { customers: customers.collect() })
}

fn near(found: &[f64], expected: &[f64], tolerance: f64) {
    for (found, expected) in found.iter().zip(expected) {
        let far = (found - expected).abs();
        assert!(far <= tolerance * expected.abs().max(1.0), "{found} instead of {expected}");
    }
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let product = |a: &[f64], ma: f64, b: &[f64], mb: f64| {
        a.iter().zip(b).map(|(a, b)| (a - ma) * (b - mb)).sum::<f64>()
    };
    product(a, mean_a, b, mean_b) / (product(a, mean_a, a, mean_a) * product(b, mean_b, b, mean_b)).sqrt()
}
