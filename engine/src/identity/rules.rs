//! Rules: which pairs are certain matches and which are certain non-matches.
//!
//! A rule is taken apart into alternatives, each of equalities and what is left; the operator blocks on the ones and
//! tests the other ([`crate::identity::operator::certain`]). NEVER predicates are joins inside the components that the
//! matches make, so they need no equality of their own.

use std::sync::Arc;

use arrow::array::{AsArray, Int64Array, RecordBatch, UInt32Array};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use datafusion::datasource::MemTable;
use futures::TryStreamExt;
use sqlparser::ast::Expr;

use super::clustering::Never;
use super::profile::{Profile, RECORD_KEY, RECORD_ORDER, SOURCE};
use crate::catalog::object::folded;
use crate::session::Session;
use crate::sql::pair_predicate::{RuleParts, disjuncts, split_rule};
use crate::sql::{Ignore, IgnoreValues, MatchItem, Never as NeverOn, Rule};
use crate::stopping;
use crate::{Error, Result};

/// The name in `scratch` of the records as rules see them: blank text and ignored values are NULL.
pub const EVIDENCE: &str = "evidence";
const COMPONENTS: &str = "components";

/// The query that turns stored records into what rules see. `records` is the relation to read.
pub fn evidence_sql(profile: &Profile, records: &str) -> String {
    let mut columns = vec![RECORD_ORDER.to_owned(), SOURCE.to_owned(), RECORD_KEY.to_owned()];
    for column in &profile.columns {
        let name = quoted(column.name());
        let text = column.data_type().is_string();
        let ignored: Vec<String> = profile
            .create
            .matching
            .iter()
            .filter_map(|item| match item {
                MatchItem::Ignore(i) if folded(&i.column) == *column.name() => Some(ignored(i, &name, text)),
                _ => None,
            })
            .collect();
        let value = if text { format!("nullif(btrim({name}), '')") } else { name.clone() };
        columns.push(match ignored.is_empty() {
            true => format!("{value} AS {name}"),
            false => format!("CASE WHEN {} THEN NULL ELSE {value} END AS {name}", ignored.join(" OR ")),
        });
    }
    format!("SELECT {} FROM {records}", columns.join(", "))
}

fn ignored(ignore: &Ignore, column: &str, text: bool) -> String {
    let subject = if text { format!("lower(btrim({column}))") } else { column.to_owned() };
    let literal = |value: &Expr| if text { format!("lower({value})") } else { value.to_string() };
    match &ignore.values {
        IgnoreValues::In(values) => {
            format!("{subject} IN ({})", values.iter().map(literal).collect::<Vec<_>>().join(", "))
        }
        IgnoreValues::Like(pattern) => {
            format!("CAST({subject} AS VARCHAR) LIKE '{}'", pattern.to_lowercase().replace('\'', "''"))
        }
    }
}

/// One rule, taken apart.
#[derive(Debug, Clone)]
pub struct CompiledRule {
    /// Its name.
    pub name: String,
    /// Its place in order of priority; 0 is the stewards'.
    pub number: u16,
    /// The sides of its ORs. Each has an equality.
    pub alternatives: Vec<RuleParts>,
}

/// Compiles the rules of a profile. A disjunct without an equality is refused: it would compare all pairs.
pub fn compile(profile: &Profile) -> Result<Vec<CompiledRule>> {
    let rules = profile.create.matching.iter().filter_map(|item| match item {
        MatchItem::Rule(rule) => Some(rule),
        _ => None,
    });
    let mut out: Vec<CompiledRule> = Vec::new();
    for rule in rules {
        let name = folded(&rule.name);
        if out.iter().any(|r| r.name == name) {
            return Err(Error::invalid(format!("two rules are named {name}")).at(rule.origin.0));
        }
        let number = u16::try_from(out.len() + 1).unwrap_or(u16::MAX);
        let alternatives = alternatives(rule).map_err(|e| e.on(format!("rule {name}")).at(rule.origin.0))?;
        out.push(CompiledRule { name, number, alternatives });
    }
    Ok(out)
}

fn alternatives(rule: &Rule) -> Result<Vec<RuleParts>> {
    let mut out = Vec::new();
    for disjunct in disjuncts(&rule.predicate)? {
        let parts = split_rule(&disjunct)?;
        if parts.equalities.is_empty() {
            return Err(Error::invalid(format!("has no equality between l and r in: {disjunct}")).hint(
                "every pair of records would have to be compared; add a term such as l.postcode = r.postcode",
            ));
        }
        out.push(parts);
    }
    Ok(out)
}

/// A join of a relation in `scratch` with itself on the parts of a predicate.
fn join(parts: &RuleParts, relation: &str, also: &[String]) -> String {
    let mut terms: Vec<String> = also.to_vec();
    terms.extend(parts.equalities.iter().map(|e| format!("{} = {}", e.left, e.right)));
    terms.extend(parts.residual.iter().map(|e| format!("({e})")));
    let order = if parts.symmetric { "<" } else { "<>" };
    terms.push(format!("l.{RECORD_ORDER} {order} r.{RECORD_ORDER}"));
    format!(
        "SELECT l.{RECORD_ORDER} AS l, r.{RECORD_ORDER} AS r FROM scratch.{relation} AS l \
         JOIN scratch.{relation} AS r ON {}",
        terms.join(" AND ")
    )
}

/// The pairs inside components that a NEVER predicate forbids. `component_of` is each record's component.
pub async fn find_never(session: &Session, profile: &Profile, component_of: &[u32]) -> Result<Vec<Never>> {
    let predicates = profile.create.matching.iter().filter_map(|item| match item {
        MatchItem::Never(never) => Some(never),
        _ => None,
    });
    let mut out = Vec::new();
    let mut registered = false;
    for (number, never) in predicates.enumerate() {
        if !registered {
            register_components(session, component_of).await?;
            registered = true;
        }
        for disjunct in disjuncts(&never.predicate).map_err(|e| e.at(never.origin.0))? {
            let parts = split_rule(&disjunct).map_err(|e| e.at(never.origin.0))?;
            let same = [format!("l.{COMPONENT} = r.{COMPONENT}")];
            let query = join(&parts, COMPONENTS, &same);
            let mut stream = stopping::stream(session.frame(&query).await?).await?;
            while let Some(batch) = stream.try_next().await? {
                let reason = u16::try_from(number).unwrap_or(u16::MAX);
                out.extend(record_pairs(&batch).map(|(left, right)| Never {
                    left,
                    right,
                    reason,
                    absolute: false,
                }));
            }
        }
    }
    Ok(out)
}

const COMPONENT: &str = "component_number";

/// The queries of a NEVER predicate over a relation in `scratch`, as far as they can be checked without records.
pub fn never_queries(never: &NeverOn, relation: &str) -> Result<Vec<String>> {
    let mut out = Vec::new();
    for disjunct in disjuncts(&never.predicate).map_err(|e| e.at(never.origin.0))? {
        let parts = split_rule(&disjunct).map_err(|e| e.at(never.origin.0))?;
        out.push(join(&parts, relation, &[]));
    }
    Ok(out)
}

/// Evidence of the records that share a component with another, as `scratch.components`.
async fn register_components(session: &Session, component_of: &[u32]) -> Result<()> {
    let mut sizes = vec![0_u32; component_of.len()];
    for component in component_of {
        sizes[*component as usize] += 1;
    }
    let shared = (0..component_of.len()).filter(|r| sizes[component_of[*r] as usize] > 1);
    let (records, components): (Vec<i64>, Vec<u32>) =
        shared.map(|r| (i64::try_from(r).unwrap_or(i64::MAX), component_of[r])).unzip();
    let schema = Arc::new(Schema::new(vec![
        Field::new("member", DataType::Int64, false),
        Field::new(COMPONENT, DataType::UInt32, false),
    ]));
    let batch = RecordBatch::try_new(
        Arc::clone(&schema),
        vec![Arc::new(Int64Array::from(records)), Arc::new(UInt32Array::from(components))],
    )?;
    session.scratch("members", Arc::new(MemTable::try_new(schema, vec![vec![batch]])?))?;
    let text = format!(
        "SELECT e.*, m.{COMPONENT} FROM scratch.{EVIDENCE} AS e JOIN scratch.members AS m \
         ON e.{RECORD_ORDER} = m.member"
    );
    session.scratch(COMPONENTS, session.catalog().view_text(&text).await?)
}

fn record_pairs(batch: &RecordBatch) -> impl Iterator<Item = (u32, u32)> {
    let left = batch.column(0).as_primitive::<Int64Type>();
    let right = batch.column(1).as_primitive::<Int64Type>();
    left.values().iter().zip(right.values()).map(|(l, r)| {
        let (l, r) = (u32::try_from(*l).unwrap_or(u32::MAX), u32::try_from(*r).unwrap_or(u32::MAX));
        if l < r { (l, r) } else { (r, l) }
    })
}

/// A column name as SQL.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
