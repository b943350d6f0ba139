//! Purchases as snapshots: what was known of each customer on a day, and what happened after it.

use onefold_udfs::models::features::{Feature, Values};

use super::roles::{Role, RoleType};
use super::task::{Task, day};
use crate::{Error, Result};

/// Names of a column that says when a purchase was.
pub const TIME: &[&str] = &["purchased_at", "ordered_at", "at", "time", "date", "timestamp"];
/// Whether goods came back.
pub const RETURNED: &[&str] = &["is_return", "returned", "is_returned", "return"];
/// What was bought.
pub const PRODUCT: &[&str] = &["product_id", "product", "item_id", "item", "sku", "stock_code"];

/// The columns that say who bought when for how much.
pub const ROLES: &[Role] = &[
    Role {
        name: "time",
        r#type: RoleType::Time,
        words: TIME,
        required: true,
        description: "when the purchase was",
    },
    Role {
        name: "amount",
        r#type: RoleType::Number,
        words: &["amount", "value", "price", "total", "revenue", "spend"],
        required: true,
        description: "what was paid; below 0 for a return",
    },
    Role {
        name: "returned",
        r#type: RoleType::Flag,
        words: RETURNED,
        required: false,
        description: "whether goods came back; the amount then counts as negative",
    },
    Role {
        name: "product",
        r#type: RoleType::Any,
        words: PRODUCT,
        required: false,
        description: "what was bought",
    },
];

/// What the purchases span.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// The first day, since 1970.
    pub first: i32,
    /// The last day.
    pub last: i32,
    /// People who bought.
    pub customers: usize,
}

/// What is asked of each snapshot about the time after it, all in days.
#[derive(Debug, Clone, Copy)]
pub struct Horizon {
    /// Spend and purchases of so many days count.
    pub days: i32,
    /// Whether somebody bought within the last so many of them.
    pub inactive: i32,
}

/// Customers as they were known on several days; a row per customer and day, sorted by both.
#[derive(Debug)]
pub struct Snapshots {
    /// Whom a row is about.
    pub customers: Vec<String>,
    /// The day, since 1970; what happened on it is known.
    pub days: Vec<i32>,
    /// What was known.
    pub features: Vec<Feature>,
    /// What was spent within the horizon, less returns.
    pub spend_after: Vec<f64>,
    /// On how many days something was bought within it.
    pub purchases_after: Vec<f64>,
    /// On how many of its last [`Horizon::inactive`] days something was bought; these may begin before the day.
    pub purchases_at_end: Vec<f64>,
}

impl Snapshots {
    /// A numeric feature.
    pub fn number(&self, name: &str) -> &[f64] {
        match self.features.iter().find(|f| f.name == name).map(|f| &f.values) {
            Some(Values::Numbers(numbers)) => numbers,
            _ => &[],
        }
    }

    /// The rows of a day.
    pub fn rows_of(&self, day: i32) -> Vec<u32> {
        (0..self.days.len() as u32).filter(|row| self.days[*row as usize] == day).collect()
    }
}

impl Task<'_> {
    /// Who bought when for how much, less what has no customer or time, and nothing from `until` on.
    fn purchases(&self) -> String {
        let (bound, id) = (&self.setup.bound, crate::identity::rules::quoted(&self.setup.id));
        let time = bound.sql("time").unwrap_or_default();
        let amount = format!("CAST({} AS DOUBLE)", bound.sql("amount").unwrap_or_default());
        let returned = match bound.sql("returned") {
            Some(column) => format!("(coalesce({column}, false) OR {amount} < 0)"),
            None => format!("({amount} < 0)"),
        };
        let product = bound
            .sql("product")
            .map_or("CAST(NULL AS VARCHAR)".to_owned(), |p| format!("CAST({p} AS VARCHAR)"));
        let (day, until) = (day(&time), self.setup.before_until(&time));
        format!(
            "SELECT CAST({id} AS VARCHAR) AS customer, {day} AS day, {returned} AS returned, {product} AS product, \
                    CASE WHEN {returned} THEN -abs({amount}) ELSE {amount} END AS amount \
             FROM ({}) AS q WHERE {id} IS NOT NULL AND {time} IS NOT NULL AND {amount} IS NOT NULL{until}",
            self.setup.query
        )
    }

    /// What the purchases span.
    ///
    /// # Errors
    /// If there are none.
    pub async fn span(&self) -> Result<Span> {
        let query = format!(
            "SELECT min(day) AS first, max(day) AS last, count(DISTINCT customer) AS customers \
             FROM ({}) AS p WHERE NOT returned",
            self.purchases()
        );
        self.read_span(&query).await?.ok_or_else(|| {
            Error::invalid("the query gives no purchase with a customer, a time and an amount")
                .hint("look at the query's rows; a returned purchase is none")
        })
    }

    /// The span that a query tells by the columns `first`, `last` and `customers`; `None` where there is nothing.
    pub async fn read_span(&self, query: &str) -> Result<Option<Span>> {
        let table = self.rows(query).await?;
        let figure = |name: &str| table.numbers(name).map(|v| v.first().copied().unwrap_or(f64::NAN));
        let (first, last, customers) = (figure("first")?, figure("last")?, figure("customers")?);
        let span = Span { first: first as i32, last: last as i32, customers: customers as usize };
        Ok((!first.is_nan()).then_some(span))
    }

    /// What was known of each customer on some days, and what happened after them.
    pub async fn snapshots(&self, days: &[i32], horizon: Horizon) -> Result<Snapshots> {
        let listed: Vec<String> = days.iter().map(|day| format!("({day})")).collect();
        let products = if self.setup.bound.column("product").is_some() {
            ", sum(products) FILTER (WHERE day <= cutoff) AS products"
        } else {
            ""
        };
        let within = |column: &str, days: i32| {
            format!("{column} FILTER (WHERE day <= cutoff AND day > cutoff - {days})")
        };
        let windows: Vec<String> = [30, 90, 180, 365]
            .iter()
            .map(|days| {
                let (spend, bought) = (within("sum(spend)", *days), within("sum(bought)", *days));
                format!(", coalesce({spend}, 0) AS spend_{days}_days, coalesce({bought}, 0) AS purchases_{days}_days")
            })
            .collect();
        let (ahead, inactive) = (horizon.days, horizon.inactive);
        // By product first: to count different ones in each group takes a set for each.
        let query = format!(
            "WITH purchases AS ({}), \
             by_product AS (SELECT customer, day, product, sum(amount) AS spend, \
                             sum(CASE WHEN returned THEN 0 ELSE 1 END) AS lines, \
                             sum(CASE WHEN returned THEN 1 ELSE 0 END) AS returns \
                      FROM purchases GROUP BY customer, day, product), \
             days AS (SELECT customer, day, sum(spend) AS spend, sum(lines) AS lines, sum(returns) AS returns, \
                             count(product) FILTER (WHERE lines > 0) AS products \
                      FROM by_product GROUP BY customer, day), \
             gaps AS (SELECT *, CASE WHEN lines > 0 THEN 1 ELSE 0 END AS bought, \
                             day - lag(day) OVER (PARTITION BY customer, lines > 0 ORDER BY day) AS gap FROM days), \
             known AS (SELECT customer, cutoff, \
                  sum(bought) FILTER (WHERE day <= cutoff) AS purchases, \
                  cutoff - max(day) FILTER (WHERE bought = 1 AND day <= cutoff) AS days_since_last, \
                  cutoff - min(day) FILTER (WHERE bought = 1 AND day <= cutoff) AS days_since_first, \
                  sum(spend) FILTER (WHERE day <= cutoff) AS spend, \
                  avg(gap) FILTER (WHERE bought = 1 AND day <= cutoff) AS mean_gap_days, \
                  stddev(gap) FILTER (WHERE bought = 1 AND day <= cutoff) AS gap_deviation_days, \
                  sum(lines) FILTER (WHERE day <= cutoff) AS lines, \
                  coalesce(sum(returns) FILTER (WHERE day <= cutoff), 0) AS returns{}{products}, \
                  coalesce(sum(spend) FILTER (WHERE day > cutoff AND day <= cutoff + {ahead}), 0) AS spend_after, \
                  coalesce(sum(bought) FILTER (WHERE day > cutoff AND day <= cutoff + {ahead}), 0) AS purchases_after, \
                  coalesce(sum(bought) FILTER (WHERE day > cutoff + {ahead} - {inactive} AND day <= cutoff + {ahead}), 0) \
                      AS purchases_at_end \
                FROM gaps CROSS JOIN (VALUES {}) AS c (cutoff) GROUP BY customer, cutoff) \
             SELECT *, spend / purchases AS spend_per_purchase, \
                    CAST(days_since_last AS DOUBLE) / nullif(mean_gap_days, 0) AS gaps_since_last, \
                    CAST(lines AS DOUBLE) / purchases AS lines_per_purchase \
             FROM known WHERE purchases > 0 ORDER BY cutoff, customer",
            self.purchases(),
            windows.concat(),
            listed.join(", "),
        );
        let table = self.rows(&query).await?;
        let cutoffs = table.numbers("cutoff")?;
        const NOT_KNOWN: [&str; 5] =
            ["customer", "cutoff", "spend_after", "purchases_after", "purchases_at_end"];
        Ok(Snapshots {
            customers: table.texts("customer")?,
            days: cutoffs.into_iter().map(|day| day as i32).collect(),
            features: table.features(&NOT_KNOWN)?,
            spend_after: table.numbers("spend_after")?,
            purchases_after: table.numbers("purchases_after")?,
            purchases_at_end: table.numbers("purchases_at_end")?,
        })
    }
}

/// The days of snapshots: the last day whose future is known, and earlier ones whose future ends by it, latest first.
pub fn days_to_learn_from(span: Span, end: i32, ahead: i32, most: usize) -> (i32, Vec<i32>) {
    let held_out = end - ahead;
    let step = (ahead / 2).max(14);
    let earliest = span.first + ahead.min(90);
    let earlier = (0..most as i32).map(|n| held_out - ahead - n * step).take_while(|day| *day >= earliest);
    (held_out, earlier.collect())
}
