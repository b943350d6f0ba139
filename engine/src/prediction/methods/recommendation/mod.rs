//! `recommendation`: what to offer to each customer.

mod bought;
mod model;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use arrow::datatypes::DataType;
use futures::future::BoxFuture;
use onefold_connectors::{OptionSpec, OptionType, Options};
use onefold_udfs::models::recommend::{Baskets, success};

use self::bought::Purchases;
use self::model::{Allowed, Basket, Model, Way};
use crate::parallel::Threads;
use crate::prediction::grade;
use crate::prediction::method::{Method, Trained};
use crate::prediction::options::days;
use crate::prediction::purchases;
use crate::prediction::report::{Factor, Report};
use crate::prediction::roles::{Role, RoleType};
use crate::prediction::task::{Reason, Scores, Setup, Task};
use crate::prediction::work::{self, Watch};
use crate::{Error, Result};

const FEWEST: usize = 50;

const OPTIONS: &[OptionSpec] = &[
    OptionSpec::new("products", OptionType::Integer, "how many products to offer to each customer")
        .default("5"),
    OptionSpec::new(
        "repeat",
        OptionType::OneOf(&["yes", "no"]),
        "whether something that the customer has bought already may be offered",
    )
    .default("yes"),
    OptionSpec::new("lookback", OptionType::Text, "purchases of so long count").default("365 days"),
    OptionSpec::new("period", OptionType::Text, "the last purchases, of so long, judge the candidates")
        .default("30 days"),
    OptionSpec::new(
        "model",
        OptionType::OneOf(&["auto", "popularity", "history", "item_item", "item_item_products", "als"]),
        "the candidate, or the best of them",
    )
    .default("auto"),
];

const ROLES: &[Role] = &[
    Role {
        name: "product",
        r#type: RoleType::Any,
        words: purchases::PRODUCT,
        required: true,
        description: "what was bought",
    },
    Role {
        name: "time",
        r#type: RoleType::Time,
        words: purchases::TIME,
        required: true,
        description: "when it was bought",
    },
    Role {
        name: "returned",
        r#type: RoleType::Flag,
        words: purchases::RETURNED,
        required: false,
        description: "whether goods came back; such a row is no purchase",
    },
    Role {
        name: "offered",
        r#type: RoleType::Flag,
        words: &["is_offered", "offered", "available", "is_available"],
        required: false,
        description: "whether the product may be offered, by whatever attributes it has",
    },
];

/// The method.
#[derive(Debug)]
pub(in crate::prediction) struct Recommendation;

impl Method for Recommendation {
    fn name(&self) -> &'static str {
        "recommendation"
    }

    fn description(&self) -> &'static str {
        "Which products a customer will buy next"
    }

    fn options(&self) -> &'static [OptionSpec] {
        OPTIONS
    }

    fn roles(&self) -> &'static [Role] {
        ROLES
    }

    fn columns(&self) -> Vec<(&'static str, DataType)> {
        vec![
            ("rank", DataType::Int64),
            ("product", DataType::Utf8),
            ("score", DataType::Float64),
            ("because", DataType::Utf8),
        ]
    }

    fn main(&self) -> &'static str {
        "product"
    }

    fn first(&self) -> Option<&'static str> {
        Some("rank = 1")
    }

    fn check(&self, setup: &Setup) -> Result<()> {
        days(&setup.options, "lookback")?;
        days(&setup.options, "period")?;
        let products = setup.options.integer("products").unwrap_or(5);
        if (1..=100).contains(&products) {
            return Ok(());
        }
        Err(Error::invalid(format!("the value {products} is no number from 1 to 100")).on("option products"))
    }

    fn train<'a>(&'a self, task: &'a Task<'a>) -> BoxFuture<'a, Result<Trained>> {
        Box::pin(train(task))
    }

    fn score<'a>(&'a self, task: &'a Task<'a>, model: &'a str) -> BoxFuture<'a, Result<Scores>> {
        Box::pin(score(task, model))
    }
}

/// What the options ask of the offers.
struct Asked {
    lookback: i32,
    repeat: bool,
    count: usize,
}

impl Asked {
    fn of(options: &Options) -> Result<Self> {
        Ok(Self {
            lookback: days(options, "lookback")?,
            repeat: options.text("repeat") != Some("no"),
            count: options.integer("products").unwrap_or(5) as usize,
        })
    }
}

fn threads(task: &Task<'_>) -> Threads {
    Threads::new(task.job.session.ctx().state().config().target_partitions())
}

async fn train(task: &Task<'_>) -> Result<Trained> {
    let options = &task.setup.options;
    let period = days(options, "period")?;
    let Asked { lookback, repeat, count } = Asked::of(options)?;
    let wanted = options.text("model").unwrap_or("auto").to_owned();
    let mut findings = task.missing().await?;
    let step = task.job.log.start(&task.job.object, "features");
    let purchases = Purchases::read(task, lookback + period).await?;
    step.done(purchases.rows.len() as u64, None, Some(format!("{} products", purchases.products.len())));
    if purchases.products.len() > 50_000 {
        findings.push(task.finding(
            "warning",
            task.setup.bound.column("product"),
            format!("{} products are many; groups of products would teach more", purchases.products.len()),
        ));
    }
    let held_out = purchases.last - period;
    let (before, after) = (purchases.baskets(|day| day <= held_out), purchases.baskets(|day| day > held_out));
    let known = |(before, after): &(&Basket, &Basket)| !before.is_empty() && !after.is_empty();
    let count_judged = before.by_customer.iter().zip(&after.by_customer).filter(known).count();
    if count_judged < FEWEST {
        return Err(Error::invalid(format!(
            "too little data: {count_judged} customers bought both in the last {period} days and before"
        ))
        .hint(format!("at least {FEWEST} are needed; a longer period may give them")));
    }
    let (seed, threads) = (task.setup.seed, threads(task));
    let step = task.job.log.start(&task.job.object, "train");
    let (customers, rows) = (purchases.customers.len() as u64, purchases.rows.len() as u64);
    let trained = work::run(&step, move |watch| {
        // What is popular is what the others are compared with.
        let asked = |way: &Way| *way == Way::ALL[0] || wanted == "auto" || wanted == way.word();
        let ways: Vec<Way> =
            Way::ALL.into_iter().filter(|way| (repeat || *way != Way::History) && asked(way)).collect();
        let allowed = Allowed { offered: purchases.offered.clone(), repeat };
        let model = Model::fit(&ways, purchases.products.clone(), &before, seed, watch)?;
        let mut report = Report::default();
        let mut outcomes = Vec::new();
        let judged: Vec<(&Basket, &Basket)> =
            before.by_customer.iter().zip(&after.by_customer).filter(known).collect();
        let baskets: Vec<&Basket> = judged.iter().map(|(basket, _)| *basket).collect();
        let bought = judged.iter().map(|(basket, later)| {
            let is_new = |p: &u32| basket.binary_search_by_key(p, |(p, _)| *p).is_err();
            later.iter().map(|(p, _)| *p).filter(|p| repeat || is_new(p)).collect::<Vec<_>>()
        });
        let bought: Vec<_> = bought.collect();
        for way in ways {
            let offers = model.all_offers(way, &baskets, count, &allowed, threads, watch)?;
            let offers: Vec<Vec<u32>> =
                offers.into_iter().map(|offers| offers.into_iter().map(|(p, _)| p).collect()).collect();
            outcomes.push((way, success(&offers, &bought)));
        }
        let (_, (baseline, baseline_gain)) = outcomes[0];
        for (way, (hits, gain)) in &outcomes {
            report.metric(way.word(), &format!("success_at_{count}"), *hits, Some(baseline));
            report.metric(way.word(), &format!("ndcg_at_{count}"), *gain, Some(baseline_gain));
        }
        let chosen = outcomes.iter().filter(|(way, _)| wanted == "auto" || wanted == way.word());
        let (way, (hits, _)) =
            *chosen.max_by(|a, b| a.1.0.total_cmp(&b.1.0).then(a.1.1.total_cmp(&b.1.1)))?;
        let now = purchases.baskets(|day| day > purchases.last - lookback);
        let model = Model::fit(&[way], purchases.products, &now, seed, watch)?;
        report.factors = factors(&model, &now, count, &allowed);
        let (grade, reason) = grade::by_success(hits, baseline, judged.len(), count);
        let text = serde_json::to_string(&model).map_err(|e| Error::internal(e.to_string()));
        Some(text.map(|model| Trained {
            candidate: way.word().to_owned(),
            model,
            report,
            grade,
            reason,
            quality: hits,
            rows,
            customers: 0,
        }))
    })
    .await??;
    Ok(trained.finish(step, findings, customers))
}

/// The shares of offers that something of the customer's basket speaks for, and that only popularity does.
fn factors(model: &Model, baskets: &Baskets, count: usize, allowed: &Allowed) -> Vec<Factor> {
    let (mut told, mut all) = (0.0, 0.0);
    for basket in baskets.by_customer.iter().filter(|b| !b.is_empty()).take(1000) {
        for (product, _) in model.offers(model.way, basket, count, allowed) {
            let again = basket.iter().any(|(known, _)| *known == product);
            told += f64::from(u8::from(again || model.because(basket, product).is_some()));
            all += 1.0;
        }
    }
    let share = if all > 0.0 { told / all } else { 0.0 };
    let factor =
        |feature: &str, importance| Factor { feature: feature.to_owned(), importance, direction: None };
    vec![factor("what the customer bought", share), factor("what others buy", 1.0 - share)]
}

async fn score(task: &Task<'_>, model: &str) -> Result<Scores> {
    let Asked { lookback, repeat, count } = Asked::of(&task.setup.options)?;
    let model: Model = serde_json::from_str(model).map_err(|e| Error::internal(e.to_string()))?;
    let purchases = Purchases::read(task, lookback).await?;
    let step = task.job.log.start(&task.job.object, "score");
    let (customers, threads) = (purchases.customers.len(), threads(task));
    let asked = (repeat, count);
    let scores = work::run(&step, move |watch| scored(&model, &purchases, asked, threads, watch)).await?;
    step.done(customers as u64, None, None);
    Ok(scores)
}

/// Offers to everybody. Products that the model has not met are neither offered nor speak for others.
fn scored(
    model: &Model,
    purchases: &Purchases,
    (repeat, count): (bool, usize),
    threads: Threads,
    watch: &Watch,
) -> Option<Scores> {
    let place: HashMap<&str, u32> =
        (0..).zip(&model.products).map(|(place, p)| (p.as_str(), place)).collect();
    let known: Vec<Option<u32>> = purchases.products.iter().map(|p| place.get(p.as_str()).copied()).collect();
    let mut allowed = Allowed { offered: vec![false; model.products.len()], repeat };
    for (product, offered) in known.iter().zip(&purchases.offered) {
        if let Some(product) = product {
            allowed.offered[*product as usize] = *offered;
        }
    }
    let rows = purchases.rows.iter().filter_map(|(c, p, _)| Some((*c, known[*p as usize]?, 1.0)));
    let baskets = Baskets::new(purchases.customers.len(), model.products.len(), rows);
    let mut scores = Scores::default();
    let (mut ranks, mut products, mut values, mut because) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let all: Vec<&Basket> = baskets.by_customer.iter().collect();
    let offers = model.all_offers(model.way, &all, count, &allowed, threads, watch)?;
    for ((id, basket), offers) in purchases.customers.iter().zip(all).zip(offers) {
        for (rank, (product, score)) in offers.into_iter().enumerate() {
            let (name, score) = (&model.products[product as usize], f64::from(score));
            let again = basket.binary_search_by_key(&product, |(p, _)| *p).is_ok().then_some(product);
            let cause = again.or_else(|| model.because(basket, product));
            let cause = cause.map(|cause| model.products[cause as usize].clone());
            scores.ids.push(id.clone());
            scores.reasons.push(Reason {
                id: id.clone(),
                rank: rank as i64 + 1,
                feature: name.clone(),
                value: cause.clone(),
                contribution: score,
            });
            scores.figures.push(score);
            ranks.push(rank as i64 + 1);
            products.push(name.clone());
            values.push(score);
            because.push(cause);
        }
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(ranks)),
        Arc::new(StringArray::from(products)),
        Arc::new(Float64Array::from(values)),
        Arc::new(StringArray::from(because)),
    ];
    Some(Scores { columns, ..scores })
}
