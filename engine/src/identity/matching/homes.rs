//! Pairs of records of one home: with the same address or phone. They are weighed for their households even where no
//! blocking rule makes them candidates.

use crate::identity::blocking::keys::Keys;
use crate::identity::blocking::rule::{BlockingRule, group};
use crate::identity::fields::layout;
use crate::identity::matching::plan::{Plan, is_home};
use crate::parallel::Threads;

/// An address or a phone with more records is no private one.
const LARGEST_HOME: usize = 40;
/// The household class is one of households if at least this part of its pairs agrees in an address or a phone;
/// without households in the data it gathers whatever else agrees by chance.
const AT_HOME: f64 = 0.5;

/// The pairs, each once, in the order of their records.
pub fn pairs(plan: &Plan, keys: &Keys, threads: Threads) -> Vec<(u32, u32)> {
    let rules: Vec<BlockingRule> =
        plan.homes.iter().map(|keys| BlockingRule { keys: keys.clone(), text: String::new() }).collect();
    let mut out: Vec<(u32, u32)> = Vec::new();
    for blocks in group(keys, &rules, &[], LARGEST_HOME, threads) {
        for block in 0..blocks.count() {
            let records = blocks.block(block);
            for (place, left) in records.iter().enumerate() {
                out.extend(records[place + 1..].iter().map(|right| (*left, *right)));
            }
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// Whether homes tell of households: whether the household class mostly agrees in one. `h` has the probabilities of the
/// levels of a field in that class.
pub fn are_informative<'a>(plan: &Plan, h: impl Fn(usize) -> &'a [f64]) -> bool {
    layout(&plan.comparisons).iter().enumerate().any(|(place, field)| {
        let comparison = field.comparison.map(|c| &plan.comparisons[c]);
        comparison.is_some_and(|c| is_home(c.comparator.name()))
            && h(place).iter().skip(1).take(2).sum::<f64>() >= AT_HOME
    })
}
