//! `onnx`: a model that was learned elsewhere.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Float64Builder, ListBuilder, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, Schema};
use futures::future::BoxFuture;
use onefold_connectors::{OptionSpec, OptionType, object};
use onefold_udfs::models::features::{Feature, Values};
use onefold_udfs::models::metrics::{self, auc, hit_rate, r_squared, ranks, rmse};
use onefold_udfs::models::onnx::{
    self, Binding, Column, Element, Graph, Kind, Model, Outputs, Runtime, Scored,
};
use serde::{Deserialize, Serialize};

use super::labelled::zero_one;
use crate::identity::rules::quoted;
use crate::prediction::file::File;
use crate::prediction::findings::distributions;
use crate::prediction::grade;
use crate::prediction::judge;
use crate::prediction::method::{Method, Trained};
use crate::prediction::report::Report;
use crate::prediction::roles::Role;
use crate::prediction::table::Table;
use crate::prediction::task::{Scores, Setup, Task};
use crate::prediction::work;
use crate::{Error, Result};

const PATH: &str = "path";

static OPTIONS: LazyLock<Vec<OptionSpec>> = LazyLock::new(|| {
    let own = [
        OptionSpec::new(PATH, OptionType::Text, "the file: a path from the project's folder, or a URL")
            .required(),
        OptionSpec::new("output", OptionType::Text, "the output that is the score, if there are several"),
        OptionSpec::new(
            "runtime",
            OptionType::OneOf(&["auto", "tract", "onnxruntime"]),
            "tract is built in; onnxruntime needs its library; auto takes the library if it is there",
        )
        .default("auto"),
        OptionSpec::new(
            "label",
            OptionType::Text,
            "a column that the scores are judged by; NULL where it is not known",
        ),
        OptionSpec::new("positive", OptionType::Text, "the value of the label that is scored high"),
    ];
    own.into_iter().chain(object::options()).collect()
});

/// The method.
#[derive(Debug)]
pub(in crate::prediction) struct Onnx;

impl Method for Onnx {
    fn name(&self) -> &'static str {
        "onnx"
    }

    fn description(&self) -> &'static str {
        "Whatever a model predicts that was learned elsewhere"
    }

    fn options(&self) -> &'static [OptionSpec] {
        &OPTIONS
    }

    fn roles(&self) -> &'static [Role] {
        &[]
    }

    fn columns(&self) -> Vec<(&'static str, DataType)> {
        vec![
            ("score", DataType::Float64),
            ("predicted", DataType::Utf8),
            ("percentile", DataType::Float64),
            ("probabilities", DataType::new_list(DataType::Float64, true)),
        ]
    }

    fn main(&self) -> &'static str {
        "score"
    }

    fn file(&self) -> Option<&'static str> {
        Some(PATH)
    }

    fn check(&self, setup: &Setup) -> Result<()> {
        label(setup)?;
        let given = Given::of(setup)?;
        given.load(runtime(setup)?, 2)?.try_out().map_err(wrong)
    }

    fn train<'a>(&'a self, task: &'a Task<'a>) -> BoxFuture<'a, Result<Trained>> {
        Box::pin(train(task))
    }

    fn score<'a>(&'a self, task: &'a Task<'a>, model: &'a str) -> BoxFuture<'a, Result<Scores>> {
        Box::pin(score(task, model))
    }
}

fn wrong(error: onnx::Error) -> Error {
    let on = Error::invalid(error.message).on(format!("option {PATH}"));
    match error.hint {
        Some(hint) => on.hint(hint),
        None => on,
    }
}

fn label(setup: &Setup) -> Result<Option<&str>> {
    setup.options.text("label").map(|_| super::labelled::label(setup)).transpose()
}

fn runtime(setup: &Setup) -> Result<Runtime> {
    let word = setup.options.text("runtime").unwrap_or("auto");
    Runtime::choose(word).map_err(|e| wrong(e).elsewhere().on("option runtime"))
}

fn file(setup: &Setup) -> Result<&Arc<File>> {
    setup.file.as_ref().ok_or_else(|| Error::internal("the file is gone"))
}

/// The model and the query side by side.
struct Given {
    graph: Graph,
    binding: Binding,
    outputs: Outputs,
    /// The columns of the query that are features.
    names: Vec<String>,
}

impl Given {
    fn of(setup: &Setup) -> Result<Self> {
        let graph = Graph::read(&file(setup)?.contents).map_err(wrong)?;
        let columns = features(&setup.schema, &setup.id, label(setup)?);
        let binding = Binding::of(&graph, &columns).map_err(wrong)?;
        let outputs = Outputs::of(&graph, setup.options.text("output")).map_err(wrong)?;
        Ok(Self { graph, binding, outputs, names: columns.into_iter().map(|(name, _)| name).collect() })
    }

    fn load(&self, runtime: Runtime, rows: usize) -> Result<Model> {
        Model::new(&self.graph, self.binding.clone(), self.outputs, runtime, rows).map_err(wrong)
    }

    /// The columns that the model takes.
    fn columns(&self, table: &Table) -> Result<Vec<Column>> {
        let each = self.binding.wanted().map(|(place, element)| {
            let name = &self.names[place];
            let column = table.column(name).ok_or_else(|| Error::internal(format!("{name} is gone")))?;
            convert(name, column, element)
        });
        each.collect()
    }
}

fn features(schema: &Schema, id: &str, label: Option<&str>) -> Vec<(String, Kind)> {
    let fields = schema.fields().iter().filter(|f| f.name() != id && Some(f.name().as_str()) != label);
    fields.map(|field| (field.name().clone(), kind(field.data_type()))).collect()
}

fn kind(data_type: &DataType) -> Kind {
    match data_type {
        DataType::Boolean => Kind::Flag,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Kind::Text,
        DataType::Dictionary(_, values) => kind(values),
        data_type if data_type.is_integer() => Kind::Whole,
        data_type if data_type.is_numeric() => Kind::Number,
        _ => Kind::Other,
    }
}

fn convert(name: &str, column: &ArrayRef, element: Element) -> Result<Column> {
    if element == Element::Text {
        let texts = cast(column, &DataType::Utf8)?;
        let texts = texts.as_string::<i32>().iter();
        return Ok(Column::Texts(texts.map(|text| text.unwrap_or_default().to_owned()).collect()));
    }
    if element.is_float() {
        return Ok(Column::Numbers(Table::as_numbers(column)?));
    }
    if column.null_count() > 0 {
        return Err(Error::invalid(format!("{} rows have no {name}", column.null_count())).hint(format!(
            "the model takes {} and knows no missing values; give one in the query, as in coalesce({name}, 0)",
            element.word()
        )));
    }
    Ok(Column::Whole(cast(column, &DataType::Int64)?.as_primitive::<Int64Type>().values().to_vec()))
}

/// What a version keeps of the model: the file stays where it is.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    runtime: String,
    sha256: String,
}

async fn rows(task: &Task<'_>) -> Result<Table> {
    let id = quoted(&task.setup.id);
    let query = format!("SELECT * FROM ({}) AS q WHERE {id} IS NOT NULL ORDER BY {id}", task.setup.query);
    task.rows(&query).await
}

/// There is nothing to learn; scores are compared with labels if the query has some.
async fn train(task: &Task<'_>) -> Result<Trained> {
    let setup = task.setup;
    let mut findings = task.missing().await?;
    let step = task.job.log.start(&task.job.object, "features");
    let (given, runtime, label) = (Given::of(setup)?, runtime(setup)?, label(setup)?);
    let table = rows(task).await?;
    let mut known: Vec<&str> = vec![setup.id.as_str()];
    known.extend(label);
    let features = table.features(&known)?;
    let wanted: Vec<&String> = given.binding.wanted().map(|(place, _)| &given.names[place]).collect();
    for feature in &features {
        if !wanted.contains(&&feature.name) {
            let message = "is no input of the model and is left out";
            findings.push(task.finding("recommendation", Some(&feature.name), message));
        } else if feature.values.missing() > 0.2 {
            let message = format!("{:.1} % of the rows have no value", 100.0 * feature.values.missing());
            findings.push(task.finding("warning", Some(&feature.name), message));
        }
    }
    let mut people = table.texts(&setup.id)?;
    let count = people.len();
    people.dedup();
    step.done(count as u64, None, None);

    let step = task.job.log.start(&task.job.object, "train");
    let all: Vec<u32> = (0..count as u32).collect();
    let mut report = Report { distributions: distributions(&features, &all), ..Report::default() };
    let file = file(setup)?;
    report.parameters(runtime.word(), [("bytes", file.contents.len() as f64)]);
    let labels = label.and_then(|label| table.features(&[]).ok()?.into_iter().find(|f| f.name == label));
    let judged = match labels {
        None => None,
        Some(labels) => {
            let scored = run(&given, runtime, &table, &step).await?;
            judged(&mut report, runtime.word(), &scored.last(), &labels, setup.options.text("positive"))?
        }
    };
    let (grade, reason, quality) = judged.unwrap_or_else(|| {
        let cause = if label.is_some() {
            "no row has a label"
        } else {
            "no option label names a column to compare with"
        };
        ('-', format!("not judged: {cause}"), 0.0)
    });
    let kept = Kept { runtime: runtime.word().to_owned(), sha256: file.digest.clone() };
    let trained = Trained {
        candidate: runtime.word().to_owned(),
        model: serde_json::to_string(&kept).map_err(|e| Error::internal(e.to_string()))?,
        report,
        grade,
        reason: format!("{reason}; the file {} has the SHA-256 digest {}", file.path, file.digest),
        quality,
        rows: count as u64,
        customers: 0,
    };
    Ok(trained.finish(step, findings, people.len() as u64))
}

async fn run(given: &Given, runtime: Runtime, table: &Table, step: &crate::refresh::Step) -> Result<Scored> {
    let columns = given.columns(table)?;
    let (model, rows) = (given.load(runtime, table.rows())?, table.rows());
    let scored = work::run(step, move |watch| model.score(&columns, rows, &|| watch.on()).transpose());
    scored.await?.map_err(wrong)
}

/// The grade of scores beside labels, the reason and the figure that versions are compared by.
fn judged(
    report: &mut Report,
    word: &str,
    scores: &[f64],
    label: &Feature,
    positive: Option<&str>,
) -> Result<Option<(char, String, f64)>> {
    let probable = scores.iter().all(|s| s.is_nan() || (0.0..=1.0).contains(s));
    let numbers = match &label.values {
        Values::Numbers(numbers) => Some(numbers).filter(|numbers| !probable || !is_flag(numbers)),
        Values::Categories { .. } => None,
    };
    let truth = match numbers {
        Some(numbers) => numbers.clone(),
        None => zero_one(label, positive)?.0,
    };
    let known = scores.iter().copied().zip(truth).filter(|(s, l)| !s.is_nan() && !l.is_nan());
    let (scores, truth): (Vec<f64>, Vec<f64>) = known.unzip();
    if scores.is_empty() {
        return Ok(None);
    }
    let constant = vec![metrics::mean(truth.iter().copied()); truth.len()];
    let ((grade, reason), quality) = if numbers.is_some() {
        judge::describe_numbers(report, word, &scores, &constant, &truth);
        (grade::by_error(rmse(&scores, &truth), rmse(&constant, &truth)), r_squared(&scores, &truth))
    } else {
        judge::describe_probabilities(report, word, &scores, &truth);
        let positives = truth.iter().sum::<f64>() as usize;
        let hits = hit_rate(&scores, &truth, positives);
        report.metric(word, "hit_rate", hits, Some(constant[0]));
        let right = metrics::accuracy(&scores, &truth, 0.5);
        let graded = grade::by_hits(right, hits, constant[0], positives, "of as many chosen blindly");
        (graded, auc(&scores, &truth).unwrap_or(0.5))
    };
    judge::describe_scores(report, &scores, &truth);
    Ok(Some((grade, format!("{reason}; it may have learned from these rows"), quality)))
}

/// Whether a label has only zeros and ones.
fn is_flag(numbers: &[f64]) -> bool {
    numbers.iter().all(|n| n.is_nan() || *n == 0.0 || *n == 1.0)
}

async fn score(task: &Task<'_>, model: &str) -> Result<Scores> {
    let setup = task.setup;
    let kept: Kept = serde_json::from_str(model).map_err(|e| Error::internal(e.to_string()))?;
    if kept.sha256 != file(setup)?.digest {
        return Err(Error::invalid("the file has changed since that version")
            .on(format!("option {PATH}"))
            .hint(format!(
                "put back the file of the SHA-256 digest {}, or leave out the option version",
                kept.sha256
            )));
    }
    let runtime = Runtime::choose(&kept.runtime).map_err(|e| wrong(e).elsewhere().on("option runtime"))?;
    let given = Given::of(setup)?;
    let step = task.job.log.start(&task.job.object, "score");
    let table = rows(task).await?;
    let scored = run(&given, runtime, &table, &step).await?;
    step.done(table.rows() as u64, None, None);

    let ids = table.texts(&setup.id)?;
    let scores = scored.last();
    let people = ids.len().max(1) as f64;
    let labels: StringArray = match &scored.labels {
        Some(labels) => labels.iter().map(Some).collect(),
        None => StringArray::new_null(ids.len()),
    };
    let mut lists = ListBuilder::new(Float64Builder::new());
    for row in 0..ids.len() {
        if scored.width > 1 {
            lists.values().append_slice(&scored.values[row * scored.width..(row + 1) * scored.width]);
        }
        lists.append(scored.width > 1);
    }
    let known = |s: &f64| Some(*s).filter(|s| !s.is_nan());
    let columns: Vec<ArrayRef> = vec![
        Arc::new(scores.iter().map(known).collect::<Float64Array>()),
        Arc::new(labels),
        Arc::new(ranks(&scores).into_iter().map(|r| Some(100.0 * r / people)).collect::<Float64Array>()),
        Arc::new(lists.finish()),
    ];
    let mut left_out: Vec<&str> = vec![setup.id.as_str()];
    left_out.extend(label(setup)?);
    Ok(Scores { columns, figures: scores, reasons: Vec::new(), features: table.features(&left_out)?, ids })
}
