//! What a refresh reads, part by part. An object is fresh when its parts are what they were at its last refresh.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;

use futures::future::BoxFuture;
use sqlparser::ast::{Expr, Visit, Visitor};

use super::copies::{Copies, known_version};
use crate::Result;
use crate::catalog::dependencies::{RelationName, objects_of, queries, relations};
use crate::catalog::object::folded;
use crate::catalog::{Definition, Snapshot};
use crate::engine::Engine;
use crate::insight::materialized::is_materialized;
use crate::prediction::version_of_file;
use crate::sql::{ObjectKind, Statement};

/// Raised whenever a refresh of unchanged inputs would give other rows.
const REVISION: &str = "1";

/// The part that stands for the present time; never equal to what it was.
pub(super) const NOW: &str = "the time";

/// What an object reads.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// Parts and their versions: definitions, tables of sources, refreshes of stored objects.
    pub parts: BTreeMap<String, String>,
    /// The tables of sources that are read from their copies.
    pub copied: BTreeSet<RelationName>,
}

/// What an object reads. With `copies`, those of the tables that it reads are brought up to date.
pub async fn inputs(
    engine: &Engine,
    snapshot: &Snapshot,
    definition: &Definition,
    copies: Option<&Copies>,
) -> Result<Inputs> {
    let parts = BTreeMap::from([("revision".to_owned(), REVISION.to_owned())]);
    let mut out = Inputs { parts, copied: BTreeSet::new() };
    collect(engine, snapshot, definition, copies, &mut out).await?;
    Ok(out)
}

fn collect<'a>(
    engine: &'a Engine,
    snapshot: &'a Snapshot,
    definition: &'a Definition,
    copies: Option<&'a Copies>,
    inputs: &'a mut Inputs,
) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let out = &mut inputs.parts;
        let part = format!("the definition of {}", definition.object);
        if out.insert(part, digest(&definition.stored.sql)).is_some() {
            return Ok(());
        }
        if queries(&definition.statement).into_iter().any(asks_for_the_time) {
            out.insert(NOW.to_owned(), chrono::Utc::now().to_rfc3339());
        }
        if let Statement::CreatePrediction(create) = &definition.statement
            && let Some((path, version)) = version_of_file(engine, create).await?
        {
            out.insert(format!("the file {path}"), version);
        }
        for relation in relations(&definition.statement) {
            for object in objects_of(snapshot, &relation) {
                let Some(upstream) = snapshot.get(object.kind, &object.name) else { continue };
                if object.kind == ObjectKind::Source {
                    let read = source(engine, snapshot, upstream, &relation.1, copies, inputs);
                    match copies {
                        Some(copies) => copies.unless_failed(&object, &relation.1, read).await?,
                        None => read.await?,
                    }
                } else if matches!(object.kind, ObjectKind::Profile | ObjectKind::Prediction)
                    || is_materialized(&upstream.statement)
                {
                    let run = snapshot.state.freshness.get(&object.to_string()).map(|f| f.run_id.clone());
                    inputs.parts.insert(object.to_string(), run.unwrap_or_else(|| "never".to_owned()));
                } else {
                    collect(engine, snapshot, upstream, copies, inputs).await?;
                }
            }
        }
        Ok(())
    })
}

async fn source(
    engine: &Engine,
    snapshot: &Snapshot,
    definition: &Definition,
    table: &str,
    copies: Option<&Copies>,
    inputs: &mut Inputs,
) -> Result<()> {
    let name = &definition.object.name;
    let part = format!("{name}.{table}");
    inputs.parts.insert(format!("the definition of {}", definition.object), digest(&definition.stored.sql));
    if let Some(copies) = copies
        && let Some(copy) = copies.bring_up(definition, table).await?
    {
        inputs.parts.insert(part, copy.as_input());
        inputs.copied.insert((name.clone(), table.to_owned()));
        return Ok(());
    }
    let open = engine.sources().open(definition).await?;
    let at = |e: onefold_connectors::Error| crate::Error::from(e).on(definition.object.to_string());
    let version = open.version(table).await.map_err(at)?;
    let version = match copies {
        Some(_) => version,
        None => known_version(snapshot, definition, table, version),
    };
    inputs
        .parts
        .insert(part, version.unwrap_or_else(|| format!("unknown at {}", chrono::Utc::now().to_rfc3339())));
    Ok(())
}

pub(super) fn digest(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Whether an expression or a query gives something else whenever it is evaluated.
pub fn asks_for_the_time(item: &impl Visit) -> bool {
    struct Finder;
    impl Visitor for Finder {
        type Break = ();
        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            const VARYING: [&str; 10] = [
                "now",
                "current_date",
                "current_time",
                "current_timestamp",
                "today",
                "random",
                "rand",
                "uuid",
                "within_last",
                "localtimestamp",
            ];
            if let Expr::Function(function) = expr
                && let Some(name) = function.name.0.last().and_then(|p| p.as_ident())
                && VARYING.contains(&folded(name).as_str())
            {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        }
    }
    item.visit(&mut Finder).is_break()
}
