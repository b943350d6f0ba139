//! `AUTO`: comparisons for the columns of a profile, by their values and by their names.
//!
//! 1. the values of some records are read ([`sample`])
//! 2. the name of each column says what it may be ([`names`]), its values what it looks like ([`content`])
//! 3. from both follows what it is, or why it is not compared ([`meaning`])
//! 4. columns that belong together become one comparison, a name in parts as well as a date in parts; what says
//!    nothing that another one does not say is left out ([`compose`])
//! 5. identifiers that no two records share are left out

pub mod compose;
pub mod content;
pub mod meaning;
pub mod names;
pub mod sample;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use futures::TryStreamExt;

use self::compose::Column;
use self::content::Content;
use self::meaning::{Left, Meaning};
use self::names::Hint;
use self::sample::Sample;
use super::plan::columns_of;
use crate::identity::fields::Comparison;
use crate::identity::profile::Profile;
use crate::identity::rules::{EVIDENCE, quoted};
use crate::session::Session;
use crate::sql::MatchItem;
use crate::stopping;
use crate::{Error, Result};

/// The comparisons for the records of a profile in `scratch.evidence`; none if they are written. `records` is how many
/// there are, if that is known.
///
/// # Errors
/// If no column tells people apart.
pub async fn choose(session: &Session, profile: &Profile, records: Option<usize>) -> Result<Vec<Comparison>> {
    if !wanted(profile) {
        return Ok(Vec::new());
    }
    check(profile)?;
    let records = match records {
        Some(records) => records,
        None => usize::try_from(one(session, "count(*)").await?).unwrap_or(usize::MAX),
    };
    let sample = Sample::read(session, profile, records).await?;
    let mut columns = Vec::new();
    for (place, name) in sample.columns().enumerate() {
        let content = Content::of(&sample, place);
        if let Ok(meaning) = meaning::decide(names::hint(name), &content) {
            columns.push(Column { place, name: name.to_owned(), meaning, content });
        }
    }
    let mut kept = Vec::new();
    for column in columns {
        let left = match repeats_by_nature(&column) {
            true => None,
            false => never_the_same(session, &column.name).await?.then_some(Left::NeverTheSame),
        };
        if left.is_none() {
            kept.push(column);
        }
    }
    let comparisons = compose::comparisons(&sample, kept);
    if comparisons.is_empty() && records > 0 {
        return Err(nothing(profile));
    }
    Ok(comparisons)
}

/// The comparisons that names alone suggest: what relations are taken to look like before the first run.
pub fn expected(profile: &Profile) -> Vec<Comparison> {
    if !wanted(profile) {
        return Vec::new();
    }
    let sample = Sample::none(profile);
    let column = |(place, name): (usize, &str)| match names::hint(name) {
        Hint::Is(meaning) => {
            Some(Column { place, name: name.to_owned(), meaning, content: Content::default() })
        }
        _ => None,
    };
    compose::comparisons(&sample, sample.columns().enumerate().filter_map(column).collect())
}

/// Whether the comparisons of a profile are to be chosen.
pub fn wanted(profile: &Profile) -> bool {
    let items = &profile.create.matching;
    items.iter().any(|item| matches!(item, MatchItem::Auto(_)))
        && !items.iter().any(|item| matches!(item, MatchItem::Compare(_)))
}

/// Checks what can be checked without records.
///
/// # Errors
/// If AUTO is wanted and there is no column but the keys.
pub fn check(profile: &Profile) -> Result<()> {
    match wanted(profile) && sample::candidates(profile).is_empty() {
        true => Err(nothing(profile)),
        false => Ok(()),
    }
}

fn nothing(profile: &Profile) -> Error {
    Error::invalid("AUTO finds no column that tells people apart").on(profile.object()).hint(
        "select more columns in the record sources, such as a name, birth date or e-mail address, or write COMPARE items",
    )
}

/// Whether a column says something about two records even if no value occurs twice.
fn repeats_by_nature(column: &Column) -> bool {
    let exact = matches!(column.meaning, Meaning::Identifier | Meaning::Number | Meaning::Category);
    !exact || column.content.distinct < column.content.values
}

/// Whether no two records have the same value in a column.
async fn never_the_same(session: &Session, column: &str) -> Result<bool> {
    let column = quoted(column);
    Ok(one(session, &format!("count({column}) - count(DISTINCT {column})")).await? == 0)
}

/// A number over all records.
async fn one(session: &Session, sql: &str) -> Result<i64> {
    let text = format!("SELECT {sql} AS n FROM scratch.{EVIDENCE}");
    let mut stream = stopping::stream(session.frame(&text).await?).await?;
    while let Some(batch) = stream.try_next().await? {
        if batch.num_rows() > 0 {
            return Ok(batch.column(0).as_primitive::<Int64Type>().value(0));
        }
    }
    Ok(0)
}

/// A comparison of one column.
fn of_column(comparator: &str, column: &str) -> Option<Comparison> {
    columns_of(comparator, vec![quoted(column)], &[column])
}
