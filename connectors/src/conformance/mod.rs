//! The suite that every connector runs.
//!
//! A connector's test sets up a source with two tables and hands it to [`run`]:
//!
//! | table | rows |
//! |---|---|
//! | `people` | those of [`people()`], in any order |
//! | `nobody` | none; the columns of [`people()`] |
//!
//! The source may have further tables. What depends on what a source can do is called separately:
//! [`version_changes`], [`description`], [`rejected`], [`unreachable()`].
//!
//! ```no_run
//! # async fn test(source: std::sync::Arc<dyn onefold_connectors::Source>) -> onefold_connectors::Result<()> {
//! use onefold_connectors::conformance::{self, Abilities};
//!
//! conformance::run(source.as_ref(), Abilities { versions: true, ..Abilities::default() }).await
//! # }
//! ```
//!
//! Every check fails with an error that names the check and shows what was expected and what was found.

mod people;
mod queries;
mod sources;

pub use people::people;
pub use sources::{description, rejected, unreachable, version_changes};

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit};

use crate::{Error, Result, Source};

/// What the source under test can do.
#[derive(Debug, Clone, Copy, Default)]
pub struct Abilities {
    /// Whether [`Source::version`] tells a version.
    pub versions: bool,
    /// Whether points in time are kept to the millisecond only.
    pub milliseconds: bool,
}

/// The source under test.
#[derive(Clone, Copy)]
struct Suite<'a> {
    source: &'a dyn Source,
    abilities: Abilities,
}

impl Suite<'_> {
    /// The rows of `people` as the source has them.
    fn people(self) -> Result<RecordBatch> {
        let people = people()?;
        if !self.abilities.milliseconds {
            return Ok(people);
        }
        let failed = failed("people");
        let whole = |n: usize, column: &ArrayRef| match column.data_type() {
            DataType::Timestamp(..) => {
                let milliseconds = cast(column, &DataType::Timestamp(TimeUnit::Millisecond, None))?;
                cast(&milliseconds, people.schema_ref().field(n).data_type())
            }
            _ => Ok(Arc::clone(column)),
        };
        let columns = people.columns().iter().enumerate().map(|(n, column)| whole(n, column));
        let columns = columns.collect::<std::result::Result<Vec<_>, _>>();
        columns.and_then(|columns| RecordBatch::try_new(people.schema(), columns)).map_err(failed)
    }
}

/// Runs every check that needs no change of the source.
///
/// # Errors
/// The first check that fails.
pub async fn run(source: &dyn Source, abilities: Abilities) -> Result<()> {
    sources::tables(source).await?;
    sources::unknown_table(source).await?;
    sources::unknown_description(source).await?;
    sources::version_is_stable(source, abilities).await?;
    sources::nothing_rejected(source).await?;
    queries::types(source).await?;
    let suite = Suite { source, abilities };
    queries::values(suite).await?;
    queries::projection(suite).await?;
    queries::count(suite).await?;
    queries::filters(suite).await?;
    queries::limit(suite).await?;
    queries::empty(source).await?;
    queries::side_by_side(source).await
}

/// Fails a check unless two things are equal.
fn equal<T: PartialEq + std::fmt::Debug>(check: &str, what: &str, found: &T, expected: &T) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(failure(check, format!("{what}\n  expected: {expected:?}\n  found:    {found:?}")))
}

fn failure(check: &str, message: impl Into<String>) -> Error {
    Error::new(message).on(format!("conformance check {check}"))
}

/// Passes on an error of the engine or the source as the failure of a check.
fn failed<E: std::fmt::Display>(check: &str) -> impl FnOnce(E) -> Error {
    move |error| failure(check, error.to_string())
}
