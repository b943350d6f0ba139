//! Survivorship: how the records of one person become one row.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use sqlparser::ast::{Expr, Ident, Visit, Visitor};

use super::profile::{Profile, RECORD_ORDER};
use super::rules::quoted;
use crate::catalog::object::folded;
use crate::{Error, Result};

/// The number of a record's cluster, in `scratch.clusters`.
pub const CLUSTER: &str = "cluster_number";
/// The number of a record, in `scratch.clusters`.
pub const MEMBER: &str = "member_record";

/// The relations that [`merge_sql`] reads.
#[derive(Debug, Clone, Copy)]
pub struct MergeInput<'a> {
    /// `p_records`.
    pub records: &'a str,
    /// `member_record`, `cluster_number`: which cluster each record is in.
    pub clusters: &'a str,
    /// `cluster_number`, `<p>_id`: the id of each cluster.
    pub ids: &'a str,
}

/// One column of the merged profile.
#[derive(Debug, Clone)]
pub struct MergedColumn {
    /// Its name.
    pub name: String,
    /// The aggregate over `p_records`, as SQL.
    pub aggregate: String,
    /// The aggregate as it was written; `None` for a column that MERGE does not list.
    pub written: Option<Expr>,
}

/// The columns of the merged profile: record columns in their order, with what MERGE says about them, then what
/// MERGE adds. Keys are left out, and so is what a `struct(…)` in MERGE keeps together.
pub fn columns(profile: &Profile) -> Result<Vec<MergedColumn>> {
    let merge = &profile.create.merge;
    let mut names = BTreeSet::from([profile.id_column()]);
    for item in merge {
        let name = folded(&item.column);
        if !names.insert(name.clone()) {
            return Err(Error::invalid(format!("MERGE gives two columns named {name}"))
                .on(profile.object())
                .at(item.origin.0));
        }
    }
    let together: BTreeSet<String> = merge.iter().flat_map(|item| struct_columns(&item.expr)).collect();
    let mut out = Vec::new();
    let mut listed = BTreeSet::new();
    for column in &profile.columns {
        let name = column.name().clone();
        if let Some(item) = merge.iter().find(|i| folded(&i.column) == name) {
            listed.insert(name.clone());
            out.push(MergedColumn {
                name,
                aggregate: item.expr.to_string(),
                written: Some(item.expr.clone()),
            });
        } else if !profile.keys.contains(&name) && !together.contains(&name) {
            let aggregate = format!("least_recent({}, {RECORD_ORDER})", quoted(&name));
            out.push(MergedColumn { name, aggregate, written: None });
        }
    }
    for item in merge {
        let name = folded(&item.column);
        if listed.insert(name.clone()) {
            out.push(MergedColumn {
                name,
                aggregate: item.expr.to_string(),
                written: Some(item.expr.clone()),
            });
        }
    }
    Ok(out)
}

/// The query that merges. Blank text does not survive.
pub fn merge_sql(profile: &Profile, input: MergeInput<'_>) -> Result<String> {
    let columns = columns(profile)?;
    let id = quoted(&profile.id_column());
    let aggregates: String =
        columns.iter().map(|c| format!(", {} AS {}", c.aggregate, quoted(&c.name))).collect();
    let merged: String = columns.iter().map(|c| format!(", g.{}", quoted(&c.name))).collect();
    Ok(format!(
        "SELECT i.{id}{merged} FROM (SELECT {CLUSTER}{aggregates} FROM ({}) AS r \
         JOIN {} AS c ON r.{RECORD_ORDER} = c.{MEMBER} GROUP BY {CLUSTER}) AS g \
         JOIN {} AS i ON g.{CLUSTER} = i.{CLUSTER}",
        survivors_sql(profile, input.records),
        input.clusters,
        input.ids
    ))
}

/// Records with blank text as NULL.
pub fn survivors_sql(profile: &Profile, records: &str) -> String {
    let mut columns = vec![RECORD_ORDER.to_owned(), "source".to_owned(), "record_key".to_owned()];
    for column in &profile.columns {
        let name = quoted(column.name());
        columns.push(if column.data_type().is_string() {
            format!("CASE WHEN btrim({name}) = '' THEN NULL ELSE {name} END AS {name}")
        } else {
            name
        });
    }
    format!("SELECT {} FROM {records}", columns.join(", "))
}

/// The columns inside `struct(…)` and `named_struct(…)` of an expression.
fn struct_columns(expr: &Expr) -> BTreeSet<String> {
    struct Finder(BTreeSet<String>);
    impl Visitor for Finder {
        type Break = ();
        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            if let Expr::Function(function) = expr
                && let Some(name) = function.name.0.last().and_then(|p| p.as_ident())
                && matches!(folded(name).as_str(), "struct" | "named_struct" | "row")
            {
                let mut inner = Identifiers(BTreeSet::new());
                let _ = function.args.visit(&mut inner);
                self.0.append(&mut inner.0);
            }
            ControlFlow::Continue(())
        }
    }
    let mut finder = Finder(BTreeSet::new());
    let _ = expr.visit(&mut finder);
    finder.0
}

struct Identifiers(BTreeSet<String>);

impl Visitor for Identifiers {
    type Break = ();
    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        let ident: Option<&Ident> = match expr {
            Expr::Identifier(ident) => Some(ident),
            Expr::CompoundIdentifier(parts) => parts.last(),
            _ => None,
        };
        self.0.extend(ident.map(folded));
        ControlFlow::Continue(())
    }
}

/// The columns of [`MergeInput::clusters`].
pub fn cluster_fields() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new(MEMBER, DataType::Int64, false),
        Field::new(CLUSTER, DataType::UInt32, false),
    ]))
}

/// The columns of [`MergeInput::ids`].
pub fn id_fields(id_column: &str) -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new(CLUSTER, DataType::UInt32, false),
        Field::new(id_column, DataType::Utf8View, false),
    ]))
}
