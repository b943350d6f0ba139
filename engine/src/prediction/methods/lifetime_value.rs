//! `lifetime_value`: what each customer will still buy and spend.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array};
use arrow::datatypes::DataType;
use futures::future::BoxFuture;
use onefold_connectors::{OptionSpec, OptionType};
use onefold_udfs::models::boosted::Loss;
use onefold_udfs::models::buy_till_you_die::{Kind, Purchases};
use onefold_udfs::models::metrics::{self, captured_share, found_share, mean, ranks, rmse};
use onefold_udfs::models::tabular::{Calibration, Candidate, Split};

use super::churn::customer_folds;
use super::value_model::{self, Known, ValueModel};
use crate::prediction::findings::distributions;
use crate::prediction::grade;
use crate::prediction::judge::{self, Lesson};
use crate::prediction::method::{Method, Trained};
use crate::prediction::options::days;
use crate::prediction::purchases::{Horizon, ROLES, Snapshots, days_to_learn_from};
use crate::prediction::report::{Factor, Report};
use crate::prediction::roles::Role;
use crate::prediction::task::{Scores, Setup, Task, reasons};
use crate::prediction::work::{self, Watch};
use crate::{Error, Result};

const FEWEST: usize = 100;
const SNAPSHOTS: usize = 4;
/// Rows of the importance of factors.
const SAMPLE: usize = 2000;
const TREES: &str = "boosted";

const OPTIONS: &[OptionSpec] = &[
    OptionSpec::new("horizon", OptionType::Text, "how far to look ahead, as in '12 months'")
        .default("12 months"),
    OptionSpec::new(
        "active",
        OptionType::Text,
        "the window of the baseline: monthly spend within it goes on",
    )
    .default("12 months"),
    OptionSpec::new("high_value", OptionType::Integer, "the percentage of customers who are of high value")
        .default("20"),
    OptionSpec::new(
        "model",
        OptionType::OneOf(&["auto", "bg_nbd", "mbg_nbd", "pareto_nbd", "boosted"]),
        "the candidate, or the best of them",
    )
    .default("auto"),
];

/// The method.
#[derive(Debug)]
pub(in crate::prediction) struct LifetimeValue;

impl Method for LifetimeValue {
    fn name(&self) -> &'static str {
        "lifetime_value"
    }

    fn description(&self) -> &'static str {
        "What a customer will buy and spend within a horizon, and how likely it is that he is still one"
    }

    fn options(&self) -> &'static [OptionSpec] {
        OPTIONS
    }

    fn roles(&self) -> &'static [Role] {
        ROLES
    }

    fn columns(&self) -> Vec<(&'static str, DataType)> {
        vec![
            ("value", DataType::Float64),
            ("expected_purchases", DataType::Float64),
            ("expected_spend", DataType::Float64),
            ("probability_alive", DataType::Float64),
            ("percentile", DataType::Float64),
            ("is_high_value", DataType::Boolean),
        ]
    }

    fn main(&self) -> &'static str {
        "value"
    }

    fn check(&self, setup: &Setup) -> Result<()> {
        days(&setup.options, "horizon")?;
        days(&setup.options, "active")?;
        let share = setup.options.integer("high_value").unwrap_or(20);
        if (1..=99).contains(&share) {
            return Ok(());
        }
        Err(Error::invalid(format!("the value {share} is no percentage from 1 to 99"))
            .on("option high_value"))
    }

    fn train<'a>(&'a self, task: &'a Task<'a>) -> BoxFuture<'a, Result<Trained>> {
        Box::pin(train(task))
    }

    fn score<'a>(&'a self, task: &'a Task<'a>, model: &'a str) -> BoxFuture<'a, Result<Scores>> {
        Box::pin(score(task, model))
    }
}

/// What was known on the held-out day and before, and what came of it.
struct Past {
    snapshots: Snapshots,
    held_out: i32,
    now: i32,
    ahead: i32,
    active: i32,
    high_value: f64,
    seed: u64,
    wanted: Option<String>,
}

async fn train(task: &Task<'_>) -> Result<Trained> {
    let options = &task.setup.options;
    let ahead = days(options, "horizon")?;
    let span = task.span().await?;
    let (held_out, earlier) = days_to_learn_from(span, span.last, ahead, SNAPSHOTS);
    if held_out - span.first < ahead / 2 {
        return Err(Error::invalid(format!(
            "too little data: the purchases span {} days",
            span.last - span.first
        ))
        .hint(format!(
            "{} days are needed for a horizon of {ahead}: half of it and the horizon itself",
            ahead + ahead / 2
        )));
    }
    let mut findings = task.missing().await?;
    if earlier.is_empty() {
        findings.push(task.finding(
            "recommendation",
            task.setup.bound.column("time"),
            "the history is too short for trees to learn from an earlier time than the one that is judged; they learn from other customers of that time",
        ));
    }
    let step = task.job.log.start(&task.job.object, "features");
    let mut cutoffs = vec![span.last, held_out];
    cutoffs.extend(&earlier);
    let snapshots = task.snapshots(&cutoffs, Horizon { days: ahead, inactive: ahead }).await?;
    step.done(snapshots.days.len() as u64, None, Some(format!("{} days", cutoffs.len())));
    let judged = snapshots.rows_of(held_out);
    let again = judged.iter().filter(|row| snapshots.number("purchases")[**row as usize] > 1.0).count();
    if judged.len() < FEWEST || again < FEWEST / 2 {
        return Err(Error::invalid(format!(
            "too little data: {} customers had bought by the day that is judged, {again} of them more than once",
            judged.len()
        ))
        .hint(format!("at least {FEWEST} and {} are needed", FEWEST / 2)));
    }
    let past = Past {
        snapshots,
        held_out,
        now: span.last,
        ahead,
        active: days(options, "active")?,
        high_value: options.integer("high_value").unwrap_or(20) as f64 / 100.0,
        seed: task.setup.seed,
        wanted: options.text("model").filter(|m| *m != "auto").map(str::to_owned),
    };
    let step = task.job.log.start(&task.job.object, "train");
    let trained = work::run(&step, move |watch| past.learn(watch)).await??;
    Ok(trained.finish(step, findings, span.customers as u64))
}

/// A candidate's figures for the judged customers.
struct Figures {
    word: &'static str,
    values: Vec<f64>,
    purchases: Option<Vec<f64>>,
}

impl Past {
    fn learn(&self, watch: &Watch) -> Option<Result<Trained>> {
        let judged = self.snapshots.rows_of(self.held_out);
        let known = value_model::known(&self.snapshots, &judged);
        let actual: Vec<f64> = judged.iter().map(|r| self.snapshots.spend_after[*r as usize]).collect();
        let bought: Vec<f64> = judged.iter().map(|r| self.snapshots.purchases_after[*r as usize]).collect();

        let mut candidates = Vec::new();
        let spend = value_model::fit_spend(&known)?;
        let wants = |word: &str| self.wanted.as_deref().is_none_or(|wanted| wanted == word);
        for kind in Kind::ALL.into_iter().filter(|kind| wants(kind.word()) || wants(TREES)) {
            if !watch.on() {
                return None;
            }
            let Some(model) = fit(kind, &known) else { continue };
            let purchases: Vec<f64> =
                known.iter().map(|k| value_model::expected_purchases(&model, k, self.ahead)).collect();
            let values = known
                .iter()
                .zip(&purchases)
                .map(|(k, n)| n * value_model::expected_spend(&spend, k))
                .collect();
            candidates.push(Figures { word: kind.word(), values, purchases: Some(purchases) });
        }
        let lesson = self.lesson();
        let trees = if wants(TREES) { lesson.judge(watch)? } else { Vec::new() };
        if let Some(trees) = trees.into_iter().next() {
            candidates.push(Figures { word: TREES, values: trees.predicted, purchases: None });
        }

        let baseline = self.baseline(&judged);
        let purchases_so_far = self.rate(&known);
        let so_far: Vec<f64> = judged.iter().map(|r| self.snapshots.number("spend")[*r as usize]).collect();
        let high = ((judged.len() as f64 * self.high_value).round() as usize).max(1);
        let mut report = Report::default();
        for figures in &candidates {
            judge::describe_numbers(&mut report, figures.word, &figures.values, &baseline, &actual);
            let found = |values: &[f64]| found_share(values, &actual, high);
            report.metric(figures.word, "high_value_found", found(&figures.values), Some(found(&baseline)));
            let captured = |scores: &[f64]| captured_share(scores, &actual, high);
            report.metric(
                figures.word,
                "revenue_captured",
                captured(&figures.values),
                Some(captured(&so_far)),
            );
            let total = actual.iter().sum::<f64>();
            let ratio = |values: &[f64]| values.iter().sum::<f64>() / total.max(f64::MIN_POSITIVE);
            report.metric(figures.word, "total_ratio", ratio(&figures.values), Some(ratio(&baseline)));
            if let Some(purchases) = &figures.purchases {
                let of = |p: &[f64]| (rmse(p, &bought), metrics::mae(p, &bought));
                let (model, naive) = (of(purchases), of(&purchases_so_far));
                report.metric(figures.word, "purchases_rmse", model.0, Some(naive.0));
                report.metric(figures.word, "purchases_mae", model.1, Some(naive.1));
            }
        }
        let found = |figures: &Figures| found_share(&figures.values, &actual, high);
        let error = |figures: &Figures| rmse(&figures.values, &actual);
        // Among those who find as many of the best, within a standard error, the one with the smallest error.
        let most = candidates.iter().filter(|c| wants(c.word)).map(found).fold(0.0, f64::max);
        let enough = most - (most * (1.0 - most) / high as f64).sqrt();
        let best = candidates
            .iter()
            .filter(|c| wants(c.word) && found(c) >= enough)
            .min_by(|a, b| error(a).total_cmp(&error(b)));
        let Some(best) = best else {
            return Some(Err(Error::invalid("the model could not be fitted to these purchases")
                .hint("leave the option model out, or give more purchases")));
        };
        let kind = self.kind(best, &candidates, &bought);
        let total = best.values.iter().sum::<f64>() / actual.iter().sum::<f64>();
        let (grade, reason) =
            grade::by_found(found(best), found_share(&baseline, &actual, high), high, total);
        judge::describe_scores(&mut report, &best.values, &actual);

        let with_future: Vec<u32> = (0..self.snapshots.days.len() as u32)
            .filter(|r| self.snapshots.days[*r as usize] != self.now)
            .collect();
        let now = self.snapshots.rows_of(self.now);
        let known = value_model::known(&self.snapshots, &now);
        let (Some(purchases), Some(spend)) = (fit(kind, &known), value_model::fit_spend(&known)) else {
            return Some(Err(Error::invalid("the model could not be fitted to all purchases")));
        };
        let trees = if best.word == TREES {
            Some(lesson.fit(Candidate::Boosted, Calibration::NONE, &with_future, watch)?)
        } else {
            None
        };
        report.parameters(kind.word(), kind.parameters().into_iter().zip(purchases.parameters));
        report.parameters(kind.word(), [("log_likelihood", purchases.log_likelihood)]);
        let of_spend =
            [("p", spend.p), ("q", spend.q), ("v", spend.v), ("log_likelihood", spend.log_likelihood)];
        report.parameters("gamma_gamma", of_spend);
        let mut model =
            ValueModel { purchases, spend, trees, high: 0.0, median: value_model::medians(&known) };
        let features: Vec<_> = self.snapshots.features.iter().map(|f| judge::rows_of(f, &now)).collect();
        let mut values = model.values(&known, &features, self.ahead);
        values.sort_by(f64::total_cmp);
        let from = ((1.0 - self.high_value) * values.len() as f64) as usize;
        model.high = values.get(from).copied().unwrap_or(0.0);
        report.factors = match &model.trees {
            Some(trees) => judge::factors(trees, &self.snapshots.features, &now),
            None => factors(&model, &known, self.ahead),
        };
        report.distributions = distributions(&self.snapshots.features, &now);
        let quality = found(best);
        let candidate = best.word.to_owned();
        let model = serde_json::to_string(&model).map_err(|e| Error::internal(e.to_string()));
        Some(model.map(|model| Trained {
            candidate,
            model,
            report,
            grade,
            reason,
            quality,
            rows: with_future.len() as u64,
            customers: 0,
        }))
    }

    /// Who tells purchases and who is alive: the chosen model or, if trees were chosen, the one with the least error.
    fn kind(&self, best: &Figures, candidates: &[Figures], bought: &[f64]) -> Kind {
        let of = |figures: &Figures| Kind::ALL.into_iter().find(|kind| kind.word() == figures.word);
        of(best).unwrap_or_else(|| {
            let known = candidates.iter().filter_map(|c| Some((of(c)?, rmse(c.purchases.as_ref()?, bought))));
            known.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(Kind::MbgNbd, |(kind, _)| kind)
        })
    }

    /// Trees judged on the held-out day by models of other customers and, if there are any, earlier days.
    fn lesson(&self) -> Lesson {
        let part = customer_folds(&self.snapshots.customers, self.seed);
        let days = &self.snapshots.days;
        let earlier = days.iter().any(|day| *day != self.now && *day != self.held_out);
        let rows = || 0..days.len() as u32;
        let is_late = |row: u32| days[row as usize] == self.held_out;
        let may_teach = |row: u32| if earlier { days[row as usize] < self.held_out } else { is_late(row) };
        let folds = part.iter().max().map_or(0, |last| last + 1);
        let split = |fold: u32| Split {
            train: rows().filter(|r| part[*r as usize] != fold && may_teach(*r)).collect(),
            test: rows().filter(|r| part[*r as usize] == fold && is_late(*r)).collect(),
        };
        Lesson {
            features: self.snapshots.features.clone(),
            labels: self.snapshots.spend_after.iter().map(|s| s.max(0.0)).collect(),
            loss: Loss::Tweedie,
            splits: (0..folds).map(split).collect(),
            candidates: vec![Candidate::Boosted],
            seed: self.seed,
        }
    }

    /// Monthly spend of the active window, for as many months as the horizon has, times the share of customers who
    /// stay: those who bought within a horizon before the last one and again within the last one.
    fn baseline(&self, judged: &[u32]) -> Vec<f64> {
        const WINDOWS: [i32; 4] = [30, 90, 180, 365];
        let window = WINDOWS.into_iter().min_by_key(|w| (w - self.active).abs()).unwrap_or(365);
        let spend = self.snapshots.number(&format!("spend_{window}_days"));
        let first = self.snapshots.number("days_since_first");
        let last = self.snapshots.number("days_since_last");
        let (mut before, mut stayed) = (0.0, 0.0);
        for row in judged {
            let row = *row as usize;
            if first[row] >= f64::from(self.ahead) {
                before += 1.0;
                stayed += f64::from(u8::from(last[row] < f64::from(self.ahead)));
            }
        }
        let retention = if before > 0.0 { stayed / before } else { 1.0 };
        let of = |row: &u32| {
            let row = *row as usize;
            let months = f64::from(window).min(first[row] + 1.0);
            (spend[row] / months * f64::from(self.ahead) * retention).max(0.0)
        };
        judged.iter().map(of).collect()
    }

    /// Purchases so far, at the same rate.
    fn rate(&self, known: &[Known]) -> Vec<f64> {
        known.iter().map(|[n, _, first, _]| (n - 1.0) / (first + 1.0) * f64::from(self.ahead)).collect()
    }
}

fn fit(kind: Kind, known: &[Known]) -> Option<Purchases> {
    Purchases::fit(kind, &known.iter().map(value_model::history).collect::<Vec<_>>())
}

fn factors(model: &ValueModel, known: &[Known], ahead: i32) -> Vec<Factor> {
    let every = known.len().div_ceil(SAMPLE).max(1);
    let sample: Vec<Known> = known.iter().copied().step_by(every).collect();
    let parts = model.contributions(&sample, ahead);
    let sizes: Vec<f64> = parts.iter().map(|part| mean(part.iter().map(|v| v.abs()))).collect();
    let total = sizes.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let factor = |place: usize| Factor {
        feature: value_model::INPUTS[place].to_owned(),
        importance: sizes[place] / total,
        direction: Some(metrics::rank_correlation(
            &sample.iter().map(|k| k[place]).collect::<Vec<_>>(),
            &parts[place],
        )),
    };
    let mut out: Vec<Factor> = (0..parts.len()).map(factor).collect();
    out.sort_by(|a, b| b.importance.total_cmp(&a.importance));
    out
}

async fn score(task: &Task<'_>, model: &str) -> Result<Scores> {
    let ahead = days(&task.setup.options, "horizon")?;
    let model: ValueModel = serde_json::from_str(model).map_err(|e| Error::internal(e.to_string()))?;
    let span = task.span().await?;
    let snapshots = task.snapshots(&[span.last], Horizon { days: ahead, inactive: ahead }).await?;
    let step = task.job.log.start(&task.job.object, "score");
    let count = snapshots.customers.len();
    let scores = work::run(&step, move |_| {
        let rows: Vec<u32> = (0..snapshots.customers.len() as u32).collect();
        let known = value_model::known(&snapshots, &rows);
        let values = model.values(&known, &snapshots.features, ahead);
        let place = ranks(&values);
        let of =
            |f: &dyn Fn(&Known) -> f64| Arc::new(known.iter().map(|k| Some(f(k))).collect::<Float64Array>());
        let people = known.len().max(1) as f64;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Float64Array::from(values.clone())),
            of(&|k| value_model::expected_purchases(&model.purchases, k, ahead)),
            of(&|k| value_model::expected_spend(&model.spend, k)),
            of(&|k| model.purchases.alive(&value_model::history(k))),
            Arc::new(place.iter().map(|rank| Some(100.0 * rank / people)).collect::<Float64Array>()),
            Arc::new(values.iter().map(|v| Some(*v >= model.high)).collect::<BooleanArray>()),
        ];
        let reasons = match &model.trees {
            Some(trees) => judge::reasons(trees, &snapshots.customers, &snapshots.features),
            None => {
                let features = value_model::as_features(&known);
                let named: Vec<_> = features.iter().map(|f| (f.name.as_str(), Some(&f.values))).collect();
                reasons(&snapshots.customers, &named, &model.contributions(&known, ahead))
            }
        };
        Some(Scores {
            ids: snapshots.customers,
            columns,
            figures: values,
            reasons,
            features: snapshots.features,
        })
    })
    .await?;
    step.done(count as u64, None, None);
    Ok(scores)
}
