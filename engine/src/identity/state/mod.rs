//! What a profile keeps from one run to the next: the trained model ([`learned`]) with the frequencies of values
//! ([`frequencies`]), the keys of all records ([`keys`]) and the weighed pairs ([`candidates`]). With it a run weighs
//! pairs as the last training did, and only those that changes touch.

pub mod candidates;
pub mod drift;
pub mod frequencies;
pub mod keys;
pub mod learned;
pub mod save;

use std::collections::{BTreeMap, HashMap};

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::SchemaRef;
use futures::TryStreamExt;
use onefold_udfs::comparators::NONE;

use self::learned::Learned;
use super::fields::Fields;
use super::profile::Profile;
use crate::catalog::Snapshot;
use crate::session::Session;
use crate::stopping;
use crate::{Error, Result};

/// A trained model with the frequencies of values.
#[derive(Debug)]
pub struct Known {
    /// The model.
    pub learned: Learned,
    /// The rows of [`frequencies`].
    pub frequencies: Vec<RecordBatch>,
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
            let columns = batch
                .columns()
                .iter()
                .zip(schema.fields())
                .map(|(c, f)| cast(c, f.data_type()))
                .collect::<Result<Vec<_>, _>>()?;
            out.push(RecordBatch::try_new(SchemaRef::clone(schema), columns)?);
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
pub fn numbers(fields: &Fields, field: usize) -> HashMap<String, u32> {
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

/// Pieces of text by their place in a list.
fn places<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    names.into_iter().enumerate().map(|(place, name)| (name, place)).collect()
}
