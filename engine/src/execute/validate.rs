//! Checks a definition before it is stored: everything that it names exists and fits.

use std::sync::Arc;

use arrow::array::new_empty_array;
use arrow::datatypes::Schema;
use datafusion::datasource::empty::EmptyTable;
use onefold_udfs::comparators::Context;
use sqlparser::ast::{Expr, ObjectName};

use crate::catalog::object::folded;
use crate::catalog::schemas;
use crate::catalog::{Definition, Snapshot, nearest, sources};
use crate::identity::history::links_schema;
use crate::identity::levels;
use crate::identity::lineage::{LineageInput, lineage_sql};
use crate::identity::matching::{load, plan::Plan};
use crate::identity::operator::certain;
use crate::identity::profile::{Profile, STORED};
use crate::identity::rules::{self, EVIDENCE};
use crate::identity::settings::Settings;
use crate::identity::survivorship::survivors_sql;
use crate::insight::{activity, membership, renamed};
use crate::prediction;
use crate::session::Session;
use crate::sql::{CreateProfile, CreateSource, MatchItem, ObjectKind, Origin, Statement, sql_text};
use crate::{Error, Result};

/// Checks a definition in a session that is pinned to a snapshot with it.
pub async fn definition(session: &Session, definition: &Definition) -> Result<()> {
    let object = definition.object.to_string();
    let checked = match &definition.statement {
        Statement::CreateSource(create) => source(session, definition, create).await,
        Statement::CreateProfile(create) => profile(session, create).await,
        Statement::CreateActivity(create) => {
            activity::relation(session.catalog(), &definition.object, create).await.map(drop)
        }
        Statement::CreateMeasure(create) => session.plan_query(&create.query).await.map(drop),
        Statement::CreateSegment(create) => match session.plan_query(&create.query).await {
            Ok(_) => membership::profile(session.catalog(), &session.snapshot(), &definition.object)
                .await
                .map(drop),
            Err(e) => Err(e),
        },
        Statement::CreatePrediction(create) => prediction::check(session.catalog(), create).await,
        Statement::CreateView(create) => match create.columns.as_slice() {
            [] => session.plan_query(&create.query).await.map(drop),
            columns => session.frame(&renamed(&create.query, columns)).await.map(drop),
        },
        _ => Ok(()),
    };
    checked.map_err(|e| e.on(object))
}

async fn source(session: &Session, definition: &Definition, create: &CreateSource) -> Result<()> {
    let name = &definition.object.name;
    if schemas::reserved(name) {
        return Err(Error::invalid(format!("{name} is a schema of the catalog's own"))
            .hint("give the source another name"));
    }
    sources::check(create)?;
    let open = session.engine().sources().open(definition).await?;
    open.tables().await?;
    Ok(())
}

async fn profile(session: &Session, create: &CreateProfile) -> Result<()> {
    let catalog = session.catalog();
    let profile = Profile::compile(catalog, create).await?;
    own_relations(&session.snapshot(), &profile.name).map_err(|e| e.on(profile.object()))?;
    Settings::of(create).map_err(|e| e.on(profile.object()))?;
    let compiled = rules::compile(&profile)?;
    let plan = Plan::of(&profile, &[])?;
    session.scratch("planned_records", Arc::new(EmptyTable::new(profile.records_schema())))?;
    merge(session, &profile).await?;
    let merged = schemas::merged_schema(catalog, &profile).await?;
    session.scratch("planned_records", Arc::new(EmptyTable::new(profile.records_schema())))?;
    let evidence = rules::evidence_sql(&profile, "scratch.planned_records");
    session.scratch(EVIDENCE, catalog.view_text(&evidence).await?)?;
    if !compiled.is_empty() {
        let planned = certain::plan::plan(session, &profile.object(), &compiled).await;
        planned.map_err(|e| inside(e.elsewhere(), create))?;
    }
    for item in &create.matching {
        match item {
            MatchItem::Never(never) => {
                for query in rules::never_queries(never, EVIDENCE)? {
                    let at = |e: Error| Error { position: None, excerpt: None, ..e }.at(never.origin.0);
                    session.frame(&query).await.map_err(at)?;
                }
            }
            MatchItem::AlwaysIn(item) => {
                decisions(session, &item.relation).await.map_err(|e| e.at(item.origin.0))?
            }
            MatchItem::NeverIn(item) => {
                decisions(session, &item.relation).await.map_err(|e| e.at(item.origin.0))?
            }
            MatchItem::Compare(item) if folded(&item.comparator) != levels::NAME => {
                over_a_record(session, &item.columns, item.origin).await?
            }
            MatchItem::Block(item) => over_a_record(session, &item.exprs, item.origin).await?,
            _ => {}
        }
    }
    if let Some(plan) = &plan {
        let frame = session.frame(&load::query(plan, &format!("scratch.{EVIDENCE}"), false)).await?;
        can_compare(create, plan, frame.schema().as_arrow())?;
    }
    // What is stored may be of another definition.
    session.scratch("planned_merged", Arc::new(EmptyTable::new(merged)))?;
    session.scratch("planned_links", Arc::new(EmptyTable::new(links_schema(&profile.id_column()))))?;
    let planned = |relation: &str| format!("scratch.planned_{relation}");
    let input =
        LineageInput { records: planned("records"), links: planned("links"), merged: planned("merged") };
    catalog.view_text(&lineage_sql(&profile, &input)?).await.map(drop)
}

/// The relations of a profile are named after it, so no other profile may have the name of one.
fn own_relations(snapshot: &Snapshot, name: &str) -> Result<()> {
    let relations = || STORED.into_iter().chain(["lineage", "360"]);
    let is_of = |profile: &str, other: &str| relations().any(|r| format!("{profile}_{r}") == other);
    let others = snapshot.of_kind(ObjectKind::Profile).map(|d| d.object.name.as_str());
    match others.into_iter().find(|other| is_of(other, name) || is_of(name, other)) {
        Some(other) => {
            Err(Error::invalid(format!("its name and that of the profile {other} claim one relation"))
                .hint("give it another name"))
        }
        None => Ok(()),
    }
}

/// What MERGE lists, each over the columns of a record alone, so that an error names those and no others.
async fn merge(session: &Session, profile: &Profile) -> Result<()> {
    let records = survivors_sql(profile, "scratch.planned_records");
    for item in &profile.create.merge {
        let query = format!("SELECT {} FROM ({records})", sql_text(&item.expr));
        let at = |e: Error| Error { position: None, excerpt: None, ..e }.at(item.origin.0);
        session.frame(&query).await.map_err(at)?;
    }
    Ok(())
}

/// Expressions over the columns of a record.
async fn over_a_record(session: &Session, exprs: &[Expr], origin: Origin) -> Result<()> {
    let exprs: Vec<String> = exprs.iter().map(sql_text).collect();
    let planned = session.frame(&format!("SELECT {} FROM scratch.{EVIDENCE}", exprs.join(", "))).await;
    planned.map(drop).map_err(|e| Error { position: None, excerpt: None, ..e }.at(origin.0))
}

/// The comparators take the types of their columns, which follow the number of the record in `schema`.
fn can_compare(create: &CreateProfile, plan: &Plan, schema: &Schema) -> Result<()> {
    let columns = schema.fields().iter().skip(1).map(|field| new_empty_array(field.data_type()));
    let places = create.matching.iter().filter_map(|item| match item {
        MatchItem::Compare(compare) => Some(compare.origin.0),
        _ => None,
    });
    for ((comparison, columns), at) in plan.comparisons.iter().zip(plan.by_comparison(columns)).zip(places) {
        comparison
            .comparator
            .prepare(&columns, &Context::default())
            .map_err(|e| Error::from(e).on(format!("COMPARE {}", comparison.text())).at(at))?;
    }
    Ok(())
}

/// An error in a rule points at the rule, not into the query that was made of it.
fn inside(error: Error, create: &CreateProfile) -> Error {
    let rule = error.object.as_deref().and_then(|object| object.strip_prefix("rule ")).map(str::to_owned);
    let origin = create.matching.iter().find_map(|item| match item {
        MatchItem::Rule(r) if Some(folded(&r.name)) == rule => Some(r.origin.0),
        _ => None,
    });
    let error = Error { position: None, excerpt: None, ..error };
    match origin {
        Some(at) => error.at(at),
        None => error,
    }
}

/// A relation of stewards' decisions has its four columns.
async fn decisions(session: &Session, relation: &ObjectName) -> Result<()> {
    let text = format!("SELECT left_source, left_key, right_source, right_key FROM {relation}");
    let hint = "the columns are left_source, left_key, right_source, right_key and, if you like, reason";
    session.frame(&text).await.map(drop).map_err(|e| Error { position: None, excerpt: None, ..e }.hint(hint))
}

/// The error of a column that a relation does not have.
pub(super) fn unknown_column(relation: &str, column: &str, columns: &[String]) -> Error {
    let known: Vec<&str> = columns.iter().map(String::as_str).collect();
    let error = Error::not_found(format!("there is no column {column}")).on(relation);
    match nearest(column, &known) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint(format!("the columns are {}", known.join(", "))),
    }
}
