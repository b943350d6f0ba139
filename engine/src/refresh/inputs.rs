//! What a refresh reads, part by part. An object is fresh when its parts are what they were at its last refresh.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;

use futures::future::BoxFuture;
use sqlparser::ast::{Expr, Visit, Visitor};

use crate::Result;
use crate::catalog::dependencies::{objects_of, queries, relations};
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

/// Parts and their versions: definitions, tables of sources, refreshes of stored objects.
pub async fn inputs(
    engine: &Engine,
    snapshot: &Snapshot,
    definition: &Definition,
) -> Result<BTreeMap<String, String>> {
    let mut out = BTreeMap::from([("revision".to_owned(), REVISION.to_owned())]);
    collect(engine, snapshot, definition, &mut out).await?;
    Ok(out)
}

fn collect<'a>(
    engine: &'a Engine,
    snapshot: &'a Snapshot,
    definition: &'a Definition,
    out: &'a mut BTreeMap<String, String>,
) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
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
                    source(engine, upstream, &relation.1, out).await?;
                } else if matches!(object.kind, ObjectKind::Profile | ObjectKind::Prediction)
                    || is_materialized(&upstream.statement)
                {
                    let run = snapshot.state.freshness.get(&object.to_string()).map(|f| f.run_id.clone());
                    out.insert(object.to_string(), run.unwrap_or_else(|| "never".to_owned()));
                } else {
                    collect(engine, snapshot, upstream, out).await?;
                }
            }
        }
        Ok(())
    })
}

async fn source(
    engine: &Engine,
    definition: &Definition,
    table: &str,
    out: &mut BTreeMap<String, String>,
) -> Result<()> {
    let name = &definition.object.name;
    out.insert(format!("the definition of {}", definition.object), digest(&definition.stored.sql));
    let open = engine.sources().open(definition).await?;
    let at = |e: onefold_connectors::Error| crate::Error::from(e).on(definition.object.to_string());
    let version = open.version(table).await.map_err(at)?;
    let version = version.unwrap_or_else(|| format!("unknown at {}", chrono::Utc::now().to_rfc3339()));
    out.insert(format!("{name}.{table}"), version);
    Ok(())
}

fn digest(text: &str) -> String {
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
