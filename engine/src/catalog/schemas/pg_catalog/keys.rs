//! `pg_constraint`, `pg_index`, `pg_indexes`: primary and foreign keys.

use super::columns::{Is, Of, Row};
use super::directory::Directory;
use super::listed::Listed;

pub(super) fn all() -> Vec<Listed> {
    vec![
        Listed {
            name: "pg_constraint",
            columns: &[
                ("oid", Of::Oid),
                ("conname", Of::Name),
                ("connamespace", Of::Oid),
                ("contype", Of::Char),
                ("condeferrable", Of::Bool),
                ("condeferred", Of::Bool),
                ("convalidated", Of::Bool),
                ("conrelid", Of::Oid),
                ("contypid", Of::Oid),
                ("conindid", Of::Oid),
                ("conparentid", Of::Oid),
                ("confrelid", Of::Oid),
                ("confupdtype", Of::Char),
                ("confdeltype", Of::Char),
                ("confmatchtype", Of::Char),
                ("conislocal", Of::Bool),
                ("coninhcount", Of::Int4),
                ("connoinherit", Of::Bool),
                ("conkey", Of::Int2s),
                ("confkey", Of::Int2s),
                ("conpfeqop", Of::Oids),
                ("conppeqop", Of::Oids),
                ("conffeqop", Of::Oids),
                ("confdelsetcols", Of::Int2s),
                ("conexclop", Of::Oids),
                ("conbin", Of::Text),
            ],
            rows: constraints,
        },
        Listed {
            name: "pg_index",
            columns: &[
                ("indexrelid", Of::Oid),
                ("indrelid", Of::Oid),
                ("indnatts", Of::Int2),
                ("indnkeyatts", Of::Int2),
                ("indisunique", Of::Bool),
                ("indnullsnotdistinct", Of::Bool),
                ("indisprimary", Of::Bool),
                ("indisexclusion", Of::Bool),
                ("indimmediate", Of::Bool),
                ("indisclustered", Of::Bool),
                ("indisvalid", Of::Bool),
                ("indcheckxmin", Of::Bool),
                ("indisready", Of::Bool),
                ("indislive", Of::Bool),
                ("indisreplident", Of::Bool),
                ("indkey", Of::Int2Vector),
                ("indcollation", Of::OidVector),
                ("indclass", Of::OidVector),
                ("indoption", Of::Int2Vector),
                ("indexprs", Of::Text),
                ("indpred", Of::Text),
            ],
            rows: indexes,
        },
        Listed {
            name: "pg_indexes",
            columns: &[
                ("schemaname", Of::Name),
                ("tablename", Of::Name),
                ("indexname", Of::Name),
                ("tablespace", Of::Text),
                ("indexdef", Of::Text),
            ],
            rows: |d| {
                let primary = d.keys.iter().filter(|k| k.index != 0);
                let row = primary.map(|k| {
                    vec![
                        ("schemaname", k.key.schema.as_str().into()),
                        ("tablename", k.key.relation.as_str().into()),
                        ("indexname", k.key.name().as_str().into()),
                        ("indexdef", index_text(&k.key).as_str().into()),
                    ]
                });
                row.collect()
            },
        },
    ]
}

fn constraints(d: &Directory) -> Vec<Row> {
    let row = |k: &super::directory::NumberedKey| {
        let key = &k.key;
        let places = d.places(&key.schema, &key.relation, &key.columns);
        let mut row: Row = vec![
            ("oid", Is::Oid(k.oid)),
            ("conname", key.name().as_str().into()),
            ("connamespace", Is::Oid(d.schema_oid(&key.schema))),
            ("contype", if key.references.is_some() { "f" } else { "p" }.into()),
            ("convalidated", Is::Bool(true)),
            ("conrelid", Is::Oid(d.oid_of(&key.schema, &key.relation))),
            ("conislocal", Is::Bool(true)),
            ("connoinherit", Is::Bool(true)),
            ("conkey", Is::Int2s(places)),
        ];
        match &key.references {
            None => row.push(("conindid", Is::Oid(k.index))),
            Some(to) => {
                let index = d
                    .keys
                    .iter()
                    .find(|p| p.index != 0 && p.key.schema == to.schema && p.key.relation == to.relation);
                row.extend([
                    ("conindid", Is::Oid(index.map_or(0, |p| p.index))),
                    ("confrelid", Is::Oid(d.oid_of(&to.schema, &to.relation))),
                    ("confkey", Is::Int2s(d.places(&to.schema, &to.relation, &to.columns))),
                    ("confupdtype", "a".into()),
                    ("confdeltype", "a".into()),
                    ("confmatchtype", "s".into()),
                ]);
            }
        }
        row
    };
    d.keys.iter().map(row).collect()
}

fn indexes(d: &Directory) -> Vec<Row> {
    let primary = d.keys.iter().filter(|k| k.index != 0);
    let row = primary.map(|k| {
        let places = d.places(&k.key.schema, &k.key.relation, &k.key.columns);
        let count = i64::try_from(places.len()).unwrap_or(0);
        vec![
            ("indexrelid", Is::Oid(k.index)),
            ("indrelid", Is::Oid(d.oid_of(&k.key.schema, &k.key.relation))),
            ("indnatts", Is::Int(count)),
            ("indnkeyatts", Is::Int(count)),
            ("indisunique", Is::Bool(true)),
            ("indisprimary", Is::Bool(true)),
            ("indimmediate", Is::Bool(true)),
            ("indisvalid", Is::Bool(true)),
            ("indisready", Is::Bool(true)),
            ("indislive", Is::Bool(true)),
            ("indcollation", Is::Oids(vec![0; places.len()])),
            ("indclass", Is::Oids(vec![0; places.len()])),
            ("indoption", Is::Int2s(vec![0; places.len()])),
            ("indkey", Is::Int2s(places)),
        ]
    });
    row.collect()
}

/// The constraint of a key, as `pg_get_constraintdef` tells it.
pub(super) fn constraint_text(key: &crate::catalog::keys::Key) -> String {
    let columns = key.columns.join(", ");
    match &key.references {
        None => format!("PRIMARY KEY ({columns})"),
        Some(to) => {
            let target = crate::catalog::comments::path(&[&to.schema, &to.relation]);
            format!("FOREIGN KEY ({columns}) REFERENCES {target}({})", to.columns.join(", "))
        }
    }
}

/// The index of a primary key, as `pg_get_indexdef` tells it.
pub(super) fn index_text(key: &crate::catalog::keys::Key) -> String {
    let relation = crate::catalog::comments::path(&[&key.schema, &key.relation]);
    format!("CREATE UNIQUE INDEX {} ON {relation} USING btree ({})", key.name(), key.columns.join(", "))
}
