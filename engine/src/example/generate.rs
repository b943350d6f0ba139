//! The generator: a population, and what three systems know of it.

use std::io::Result;
use std::path::Path;

use super::csv::Csv;
use super::household::{Person, Population, household};
use super::{loyalty, shop, support};

/// What was generated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// People, whether a system knows them or not.
    pub people: u64,
    /// Households.
    pub households: u64,
    /// Accounts of the shop.
    pub contacts: u64,
    /// Orders of the shop.
    pub purchases: u64,
    /// Reviews in the shop.
    pub reviews: u64,
    /// Members of the loyalty programme.
    pub members: u64,
    /// Purchases in stores.
    pub store_purchases: u64,
    /// Customers of the support desk.
    pub support_customers: u64,
    /// Cases of the support desk.
    pub cases: u64,
    /// Leads.
    pub leads: u64,
}

/// Writes the data of the retail example into `dir`: `data/shop`, `data/loyalty` and `data/support`, and apart
/// from them `truth/truth.csv`, which tells the person and the household behind each record.
///
/// About as many `people` as asked for, to the end of the last household; some two records to a person. The
/// same people and seed give the same bytes on every platform. Rows are streamed: memory does not grow with
/// the population.
///
/// # Errors
/// When a file cannot be written.
pub fn generate(dir: &Path, people: usize, seed: u64) -> Result<Summary> {
    let population = Population { seed, people };
    let mut summary = Summary::default();
    while summary.people < people as u64 {
        summary.people += household(population, summary.households).len() as u64;
        summary.households += 1;
    }
    let count = summary.households;
    let mut truth = Truth(Csv::create(
        &dir.join("truth/truth.csv"),
        &["source", "record_key", "person_id", "household_id"],
    )?);
    let data = dir.join("data");
    shop::write(&data.join("shop"), population, shuffled(count, 1), &mut truth, &mut summary)?;
    loyalty::write(&data.join("loyalty"), population, shuffled(count, 2), &mut truth, &mut summary)?;
    support::write(&data.join("support"), population, shuffled(count, 3), &mut truth, &mut summary)?;
    truth.0.finish()?;
    Ok(summary)
}

/// The file of who is who.
pub(super) struct Truth(Csv);

impl Truth {
    /// Notes the person behind a record.
    pub(super) fn row(&mut self, source: &str, key: &str, person: &Person) -> Result<()> {
        self.0.row(&[source, key, &person.id, &person.household_id])
    }
}

/// The numbers below `count`, each once, in an order of each system's own.
fn shuffled(count: u64, system: u64) -> impl Iterator<Item = u64> {
    let mut stride = count * 618 / 1000 + system * 37 + 1;
    while gcd(stride, count) != 1 {
        stride += 1;
    }
    (0..count).map(move |i| (i * stride + system * 101) % count)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
