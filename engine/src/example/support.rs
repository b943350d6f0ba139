//! The support desk: it knows who wrote or called, little more, and keeps the leads from before the first
//! order.

use std::io::Result;
use std::path::Path;

use super::csv::Csv;
use super::draws::{Draws, Purpose};
use super::generate::{Summary, Truth};
use super::household::{Population, household};
use super::moment::timestamp;
use super::record::{Habits, record};

const DESK: Habits = Habits {
    nickname: 250,
    initial: 50,
    typing_error: 25,
    names_swapped: 0,
    careless_case: 40,
    email: 900,
    shared_email: 200,
    house_email: 0,
    phone: 700,
    dummy_phone: 0,
    birth: 0,
    birth_error: 0,
    address: 0,
    reachable: true,
};

const FORM: Habits = Habits { nickname: 300, initial: 40, email: 1000, phone: 450, ..DESK };

/// Writes `customers.csv`, `cases.csv` and `leads.csv`.
pub(super) fn write(
    dir: &Path,
    population: Population,
    households: impl Iterator<Item = u64>,
    truth: &mut Truth,
    summary: &mut Summary,
) -> Result<()> {
    let mut customers = Csv::create(
        &dir.join("customers.csv"),
        &["customer_ref", "first_name", "last_name", "email", "phone", "created_at"],
    )?;
    let mut cases = Csv::create(
        &dir.join("cases.csv"),
        &["case_id", "customer_ref", "opened_at", "closed_at", "category", "subject", "status"],
    )?;
    let mut leads = Csv::create(
        &dir.join("leads.csv"),
        &["lead_id", "name", "email", "phone", "created_at", "qualified_at", "source"],
    )?;
    let (mut next_customer, mut next_case, mut next_lead) = (0, 0, 0);
    for number in households {
        let mut draws = Draws::new(population.seed, Purpose::Support, number);
        for person in household(population, number) {
            if let Some(lead) = &person.life.lead {
                next_lead += 1;
                let id = format!("L{next_lead:06}");
                let r = record(&person, lead.created_at, &FORM, &mut draws);
                truth.row("lead", &id, &person)?;
                leads.row(&[
                    &id,
                    &format!("{} {}", r.first_name, r.last_name),
                    &r.email,
                    &r.phone,
                    &timestamp(lead.created_at),
                    &lead.qualified_at.map(timestamp).unwrap_or_default(),
                    lead.source,
                ])?;
            }
            let Some(first) = person.life.cases.first() else { continue };
            next_customer += 1;
            let customer = format!("U{next_customer:06}");
            let r = record(&person, first.opened_at, &DESK, &mut draws);
            truth.row("support", &customer, &person)?;
            customers.row(&[
                &customer,
                &r.first_name,
                &r.last_name,
                &r.email,
                &r.phone,
                &timestamp(first.opened_at),
            ])?;
            for case in &person.life.cases {
                next_case += 1;
                let status = if case.closed_at.is_some() { "closed" } else { "open" };
                cases.row(&[
                    format!("T{next_case:06}").as_str(),
                    &customer,
                    &timestamp(case.opened_at),
                    &case.closed_at.map(timestamp).unwrap_or_default(),
                    case.category,
                    &case.subject,
                    status,
                ])?;
            }
        }
    }
    summary.support_customers = customers.finish()?;
    summary.cases = cases.finish()?;
    summary.leads = leads.finish()?;
    Ok(())
}
