//! The loyalty system: clerks typed what they heard, one card to a person, telephone rather than e-mail.

use std::io::Result;
use std::path::Path;

use super::csv::{Csv, money};
use super::draws::{Draws, Purpose};
use super::generate::{Summary, Truth};
use super::household::{Population, household};
use super::moment::{iso, timestamp};
use super::record::{Habits, record};
use super::shop::product_id;

const HABITS: Habits = Habits {
    nickname: 140,
    initial: 0,
    typing_error: 50,
    names_swapped: 12,
    careless_case: 20,
    email: 720,
    shared_email: 150,
    house_email: 12,
    phone: 880,
    dummy_phone: 20,
    birth: 910,
    birth_error: 25,
    address: 820,
    reachable: false,
};

/// Writes `members.csv` and `store_purchases.csv`.
pub(super) fn write(
    dir: &Path,
    population: Population,
    households: impl Iterator<Item = u64>,
    truth: &mut Truth,
    summary: &mut Summary,
) -> Result<()> {
    let mut members = Csv::create(
        &dir.join("members.csv"),
        &[
            "member_id",
            "first_name",
            "last_name",
            "email",
            "phone",
            "birth_date",
            "street",
            "city",
            "postcode",
            "points",
            "tier",
            "joined_at",
        ],
    )?;
    let mut purchases = Csv::create(
        &dir.join("store_purchases.csv"),
        &["store_purchase_id", "member_id", "purchased_at", "amount", "product_id", "store"],
    )?;
    let (mut next_member, mut next_purchase) = (0, 0);
    for number in households {
        let mut draws = Draws::new(population.seed, Purpose::Loyalty, number);
        for person in household(population, number) {
            let Some(joined_at) = person.life.joined_at else { continue };
            next_member += 1;
            let id = format!("M{next_member:06}");
            let r = record(&person, joined_at, &HABITS, &mut draws);
            let birth_date = r.birth.map(iso).unwrap_or_default();
            let spent: u32 = person.life.store_orders.iter().map(|order| order.cents).sum();
            let points = 50 + spent / 50;
            truth.row("loyalty", &id, &person)?;
            members.row(&[
                &id,
                &r.first_name,
                &r.last_name,
                &r.email,
                &r.phone,
                &birth_date,
                &r.street,
                &r.city,
                &r.postcode,
                &points.to_string(),
                tier(points),
                &timestamp(joined_at),
            ])?;
            let store = person.address.at(joined_at).city;
            for order in &person.life.store_orders {
                next_purchase += 1;
                purchases.row(&[
                    &format!("S{next_purchase:07}"),
                    &id,
                    &timestamp(order.at),
                    &money(order.cents),
                    &product_id(order.product),
                    store,
                ])?;
            }
        }
    }
    summary.members = members.finish()?;
    summary.store_purchases = purchases.finish()?;
    Ok(())
}

fn tier(points: u32) -> &'static str {
    match points {
        0..400 => "bronze",
        400..1500 => "silver",
        1500..6000 => "gold",
        _ => "platinum",
    }
}
