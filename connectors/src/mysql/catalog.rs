//! The tables and views that a login sees, from `information_schema`.

use std::collections::BTreeMap;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Row};

use super::dialect::quote;
use super::types::{Declared, is_date, map};
use crate::database::driver::Catalog;
use crate::database::table::{Compare, RangeKey, RemoteColumn, RemoteTable, full_name};
use crate::{ForeignKey, TableDescription};

const SYSTEM: &str = "('information_schema', 'mysql', 'performance_schema', 'sys')";

type Tables = BTreeMap<(String, String), RemoteTable>;

/// Asks for everything that the login sees.
pub(super) async fn load(connection: &mut Conn, tinyint1_is_boolean: bool) -> Result<Catalog, Error> {
    let default_schema: Option<Option<String>> = connection.query_first("SELECT DATABASE()").await?;
    let mut tables = tables(connection).await?;
    columns(connection, &mut tables, tinyint1_is_boolean).await?;
    keys(connection, &mut tables).await?;
    for table in tables.values_mut() {
        if let [key] = table.description.primary_key.as_slice()
            && let Some(column) = table.columns.iter().find(|c| c.name == *key)
            && column.compare == Compare::Integer
        {
            table.ranges = Some(RangeKey::Key(column.read.clone()));
        }
    }
    let tables = tables.into_values().filter(|t| !t.columns.is_empty()).collect();
    Ok(Catalog { default_schema: default_schema.flatten().unwrap_or_default(), tables })
}

async fn tables(connection: &mut Conn) -> Result<Tables, Error> {
    let sql = format!(
        "SELECT table_schema, table_name, table_rows, table_comment FROM information_schema.tables \
         WHERE table_schema NOT IN {SYSTEM} AND table_type IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED')"
    );
    let mut tables = Tables::new();
    for row in connection.query::<Row, _>(sql).await? {
        let (schema, name) = (text(&row, 0).unwrap_or_default(), text(&row, 1).unwrap_or_default());
        let comment = text(&row, 3).filter(|c| !c.is_empty() && c != "VIEW");
        let table = RemoteTable {
            from: format!("{}.{}", quote(&schema), quote(&name)),
            schema: schema.clone(),
            name: name.clone(),
            columns: Vec::new(),
            description: TableDescription { comment, ..TableDescription::default() },
            rows: number(&row, 2).and_then(|n| usize::try_from(n).ok()),
            typed: true,
            ranges: None,
        };
        tables.insert((schema, name), table);
    }
    Ok(tables)
}

async fn columns(connection: &mut Conn, tables: &mut Tables, tinyint1: bool) -> Result<(), Error> {
    let sql = format!(
        "SELECT table_schema, table_name, column_name, is_nullable, data_type, column_type, \
         character_maximum_length, numeric_precision, numeric_scale, column_comment \
         FROM information_schema.columns WHERE table_schema NOT IN {SYSTEM} \
         ORDER BY table_schema, table_name, ordinal_position"
    );
    for row in connection.query::<Row, _>(sql).await? {
        let key = (text(&row, 0).unwrap_or_default(), text(&row, 1).unwrap_or_default());
        let Some(table) = tables.get_mut(&key) else { continue };
        let name = text(&row, 2).unwrap_or_default();
        let data_type = text(&row, 4).unwrap_or_default().to_lowercase();
        let column_type = text(&row, 5).unwrap_or_default().to_lowercase();
        let characters = number(&row, 6);
        let declared = Declared {
            data_type: &data_type,
            column_type: &column_type,
            precision: number(&row, 7),
            scale: number(&row, 8),
        };
        let mapped = map(&declared, tinyint1);
        if let Some(comment) = text(&row, 9).filter(|c| !c.is_empty()) {
            table.description.columns.insert(name.clone(), comment);
        }
        let read = (mapped.read)(&quote(&name));
        let nullable = text(&row, 3).as_deref() != Some("NO") || is_date(&mapped.data_type);
        let wire = characters.and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
        let (data_type, compare) = (mapped.data_type, mapped.compare);
        table.columns.push(RemoteColumn { name, data_type, nullable, read, compare, wire });
    }
    Ok(())
}

async fn keys(connection: &mut Conn, tables: &mut Tables) -> Result<(), Error> {
    let sql = format!(
        "SELECT table_schema, table_name, constraint_name, column_name, referenced_table_schema, \
         referenced_table_name, referenced_column_name FROM information_schema.key_column_usage \
         WHERE table_schema NOT IN {SYSTEM} AND (constraint_name = 'PRIMARY' OR referenced_table_name IS NOT NULL) \
         ORDER BY table_schema, table_name, constraint_name, ordinal_position"
    );
    let mut last = None;
    for row in connection.query::<Row, _>(sql).await? {
        let key = (text(&row, 0).unwrap_or_default(), text(&row, 1).unwrap_or_default());
        let Some(table) = tables.get_mut(&key) else { continue };
        let (constraint, column) = (text(&row, 2), text(&row, 3).unwrap_or_default());
        match (text(&row, 4), text(&row, 5), text(&row, 6)) {
            (Some(schema), Some(name), Some(referenced)) => {
                let foreign = &mut table.description.foreign_keys;
                if last != Some((key.clone(), constraint.clone())) {
                    let table = full_name(&schema, &name);
                    foreign.push(ForeignKey { columns: Vec::new(), table, references: Vec::new() });
                }
                if let Some(foreign) = foreign.last_mut() {
                    foreign.columns.push(column);
                    foreign.references.push(referenced);
                }
                last = Some((key, constraint));
            }
            _ => table.description.primary_key.push(column),
        }
    }
    Ok(())
}

fn text(row: &Row, place: usize) -> Option<String> {
    row.get_opt::<String, _>(place)?.ok()
}

fn number(row: &Row, place: usize) -> Option<u64> {
    row.get_opt::<u64, _>(place)?.ok()
}
