//! `system.queries`: the statements that the server runs, and the last thousand that it ran. Administrators see all of
//! them, others their own.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, floats, numbers, schema_of, texts, time_type, times};
use crate::Result;
use crate::catalog::SessionCatalog;

#[derive(Debug)]
pub(super) struct Queries;

impl SystemTable for Queries {
    fn name(&self) -> &'static str {
        "queries"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("query_number", DataType::Int64),
            ("user_name", DataType::Utf8),
            ("protocol", DataType::Utf8),
            ("statement", DataType::Utf8),
            ("reads", DataType::Utf8),
            ("started_at", time_type()),
            ("seconds", DataType::Float64),
            ("rows", DataType::Int64),
            ("status", DataType::Utf8),
            ("error", DataType::Utf8),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let mut all = catalog.engine().queries().records();
            if !catalog.rights().everything() {
                all.retain(|query| query.user.as_deref() == catalog.user());
            }
            let now = chrono::Utc::now();
            let seconds = all.iter().map(|q| (q.finished_at.unwrap_or(now) - q.started_at).as_seconds_f64());
            Ok(vec![
                numbers(all.iter().map(|q| Some(q.number))),
                texts(all.iter().map(|q| q.user.as_ref())),
                texts(all.iter().map(|q| Some(q.protocol))),
                texts(all.iter().map(|q| Some(&q.text))),
                texts(all.iter().map(|q| Some(q.reads.join(", ")).filter(|reads| !reads.is_empty()))),
                times(all.iter().map(|q| Some(q.started_at))),
                floats(seconds.map(Some)),
                numbers(all.iter().map(|q| Some(q.rows))),
                texts(all.iter().map(|q| Some(q.status))),
                texts(all.iter().map(|q| q.error.as_ref())),
            ])
        })
    }
}
