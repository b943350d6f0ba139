//! `system.objects`: every definition, whether it is fresh, and its text.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, numbers, schema_of, texts, time_type, times};
use crate::Result;
use crate::catalog::{SessionCatalog, comments};
use crate::execute::redacted;
use crate::identity::profile::Profile;
use crate::insight::{materialized, membership};
use crate::refresh::{Action, plan};
use crate::sql::ObjectKind;

#[derive(Debug)]
pub(super) struct Objects;

impl SystemTable for Objects {
    fn name(&self) -> &'static str {
        "objects"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("kind", DataType::Utf8),
            ("name", DataType::Utf8),
            ("status", DataType::Utf8),
            ("reason", DataType::Utf8),
            ("rows", DataType::Int64),
            ("bytes", DataType::Int64),
            ("refreshed_at", time_type()),
            ("run_id", DataType::Utf8),
            ("file", DataType::Utf8),
            ("created_at", time_type()),
            ("changed_at", time_type()),
            ("definition", DataType::Utf8),
            ("comment", DataType::Utf8),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let snapshot = catalog.snapshot();
            let planned = plan(catalog.engine(), &snapshot, None, false).await?;
            let objects: Vec<_> = snapshot.all().cloned().collect();
            let action = |d: &crate::catalog::Definition| {
                planned.iter().find(|p| p.object == d.object).map(|p| match &p.action {
                    Action::Fresh => ("fresh", None),
                    Action::Refresh(reasons) => ("stale", Some(reasons.join("; "))),
                    Action::Unknown(error) => ("failing", Some(error.clone())),
                })
            };
            let stored = |d: &crate::catalog::Definition| {
                let path = match d.object.kind {
                    ObjectKind::Profile => Profile::path(&d.object.name, ""),
                    ObjectKind::Segment if !materialized::is_materialized(&d.statement) => {
                        membership::path(&d.object.name)
                    }
                    _ => materialized::path(&d.object),
                };
                snapshot.state.relations.get(&path)
            };
            let comment = |d: &crate::catalog::Definition| {
                snapshot.state.comments.get(&comments::path_of(&d.object)).map(|c| c.text.clone())
            };
            let freshness =
                |d: &crate::catalog::Definition| snapshot.state.freshness.get(&d.object.to_string());
            Ok(vec![
                texts(objects.iter().map(|d| Some(d.object.kind.to_string().to_lowercase()))),
                texts(objects.iter().map(|d| Some(&d.object.name))),
                texts(objects.iter().map(|d| Some(action(d).map_or("live", |a| a.0)))),
                texts(objects.iter().map(|d| action(d).and_then(|a| a.1))),
                numbers(objects.iter().map(|d| stored(d).map(|r| r.rows))),
                numbers(objects.iter().map(|d| stored(d).map(|r| r.bytes))),
                times(objects.iter().map(|d| freshness(d).map(|f| f.refreshed_at))),
                texts(objects.iter().map(|d| freshness(d).map(|f| f.run_id.clone()))),
                texts(objects.iter().map(|d| d.stored.file.clone())),
                times(objects.iter().map(|d| Some(d.stored.created_at))),
                times(objects.iter().map(|d| Some(d.stored.changed_at))),
                texts(objects.iter().map(|d| Some(redacted(&d.statement)))),
                texts(objects.iter().map(|d| comment(d))),
            ])
        })
    }
}
