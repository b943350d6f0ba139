//! `pg_namespace`, `pg_class`, `pg_tables`, `pg_views`, `pg_matviews`, `pg_description`, `pg_database`.

use super::columns::{Is, Of, Row};
use super::directory::{DATABASE, Directory, OWNER};
use super::listed::Listed;

/// The number of `pg_class` itself, of which descriptions of relations tell.
pub(super) const PG_CLASS: u32 = 1259;
const PG_NAMESPACE: u32 = 2615;

pub(super) fn all() -> Vec<Listed> {
    vec![
        Listed {
            name: "pg_namespace",
            columns: &[("oid", Of::Oid), ("nspname", Of::Name), ("nspowner", Of::Oid), ("nspacl", Of::Texts)],
            rows: namespaces,
        },
        Listed {
            name: "pg_class",
            columns: &[
                ("oid", Of::Oid),
                ("relname", Of::Name),
                ("relnamespace", Of::Oid),
                ("reltype", Of::Oid),
                ("reloftype", Of::Oid),
                ("relowner", Of::Oid),
                ("relam", Of::Oid),
                ("relfilenode", Of::Oid),
                ("reltablespace", Of::Oid),
                ("relpages", Of::Int4),
                ("reltuples", Of::Float4),
                ("relallvisible", Of::Int4),
                ("reltoastrelid", Of::Oid),
                ("relhasindex", Of::Bool),
                ("relisshared", Of::Bool),
                ("relpersistence", Of::Char),
                ("relkind", Of::Char),
                ("relnatts", Of::Int2),
                ("relchecks", Of::Int2),
                ("relhasoids", Of::Bool),
                ("relhasrules", Of::Bool),
                ("relhastriggers", Of::Bool),
                ("relhassubclass", Of::Bool),
                ("relrowsecurity", Of::Bool),
                ("relforcerowsecurity", Of::Bool),
                ("relispopulated", Of::Bool),
                ("relreplident", Of::Char),
                ("relispartition", Of::Bool),
                ("relrewrite", Of::Oid),
                ("relfrozenxid", Of::Int8),
                ("relminmxid", Of::Int8),
                ("relacl", Of::Texts),
                ("reloptions", Of::Texts),
                ("relpartbound", Of::Text),
            ],
            rows: classes,
        },
        Listed {
            name: "pg_description",
            columns: &[
                ("objoid", Of::Oid),
                ("classoid", Of::Oid),
                ("objsubid", Of::Int4),
                ("description", Of::Text),
            ],
            rows: descriptions,
        },
        Listed {
            name: "pg_database",
            columns: &[
                ("oid", Of::Oid),
                ("datname", Of::Name),
                ("datdba", Of::Oid),
                ("encoding", Of::Int4),
                ("datlocprovider", Of::Char),
                ("datistemplate", Of::Bool),
                ("datallowconn", Of::Bool),
                ("datconnlimit", Of::Int4),
                ("datfrozenxid", Of::Int8),
                ("datminmxid", Of::Int8),
                ("dattablespace", Of::Oid),
                ("datcollate", Of::Text),
                ("datctype", Of::Text),
                ("daticulocale", Of::Text),
                ("datcollversion", Of::Text),
                ("datacl", Of::Texts),
            ],
            rows: databases,
        },
        Listed {
            name: "pg_tablespace",
            columns: &[
                ("oid", Of::Oid),
                ("spcname", Of::Name),
                ("spcowner", Of::Oid),
                ("spcacl", Of::Texts),
                ("spcoptions", Of::Texts),
            ],
            rows: |_| {
                vec![vec![
                    ("oid", Is::Oid(1663)),
                    ("spcname", "pg_default".into()),
                    ("spcowner", Is::Oid(OWNER)),
                ]]
            },
        },
    ]
}

fn namespaces(d: &Directory) -> Vec<Row> {
    let row = |(oid, name, _): &(u32, String, Option<String>)| {
        vec![("oid", Is::Oid(*oid)), ("nspname", name.as_str().into()), ("nspowner", Is::Oid(OWNER))]
    };
    d.schemas.iter().map(row).collect()
}

fn classes(d: &Directory) -> Vec<Row> {
    let has_index = |schema: &str, name: &str| {
        d.keys.iter().any(|k| k.index != 0 && k.key.schema == schema && k.key.relation == name)
    };
    // Foreign keys are held by triggers, and clients look for them only where there are some.
    let has_foreign = |schema: &str, name: &str| {
        d.keys.iter().filter_map(|k| k.key.references.as_ref().map(|to| (&k.key, to))).any(|(key, to)| {
            (key.schema == schema && key.relation == name) || (to.schema == schema && to.relation == name)
        })
    };
    let relation = d.relations.iter().map(|r| {
        vec![
            ("oid", Is::Oid(r.oid)),
            ("relname", r.name.as_str().into()),
            ("relnamespace", Is::Oid(d.schema_oid(&r.schema))),
            ("relowner", Is::Oid(OWNER)),
            ("relam", Is::Oid(if r.kind == "v" { 0 } else { 2 })),
            ("relfilenode", Is::Oid(r.oid)),
            #[expect(clippy::cast_precision_loss, reason = "PostgreSQL keeps an estimate")]
            ("reltuples", Is::Float(r.rows.map_or(-1.0, |n| n as f32))),
            ("relhasindex", Is::Bool(has_index(&r.schema, &r.name))),
            ("relhastriggers", Is::Bool(has_foreign(&r.schema, &r.name))),
            ("relpersistence", "p".into()),
            ("relkind", r.kind.into()),
            ("relnatts", Is::Int(i64::try_from(r.columns.fields().len()).unwrap_or(0))),
            ("relispopulated", Is::Bool(true)),
            ("relreplident", "d".into()),
        ]
    });
    let index = d.keys.iter().filter(|k| k.index != 0).map(|k| {
        vec![
            ("oid", Is::Oid(k.index)),
            ("relname", k.key.name().as_str().into()),
            ("relnamespace", Is::Oid(d.schema_oid(&k.key.schema))),
            ("relowner", Is::Oid(OWNER)),
            ("relam", Is::Oid(403)),
            ("relfilenode", Is::Oid(k.index)),
            ("relpersistence", "p".into()),
            ("relkind", "i".into()),
            ("relnatts", Is::Int(i64::try_from(k.key.columns.len()).unwrap_or(0))),
            ("relispopulated", Is::Bool(true)),
            ("relreplident", "n".into()),
        ]
    });
    relation.chain(index).collect()
}

fn descriptions(d: &Directory) -> Vec<Row> {
    let row = |oid: u32, class: u32, column: usize, text: &str| {
        vec![
            ("objoid", Is::Oid(oid)),
            ("classoid", Is::Oid(class)),
            ("objsubid", Is::Int(i64::try_from(column).unwrap_or(0))),
            ("description", text.into()),
        ]
    };
    let mut rows = Vec::new();
    for (oid, _, comment) in &d.schemas {
        rows.extend(comment.as_deref().map(|text| row(*oid, PG_NAMESPACE, 0, text)));
    }
    for relation in &d.relations {
        rows.extend(relation.comment.as_deref().map(|text| row(relation.oid, PG_CLASS, 0, text)));
        for (n, comment) in relation.column_comments.iter().enumerate() {
            rows.extend(comment.as_deref().map(|text| row(relation.oid, PG_CLASS, n + 1, text)));
        }
    }
    rows
}

fn databases(_: &Directory) -> Vec<Row> {
    vec![vec![
        ("oid", Is::Oid(DATABASE)),
        ("datname", crate::catalog::CATALOG.into()),
        ("datdba", Is::Oid(OWNER)),
        ("encoding", Is::Int(6)),
        ("datlocprovider", "c".into()),
        ("datallowconn", Is::Bool(true)),
        ("datconnlimit", Is::Int(-1)),
        ("dattablespace", Is::Oid(1663)),
        ("datcollate", "C.UTF-8".into()),
        ("datctype", "C.UTF-8".into()),
    ]]
}
