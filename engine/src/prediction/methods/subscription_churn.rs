//! `subscription_churn`: whose subscription will have ended and not gone on.

use arrow::datatypes::DataType;
use futures::future::BoxFuture;
use onefold_connectors::{OptionSpec, OptionType};

use super::churn::{self, Examples};
use crate::identity::rules::quoted;
use crate::prediction::judge;
use crate::prediction::method::{Method, Trained};
use crate::prediction::options::days;
use crate::prediction::purchases::{Span, days_to_learn_from};
use crate::prediction::roles::{Role, RoleType};
use crate::prediction::task::{Scores, Setup, Task, day};
use crate::{Error, Result};

const SNAPSHOTS: usize = 6;

const OPTIONS: &[OptionSpec] = &[
    OptionSpec::new("horizon", OptionType::Text, "how far to look ahead, as in '93 days'").default("93 days"),
    OptionSpec::new("ended", OptionType::Text, "who has had no subscription for so long has left")
        .default("60 days"),
    OptionSpec::new(
        "ends",
        OptionType::OneOf(&["planned", "actual"]),
        "whether the end of a subscription is known when it starts, or only when it comes",
    )
    .default("actual"),
    judge::MODEL,
];

const ROLES: &[Role] = &[
    Role {
        name: "subscription",
        r#type: RoleType::Any,
        words: &["subscription_id", "subscription", "contract_id", "id", "key"],
        required: true,
        description: "what tells one subscription from another",
    },
    Role {
        name: "start",
        r#type: RoleType::Time,
        words: &["start_date", "started_at", "started_on", "start", "begins_at", "valid_from", "from"],
        required: true,
        description: "when the subscription starts",
    },
    Role {
        name: "end",
        r#type: RoleType::Time,
        words: &["end_date", "ended_at", "ended_on", "ends_at", "end", "valid_to", "to"],
        required: true,
        description: "its last day; NULL while it goes on",
    },
    Role {
        name: "amount",
        r#type: RoleType::Number,
        words: &["amount", "price", "fee", "value"],
        required: false,
        description: "what it costs",
    },
];

/// The method.
#[derive(Debug)]
pub(in crate::prediction) struct SubscriptionChurn;

impl Method for SubscriptionChurn {
    fn name(&self) -> &'static str {
        "subscription_churn"
    }

    fn description(&self) -> &'static str {
        "How likely it is that a customer's subscription will have ended and not gone on"
    }

    fn options(&self) -> &'static [OptionSpec] {
        OPTIONS
    }

    fn roles(&self) -> &'static [Role] {
        ROLES
    }

    fn columns(&self) -> Vec<(&'static str, DataType)> {
        churn::columns()
    }

    fn main(&self) -> &'static str {
        "churn_score"
    }

    fn check(&self, setup: &Setup) -> Result<()> {
        let (ahead, ended) = (days(&setup.options, "horizon")?, days(&setup.options, "ended")?);
        if ended <= ahead {
            return Ok(());
        }
        Err(Error::invalid(format!("{ended} days without a subscription cannot pass within {ahead} days"))
            .on("option ended")
            .hint("make it at most the horizon"))
    }

    fn train<'a>(&'a self, task: &'a Task<'a>) -> BoxFuture<'a, Result<Trained>> {
        Box::pin(train(task))
    }

    fn score<'a>(&'a self, task: &'a Task<'a>, model: &'a str) -> BoxFuture<'a, Result<Scores>> {
        Box::pin(async move {
            let span = span(task).await?;
            churn::score(task, model, examples(task, &[span.last]).await?).await
        })
    }
}

async fn train(task: &Task<'_>) -> Result<Trained> {
    let (ahead, ended) = (days(&task.setup.options, "horizon")?, days(&task.setup.options, "ended")?);
    let span = span(task).await?;
    let (held_out, earlier) = days_to_learn_from(span, span.last, ahead, SNAPSHOTS);
    if held_out - span.first < ended {
        let known = span.last - span.first;
        return Err(Error::invalid(format!("too little data: the subscriptions span {known} days")).hint(
            format!("{} days are needed for this horizon, and twice as many are better", ahead + ended),
        ));
    }
    let mut findings = task.missing().await?;
    let is_open = |column: &Option<String>| column.as_deref() == task.setup.bound.column("end");
    findings.retain(|finding| !is_open(&finding.column));
    if earlier.is_empty() {
        findings.push(task.finding(
            "warning",
            task.setup.bound.column("start"),
            "the history is too short to learn from an earlier time than the one that is judged",
        ));
    }
    let step = task.job.log.start(&task.job.object, "features");
    let mut cutoffs = vec![held_out];
    cutoffs.extend(&earlier);
    let examples = examples(task, &cutoffs).await?;
    step.done(examples.days.len() as u64, None, Some(format!("{} days", cutoffs.len())));
    churn::learn(task, examples, held_out, findings).await
}

/// Subscriptions with a customer and a start; nothing that starts from `until` on.
fn subscriptions(task: &Task<'_>) -> String {
    let bound = &task.setup.bound;
    let (id, key) = (quoted(&task.setup.id), bound.sql("subscription").unwrap_or_default());
    let (start, end) = (bound.sql("start").unwrap_or_default(), bound.sql("end").unwrap_or_default());
    let amount = bound.sql("amount").map_or("NULL".to_owned(), |amount| amount);
    let until = task.setup.before_until(&start);
    let others: String = attributes(task).iter().map(|name| format!(", {}", quoted(name))).collect();
    format!(
        "SELECT CAST({id} AS VARCHAR) AS of_customer, CAST({key} AS VARCHAR) AS of_key, {} AS first_day, \
                {} AS last_day, CAST({amount} AS DOUBLE) AS of_amount{others} \
         FROM ({}) AS q WHERE {id} IS NOT NULL AND {start} IS NOT NULL{until}",
        day(&start),
        day(&end),
        task.setup.query
    )
}

/// The other columns: attributes of a subscription that are known when it starts.
fn attributes(task: &Task<'_>) -> Vec<String> {
    let bound: Vec<&str> = task.setup.bound.all().map(|(_, column)| column).collect();
    let names = task.setup.schema.fields().iter().map(|f| f.name().clone());
    names.filter(|name| *name != task.setup.id && !bound.contains(&name.as_str())).collect()
}

/// From the first start to the last day of which anything is known: a start, or an end that has come before one.
async fn span(task: &Task<'_>) -> Result<Span> {
    let query = format!(
        "SELECT min(first_day) AS first, max(first_day) AS last, count(DISTINCT of_customer) AS customers \
         FROM ({}) AS s",
        subscriptions(task)
    );
    let span = task.read_span(&query).await?.ok_or_else(|| {
        Error::invalid("the query gives no subscription with a customer and a start")
            .hint("look at the query's rows")
    })?;
    Ok(Span { last: task.setup.until.map_or(span.last, |until| until - 1), ..span })
}

/// What was known of each customer on some days: all about subscriptions that had started, their ends as far as they
/// were known, and the attributes of the latest. Who had a subscription then, and none at the end, has left.
async fn examples(task: &Task<'_>, cutoffs: &[i32]) -> Result<Examples> {
    let options = &task.setup.options;
    let (ahead, ended) = (days(options, "horizon")?, days(options, "ended")?);
    let planned = options.text("ends") == Some("planned");
    let listed: Vec<String> = cutoffs.iter().map(|day| format!("({day})")).collect();
    let left =
        if planned { ", max(last_day) FILTER (WHERE first_day <= cutoff) - cutoff AS days_left" } else { "" };
    let amount = if task.setup.bound.column("amount").is_some() {
        ", sum(of_amount) FILTER (WHERE first_day <= cutoff) AS amount, \
         avg(of_amount) FILTER (WHERE first_day <= cutoff) AS mean_amount"
    } else {
        ""
    };
    let others = attributes(task);
    let latest: String = others.iter().map(|name| format!(", l.{}", quoted(name))).collect();
    let query = format!(
        "WITH s AS ({}), c AS (SELECT * FROM (VALUES {}) AS v (cutoff)), \
         gaps AS (SELECT *, first_day - lag(last_day) OVER (PARTITION BY of_customer ORDER BY first_day, of_key) AS gap, \
                         first_day - lag(first_day) OVER (PARTITION BY of_customer ORDER BY first_day, of_key) AS pace \
                  FROM s), \
         known AS (SELECT of_customer, cutoff, \
              count(*) FILTER (WHERE first_day <= cutoff) AS subscriptions, \
              cutoff - min(first_day) FILTER (WHERE first_day <= cutoff) AS days_since_first, \
              cutoff - max(first_day) FILTER (WHERE first_day <= cutoff) AS days_since_start, \
              avg(pace) FILTER (WHERE first_day <= cutoff) AS mean_days_between, \
              avg(gap) FILTER (WHERE first_day <= cutoff AND gap >= 0) AS mean_days_without, \
              avg(last_day - first_day) FILTER (WHERE last_day <= cutoff) AS mean_length{left}{amount}, \
              bool_or(coalesce(last_day, {FOREVER}) >= cutoff) FILTER (WHERE first_day <= cutoff) AS is_active, \
              NOT bool_or(coalesce(last_day, {FOREVER}) > cutoff + {ahead} - {ended}) \
                  FILTER (WHERE first_day <= cutoff + {ahead}) AS has_left \
           FROM gaps CROSS JOIN c GROUP BY of_customer, cutoff), \
         l AS (SELECT s.*, cutoff, row_number() OVER (PARTITION BY of_customer, cutoff ORDER BY first_day DESC, of_key DESC) AS place \
               FROM s CROSS JOIN c WHERE first_day <= cutoff) \
         SELECT known.*{latest} FROM known JOIN l ON l.of_customer = known.of_customer AND l.cutoff = known.cutoff \
         WHERE place = 1 ORDER BY known.cutoff, known.of_customer",
        subscriptions(task),
        listed.join(", "),
    );
    let table = task.rows(&query).await?;
    let active = table.numbers("is_active")?;
    Ok(Examples {
        customers: table.texts("of_customer")?,
        days: table.numbers("cutoff")?.into_iter().map(|day| day as i32).collect(),
        features: table.features(&["of_customer", "cutoff", "is_active", "has_left"])?,
        labels: table.numbers("has_left")?,
        active: (0..active.len() as u32).filter(|row| active[*row as usize] > 0.5).collect(),
        rule: None,
    })
}

/// The last day of a subscription that goes on.
const FOREVER: i32 = 1_000_000;
