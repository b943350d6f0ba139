//! `recommendation`: what to offer to each customer.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use arrow::datatypes::DataType;
use futures::future::BoxFuture;
use onefold_connectors::{OptionSpec, OptionType, Options};
use onefold_udfs::models::recommend::als::{Als, Settings};
use onefold_udfs::models::recommend::item_item::ItemItem;
use onefold_udfs::models::recommend::popularity::popularity;
use onefold_udfs::models::recommend::{Baskets, best, success};
use serde::{Deserialize, Serialize};

use crate::identity::rules::quoted;
use crate::prediction::grade;
use crate::prediction::method::{Method, Trained};
use crate::prediction::options::days;
use crate::prediction::purchases;
use crate::prediction::report::{Factor, Report};
use crate::prediction::roles::{Role, RoleType};
use crate::prediction::task::{Reason, Scores, Setup, Task, day};
use crate::prediction::work::{self, Watch};
use crate::{Error, Result};

const FEWEST: usize = 50;
const NEIGHBOURS: usize = 100;

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
        OptionType::OneOf(&["auto", "popularity", "history", "item_item", "als"]),
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

/// Products of a customer and how often he bought each.
type Basket = Vec<(u32, f32)>;

/// How offers are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Way {
    Popularity,
    History,
    ItemItem,
    Als,
}

impl Way {
    const ALL: [Self; 4] = [Self::Popularity, Self::History, Self::ItemItem, Self::Als];

    fn word(self) -> &'static str {
        match self {
            Self::Popularity => "popularity",
            Self::History => "history",
            Self::ItemItem => "item_item",
            Self::Als => "als",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Model {
    way: Way,
    products: Vec<String>,
    popular: Vec<f32>,
    alike: ItemItem,
    als: Option<Als>,
}

impl Model {
    fn fit(ways: &[Way], products: Vec<String>, baskets: &Baskets, seed: u64, watch: &Watch) -> Option<Self> {
        let on = || watch.on();
        let settings = Settings { factors: 32, penalty: 10.0, confidence: 4.0, seed };
        let als = match ways.contains(&Way::Als) {
            true => Some(Als::fit(baskets, settings, &on)?),
            false => None,
        };
        Some(Self {
            way: ways[0],
            products,
            popular: popularity(baskets),
            alike: ItemItem::fit(baskets, NEIGHBOURS, &on)?,
            als,
        })
    }

    /// Scores of all products for somebody with a basket; ties go to the popular.
    fn scores(&self, way: Way, basket: &[(u32, f32)]) -> Vec<f32> {
        let most = self.popular.iter().copied().fold(1.0, f32::max);
        let mut scores = match (way, &self.als) {
            (Way::Popularity, _) => return self.popular.clone(),
            (Way::Als, Some(als)) => als.scores(basket),
            (Way::ItemItem, _) => self.alike.scores(basket),
            (Way::History | Way::Als, _) => vec![0.0; self.popular.len()],
        };
        if way == Way::History {
            basket.iter().for_each(|(product, times)| scores[*product as usize] += times);
        }
        let tie = match way {
            Way::History => 0.5,
            _ => 1e-6,
        };
        scores.iter_mut().zip(&self.popular).for_each(|(score, popular)| *score += tie * popular / most);
        scores
    }

    fn offers(&self, way: Way, basket: &[(u32, f32)], count: usize, allowed: &Allowed) -> Vec<(u32, f32)> {
        let known = |product: u32| basket.binary_search_by_key(&product, |(p, _)| *p).is_ok();
        let may = |product: u32| allowed.offered[product as usize] && (allowed.repeat || !known(product));
        best(&self.scores(way, basket), count, may)
    }
}

struct Allowed {
    offered: Vec<bool>,
    repeat: bool,
}

/// Who bought what on which days, of all or of the time that counts.
struct Purchases {
    customers: Vec<String>,
    products: Vec<String>,
    offered: Vec<bool>,
    /// Customer, product, day.
    rows: Vec<(u32, u32, i32)>,
    last: i32,
}

impl Purchases {
    async fn read(task: &Task<'_>, lookback: i32) -> Result<Self> {
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
    fn baskets(&self, within: impl Fn(i32) -> bool) -> Baskets {
        let rows = self.rows.iter().filter(|(_, _, day)| within(*day));
        Baskets::new(self.customers.len(), self.products.len(), rows.map(|(c, p, _)| (*c, *p, 1.0)))
    }
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
    let judged = before.by_customer.iter().zip(&after.by_customer).filter(known).count();
    if judged < FEWEST {
        return Err(Error::invalid(format!(
            "too little data: {judged} customers bought both in the last {period} days and before"
        ))
        .hint(format!("at least {FEWEST} are needed; a longer period may give them")));
    }
    let seed = task.setup.seed;
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
        for way in ways {
            let (mut offers, mut bought) = (Vec::new(), Vec::new());
            for (basket, later) in before.by_customer.iter().zip(&after.by_customer).filter(known) {
                if offers.len() % 256 == 0 && !watch.on() {
                    return None;
                }
                let is_new = |p: &u32| basket.binary_search_by_key(p, |(p, _)| *p).is_err();
                bought
                    .push(later.iter().map(|(p, _)| *p).filter(|p| repeat || is_new(p)).collect::<Vec<_>>());
                offers.push(
                    model
                        .offers(way, basket, count, &allowed)
                        .into_iter()
                        .map(|(p, _)| p)
                        .collect::<Vec<_>>(),
                );
            }
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
        let (grade, reason) = grade::by_success(hits, baseline, judged, count);
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
            told += f64::from(u8::from(again || model.alike.because(basket, product).is_some()));
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
    let customers = purchases.customers.len();
    let scores = work::run(&step, move |watch| scored(&model, &purchases, repeat, count, watch)).await?;
    step.done(customers as u64, None, None);
    Ok(scores)
}

/// Offers to everybody. Products that the model has not met are neither offered nor speak for others.
fn scored(model: &Model, purchases: &Purchases, repeat: bool, count: usize, watch: &Watch) -> Option<Scores> {
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
    for (number, (id, basket)) in purchases.customers.iter().zip(&baskets.by_customer).enumerate() {
        if number % 256 == 0 && !watch.on() {
            return None;
        }
        for (rank, (product, score)) in
            model.offers(model.way, basket, count, &allowed).into_iter().enumerate()
        {
            let (name, score) = (&model.products[product as usize], f64::from(score));
            let again = basket.binary_search_by_key(&product, |(p, _)| *p).is_ok().then_some(product);
            let cause = again.or_else(|| model.alike.because(basket, product));
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
