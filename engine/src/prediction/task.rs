//! What a method works with and what it gives back.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use chrono::{DateTime, Utc};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use futures::TryStreamExt;
use onefold_connectors::Options;
use onefold_udfs::models::features::{Feature, Values};

use super::file::File;
use super::method::{Method, find};
use super::options;
use super::roles::Bound;
use super::table::Table;
use crate::catalog::SessionCatalog;
use crate::catalog::object::folded;
use crate::refresh::Job;
use crate::sql::{CreatePrediction, ObjectKind, references, sql_text};
use crate::{Result, stopping};

/// Reasons that are kept for each person.
const REASONS: usize = 3;

/// A checked definition.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The method.
    pub method: &'static dyn Method,
    /// Its checked options.
    pub options: Options,
    /// The column that says whom a row is about.
    pub id: String,
    /// The columns by role.
    pub bound: Bound,
    /// The query's columns.
    pub schema: SchemaRef,
    /// The query's text.
    pub query: String,
    /// The relations that the query reads, with commas between.
    pub relations: String,
    /// The first day that is left out.
    pub until: Option<i32>,
    /// The seed.
    pub seed: u64,
    /// The file of the model, if the method has one.
    pub file: Option<Arc<File>>,
}

impl Setup {
    /// Checks a definition.
    ///
    /// # Errors
    /// What is wrong with it.
    pub async fn of(catalog: &SessionCatalog, create: &CreatePrediction) -> Result<Self> {
        let profile = folded(&create.profile);
        catalog.snapshot().require(ObjectKind::Profile, &profile)?;
        let method = find(&folded(&create.method))?;
        let options = options::check(method, &create.options)?;
        let schema = catalog.view(&create.query).await?.schema();
        let id = format!("{profile}_id");
        let bound = Bound::of(method.roles(), &options, &schema, &id)?;
        let relations: Vec<String> = references(&create.query).iter().map(ToString::to_string).collect();
        let (until, seed) = (options::until(&options)?, options::seed(&options));
        let query = sql_text(create.query.as_ref());
        let file = File::of(catalog.engine(), method, &options).await?.map(Arc::new);
        let relations = relations.join(", ");
        Ok(Self { method, options, id, bound, schema, query, relations, until, seed, file })
    }
}

/// The day of a time, since 1970, in SQL.
pub fn day(time: &str) -> String {
    format!("arrow_cast(CAST({time} AS DATE), 'Int32')")
}

impl Setup {
    /// The condition that leaves out what comes after the option `until`, with an AND before it; nothing without one.
    pub fn before_until(&self, time: &str) -> String {
        self.until.map(|until| format!(" AND {} < {until}", day(time))).unwrap_or_default()
    }
}

/// The refresh of a prediction.
#[derive(Debug)]
pub struct Task<'a> {
    /// The job.
    pub job: &'a Job,
    /// The definition.
    pub setup: &'a Setup,
    /// The memory of what was read; models are made of it until the end.
    memory: Mutex<MemoryReservation>,
}

impl<'a> Task<'a> {
    /// The refresh of a definition.
    pub fn new(job: &'a Job, setup: &'a Setup) -> Self {
        let pool = Arc::clone(&job.session.ctx().runtime_env().memory_pool);
        let memory = MemoryConsumer::new(format!("rows of {}", job.object)).register(&pool);
        Self { job, setup, memory: Mutex::new(memory) }
    }

    /// The rows of a query. Dropping the future stops it.
    ///
    /// # Errors
    /// The query fails, or its rows do not fit into the memory limit.
    pub async fn rows(&self, query: &str) -> Result<Table> {
        let mut stream = stopping::stream(self.job.session.frame(query).await?).await?;
        let mut batches = Vec::new();
        while let Some(batch) = stream.try_next().await? {
            let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
            memory.try_grow(batch.get_array_memory_size())?;
            drop(memory);
            batches.push(batch);
        }
        Table::of(stream.schema(), &batches)
    }
}

/// Scores of people.
#[derive(Debug, Default)]
pub struct Scores {
    /// Whom each row is about.
    pub ids: Vec<String>,
    /// The method's columns.
    pub columns: Vec<ArrayRef>,
    /// The figures whose distribution is told.
    pub figures: Vec<f64>,
    /// The top reasons of each person.
    pub reasons: Vec<Reason>,
    /// The features, to tell how far they are from those of training.
    pub features: Vec<Feature>,
}

/// Why somebody's score is as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// Whose.
    pub id: String,
    /// Its place, from 1.
    pub rank: i64,
    /// The feature, or the word.
    pub feature: String,
    /// Its value.
    pub value: Option<String>,
    /// What it adds to the score or its log odds.
    pub contribution: f64,
}

/// The largest contributions of each person.
pub fn reasons(
    ids: &[String],
    features: &[(&str, Option<&Values>)],
    contributions: &[Vec<f64>],
) -> Vec<Reason> {
    let mut out = Vec::with_capacity(ids.len() * REASONS);
    for (row, id) in ids.iter().enumerate() {
        let mut order: Vec<usize> = (0..contributions.len()).collect();
        let size = |place: &usize| contributions[*place][row].abs();
        order.sort_by(|a, b| size(b).total_cmp(&size(a)).then(a.cmp(b)));
        let largest = order.into_iter().take(REASONS).filter(|place| size(place) > 1e-12).enumerate();
        out.extend(largest.map(|(rank, place)| Reason {
            id: id.clone(),
            rank: rank as i64 + 1,
            feature: features[place].0.to_owned(),
            value: features[place].1.and_then(|values| shown(values, row)),
            contribution: contributions[place][row],
        }));
    }
    out
}

fn shown(values: &Values, row: usize) -> Option<String> {
    match values {
        Values::Numbers(numbers) if numbers[row].is_nan() => None,
        Values::Numbers(numbers) => Some(((numbers[row] * 100.0).round() / 100.0).to_string()),
        Values::Categories { codes, labels } => labels.get(codes[row] as usize).cloned(),
    }
}

/// The columns of `predictions.x`.
pub fn scores_schema(method: &dyn Method, id: &str) -> SchemaRef {
    let mut fields = vec![Field::new(id, DataType::Utf8, false)];
    fields.extend(method.columns().into_iter().map(|(name, data_type)| Field::new(name, data_type, true)));
    fields.push(Field::new("model_version", DataType::Int64, false));
    fields.push(Field::new(
        "scored_at",
        DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        false,
    ));
    Arc::new(Schema::new(fields))
}

/// The columns of `predictions.x_factors`.
pub fn factors_schema(id: &str) -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new(id, DataType::Utf8, false),
        Field::new("rank", DataType::Int64, false),
        Field::new("feature", DataType::Utf8, false),
        Field::new("value", DataType::Utf8, true),
        Field::new("contribution", DataType::Float64, false),
    ]))
}

impl Scores {
    /// The rows of `predictions.x`.
    pub fn batch(&self, setup: &Setup, version: u64, at: DateTime<Utc>) -> Result<RecordBatch> {
        let rows = self.ids.len();
        let mut columns: Vec<ArrayRef> = vec![Arc::new(StringArray::from_iter_values(&self.ids))];
        columns.extend(self.columns.iter().cloned());
        columns.push(Arc::new(Int64Array::from(vec![version as i64; rows])));
        let times = TimestampMicrosecondArray::from(vec![at.timestamp_micros(); rows]);
        columns.push(Arc::new(times.with_timezone("UTC")));
        Ok(RecordBatch::try_new(scores_schema(setup.method, &setup.id), columns)?)
    }

    /// The rows of `predictions.x_factors`.
    pub fn factors(&self, setup: &Setup) -> Result<RecordBatch> {
        let reasons = &self.reasons;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(reasons.iter().map(|r| &r.id))),
            Arc::new(reasons.iter().map(|r| Some(r.rank)).collect::<Int64Array>()),
            Arc::new(StringArray::from_iter_values(reasons.iter().map(|r| &r.feature))),
            Arc::new(reasons.iter().map(|r| r.value.as_deref()).collect::<StringArray>()),
            Arc::new(reasons.iter().map(|r| Some(r.contribution)).collect::<Float64Array>()),
        ];
        Ok(RecordBatch::try_new(factors_schema(&setup.id), columns)?)
    }
}
