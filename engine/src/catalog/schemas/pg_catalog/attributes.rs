//! `pg_attribute`: the columns.

use super::columns::{Is, Of, Row};
use super::directory::Directory;
use super::listed::Listed;
use crate::serve::{pg_length, pg_modifier, pg_type};

pub(super) fn all() -> Vec<Listed> {
    vec![
        Listed {
            name: "pg_attribute",
            columns: &[
                ("attrelid", Of::Oid),
                ("attname", Of::Name),
                ("atttypid", Of::Oid),
                ("attstattarget", Of::Int4),
                ("attlen", Of::Int2),
                ("attnum", Of::Int2),
                ("attndims", Of::Int4),
                ("attcacheoff", Of::Int4),
                ("atttypmod", Of::Int4),
                ("attbyval", Of::Bool),
                ("attalign", Of::Char),
                ("attstorage", Of::Char),
                ("attcompression", Of::Char),
                ("attnotnull", Of::Bool),
                ("atthasdef", Of::Bool),
                ("atthasmissing", Of::Bool),
                ("attidentity", Of::Char),
                ("attgenerated", Of::Char),
                ("attisdropped", Of::Bool),
                ("attislocal", Of::Bool),
                ("attinhcount", Of::Int4),
                ("attcollation", Of::Oid),
                ("attacl", Of::Texts),
                ("attoptions", Of::Texts),
                ("attfdwoptions", Of::Texts),
                ("attmissingval", Of::Text),
            ],
            rows: attributes,
        },
        Listed {
            name: "pg_attrdef",
            columns: &[("oid", Of::Oid), ("adrelid", Of::Oid), ("adnum", Of::Int2), ("adbin", Of::Text)],
            rows: |_| Vec::new(),
        },
    ]
}

fn attributes(d: &Directory) -> Vec<Row> {
    let mut rows = Vec::new();
    for relation in &d.relations {
        for (n, field) in relation.columns.fields().iter().enumerate() {
            rows.push(column(relation.oid, n + 1, field));
        }
    }
    for key in d.keys.iter().filter(|k| k.index != 0) {
        let relation = d.relations.iter().find(|r| r.schema == key.key.schema && r.name == key.key.relation);
        let fields = key.key.columns.iter().filter_map(|c| relation?.columns.field_with_name(c).ok());
        rows.extend(fields.enumerate().map(|(n, field)| column(key.index, n + 1, field)));
    }
    rows
}

fn column(relation: u32, place: usize, field: &arrow::datatypes::Field) -> Row {
    let pg = pg_type(field.data_type());
    let text = pg == pgwire::api::Type::TEXT;
    vec![
        ("attrelid", Is::Oid(relation)),
        ("attname", field.name().as_str().into()),
        ("atttypid", Is::Oid(pg.oid())),
        ("attstattarget", Is::Int(-1)),
        ("attlen", Is::Int(i64::from(pg_length(&pg)))),
        ("attnum", Is::Int(i64::try_from(place).unwrap_or(0))),
        ("attndims", Is::Int(i64::from(pg.name().starts_with('_')))),
        ("attcacheoff", Is::Int(-1)),
        ("atttypmod", Is::Int(i64::from(pg_modifier(field.data_type())))),
        ("attbyval", Is::Bool(matches!(pg_length(&pg), 1..=8))),
        ("attalign", "i".into()),
        ("attstorage", if text { "x" } else { "p" }.into()),
        ("attnotnull", Is::Bool(!field.is_nullable())),
        ("attislocal", Is::Bool(true)),
        ("attcollation", Is::Oid(if text { 100 } else { 0 })),
    ]
}
