//! Stewards' decisions: `ALWAYS IN` and `NEVER IN` relations of record pairs.

use std::hash::{DefaultHasher, Hash, Hasher};

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use futures::TryStreamExt;
use sqlparser::ast::ObjectName;

use super::profile::Profile;
use super::records::RecordIndex;
use crate::Result;
use crate::refresh::Job;
use crate::session::Session;
use crate::sql::MatchItem;
use crate::stopping;

/// Decided pairs and how many rows name a record that does not exist.
#[derive(Debug, Default)]
pub struct Decisions {
    /// Record numbers, the smaller first, with the row's reason.
    pub pairs: Vec<(u32, u32, Option<String>)>,
    /// Rows whose records are not among the profile's.
    pub unknown: u64,
}

/// The decisions of all stewards.
#[derive(Debug, Default)]
pub struct Stewards {
    /// Of each `ALWAYS IN`.
    pub always: Vec<Decisions>,
    /// Of each `NEVER IN`.
    pub never: Vec<Decisions>,
    /// A digest: equal digests are equal decisions about equal records.
    pub digest: u64,
}

/// Reads the decisions of all stewards.
pub async fn all(job: &Job, profile: &Profile, index: &RecordIndex) -> Result<Stewards> {
    let mut out = Stewards::default();
    let mut hasher = DefaultHasher::new();
    for item in &profile.create.matching {
        let (relation, name, list) = match item {
            MatchItem::AlwaysIn(always) => (&always.relation, "always in", &mut out.always),
            MatchItem::NeverIn(never) => (&never.relation, "never in", &mut out.never),
            _ => continue,
        };
        let step = job.log.start(&job.object, format!("{name} {relation}"));
        let decisions = read(&job.session, profile, index, relation).await?;
        name.hash(&mut hasher);
        for (left, right, _) in &decisions.pairs {
            for record in [*left, *right] {
                (index.source_of[record as usize], index.key(record)).hash(&mut hasher);
            }
        }
        let unknown = (decisions.unknown > 0)
            .then(|| format!("{} rows name records that do not exist", decisions.unknown));
        step.done(decisions.pairs.len() as u64, None, unknown);
        list.push(decisions);
    }
    out.digest = hasher.finish();
    Ok(out)
}

/// Reads a relation with the columns `left_source`, `left_key`, `right_source`, `right_key`, and `reason`, which
/// may be absent.
async fn read(
    session: &Session,
    profile: &Profile,
    index: &RecordIndex,
    relation: &ObjectName,
) -> Result<Decisions> {
    let frame = session.frame(&format!("SELECT * FROM {relation}")).await?;
    let has_reason = frame.schema().fields().iter().any(|f| f.name() == "reason");
    let reason = if has_reason { "reason" } else { "NULL" };
    let text = format!(
        "SELECT CAST(left_source AS VARCHAR), CAST(left_key AS VARCHAR), CAST(right_source AS VARCHAR), \
         CAST(right_key AS VARCHAR), CAST({reason} AS VARCHAR) FROM {relation}"
    );
    let mut stream = stopping::stream(session.frame(&text).await?).await?;
    let mut out = Decisions::default();
    while let Some(batch) = stream.try_next().await? {
        add(profile, index, &batch, &mut out)?;
    }
    out.pairs.sort();
    Ok(out)
}

fn add(profile: &Profile, index: &RecordIndex, batch: &RecordBatch, out: &mut Decisions) -> Result<()> {
    let columns: Vec<StringArray> = batch
        .columns()
        .iter()
        .map(|c| Ok(cast(c, &DataType::Utf8)?.as_string::<i32>().clone()))
        .collect::<Result<_>>()?;
    let find = |source: &StringArray, key: &StringArray, row: usize| {
        if source.is_null(row) || key.is_null(row) {
            return None;
        }
        index.find(profile.source_number(source.value(row))?, key.value(row))
    };
    for row in 0..batch.num_rows() {
        let (left, right) = (find(&columns[0], &columns[1], row), find(&columns[2], &columns[3], row));
        match (left, right) {
            (Some(left), Some(right)) if left != right => {
                let reason = columns[4].is_valid(row).then(|| columns[4].value(row).to_owned());
                out.pairs.push((left.min(right), left.max(right), reason));
            }
            _ => out.unknown += 1,
        }
    }
    Ok(())
}
