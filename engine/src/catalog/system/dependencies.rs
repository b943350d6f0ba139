//! `system.dependencies`: what each object reads, down to columns where its plan tells.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, schema_of, texts};
use crate::Result;
use crate::catalog::SessionCatalog;
use crate::catalog::columns_read::columns_read;
use crate::catalog::dependencies::{objects_of, queries, relations};

#[derive(Debug)]
pub(super) struct Dependencies;

impl SystemTable for Dependencies {
    fn name(&self) -> &'static str {
        "dependencies"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("kind", DataType::Utf8),
            ("name", DataType::Utf8),
            ("on_kind", DataType::Utf8),
            ("on_name", DataType::Utf8),
            ("on_relation", DataType::Utf8),
            ("on_column", DataType::Utf8),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let snapshot = catalog.snapshot();
            let mut rows: Vec<[Option<String>; 6]> = Vec::new();
            for definition in snapshot.all() {
                let mut columns = Vec::new();
                for query in queries(&definition.statement) {
                    columns.extend(columns_read(catalog, query).await.unwrap_or_default());
                }
                for relation in relations(&definition.statement) {
                    let mut read: Vec<Option<String>> = columns
                        .iter()
                        .filter(|(schema, name, _)| *schema == relation.0 && *name == relation.1)
                        .map(|(_, _, column)| Some(column.clone()))
                        .collect();
                    read.sort();
                    read.dedup();
                    if read.is_empty() {
                        read.push(None);
                    }
                    for object in objects_of(&snapshot, &relation) {
                        rows.extend(read.iter().map(|column| {
                            [
                                Some(definition.object.kind.to_string().to_lowercase()),
                                Some(definition.object.name.clone()),
                                Some(object.kind.to_string().to_lowercase()),
                                Some(object.name.clone()),
                                Some(format!("{}.{}", relation.0, relation.1)),
                                column.clone(),
                            ]
                        }));
                    }
                }
            }
            let rows = Arc::new(rows);
            Ok((0..6).map(|n| texts(rows.iter().map(|row| row[n].as_deref()))).collect())
        })
    }
}
