//! Who bought what.

use std::collections::{BTreeSet, HashMap};

use onefold_udfs::models::recommend::Baskets;

use crate::Result;
use crate::identity::rules::quoted;
use crate::prediction::task::{Task, day};

/// Who bought what on which days, of all or of the time that counts.
pub(super) struct Purchases {
    pub(super) customers: Vec<String>,
    pub(super) products: Vec<String>,
    pub(super) offered: Vec<bool>,
    /// Customer, product, day.
    pub(super) rows: Vec<(u32, u32, i32)>,
    pub(super) last: i32,
}

impl Purchases {
    pub(super) async fn read(task: &Task<'_>, lookback: i32) -> Result<Self> {
        let bound = &task.setup.bound;
        let (id, product) = (quoted(&task.setup.id), bound.sql("product").unwrap_or_default());
        let time = bound.sql("time").unwrap_or_default();
        let (day, until) = (day(&time), task.setup.before_until(&time));
        let bought =
            bound.sql("returned").map(|r| format!(" AND NOT coalesce({r}, false)")).unwrap_or_default();
        let offered = bound.sql("offered").map_or("true".to_owned(), |o| format!("coalesce({o}, false)"));
        let query = format!(
            "WITH p AS (SELECT CAST({id} AS VARCHAR) AS customer, CAST({product} AS VARCHAR) AS product, {day} AS day, \
                              {offered} AS offered FROM ({}) AS q \
                       WHERE {id} IS NOT NULL AND {product} IS NOT NULL AND {time} IS NOT NULL{until}{bought}), \
             l AS (SELECT max(day) AS last FROM p) \
             SELECT customer, product, day, bool_or(offered) AS offered, max(last) AS last FROM p CROSS JOIN l \
             WHERE day > last - {lookback} GROUP BY customer, product, day ORDER BY customer, product, day",
            task.setup.query
        );
        let table = task.rows(&query).await?;
        let (names, labels) = (table.texts("customer")?, table.texts("product")?);
        let (days, flags) = (table.numbers("day")?, table.numbers("offered")?);
        let products: Vec<String> = labels.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect();
        let place: HashMap<&str, u32> = (0..).zip(&products).map(|(place, p)| (p.as_str(), place)).collect();
        let mut offered = vec![false; products.len()];
        let mut customers: Vec<String> = Vec::new();
        let mut rows = Vec::with_capacity(names.len());
        for (row, name) in names.into_iter().enumerate() {
            if customers.last() != Some(&name) {
                customers.push(name);
            }
            let product = place[labels[row].as_str()];
            offered[product as usize] |= flags[row] > 0.5;
            rows.push((customers.len() as u32 - 1, product, days[row] as i32));
        }
        let last = table.numbers("last")?.first().copied().unwrap_or(0.0) as i32;
        Ok(Self { customers, products, offered, rows, last })
    }

    /// How many days each customer bought each product on, within some days.
    pub(super) fn baskets(&self, within: impl Fn(i32) -> bool) -> Baskets {
        let rows = self.rows.iter().filter(|(_, _, day)| within(*day));
        Baskets::new(self.customers.len(), self.products.len(), rows.map(|(c, p, _)| (*c, *p, 1.0)))
    }
}
