//! The tables and views that a login sees, from PostgreSQL's catalog.

use std::collections::{BTreeMap, HashMap};

use tokio_postgres::{Client, Error};

use super::dialect::quote;
use super::types::{Unbounded, map};
use crate::database::driver::Catalog;
use crate::database::table::{Collation, RangeKey, RemoteColumn, RemoteTable, full_name};
use crate::{ForeignKey, TableDescription};

/// Tables, views, foreign tables, the parents of partitions but not these; one row per column that may be read.
const COLUMNS: &str = "
SELECT n.nspname::text, c.relname::text, c.oid, c.relkind::text, coalesce(m.amname = 'heap', false),
       c.reltuples::float8, obj_description(c.oid, 'pg_class'),
       a.attname::text, a.attnotnull, a.atttypid, a.atttypmod, col_description(c.oid, a.attnum),
       CASE WHEN l.oid IS NULL THEN NULL
            WHEN l.collname IN ('C', 'POSIX', 'ucs_basic')
              OR l.collname = 'default' AND d.datcollate IN ('C', 'POSIX') THEN 'bytes'
            WHEN to_jsonb(l) ->> 'collisdeterministic' = 'false' THEN 'loose'
            ELSE 'language' END
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_database d ON d.datname = current_database()
LEFT JOIN pg_am m ON m.oid = c.relam
LEFT JOIN pg_collation l ON l.oid = a.attcollation
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  AND has_schema_privilege(n.oid, 'USAGE') AND has_column_privilege(c.oid, a.attnum, 'SELECT')
ORDER BY n.nspname, c.relname, a.attnum";

/// Primary and foreign keys, with the names of their columns.
const KEYS: &str = "
SELECT k.conrelid, k.contype::text,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(number, place)
             JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number ORDER BY u.place),
       n.nspname::text, c.relname::text,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(number, place)
             JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number ORDER BY u.place)
FROM pg_constraint k
LEFT JOIN pg_class c ON c.oid = k.confrelid
LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype IN ('p', 'f') AND k.conrelid <> 0
ORDER BY k.conname";

/// What domains stand for.
const DOMAINS: &str = "SELECT oid, typbasetype, typtypmod FROM pg_type WHERE typtype = 'd'";

/// From this version on, ranges of physical places are read without reading all of the table.
const RANGES_SINCE: i32 = 140_000;

/// Asks for everything that the login sees.
pub(super) async fn load(client: &Client, unbounded: Unbounded) -> Result<Catalog, Error> {
    let about = "SELECT coalesce(current_schema(), '')::text, current_setting('server_version_num')::int4";
    let about = client.query_one(about, &[]).await?;
    let ranges = about.get::<_, i32>(1) >= RANGES_SINCE;
    let domains: HashMap<u32, (u32, i32)> =
        client.query(DOMAINS, &[]).await?.iter().map(|r| (r.get(0), (r.get(1), r.get(2)))).collect();
    let mut tables: BTreeMap<u32, RemoteTable> = BTreeMap::new();
    for row in client.query(COLUMNS, &[]).await? {
        let (schema, name): (String, String) = (row.get(0), row.get(1));
        let number: u32 = row.get(2);
        let table = tables.entry(number).or_insert_with(|| {
            let (kind, heap): (String, bool) = (row.get(3), row.get(4));
            let estimate: f64 = row.get(5);
            RemoteTable {
                from: format!("{}.{}", quote(&schema), quote(&name)),
                schema,
                name,
                columns: Vec::new(),
                description: TableDescription { comment: row.get(6), ..TableDescription::default() },
                // What was never counted is -1, and 0 in older versions.
                rows: (estimate > 0.0).then_some(estimate as usize),
                typed: true,
                ranges: (ranges && heap && kind != "p").then_some(RangeKey::Place(number)),
            }
        });
        let column: String = row.get(7);
        if let Some(comment) = row.get::<_, Option<String>>(11) {
            table.description.columns.insert(column.clone(), comment);
        }
        let (mut oid, mut modifier): (u32, i32) = (row.get(9), row.get(10));
        while let Some((base, of_domain)) = domains.get(&oid) {
            (oid, modifier) = (*base, *of_domain);
        }
        let collation = match row.get::<_, Option<&str>>(12) {
            Some("bytes") => Collation::Bytes,
            Some("loose") => Collation::Loose,
            _ => Collation::Language,
        };
        let mapped = map(oid, modifier, collation, unbounded);
        let quoted = quote(&column);
        table.columns.push(RemoteColumn {
            name: column,
            data_type: mapped.data_type,
            nullable: !row.get::<_, bool>(8),
            read: mapped.cast.map_or_else(|| quoted.clone(), |r#type| format!("{quoted}::{type}")),
            compare: mapped.compare,
            wire: mapped.oid,
        });
    }
    for row in client.query(KEYS, &[]).await? {
        let Some(table) = tables.get_mut(&row.get::<_, u32>(0)) else { continue };
        let columns: Vec<String> = row.get(2);
        if row.get::<_, &str>(1) == "p" {
            table.description.primary_key = columns;
        } else if let (Some(schema), Some(name)) = (row.get::<_, Option<&str>>(3), row.get(4)) {
            let table_name = full_name(schema, name);
            let key = ForeignKey { columns, table: table_name, references: row.get(5) };
            table.description.foreign_keys.push(key);
        }
    }
    Ok(Catalog { default_schema: about.get(0), tables: tables.into_values().collect() })
}
