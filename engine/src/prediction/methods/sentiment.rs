//! `sentiment`: how people feel about what they write of, and what it is about.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, ListBuilder, StringArray, StringBuilder};
use arrow::datatypes::DataType;
use futures::future::BoxFuture;
use onefold_connectors::{OptionSpec, OptionType};
use onefold_udfs::models::metrics::rank_correlation;
use onefold_udfs::models::sentiment::aspects::Keywords;
use onefold_udfs::models::sentiment::{Sentiment as Found, beginning, is_english, sentiment};

use crate::identity::rules::quoted;
use crate::prediction::method::{Method, Trained};
use crate::prediction::report::Report;
use crate::prediction::roles::{Role, RoleType};
use crate::prediction::task::{Reason, Scores, Task};
use crate::prediction::work;
use crate::{Error, Result};

/// The option that names a relation of keywords.
pub(in crate::prediction) const KEYWORDS: &str = "keywords";

const OPTIONS: &[OptionSpec] = &[OptionSpec::new(
    KEYWORDS,
    OptionType::Text,
    "a relation with the columns aspect and keyword; without it the keywords of retail count",
)];

const ROLES: &[Role] = &[
    Role {
        name: "text",
        r#type: RoleType::Text,
        words: &["text", "comment", "feedback", "message", "review", "body"],
        required: true,
        description: "what was written",
    },
    Role {
        name: "feedback",
        r#type: RoleType::Any,
        words: &["feedback_id", "review_id", "comment_id", "case_id", "message_id", "id", "key"],
        required: true,
        description: "what tells one text from another",
    },
    Role {
        name: "time",
        r#type: RoleType::Time,
        words: &["written_at", "reviewed_at", "at", "time", "date"],
        required: false,
        description: "when it was written",
    },
    Role {
        name: "rating",
        r#type: RoleType::Number,
        words: &["rating", "stars"],
        required: false,
        description: "the writer's own judgement, to compare the score with",
    },
];

/// The method.
#[derive(Debug)]
pub(in crate::prediction) struct Sentiment;

impl Method for Sentiment {
    fn name(&self) -> &'static str {
        "sentiment"
    }

    fn description(&self) -> &'static str {
        "How people feel about what they write of, and what it is about"
    }

    fn options(&self) -> &'static [OptionSpec] {
        OPTIONS
    }

    fn roles(&self) -> &'static [Role] {
        ROLES
    }

    fn columns(&self) -> Vec<(&'static str, DataType)> {
        vec![
            ("feedback", DataType::Utf8),
            ("sentiment", DataType::Float64),
            ("label", DataType::Utf8),
            ("aspects", DataType::new_list(DataType::Utf8, true)),
            ("is_latest", DataType::Boolean),
        ]
    }

    fn main(&self) -> &'static str {
        "sentiment"
    }

    fn first(&self) -> Option<&'static str> {
        Some("is_latest")
    }

    fn train<'a>(&'a self, task: &'a Task<'a>) -> BoxFuture<'a, Result<Trained>> {
        Box::pin(train(task))
    }

    fn score<'a>(&'a self, task: &'a Task<'a>, _: &'a str) -> BoxFuture<'a, Result<Scores>> {
        Box::pin(score(task))
    }
}

/// The texts of the query in order of person, time and key, the latest of each person last.
struct Texts {
    ids: Vec<String>,
    keys: Vec<String>,
    texts: Vec<String>,
    ratings: Vec<f64>,
}

async fn texts(task: &Task<'_>) -> Result<Texts> {
    let bound = &task.setup.bound;
    let id = quoted(&task.setup.id);
    let text = bound.sql("text").unwrap_or_default();
    let key = bound.sql("feedback").unwrap_or_default();
    let time = bound.sql("time").unwrap_or_else(|| "NULL".to_owned());
    let rating = bound.sql("rating").unwrap_or_else(|| "NULL".to_owned());
    let until = bound.sql("time").map(|time| task.setup.before_until(&time)).unwrap_or_default();
    let query = format!(
        "SELECT CAST({id} AS VARCHAR) AS id, CAST({key} AS VARCHAR) AS key, CAST({text} AS VARCHAR) AS text, \
                CAST({rating} AS DOUBLE) AS rating \
         FROM ({}) AS q WHERE {id} IS NOT NULL AND {key} IS NOT NULL AND {text} IS NOT NULL{until} \
         ORDER BY {id}, {time} NULLS FIRST, {key}",
        task.setup.query
    );
    let table = task.rows(&query).await?;
    Ok(Texts {
        ids: table.texts("id")?,
        keys: table.texts("key")?,
        texts: table.texts("text")?,
        ratings: table.numbers("rating")?,
    })
}

fn found(text: &str) -> Option<Found> {
    let text = beginning(text);
    is_english(text).then(|| sentiment(text))
}

/// The rules are given; what is learned is how well they agree with ratings.
async fn train(task: &Task<'_>) -> Result<Trained> {
    let mut findings = task.missing().await?;
    let texts = texts(task).await?;
    if texts.ids.is_empty() {
        return Err(Error::invalid("the query gives no text with a customer and a key")
            .hint("look at the query's rows"));
    }
    let step = task.job.log.start(&task.job.object, "train");
    let count = texts.ids.len();
    let mut people = texts.ids.clone();
    people.dedup();
    let (scores, ratings) = work::run(&step, move |_| {
        let mut known: HashMap<&str, f64> = HashMap::new();
        for text in &texts.texts {
            known.entry(text).or_insert_with(|| found(text).map_or(f64::NAN, |f| f.compound));
        }
        let scores: Vec<f64> = texts.texts.iter().map(|text| known[text.as_str()]).collect();
        Some((scores, texts.ratings))
    })
    .await?;
    let foreign = scores.iter().filter(|s| s.is_nan()).count();
    if foreign > 0 {
        let share = 100.0 * foreign as f64 / count as f64;
        let message = format!("{share:.1} % of the texts are not in English and have no score");
        findings.push(task.finding("warning", task.setup.bound.column("text"), message));
    }
    let (scores, ratings): (Vec<f64>, Vec<f64>) =
        scores.into_iter().zip(ratings).filter(|(s, r)| !s.is_nan() && !r.is_nan()).unzip();
    let mut report = Report { findings, ..Report::default() };
    let (grade, reason, quality) = if ratings.is_empty() {
        ('-', "the rules are given, and the query has no rating to judge them by".to_owned(), 0.0)
    } else {
        let agreement = rank_correlation(&scores, &ratings);
        report.metric("rules", "rank_correlation", agreement, Some(0.0));
        let grade = if agreement >= 0.5 {
            'A'
        } else if agreement >= 0.3 {
            'B'
        } else {
            'C'
        };
        let reason = format!(
            "the rank correlation of score and rating is {agreement:.2}: A from 0.5 on, B from 0.3, C below"
        );
        (grade, reason, agreement)
    };
    step.done(count as u64, None, None);
    Ok(Trained {
        candidate: "rules".to_owned(),
        model: String::new(),
        report,
        grade,
        reason,
        quality,
        rows: count as u64,
        customers: people.len() as u64,
    })
}

async fn keywords(task: &Task<'_>) -> Result<Keywords> {
    let Some(relation) = task.setup.options.text(KEYWORDS) else { return Ok(Keywords::of_retail()) };
    let query = format!("SELECT aspect, keyword FROM {relation} ORDER BY aspect, keyword");
    let hint = "it names a relation with the columns aspect and keyword";
    let on = |e: Error| e.elsewhere().on("option keywords").hint(hint);
    let table = task.rows(&query).await.map_err(on)?;
    let (aspects, keywords) = (table.texts("aspect")?, table.texts("keyword")?);
    Ok(Keywords::new(aspects.iter().map(String::as_str).zip(keywords.iter().map(String::as_str))))
}

async fn score(task: &Task<'_>) -> Result<Scores> {
    let (texts, keywords) = (texts(task).await?, keywords(task).await?);
    let step = task.job.log.start(&task.job.object, "score");
    let count = texts.ids.len();
    let scores = work::run(&step, move |_| Some(scored(texts, &keywords))).await?;
    step.done(count as u64, None, None);
    Ok(scores)
}

fn scored(texts: Texts, keywords: &Keywords) -> Scores {
    let Texts { ids, keys, texts, .. } = texts;
    let mut known: HashMap<&str, (Option<Found>, Vec<&str>)> = HashMap::new();
    for text in &texts {
        known.entry(text).or_insert_with(|| (found(text), keywords.aspects(beginning(text))));
    }
    let each = || texts.iter().map(|text| &known[text.as_str()]);
    let mut lists = ListBuilder::new(StringBuilder::new());
    for (found, aspects) in each() {
        if found.is_some() {
            aspects.iter().for_each(|aspect| lists.values().append_value(aspect));
        }
        lists.append(found.is_some());
    }
    let latest = (0..ids.len()).map(|row| Some(ids.get(row + 1) != Some(&ids[row])));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(&keys)),
        Arc::new(each().map(|(found, _)| found.as_ref().map(Found::score)).collect::<Float64Array>()),
        Arc::new(each().map(|(found, _)| found.as_ref().map(Found::label)).collect::<StringArray>()),
        Arc::new(lists.finish()),
        Arc::new(latest.collect::<BooleanArray>()),
    ];
    let figures = each().filter_map(|(found, _)| found.as_ref().map(Found::score)).collect();
    let mut reasons = Vec::new();
    for ((id, key), (found, _)) in ids.iter().zip(&keys).zip(each()) {
        let mut words: Vec<&(String, f64)> = found.iter().flat_map(|found| &found.words).collect();
        words.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        reasons.extend(words.into_iter().take(3).enumerate().map(|(rank, (word, valence))| Reason {
            id: id.clone(),
            rank: rank as i64 + 1,
            feature: word.to_lowercase(),
            value: Some(key.clone()),
            contribution: *valence,
        }));
    }
    Scores { columns, figures, reasons, features: Vec::new(), ids }
}
