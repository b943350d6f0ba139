//! Ids that stay: the ids of the last run, and `p_history` with every id ever used.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, StringViewArray,
    TimestampMicrosecondArray,
};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use chrono::{DateTime, Utc};
use datafusion::prelude::SessionContext;
use sha2::{Digest, Sha256};
use uuid::Builder;

use super::ids::{Assignment, Event, IdState, PreviousIds, assign_ids};
use super::profile::Profile;
use super::records::RecordIndex;
use crate::Result;
use crate::catalog::Snapshot;
use crate::warehouse::Warehouse;

/// The columns of `p_history`.
pub fn schema(id_column: &str) -> SchemaRef {
    let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    Arc::new(Schema::new(vec![
        Field::new("run_id", DataType::Utf8, false),
        Field::new("at", utc, false),
        Field::new("event", DataType::Utf8, false),
        Field::new(id_column, DataType::Utf8, false),
        Field::new("other_id", DataType::Utf8, true),
        Field::new("records", DataType::Int64, false),
        Field::new("current_id", DataType::Utf8, true),
    ]))
}

/// What the last run left.
#[derive(Debug, Default)]
pub struct Past {
    ids: Vec<IdState>,
    of_record: Vec<Option<u32>>,
    records_before: Vec<u32>,
    rows: Option<RecordBatch>,
}

impl Past {
    /// Reads the links and the history that are current in a snapshot.
    pub async fn load(
        warehouse: &Warehouse,
        snapshot: &Snapshot,
        ctx: &SessionContext,
        profile: &Profile,
        index: &RecordIndex,
    ) -> Result<Self> {
        let mut past = Self { of_record: vec![None; index.len()], ..Self::default() };
        let stored = |relation: &str| {
            let path = Profile::path(&profile.name, relation);
            snapshot.state.relations.get(&path).map(|r| (warehouse.relation(&path), r.version))
        };
        let (Some((history, history_version)), Some((links, links_version))) =
            (stored("history"), stored("links"))
        else {
            return Ok(past);
        };
        let batches = ctx.read_table(history.provider(history_version).await?)?.collect().await?;
        let numbers = past.read_history(profile, &batches)?;
        past.records_before = vec![0; past.ids.len()];
        let batches = ctx.read_table(links.provider(links_version).await?)?.collect().await?;
        for batch in &batches {
            past.read_links(profile, index, &numbers, batch)?;
        }
        Ok(past)
    }

    fn read_history(&mut self, profile: &Profile, batches: &[RecordBatch]) -> Result<HashMap<String, u32>> {
        let schema = schema(&profile.id_column());
        let aligned: Vec<RecordBatch> = batches.iter().map(|b| align(b, &schema)).collect::<Result<_>>()?;
        let rows = concat_batches(&schema, &aligned)?;
        let (event, id, current) = (
            rows.column(2).as_string::<i32>(),
            rows.column(3).as_string::<i32>(),
            rows.column(6).as_string::<i32>(),
        );
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut current_texts: Vec<Option<String>> = Vec::new();
        for row in 0..rows.num_rows() {
            if matches!(event.value(row), "new" | "split") {
                let number = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
                numbers.insert(id.value(row).to_owned(), number);
                self.ids.push(IdState { id: id.value(row).to_owned(), current: None });
                current_texts.push(current.is_valid(row).then(|| current.value(row).to_owned()));
            }
        }
        for (state, text) in self.ids.iter_mut().zip(current_texts) {
            state.current = text.and_then(|t| numbers.get(&t).copied());
        }
        self.rows = Some(rows);
        Ok(numbers)
    }

    fn read_links(
        &mut self,
        profile: &Profile,
        index: &RecordIndex,
        numbers: &HashMap<String, u32>,
        batch: &RecordBatch,
    ) -> Result<()> {
        let text = |n: usize| -> Result<StringArray> {
            Ok(cast(batch.column(n), &DataType::Utf8)?.as_string::<i32>().clone())
        };
        let (source, key, id) = (text(0)?, text(1)?, text(2)?);
        for row in 0..batch.num_rows() {
            let Some(number) = numbers.get(id.value(row)) else { continue };
            self.records_before[*number as usize] += 1;
            let record = profile
                .source_number(source.value(row))
                .and_then(|source| index.find(source, key.value(row)));
            if let Some(record) = record {
                self.of_record[record as usize] = Some(*number);
            }
        }
        Ok(())
    }

    /// The id that a record had, as a position among all ids ever used.
    pub fn id_of(&self, record: usize) -> Option<u32> {
        self.of_record[record]
    }

    /// For each record the smallest of those that had its id; itself if it had none.
    pub fn labels(&self) -> Vec<u32> {
        let mut smallest: Vec<u32> = vec![u32::MAX; self.ids.len()];
        let label = |(record, id): (u32, &Option<u32>)| match id {
            Some(id) => {
                let first = &mut smallest[*id as usize];
                *first = (*first).min(record);
                *first
            }
            None => record,
        };
        (0..).zip(&self.of_record).map(label).collect()
    }

    /// Gives each cluster its id.
    pub fn assign(
        &self,
        profile: &Profile,
        index: &RecordIndex,
        cluster_of: &[u32],
        clusters: usize,
    ) -> Assignment {
        let previous =
            PreviousIds { of_record: &self.of_record, ids: &self.ids, records_before: &self.records_before };
        let mut birth = |record: u32, attempt: u32| {
            let source = profile.sources.get(usize::from(index.source_of[record as usize]));
            let name = [
                profile.name.as_str(),
                source.map_or("", String::as_str),
                index.key(record),
                &attempt.to_string(),
            ]
            .join("\u{1f}");
            name_based_id(&name)
        };
        assign_ids(cluster_of, clusters, &previous, &mut birth)
    }

    /// The history with this run's events; `None` when it stays as it was.
    pub fn history(
        &self,
        profile: &Profile,
        assignment: &Assignment,
        run_id: &str,
        at: DateTime<Utc>,
    ) -> Result<Option<RecordBatch>> {
        if assignment.events.is_empty() && self.rows.is_some() {
            return Ok(None);
        }
        let schema = schema(&profile.id_column());
        let added = self.added(&schema, assignment, run_id, at)?;
        let Some(before) = &self.rows else { return Ok(Some(added)) };
        let place: HashMap<&str, u32> =
            (0..).zip(&assignment.ids).map(|(n, state)| (state.id.as_str(), n)).collect();
        let ids = before.column(3).as_string::<i32>();
        let current: StringArray = ids
            .iter()
            .map(|id| id.and_then(|id| place.get(id)).and_then(|n| current_id(assignment, *n)))
            .collect();
        let mut columns = before.columns().to_vec();
        columns[6] = Arc::new(current);
        let before = RecordBatch::try_new(Arc::clone(&schema), columns)?;
        Ok(Some(concat_batches(&schema, [&before, &added])?))
    }

    fn added(
        &self,
        schema: &SchemaRef,
        assignment: &Assignment,
        run_id: &str,
        at: DateTime<Utc>,
    ) -> Result<RecordBatch> {
        let events = &assignment.events;
        let parts: Vec<(&str, u32, Option<u32>, u32)> = events.iter().map(event_parts).collect();
        let text = |n: u32| assignment.ids[n as usize].id.as_str();
        let count = events.len();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(run_id, count))),
            Arc::new(
                TimestampMicrosecondArray::from(vec![at.timestamp_micros(); count]).with_timezone("UTC"),
            ),
            Arc::new(StringArray::from_iter_values(parts.iter().map(|p| p.0))),
            Arc::new(StringArray::from_iter_values(parts.iter().map(|p| text(p.1)))),
            Arc::new(parts.iter().map(|p| p.2.map(text)).collect::<StringArray>()),
            Arc::new(Int64Array::from_iter_values(parts.iter().map(|p| i64::from(p.3)))),
            Arc::new(parts.iter().map(|p| current_id(assignment, p.1)).collect::<StringArray>()),
        ];
        Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
    }
}

fn current_id(assignment: &Assignment, id: u32) -> Option<&str> {
    let current = assignment.ids[id as usize].current?;
    Some(assignment.ids[current as usize].id.as_str())
}

fn event_parts(event: &Event) -> (&'static str, u32, Option<u32>, u32) {
    match event {
        Event::New { id, records } => ("new", *id, None, *records),
        Event::Merged { id, into, records } => ("merged", *id, Some(*into), *records),
        Event::Split { id, from, records } => ("split", *id, Some(*from), *records),
        Event::Retired { id, records } => ("retired", *id, None, *records),
    }
}

/// A UUID of version 8 (RFC 9562, section 5.8): the first 16 bytes of the name's SHA-256.
fn name_based_id(name: &str) -> String {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(Sha256::digest(name.as_bytes())) {
        *to = from;
    }
    Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

/// Stored columns in the types of `schema`, by position.
pub(super) fn align(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(c, f)| cast(c, f.data_type()))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

/// The links of all records: source, key, id.
pub fn links_batch(
    profile: &Profile,
    index: &RecordIndex,
    assignment: &Assignment,
    cluster_of: &[u32],
    rows: std::ops::Range<usize>,
) -> Result<RecordBatch> {
    let records = || rows.clone().filter_map(|r| u32::try_from(r).ok());
    let source = |r: u32| profile.sources[usize::from(index.source_of[r as usize])].as_str();
    let id = |r: u32| {
        let number = assignment.id_of_cluster[cluster_of[r as usize] as usize];
        assignment.ids[number as usize].id.as_str()
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringViewArray::from_iter_values(records().map(source))),
        Arc::new(StringViewArray::from_iter_values(records().map(|r| index.key(r)))),
        Arc::new(StringViewArray::from_iter_values(records().map(id))),
    ];
    Ok(RecordBatch::try_new(links_schema(&profile.id_column()), columns)?)
}

/// The columns of `p_links`.
pub fn links_schema(id_column: &str) -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("source", DataType::Utf8View, false),
        Field::new("record_key", DataType::Utf8View, false),
        Field::new(id_column, DataType::Utf8View, false),
    ]))
}

/// The columns of `p_households`: a person, the id of his household, which is that of its first person, and how
/// many people it has.
pub fn households_schema(id_column: &str) -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new(id_column, DataType::Utf8View, false),
        Field::new("household_id", DataType::Utf8View, false),
        Field::new("people", DataType::Int64, false),
    ]))
}

/// The households of all people. `first_of` has for each person the first one of his household.
pub fn households_batch(profile: &Profile, assignment: &Assignment, first_of: &[u32]) -> Result<RecordBatch> {
    let id = |cluster: u32| assignment.ids[assignment.id_of_cluster[cluster as usize] as usize].id.as_str();
    let mut sizes = vec![0_i64; first_of.len()];
    for first in first_of {
        sizes[*first as usize] += 1;
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringViewArray::from_iter_values((0..).zip(first_of).map(|(person, _)| id(person)))),
        Arc::new(StringViewArray::from_iter_values(first_of.iter().map(|first| id(*first)))),
        Arc::new(Int64Array::from_iter_values(first_of.iter().map(|first| sizes[*first as usize]))),
    ];
    Ok(RecordBatch::try_new(households_schema(&profile.id_column()), columns)?)
}

/// Counts of events by kind, as in `12 new, 1 merged`.
pub fn summary(events: &[Event]) -> String {
    let count = |word: &str| events.iter().filter(|e| event_parts(e).0 == word).count();
    let parts: Vec<String> = ["new", "merged", "split", "retired"]
        .iter()
        .map(|word| (count(word), word))
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    if parts.is_empty() { "no change".to_owned() } else { parts.join(", ") }
}
