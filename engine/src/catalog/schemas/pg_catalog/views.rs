//! `pg_tables`, `pg_views`, `pg_matviews`, and what PostgreSQL has and there is nothing of here.

use super::columns::{Is, Of, Row};
use super::directory::Directory;
use super::listed::Listed;

pub(super) fn all() -> Vec<Listed> {
    let none: fn(&Directory) -> Vec<Row> = |_| Vec::new();
    vec![
        Listed {
            name: "pg_tables",
            columns: &[
                ("schemaname", Of::Name),
                ("tablename", Of::Name),
                ("tableowner", Of::Name),
                ("tablespace", Of::Name),
                ("hasindexes", Of::Bool),
                ("hasrules", Of::Bool),
                ("hastriggers", Of::Bool),
                ("rowsecurity", Of::Bool),
            ],
            rows: |d| named(d, "r", "tablename", "tableowner"),
        },
        Listed {
            name: "pg_views",
            columns: &[
                ("schemaname", Of::Name),
                ("viewname", Of::Name),
                ("viewowner", Of::Name),
                ("definition", Of::Text),
            ],
            rows: |d| named(d, "v", "viewname", "viewowner"),
        },
        Listed {
            name: "pg_matviews",
            columns: &[
                ("schemaname", Of::Name),
                ("matviewname", Of::Name),
                ("matviewowner", Of::Name),
                ("tablespace", Of::Name),
                ("hasindexes", Of::Bool),
                ("ispopulated", Of::Bool),
                ("definition", Of::Text),
            ],
            rows: none,
        },
        Listed {
            name: "pg_stat_activity",
            columns: &[
                ("datid", Of::Oid),
                ("datname", Of::Name),
                ("pid", Of::Int4),
                ("usesysid", Of::Oid),
                ("usename", Of::Name),
                ("application_name", Of::Text),
                ("client_addr", Of::Text),
                ("backend_start", Of::Time),
                ("query_start", Of::Time),
                ("state", Of::Text),
                ("query", Of::Text),
                ("backend_type", Of::Text),
            ],
            rows: none,
        },
        Listed {
            name: "pg_policy",
            columns: &[
                ("oid", Of::Oid),
                ("polname", Of::Name),
                ("polrelid", Of::Oid),
                ("polcmd", Of::Char),
                ("polpermissive", Of::Bool),
                ("polroles", Of::Oids),
                ("polqual", Of::Text),
                ("polwithcheck", Of::Text),
            ],
            rows: none,
        },
        Listed {
            name: "pg_statistic_ext",
            columns: &[
                ("oid", Of::Oid),
                ("stxrelid", Of::Oid),
                ("stxname", Of::Name),
                ("stxnamespace", Of::Oid),
                ("stxowner", Of::Oid),
                ("stxstattarget", Of::Int4),
                ("stxkeys", Of::Int2Vector),
                ("stxkind", Of::Texts),
                ("stxexprs", Of::Text),
            ],
            rows: none,
        },
        Listed {
            name: "pg_stat_ssl",
            columns: &[("pid", Of::Int4), ("ssl", Of::Bool), ("version", Of::Text), ("cipher", Of::Text)],
            rows: none,
        },
        Listed {
            name: "pg_timezone_names",
            columns: &[("name", Of::Text), ("abbrev", Of::Text), ("is_dst", Of::Bool)],
            rows: |_| {
                vec![vec![("name", "UTC".into()), ("abbrev", "UTC".into()), ("is_dst", Is::Bool(false))]]
            },
        },
    ]
}

fn named(d: &Directory, kind: &str, name: &'static str, owner: &'static str) -> Vec<Row> {
    let found = d.relations.iter().filter(|r| r.kind == kind);
    let row = found.map(|r| {
        let definition = r.definition.as_deref().map_or(Is::Null, Is::from);
        vec![
            ("schemaname", r.schema.as_str().into()),
            (name, r.name.as_str().into()),
            (owner, "onefold".into()),
            ("definition", definition),
        ]
    });
    row.collect()
}
