//! `transaction_churn`: who will have stopped buying.

use arrow::datatypes::DataType;
use futures::future::BoxFuture;
use onefold_connectors::{OptionSpec, OptionType};

use super::churn::{self, Examples, Rule};
use crate::prediction::judge;
use crate::prediction::method::{Method, Trained};
use crate::prediction::options::days;
use crate::prediction::purchases::{Horizon, ROLES, days_to_learn_from};
use crate::prediction::roles::Role;
use crate::prediction::task::{Scores, Setup, Task};
use crate::{Error, Result};

const SNAPSHOTS: usize = 6;
/// A rule of fewer days of inactivity is none.
const MONTH: i32 = 30;

const OPTIONS: &[OptionSpec] = &[
    OptionSpec::new("horizon", OptionType::Text, "how far to look ahead, as in '60 days'").default("60 days"),
    OptionSpec::new("inactive", OptionType::Text, "who has bought nothing for so long has left")
        .default("60 days"),
    judge::MODEL,
];

/// The method.
#[derive(Debug)]
pub(in crate::prediction) struct TransactionChurn;

impl Method for TransactionChurn {
    fn name(&self) -> &'static str {
        "transaction_churn"
    }

    fn description(&self) -> &'static str {
        "How likely it is that a customer who buys now and then will have stopped"
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
        horizon(setup).map(drop)
    }

    fn train<'a>(&'a self, task: &'a Task<'a>) -> BoxFuture<'a, Result<Trained>> {
        Box::pin(train(task))
    }

    fn score<'a>(&'a self, task: &'a Task<'a>, model: &'a str) -> BoxFuture<'a, Result<Scores>> {
        Box::pin(async move {
            let span = task.span().await?;
            churn::score(task, model, examples(task, &[span.last], horizon(task.setup)?).await?).await
        })
    }
}

fn horizon(setup: &Setup) -> Result<Horizon> {
    Ok(Horizon { days: days(&setup.options, "horizon")?, inactive: days(&setup.options, "inactive")? })
}

async fn train(task: &Task<'_>) -> Result<Trained> {
    let horizon = horizon(task.setup)?;
    let span = task.span().await?;
    let (held_out, earlier) = days_to_learn_from(span, span.last, horizon.days, SNAPSHOTS);
    if held_out - span.first < horizon.inactive {
        let needed = horizon.days + horizon.inactive;
        return Err(Error::invalid(format!(
            "too little data: the purchases span {} days",
            span.last - span.first
        ))
        .hint(format!("{needed} days are needed for this horizon, and twice as many are better")));
    }
    let mut findings = task.missing().await?;
    if earlier.is_empty() {
        findings.push(task.finding(
            "warning",
            task.setup.bound.column("time"),
            format!(
                "the history is too short to learn from an earlier time than the one that is judged: {} days would do",
                2 * horizon.days + horizon.inactive.max(90)
            ),
        ));
    }
    let step = task.job.log.start(&task.job.object, "features");
    let mut cutoffs = vec![held_out];
    cutoffs.extend(&earlier);
    let examples = examples(task, &cutoffs, horizon).await?;
    step.done(examples.days.len() as u64, None, Some(format!("{} days", cutoffs.len())));
    churn::learn(task, examples, held_out, findings).await
}

/// The rules to be beaten call everybody churned who has bought nothing for the inactive time, halved until it is a
/// month.
async fn examples(task: &Task<'_>, cutoffs: &[i32], horizon: Horizon) -> Result<Examples> {
    let snapshots = task.snapshots(cutoffs, horizon).await?;
    let since = snapshots.number("days_since_last").to_vec();
    let active = |row: &u32| since[*row as usize] < f64::from(horizon.inactive);
    let halves = std::iter::successors(Some(horizon.inactive / 2), |days| Some(days / 2));
    let thresholds = halves.take_while(|days| *days >= MONTH).chain([MONTH.min(horizon.inactive / 2).max(1)]);
    Ok(Examples {
        active: (0..since.len() as u32).filter(active).collect(),
        labels: snapshots.purchases_at_end.iter().map(|n| f64::from(u8::from(*n == 0.0))).collect(),
        customers: snapshots.customers,
        days: snapshots.days,
        features: snapshots.features,
        rule: Some(Rule {
            figures: since,
            thresholds: thresholds.collect(),
            says: "who had bought nothing for {} days",
        }),
    })
}
