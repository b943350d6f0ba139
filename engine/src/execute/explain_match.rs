//! `EXPLAIN MATCH profile ('source:key', 'source:key')`: the evidence field by field in bits, drawn as a waterfall, what
//! was decided, and the path of links that joined the two records.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;

use crate::catalog::nearest;
use crate::catalog::object::folded;
use crate::identity::lookup::Lookup;
use crate::identity::model::probability;
use crate::identity::path::{Link, path};
use crate::identity::profile::Profile;
use crate::identity::rules::quoted;
use crate::session::{Response, Session};
use crate::sql::{ExplainMatch, ObjectKind, Statement, text_literal};
use crate::{Error, Result};

/// One row of the answer.
#[derive(Debug, Default)]
struct Row {
    step: String,
    left: Option<String>,
    right: Option<String>,
    finding: Option<String>,
    bits: Option<f64>,
    weight: Option<f64>,
    /// From where to where the weight moved.
    bar: Option<(f64, f64)>,
}

pub(super) async fn execute(session: &Session, explain: &ExplainMatch) -> Result<Response> {
    let snapshot = session.snapshot();
    let name = folded(&explain.profile);
    let definition = snapshot.require(ObjectKind::Profile, &name)?;
    let Statement::CreateProfile(create) = &definition.statement else {
        return Err(Error::internal("is no profile").on(name));
    };
    let profile = Profile::compile(session.catalog(), create).await?;
    let (left, right) = (record(&profile, &explain.left)?, record(&profile, &explain.right)?);
    if left == right {
        return Err(Error::invalid(format!("{} is given twice", explain.left)).on("EXPLAIN MATCH"));
    }
    let people = [person(session, &profile, left).await?, person(session, &profile, right).await?];
    let mut rows = Vec::new();
    if profile.compares() {
        let lookup = Lookup::of(session, &name).await?;
        evidence(&lookup, left, right, &mut rows)?;
    }
    let verdict = if people[0] == people[1] { "one person" } else { "two people" };
    let [left_id, right_id] = people;
    let same = left_id == right_id;
    rows.push(Row {
        step: "verdict".to_owned(),
        left: Some(left_id.clone()),
        right: Some(right_id),
        finding: Some(verdict.to_owned()),
        ..Row::default()
    });
    rows.extend(decided(session, &profile, left, right).await?);
    if same {
        let links = links(session, &profile, &left_id).await?;
        let found = path(&links, &explain.left, &explain.right).unwrap_or_default();
        rows.extend((1..).zip(found).map(|(n, link)| Row {
            step: format!("path {n}"),
            finding: Some(link.rule.map_or_else(|| "evidence".to_owned(), |rule| format!("rule {rule}"))),
            left: Some(link.left),
            right: Some(link.right),
            weight: link.weight,
            ..Row::default()
        }));
    }
    response(&rows)
}

/// A record's source and key.
fn record<'a>(profile: &Profile, text: &'a str) -> Result<(&'a str, &'a str)> {
    let known: Vec<&str> = profile.sources.iter().map(String::as_str).collect();
    let (source, key) = text.split_once(':').ok_or_else(|| {
        Error::invalid(format!("'{text}' names no record"))
            .hint(format!("write '{}:KEY'", known.first().unwrap_or(&"source")))
    })?;
    if known.contains(&source) {
        return Ok((source, key));
    }
    let error = Error::not_found(format!("there is no record source {source}")).on(profile.object());
    Err(match nearest(source, &known) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint(format!("the record sources are {}", known.join(", "))),
    })
}

async fn person(session: &Session, profile: &Profile, (source, key): (&str, &str)) -> Result<String> {
    let links = quoted(&format!("{}_links", profile.name));
    let text = format!(
        "SELECT CAST({} AS VARCHAR) FROM profiles.{links} WHERE source = {} AND record_key = {}",
        quoted(&profile.id_column()),
        text_literal(source),
        text_literal(key)
    );
    let batches = session.frame(&text).await?.collect().await?;
    let found = batches.iter().find(|b| b.num_rows() > 0);
    match found {
        Some(batch) => Ok(cast(batch.column(0), &DataType::Utf8)?.as_string::<i32>().value(0).to_owned()),
        None => Err(Error::not_found(format!("{source} has no record with the key {key}"))
            .on(profile.object())
            .hint(format!("as of its last refresh; the keys are in profiles.{}_records", profile.name))),
    }
}

fn evidence(lookup: &Lookup, left: (&str, &str), right: (&str, &str), rows: &mut Vec<Row>) -> Result<()> {
    let gone = || Error::internal("a record is not in the index");
    let (a, b) =
        (lookup.record(left.0, left.1).ok_or_else(gone)?, lookup.record(right.0, right.1).ok_or_else(gone)?);
    let findings = lookup.evidence(a, b)?;
    let mut weight = findings.prior;
    rows.push(Row {
        step: "prior".to_owned(),
        finding: Some("any two records".to_owned()),
        bits: Some(weight),
        weight: Some(weight),
        bar: Some((0.0, weight)),
        ..Row::default()
    });
    for finding in findings.fields {
        let [left, right] = match finding.values {
            Some([left, right]) => [Some(left), Some(right)],
            None => [None, None],
        };
        rows.push(Row {
            step: finding.field,
            left,
            right,
            finding: Some(finding.level.unwrap_or_else(|| "no evidence".to_owned())),
            bits: Some(finding.weight - weight),
            weight: Some(finding.weight),
            bar: Some((weight, finding.weight)),
        });
        weight = finding.weight;
    }
    let shown = |weight: f64| format!("probability {:.4}", probability(weight));
    for (step, weight) in [("same person", weight), ("same person or household", findings.household_weight)] {
        rows.push(Row {
            step: step.to_owned(),
            finding: Some(shown(weight)),
            weight: Some(weight),
            bar: (step == "same person").then_some((0.0, weight)),
            ..Row::default()
        });
    }
    Ok(())
}

/// What `p_pairs` says of the very pair.
async fn decided(
    session: &Session,
    profile: &Profile,
    left: (&str, &str),
    right: (&str, &str),
) -> Result<Option<Row>> {
    let is = |side: &str, (source, key): (&str, &str)| {
        format!("{side}_source = {} AND {side}_key = {}", text_literal(source), text_literal(key))
    };
    let text = format!(
        "SELECT CAST(rule AS VARCHAR), CAST(verdict AS VARCHAR), CAST(reason AS VARCHAR) FROM profiles.{} \
         WHERE ({} AND {}) OR ({} AND {})",
        quoted(&format!("{}_pairs", profile.name)),
        is("left", left),
        is("right", right),
        is("left", right),
        is("right", left)
    );
    let batches = session.frame(&text).await?.collect().await?;
    let Some(batch) = batches.iter().find(|b| b.num_rows() > 0) else { return Ok(None) };
    let value = |n: usize| -> Result<Option<String>> {
        Ok(cast(batch.column(n), &DataType::Utf8)?
            .as_string::<i32>()
            .iter()
            .next()
            .flatten()
            .map(str::to_owned))
    };
    let (rule, verdict, reason) = (value(0)?, value(1)?, value(2)?);
    let by = rule.map(|rule| format!("rule {rule}"));
    let parts: Vec<String> = [by, verdict, reason].into_iter().flatten().collect();
    Ok(Some(Row { step: "pair".to_owned(), finding: Some(parts.join(": ")), ..Row::default() }))
}

/// The links between the records of a person.
async fn links(session: &Session, profile: &Profile, id: &str) -> Result<Vec<Link>> {
    let (pairs, links) =
        (quoted(&format!("{}_pairs", profile.name)), quoted(&format!("{}_links", profile.name)));
    let text = format!(
        "WITH members AS (SELECT source, record_key FROM profiles.{links} WHERE {} = {}) \
         SELECT concat(p.left_source, ':', p.left_key), concat(p.right_source, ':', p.right_key), \
         CAST(p.rule AS VARCHAR), p.weight FROM profiles.{pairs} AS p \
         JOIN members AS a ON p.left_source = a.source AND p.left_key = a.record_key \
         JOIN members AS b ON p.right_source = b.source AND p.right_key = b.record_key \
         WHERE p.verdict = 'match'",
        quoted(&profile.id_column()),
        text_literal(id)
    );
    let mut out = Vec::new();
    for batch in session.frame(&text).await?.collect().await? {
        let text = |n: usize| cast(batch.column(n), &DataType::Utf8);
        let (left, right, rule) = (text(0)?, text(1)?, text(2)?);
        let weight = cast(batch.column(3), &DataType::Float64)?;
        let sides = left.as_string::<i32>().iter().zip(right.as_string::<i32>());
        let how = rule.as_string::<i32>().iter().zip(weight.as_primitive::<Float64Type>().iter());
        for ((left, right), (rule, weight)) in sides.zip(how) {
            out.push(Link {
                left: left.unwrap_or_default().to_owned(),
                right: right.unwrap_or_default().to_owned(),
                rule: rule.map(str::to_owned),
                weight,
            });
        }
    }
    Ok(out)
}

fn response(rows: &[Row]) -> Result<Response> {
    let text = |of: &dyn Fn(&Row) -> Option<String>| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<StringArray>())
    };
    // Adding 0 makes a 0 of -0.
    let rounded = |value: f64| (value * 100.0).round() / 100.0 + 0.0;
    let number = |of: &dyn Fn(&Row) -> Option<f64>| -> ArrayRef {
        Arc::new(rows.iter().map(|row| of(row).map(rounded)).collect::<Float64Array>())
    };
    let ends = rows.iter().filter_map(|row| row.bar).flat_map(|(from, to)| [from, to]);
    let (low, high) = ends.fold((0.0_f64, 0.0_f64), |(low, high), end| (low.min(end), high.max(end)));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("step", text(&|row| Some(row.step.clone()))),
        ("left_value", text(&|row| row.left.clone())),
        ("right_value", text(&|row| row.right.clone())),
        ("finding", text(&|row| row.finding.clone())),
        ("bits", number(&|row| row.bits)),
        ("weight", number(&|row| row.weight)),
        ("chart", text(&|row| row.bar.map(|bar| chart(bar, low, high)))),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )?;
    let schema = batch.schema();
    let stream = RecordBatchStreamAdapter::new(Arc::clone(&schema), futures::stream::iter([Ok(batch)]));
    Ok(Response::Rows { schema, stream: Box::pin(stream) })
}

const WIDTH: f64 = 40.0;

/// A bar between two weights on the scale from `low` to `high`; the line is weight 0, where both are as likely.
fn chart((from, to): (f64, f64), low: f64, high: f64) -> String {
    let place = |weight: f64| ((weight - low) / (high - low).max(1e-9) * WIDTH).round() as usize;
    let (start, end) = (place(from.min(to)), place(from.max(to)));
    let fill = if to >= from { '█' } else { '░' };
    let drawn: String = (0..=WIDTH as usize)
        .map(|column| match column {
            column if (start..end).contains(&column) => fill,
            column if column == place(0.0) => '│',
            _ => ' ',
        })
        .collect();
    drawn.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::chart;

    #[test]
    fn bars_go_up_and_down_from_zero() {
        assert_eq!(chart((-10.0, 0.0), -10.0, 10.0), format!("{}│", "█".repeat(20)));
        assert_eq!(chart((5.0, 0.0), -10.0, 10.0), format!("{}{}", " ".repeat(20), "░".repeat(10)));
        assert_eq!(chart((0.0, 0.0), -10.0, 10.0), format!("{}│", " ".repeat(20)));
    }
}
