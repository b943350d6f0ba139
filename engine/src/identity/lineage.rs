//! `p_lineage`: which source record gave each merged value, as a query over the stored relations.

use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments};

use super::profile::{Profile, RECORD_ORDER};
use super::rules::quoted;
use super::survivorship::{self, MergedColumn};
use crate::Result;

/// The relations that [`lineage_sql`] reads.
#[derive(Debug, Clone)]
pub struct LineageInput {
    /// `p_records`.
    pub records: String,
    /// `p_links`.
    pub links: String,
    /// The merged profile.
    pub merged: String,
}

impl LineageInput {
    /// What the last refresh stored.
    pub fn stored(profile: &Profile) -> Self {
        let relation = |suffix: &str| format!("profiles.{}", quoted(&format!("{}{suffix}", profile.name)));
        Self { records: relation("_records"), links: relation("_links"), merged: relation("") }
    }
}

/// The text of the lineage query: `<p>_id`, `column_name`, `source`, `record_key`.
///
/// A column that picks one record's value names that record; among records that hold the value, the first by
/// source and key. A column that combines records, as `sum` and `array_agg` do, names every record that has a
/// value.
pub fn lineage_sql(profile: &Profile, input: &LineageInput) -> Result<String> {
    let id = quoted(&profile.id_column());
    let LineageInput { records, links, merged } = input;
    let joined = format!(
        "({}) AS r JOIN (SELECT source AS _link_source, record_key AS _link_key, {id} AS _person FROM {links}) \
         AS k ON r.source = k._link_source AND r.record_key = k._link_key",
        survivorship::survivors_sql(profile, records)
    );
    let parts: Vec<String> = survivorship::columns(profile)?
        .iter()
        .map(|column| {
            let name = column.name.replace('\'', "''");
            let value = quoted(&column.name);
            match source_of(column) {
                Source::Value(expr) => format!(
                    "SELECT _person AS {id}, '{name}' AS column_name, source, record_key FROM (SELECT _person, r.source, \
                     r.record_key, row_number() OVER (PARTITION BY _person ORDER BY r.{RECORD_ORDER}) AS place \
                     FROM {joined} JOIN (SELECT {id} AS _merged_person, {value} AS _merged_value FROM {merged}) AS m \
                     ON m._merged_person = k._person AND m._merged_value = ({expr})) AS v WHERE place = 1"
                ),
                Source::All(expr) => {
                    let given = expr.map_or(String::new(), |expr| format!(" WHERE ({expr}) IS NOT NULL"));
                    format!(
                        "SELECT _person AS {id}, '{name}' AS column_name, r.source, r.record_key FROM {joined}{given}"
                    )
                }
            }
        })
        .collect();
    if parts.is_empty() {
        // Only keys were selected: no column is merged.
        return Ok(format!(
            "SELECT _person AS {id}, '' AS column_name, r.source, r.record_key FROM {joined} WHERE false"
        ));
    }
    Ok(parts.join(" UNION ALL "))
}

enum Source {
    Value(String),
    All(Option<String>),
}

fn source_of(column: &MergedColumn) -> Source {
    const PICKING: [&str; 12] = [
        "most_recent",
        "least_recent",
        "most_frequent",
        "longest",
        "most_complete",
        "prefer",
        "arg_max",
        "arg_min",
        "max",
        "min",
        "first_value",
        "last_value",
    ];
    let Some(written) = &column.written else { return Source::Value(quoted(&column.name)) };
    let Expr::Function(function) = written else { return Source::All(None) };
    let first = first_argument(function);
    let name = function.name.to_string().to_lowercase();
    match first {
        Some(expr) if PICKING.contains(&name.as_str()) => Source::Value(expr.to_string()),
        Some(expr) => Source::All(Some(expr.to_string())),
        None => Source::All(None),
    }
}

fn first_argument(function: &Function) -> Option<&Expr> {
    let FunctionArguments::List(list) = &function.args else { return None };
    match list.args.first()? {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    }
}
