//! `system.source_copies`: copies of tables whose source tells what changes, as refreshes read them.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, numbers, schema_of, texts, time_type, times};
use crate::Result;
use crate::catalog::SessionCatalog;
use crate::refresh::copies::{CopyRecord, of_source};
use crate::sql::ObjectKind;

#[derive(Debug)]
pub(super) struct SourceCopies;

impl SystemTable for SourceCopies {
    fn name(&self) -> &'static str {
        "source_copies"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("source", DataType::Utf8),
            ("table_name", DataType::Utf8),
            ("key", DataType::Utf8),
            ("rows", DataType::Int64),
            ("rows_read", DataType::Int64),
            ("position", DataType::Utf8),
            ("read_at", time_type()),
            ("changed_at", time_type()),
            ("full_at", time_type()),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let snapshot = catalog.snapshot();
            let mut rows: Vec<(String, String, CopyRecord, u64)> = Vec::new();
            for definition in snapshot.of_kind(ObjectKind::Source) {
                let source = &definition.object.name;
                let copies = of_source(&snapshot.state, source);
                rows.extend(
                    copies.map(|(table, record, stored)| {
                        (source.clone(), table.to_owned(), record, stored.rows)
                    }),
                );
            }
            Ok(vec![
                texts(rows.iter().map(|(source, ..)| Some(source))),
                texts(rows.iter().map(|(_, table, ..)| Some(table))),
                texts(rows.iter().map(|(_, _, record, _)| Some(record.key.join(", ")))),
                numbers(rows.iter().map(|(.., rows)| Some(*rows))),
                numbers(rows.iter().map(|(_, _, record, _)| Some(record.rows_read))),
                texts(rows.iter().map(|(_, _, record, _)| record.position.as_ref())),
                times(rows.iter().map(|(_, _, record, _)| Some(record.read_at))),
                times(rows.iter().map(|(_, _, record, _)| Some(record.changed_at))),
                times(rows.iter().map(|(_, _, record, _)| Some(record.full_at))),
            ])
        })
    }
}
