//! The value of a customer: expected purchases times expected spend, or trees over what was known.

use onefold_udfs::models::buy_till_you_die::gamma_gamma::Spend;
use onefold_udfs::models::buy_till_you_die::{History, Purchases};
use onefold_udfs::models::features::{Feature, Values};
use onefold_udfs::models::tabular::Scorer;
use serde::{Deserialize, Serialize};

use crate::prediction::purchases::Snapshots;

const WEEK: f64 = 7.0;
/// What the figures of a customer are called among the reasons.
pub(super) const INPUTS: [&str; 4] =
    ["purchases", "days_since_last", "days_since_first", "spend_per_purchase"];

/// What scoring needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ValueModel {
    /// Tells purchases and who is alive, whatever tells the value.
    pub(super) purchases: Purchases,
    /// Tells spend per purchase.
    pub(super) spend: Spend,
    /// Tells the value, if it is better at it.
    pub(super) trees: Option<Scorer>,
    /// From this value on somebody is of high value.
    pub(super) high: f64,
    /// The customer with whom each is compared: the medians of all.
    pub(super) median: Known,
}

/// What is known of a customer: purchases, days since the last and the first, spend per purchase.
pub(super) type Known = [f64; 4];

/// What is known of each row.
pub(super) fn known(snapshots: &Snapshots, rows: &[u32]) -> Vec<Known> {
    let columns = INPUTS.map(|name| snapshots.number(name));
    rows.iter().map(|row| columns.map(|column| column[*row as usize])).collect()
}

/// The purchases of a customer as the models take them, in weeks.
pub(super) fn history([purchases, since_last, since_first, _]: &Known) -> History {
    let repeats = (purchases - 1.0).max(0.0);
    let last = if repeats > 0.0 { (since_first - since_last).max(0.0) / WEEK } else { 0.0 };
    History { repeats, last, age: (since_first / WEEK).max(last) }
}

/// Purchases within so many days.
pub(super) fn expected_purchases(model: &Purchases, known: &Known, days: i32) -> f64 {
    model.expected(&history(known), f64::from(days) / WEEK)
}

/// Spend of a purchase, from all purchases of a customer.
pub(super) fn expected_spend(model: &Spend, [purchases, _, _, mean]: &Known) -> f64 {
    model.expected(*purchases, *mean)
}

/// Fits the model of spend.
pub(super) fn fit_spend(known: &[Known]) -> Option<Spend> {
    let pairs: Vec<(f64, f64)> = known.iter().map(|[purchases, _, _, mean]| (*purchases, *mean)).collect();
    Spend::fit(&pairs)
}

/// The medians.
pub(super) fn medians(known: &[Known]) -> Known {
    std::array::from_fn(|input| {
        let mut values: Vec<f64> = known.iter().map(|k| k[input]).filter(|v| !v.is_nan()).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(0.0)
    })
}

impl ValueModel {
    fn value_of(&self, known: &Known, days: i32) -> f64 {
        expected_purchases(&self.purchases, known, days) * expected_spend(&self.spend, known)
    }

    /// The value of each customer.
    pub(super) fn values(&self, known: &[Known], features: &[Feature], days: i32) -> Vec<f64> {
        match &self.trees {
            Some(trees) => trees.sums(features, known.len()).into_iter().map(f64::exp).collect(),
            None => known.iter().map(|known| self.value_of(known, days)).collect(),
        }
    }

    /// What each figure adds to the value of each customer, beside the median customer: Shapley values over the four
    /// figures, which add up to the difference.
    pub(super) fn contributions(&self, known: &[Known], days: i32) -> Vec<Vec<f64>> {
        const SETS: usize = 1 << INPUTS.len();
        // The weight of a set of s others among n: s! (n − s − 1)! / n!.
        const WEIGHTS: [f64; 4] = [1.0 / 4.0, 1.0 / 12.0, 1.0 / 12.0, 1.0 / 4.0];
        let mut out = vec![vec![0.0; known.len()]; INPUTS.len()];
        for (row, known) in known.iter().enumerate() {
            let values: [f64; SETS] = std::array::from_fn(|set| {
                let mixed: Known =
                    std::array::from_fn(|i| if set >> i & 1 == 1 { known[i] } else { self.median[i] });
                self.value_of(&mixed, days)
            });
            for (input, out) in out.iter_mut().enumerate() {
                let others = (0..SETS).filter(|set| set >> input & 1 == 0);
                let weight = |set: usize| WEIGHTS[set.count_ones() as usize];
                out[row] = others.map(|set| weight(set) * (values[set | 1 << input] - values[set])).sum();
            }
        }
        out
    }
}

/// The figures of customers as features, to be shown beside reasons.
pub(super) fn as_features(known: &[Known]) -> Vec<Feature> {
    let feature = |(place, name): (usize, &&str)| Feature {
        name: (*name).to_owned(),
        values: Values::Numbers(known.iter().map(|k| k[place]).collect()),
    };
    INPUTS.iter().enumerate().map(feature).collect()
}
