//! What a profile keeps from one run to the next: the trained model ([`learned`]) with the frequencies of values
//! ([`frequencies`]), the keys of all records ([`keys`]) and the weighed pairs ([`candidates`]). With it a run weighs
//! pairs as the last training did, and only those that changes touch.

pub mod candidates;
pub mod drift;
pub mod frequencies;
pub mod keys;
pub mod learned;
pub mod save;

use std::collections::HashMap;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use futures::TryStreamExt;
use onefold_udfs::comparators::NONE;

use self::frequencies::Frequencies;
use self::learned::Learned;
use super::fields::Fields;
use super::history::align;
use super::matching::plan::Plan;
use super::profile::Profile;
use crate::catalog::Snapshot;
use crate::parallel::Threads;
use crate::session::Session;
use crate::stopping;
use crate::{Error, Result};

/// A trained model with the frequencies of values.
#[derive(Debug)]
pub struct Known {
    /// The model.
    pub learned: Learned,
    /// The frequencies.
    pub frequencies: Frequencies,
}

impl Known {
    /// The model with the frequencies that are stored with it; `None` if there are none.
    pub async fn load(
        session: &Session,
        snapshot: &Snapshot,
        profile: &str,
        learned: Learned,
    ) -> Result<Option<Self>> {
        let schema = frequencies::schema();
        let rows = read(session, snapshot, profile, frequencies::RELATION, &schema).await?;
        Ok(rows.map(|rows| Self { frequencies: Frequencies::read(&learned, &rows), learned }))
    }

    /// The compared columns, read as training did.
    ///
    /// # Errors
    /// If a comparison cannot compare the type of its column.
    pub fn fields(&self, plan: &Plan, columns: &[Vec<ArrayRef>], threads: Threads) -> Result<Fields> {
        let mut fields = Fields::prepare(&plan.comparisons, columns, threads)?;
        self.apply(plan, &mut fields);
        Ok(fields)
    }

    /// Reads the fields as training did: the same ones are left out, the same values are no evidence or forms of one
    /// name, and as rare as they were.
    pub fn apply(&self, plan: &Plan, fields: &mut Fields) {
        self.learned.apply(plan, fields);
        self.frequencies.apply(&self.learned, fields);
    }
}

/// Reads a relation of a profile that is current in a snapshot, batch by batch in the types of `schema`, by position;
/// `None` if there is none.
pub async fn read(
    session: &Session,
    snapshot: &Snapshot,
    profile: &str,
    relation: &str,
    schema: &SchemaRef,
) -> Result<Option<Vec<RecordBatch>>> {
    let path = Profile::path(profile, relation);
    let Some(stored) = snapshot.state.relations.get(&path) else { return Ok(None) };
    let provider = session.engine().warehouse().relation(&path).provider(stored.version).await?;
    let mut out = Vec::new();
    for mut stream in stopping::streams(session.ctx().read_table(provider)?).await? {
        while let Some(batch) = stream.try_next().await? {
            out.push(align(&batch, schema)?);
        }
    }
    Ok(Some(out))
}

/// A number as it is stored.
fn number(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// What was stored as [`number`].
fn count(n: i64) -> Result<usize> {
    usize::try_from(n).map_err(|_| Error::internal(format!("{n} is no number of a record")))
}

/// The values of a field that records have, as texts, with their numbers.
fn numbers(fields: &Fields, field: usize) -> HashMap<String, u32> {
    // Exchanged names are looked up in the other column.
    let columns: Vec<usize> = match fields.person_names() {
        Some([given, family, _]) if field == given || field == family => vec![given, family],
        _ => vec![field],
    };
    let values = columns.into_iter().filter_map(|column| fields.values(column));
    let mut used: Vec<u32> =
        values.flat_map(|(values, _)| values.iter().copied()).filter(|value| *value != NONE).collect();
    used.sort_unstable();
    used.dedup();
    used.into_iter().map(|value| (fields.text(field, value), value)).collect()
}
