//! Primary and foreign keys, as `GetPrimaryKeys`, `GetExportedKeys`, `GetImportedKeys` and `GetCrossReference` tell them.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray, UInt8Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow_flight::sql::{
    CommandGetCrossReference, CommandGetExportedKeys, CommandGetImportedKeys, CommandGetPrimaryKeys,
};

use crate::Result;
use crate::catalog::CATALOG;
use crate::catalog::keys::{Key, Referenced};

/// A relation as a client names it: catalog, schema, table.
pub(super) type Named<'a> = (Option<&'a str>, Option<&'a str>, &'a str);

/// NO ACTION.
const NO_ACTION: u8 = 3;

pub(super) fn primary_schema() -> SchemaRef {
    let text = |name: &str, nullable: bool| Field::new(name, DataType::Utf8, nullable);
    Arc::new(Schema::new(vec![
        text("catalog_name", true),
        text("db_schema_name", true),
        text("table_name", false),
        text("column_name", false),
        Field::new("key_sequence", DataType::Int32, false),
        text("key_name", true),
    ]))
}

pub(super) fn foreign_schema() -> SchemaRef {
    let text = |name: &str, nullable: bool| Field::new(name, DataType::Utf8, nullable);
    Arc::new(Schema::new(vec![
        text("pk_catalog_name", true),
        text("pk_db_schema_name", true),
        text("pk_table_name", false),
        text("pk_column_name", false),
        text("fk_catalog_name", true),
        text("fk_db_schema_name", true),
        text("fk_table_name", false),
        text("fk_column_name", false),
        Field::new("key_sequence", DataType::Int32, false),
        text("fk_key_name", true),
        text("pk_key_name", true),
        Field::new("update_rule", DataType::UInt8, false),
        Field::new("delete_rule", DataType::UInt8, false),
    ]))
}

/// The columns of the primary key of a relation.
pub(super) fn primary(keys: &[Key], of: &CommandGetPrimaryKeys) -> Result<RecordBatch> {
    let wanted = (of.catalog.as_deref(), of.db_schema.as_deref(), of.table.as_str());
    let found = keys.iter().filter(|k| k.references.is_none() && is(wanted, &k.schema, &k.relation));
    let rows: Vec<(&Key, usize)> = found.flat_map(|k| (0..k.columns.len()).map(move |n| (k, n))).collect();
    let columns = vec![
        texts(&rows, |_, _| CATALOG.to_owned()),
        texts(&rows, |k, _| k.schema.clone()),
        texts(&rows, |k, _| k.relation.clone()),
        texts(&rows, |k, n| k.columns[n].clone()),
        places(&rows),
        texts(&rows, |k, _| k.name()),
    ];
    Ok(RecordBatch::try_new(primary_schema(), columns)?)
}

/// The foreign keys that lead to a relation.
pub(super) fn exported(keys: &[Key], of: &CommandGetExportedKeys) -> Result<RecordBatch> {
    let to = (of.catalog.as_deref(), of.db_schema.as_deref(), of.table.as_str());
    foreign(keys, Some(to), None)
}

/// The foreign keys of a relation.
pub(super) fn imported(keys: &[Key], of: &CommandGetImportedKeys) -> Result<RecordBatch> {
    let from = (of.catalog.as_deref(), of.db_schema.as_deref(), of.table.as_str());
    foreign(keys, None, Some(from))
}

/// The foreign keys of one relation that lead to another.
pub(super) fn cross_reference(keys: &[Key], of: &CommandGetCrossReference) -> Result<RecordBatch> {
    let to = (of.pk_catalog.as_deref(), of.pk_db_schema.as_deref(), of.pk_table.as_str());
    let from = (of.fk_catalog.as_deref(), of.fk_db_schema.as_deref(), of.fk_table.as_str());
    foreign(keys, Some(to), Some(from))
}

fn foreign(keys: &[Key], to: Option<Named<'_>>, from: Option<Named<'_>>) -> Result<RecordBatch> {
    let fits = |key: &Key, references: &Referenced| {
        to.is_none_or(|to| is(to, &references.schema, &references.relation))
            && from.is_none_or(|from| is(from, &key.schema, &key.relation))
    };
    let found = keys.iter().filter_map(|k| k.references.as_ref().filter(|r| fits(k, r)).map(|r| (k, r)));
    let rows: Vec<((&Key, &Referenced), usize)> =
        found.flat_map(|k| (0..k.0.columns.len()).map(move |n| (k, n))).collect();
    let pk_name = |k: &Key| k.referenced().map(|r| r.name()).unwrap_or_default();
    let rule = || Arc::new(UInt8Array::from(vec![NO_ACTION; rows.len()])) as ArrayRef;
    let columns = vec![
        texts(&rows, |_, _| CATALOG.to_owned()),
        texts(&rows, |(_, r), _| r.schema.clone()),
        texts(&rows, |(_, r), _| r.relation.clone()),
        texts(&rows, |(_, r), n| r.columns[n].clone()),
        texts(&rows, |_, _| CATALOG.to_owned()),
        texts(&rows, |(k, _), _| k.schema.clone()),
        texts(&rows, |(k, _), _| k.relation.clone()),
        texts(&rows, |(k, _), n| k.columns[n].clone()),
        places(&rows),
        texts(&rows, |(k, _), _| k.name()),
        texts(&rows, |(k, _), _| pk_name(k)),
        rule(),
        rule(),
    ];
    Ok(RecordBatch::try_new(foreign_schema(), columns)?)
}

fn is((catalog, schema, table): Named<'_>, in_schema: &str, relation: &str) -> bool {
    catalog.is_none_or(|c| c.is_empty() || c == CATALOG)
        && schema.is_none_or(|s| s.is_empty() || s == in_schema)
        && table == relation
}

fn texts<K: Copy>(rows: &[(K, usize)], value: impl Fn(K, usize) -> String) -> ArrayRef {
    Arc::new(rows.iter().map(|(key, n)| Some(value(*key, *n))).collect::<StringArray>())
}

fn places<K>(rows: &[(K, usize)]) -> ArrayRef {
    Arc::new(rows.iter().map(|(_, n)| i32::try_from(n + 1).unwrap_or(i32::MAX)).collect::<Int32Array>())
}
