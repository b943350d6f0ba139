//! The tables and views of a file, from SQLite's schema table.

use rusqlite::{Connection, Result, params};

use super::dialect::quote;
use super::types::column;
use crate::database::driver::Catalog;
use crate::database::table::RemoteTable;
use crate::{ForeignKey, TableDescription};

/// Reads what is in the file.
pub(super) fn load(connection: &Connection) -> Result<Catalog> {
    let encoding: String = connection.query_row("PRAGMA encoding", [], |row| row.get(0))?;
    let utf8 = encoding == "UTF-8";
    let sql = "SELECT name, strict FROM pragma_table_list \
               WHERE schema = 'main' AND type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
               ORDER BY name";
    let mut statement = connection.prepare(sql)?;
    let names = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let names = names.collect::<Result<Vec<(String, bool)>>>()?;
    let mut tables = Vec::new();
    for (name, strict) in names {
        tables.push(table(connection, name, strict, utf8)?);
    }
    Ok(Catalog { default_schema: String::new(), tables })
}

fn table(connection: &Connection, name: String, strict: bool, utf8: bool) -> Result<RemoteTable> {
    // Hidden columns are those of virtual tables; generated ones have 2 or 3 there.
    let sql = "SELECT name, type, \"notnull\", pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![name])?;
    let (mut columns, mut key) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let (column_name, declared): (String, String) = (row.get(0)?, row.get(1)?);
        let (not_null, place): (bool, i64) = (row.get(2)?, row.get(3)?);
        if place > 0 {
            key.push((place, column_name.clone()));
        }
        columns.push(column(column_name, &declared, !not_null, utf8));
    }
    key.sort();
    let description = TableDescription {
        primary_key: key.into_iter().map(|(_, column)| column).collect(),
        foreign_keys: foreign_keys(connection, &name)?,
        ..TableDescription::default()
    };
    Ok(RemoteTable {
        schema: String::new(),
        from: quote(&name),
        name,
        columns,
        description,
        rows: None,
        typed: strict,
        ranges: None,
    })
}

fn foreign_keys(connection: &Connection, table: &str) -> Result<Vec<ForeignKey>> {
    let sql = "SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?1) ORDER BY id DESC, seq";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![table])?;
    let (mut keys, mut last): (Vec<ForeignKey>, Option<i64>) = (Vec::new(), None);
    while let Some(row) = rows.next()? {
        let (id, table, from): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if last != Some(id) {
            keys.push(ForeignKey { columns: Vec::new(), table, references: Vec::new() });
            last = Some(id);
        }
        if let Some(key) = keys.last_mut() {
            key.columns.push(from);
            // A key without columns there leads to the primary key.
            key.references.extend(row.get::<_, Option<String>>(3)?);
        }
    }
    Ok(keys)
}
