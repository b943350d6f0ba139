//! Checks of what a source tells about itself.

use super::{Abilities, equal, failed, failure};
use crate::{Connector, OpenRequest, RejectedRecord, Result, Source, TableDescription};

pub(super) async fn tables(source: &dyn Source) -> Result<()> {
    let check = "tables";
    let found = source.tables().await.map_err(failed(check))?;
    let mut sorted = found.clone();
    sorted.sort();
    equal(check, "the names are sorted", &found, &sorted)?;
    for name in ["people", "nobody"] {
        if !found.iter().any(|found| found == name) {
            return Err(failure(check, format!("{name} is not among {found:?}")));
        }
    }
    Ok(())
}

pub(super) async fn unknown_table(source: &dyn Source) -> Result<()> {
    let check = "unknown_table";
    let found = source.table("no_such_table").await.map_err(failed(check))?;
    equal(check, "an unknown table is None", &found.is_none(), &true)
}

pub(super) async fn version_is_stable(source: &dyn Source, abilities: Abilities) -> Result<()> {
    let check = "version_is_stable";
    let first = source.version("people").await.map_err(failed(check))?;
    let second = source.version("people").await.map_err(failed(check))?;
    equal(check, "the version is told", &first.is_some(), &abilities.versions)?;
    equal(check, "the version stays while nothing changes", &second, &first)
}

pub(super) async fn nothing_rejected(source: &dyn Source) -> Result<()> {
    let check = "nothing_rejected";
    let found = source.rejected("people").await.map_err(failed(check))?;
    equal(check, "rejected records of people", &found, &vec![])
}

/// Checks that a table's version and rows change when `change` changes its rows.
///
/// # Errors
/// The version is the same before and after, or the new rows are not read.
pub async fn version_changes(source: &dyn Source, table: &str, change: impl AsyncFnOnce()) -> Result<()> {
    let check = "version_changes";
    let rows = async || super::queries::rows_of(check, source, table).await;
    let (before, rows_before) = (source.version(table).await.map_err(failed(check))?, rows().await?);
    change().await;
    let (after, rows_after) = (source.version(table).await.map_err(failed(check))?, rows().await?);
    if before == after {
        return Err(failure(check, format!("the version is {after:?} before and after")));
    }
    if rows_before == rows_after {
        return Err(failure(check, "the rows are the same before and after"));
    }
    Ok(())
}

/// Checks that the rows of a table are `rows`, and its rejected records those expected, in any order.
///
/// # Errors
/// They are not.
pub async fn rejected(
    source: &dyn Source,
    table: &str,
    rows: usize,
    expected: &[RejectedRecord],
) -> Result<()> {
    let check = "rejected";
    let found = super::queries::rows_of(check, source, table).await?;
    equal(check, "the number of rows that fit", &found.len(), &rows)?;
    let mut found = source.rejected(table).await.map_err(failed(check))?;
    let mut expected = expected.to_vec();
    found.sort();
    expected.sort();
    equal(check, "the rejected records", &found, &expected)
}

/// Checks that the source says of a table what is `expected`.
///
/// # Errors
/// It says something else.
pub async fn description(source: &dyn Source, table: &str, expected: &TableDescription) -> Result<()> {
    let check = "description";
    let found = source.describe(table).await.map_err(failed(check))?;
    equal(check, &format!("the comments and keys of {table}"), &found, expected)
}

pub(super) async fn unknown_description(source: &dyn Source) -> Result<()> {
    let check = "unknown_description";
    let found = source.describe("no_such_table").await.map_err(failed(check))?;
    equal(check, "what is said of an unknown table", &found, &TableDescription::default())
}

/// Checks that a source which cannot be reached says so, by its name, when it is opened or first read.
///
/// # Errors
/// There was no error, or it does not name the source.
pub async fn unreachable(connector: &dyn Connector, request: OpenRequest) -> Result<()> {
    let check = "unreachable";
    let name = request.name.clone();
    let result = match connector.open(request).await {
        Ok(source) => source.tables().await.map(|tables| format!("{tables:?}")),
        Err(error) => Err(error),
    };
    match result {
        Ok(found) => Err(failure(check, format!("no error, but {found}"))),
        Err(error) if error.to_string().contains(&name) => Ok(()),
        Err(error) => Err(failure(check, format!("the error does not name the source {name}: {error}"))),
    }
}
