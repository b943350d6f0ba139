//! The web shop: people typed their own data, most gave an e-mail address, some opened several accounts.

use std::io::{Result, Write};
use std::path::Path;

use super::csv::{Csv, create, money};
use super::draws::{Draws, Purpose};
use super::generate::{Summary, Truth};
use super::household::{Population, household};
use super::life::Order;
use super::moment::{DAY, Moment, month_first, timestamp};
use super::products::{OPINIONS, PRODUCTS};
use super::record::{Habits, record};

const HABITS: Habits = Habits {
    nickname: 300,
    initial: 15,
    typing_error: 25,
    names_swapped: 6,
    careless_case: 110,
    email: 955,
    shared_email: 250,
    house_email: 0,
    phone: 620,
    dummy_phone: 8,
    birth: 780,
    birth_error: 18,
    address: 900,
    reachable: false,
};

/// Writes `contacts.csv`, `purchases.csv`, `products.csv` and `reviews.ndjson`.
pub(super) fn write(
    dir: &Path,
    population: Population,
    households: impl Iterator<Item = u64>,
    truth: &mut Truth,
    summary: &mut Summary,
) -> Result<()> {
    products(dir)?;
    let mut contacts = Csv::create(
        &dir.join("contacts.csv"),
        &[
            "contact_id",
            "first_name",
            "last_name",
            "email",
            "phone",
            "dob",
            "street",
            "city",
            "postcode",
            "updated_at",
        ],
    )?;
    let mut purchases = Csv::create(
        &dir.join("purchases.csv"),
        &["purchase_id", "contact_id", "purchased_at", "amount", "product_id"],
    )?;
    let mut reviews = create(&dir.join("reviews.ndjson"))?;
    let (mut next_contact, mut next_purchase, mut next_review) = (0, 0, 0);
    for number in households {
        let mut draws = Draws::new(population.seed, Purpose::Shop, number);
        for person in household(population, number) {
            let accounts: Vec<(Moment, String)> = person
                .life
                .accounts
                .iter()
                .map(|at| {
                    next_contact += 1;
                    (*at, format!("C{next_contact:06}"))
                })
                .collect();
            for (at, id) in &accounts {
                let r = record(&person, *at, &HABITS, &mut draws);
                let dob = r.birth.map(month_first).unwrap_or_default();
                truth.row("shop", id, &person)?;
                contacts.row(&[
                    id,
                    &r.first_name,
                    &r.last_name,
                    &r.email,
                    &r.phone,
                    &dob,
                    &r.street,
                    &r.city,
                    &r.postcode,
                    &timestamp(*at),
                ])?;
            }
            for order in &person.life.orders {
                let Some(id) = account_at(&accounts, order.at) else { continue };
                next_purchase += 1;
                purchases.row(&[
                    &format!("W{next_purchase:07}"),
                    id,
                    &timestamp(order.at),
                    &money(order.cents),
                    &product_id(order.product),
                ])?;
                if draws.chance(130) {
                    next_review += 1;
                    review(&mut reviews, next_review, id, order, &mut draws)?;
                }
            }
        }
    }
    reviews.flush()?;
    summary.contacts = contacts.finish()?;
    summary.purchases = purchases.finish()?;
    summary.reviews = next_review;
    Ok(())
}

/// The identifier of an article.
pub(super) fn product_id(product: usize) -> String {
    format!("A{:03}", product + 101)
}

fn products(dir: &Path) -> Result<()> {
    let mut csv = Csv::create(&dir.join("products.csv"), &["product_id", "name", "category", "price"])?;
    for (i, (name, category, cents)) in PRODUCTS.iter().enumerate() {
        csv.row(&[&product_id(i), *name, category, &money(*cents)])?;
    }
    csv.finish().map(drop)
}

/// The account that was the newest when an order came.
fn account_at(accounts: &[(Moment, String)], at: Moment) -> Option<&String> {
    accounts.iter().rev().find(|(opened, _)| *opened <= at).or(accounts.first()).map(|(_, id)| id)
}

fn review(out: &mut impl Write, number: u64, contact: &str, order: &Order, draws: &mut Draws) -> Result<()> {
    let stars = draws.weighted(&[6, 7, 15, 32, 40]);
    writeln!(
        out,
        r#"{{"review_id":"R{number:06}","contact_id":"{contact}","product_id":"{}","rating":{},"text":"{}","reviewed_at":"{}"}}"#,
        product_id(order.product),
        stars + 1,
        draws.pick(OPINIONS[stars]),
        timestamp(order.at + draws.between(3 * DAY, 25 * DAY)),
    )
}
