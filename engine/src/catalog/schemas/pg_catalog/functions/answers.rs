//! What each function answers.

use arrow::array::Array;
use arrow::datatypes::{DataType, Field};
use datafusion::common::ScalarValue;

use super::super::keys::{constraint_text, index_text};
use super::super::postgres::{function_name, function_number};
use super::values::{NO_TEXT, items, list, list_of, number, oid, said, text};
use super::{Answer, privileges};
use crate::catalog::CATALOG;
use crate::catalog::schemas::PG_CATALOG;
use crate::serve::VERSION;

fn pair() -> DataType {
    DataType::Struct(
        vec![Field::new("x", DataType::Int16, true), Field::new("n", DataType::Int32, true)].into(),
    )
}

/// The functions with their types.
pub(super) fn all() -> Vec<(&'static str, DataType, Answer)> {
    use DataType::{Boolean, Int32, Int64, UInt32, Utf8};
    let yes: Answer = |_, _| ScalarValue::Boolean(Some(true));
    let no: Answer = |_, _| ScalarValue::Boolean(Some(false));
    let nothing: Answer = |_, _| NO_TEXT;
    let zero: Answer = |_, _| ScalarValue::Int64(Some(0));
    let me: Answer = |about, _| text(about.user.clone());
    let database: Answer = |_, _| text(CATALOG);
    let mut all: Vec<(&'static str, DataType, Answer)> = vec![
        ("version", Utf8, |_, _| {
            text(format!("PostgreSQL {VERSION} (Onefold {})", env!("CARGO_PKG_VERSION")))
        }),
        ("current_database", Utf8, database),
        ("current_catalog", Utf8, database),
        ("current_user", Utf8, me),
        ("session_user", Utf8, me),
        ("user", Utf8, me),
        ("current_role", Utf8, me),
        ("current_schema", Utf8, |about, _| {
            about.settings.search_path().into_iter().next().map_or(NO_TEXT, text)
        }),
        ("current_schemas", list_of(Utf8), |about, args| {
            let implicit = matches!(args.first(), Some(ScalarValue::Boolean(Some(true))));
            let first = implicit.then(|| PG_CATALOG.to_owned());
            let names = first.into_iter().chain(about.settings.search_path()).map(text);
            list(names.collect(), &Utf8)
        }),
        ("current_setting", Utf8, |about, args| {
            said(args.first()).and_then(|name| about.settings.get(&name)).map_or(NO_TEXT, text)
        }),
        ("set_config", Utf8, |_, args| said(args.get(1)).map_or(NO_TEXT, text)),
        ("text_out", Utf8, |_, args| match args.first() {
            Some(ScalarValue::List(lists)) if lists.is_null(0) => NO_TEXT,
            Some(ScalarValue::List(_)) => {
                let items: Vec<String> = items(args.first()).iter().map(ToString::to_string).collect();
                text(format!("{{{}}}", items.join(",")))
            }
            Some(ScalarValue::Boolean(Some(value))) => text(if *value { "t" } else { "f" }.to_owned()),
            other => said(other).map_or(NO_TEXT, text),
        }),
        ("pg_backend_pid", Int32, |about, _| ScalarValue::Int32(Some(about.process))),
        ("pg_is_in_recovery", Boolean, no),
        ("pg_get_userbyid", Utf8, |about, args| {
            let known = oid(args.first()).zip(about.directory());
            let name = known.and_then(|(oid, d)| d.users.iter().find(|u| u.0 == oid).map(|u| u.1.clone()));
            text(name.unwrap_or_else(|| "onefold".to_owned()))
        }),
        ("to_regclass", UInt32, |about, args| {
            let name = said(args.first());
            let own = |name: &str| match name {
                "pg_class" | "pg_catalog.pg_class" => Some(1259),
                "pg_namespace" | "pg_catalog.pg_namespace" => Some(2615),
                "pg_type" | "pg_catalog.pg_type" => Some(1247),
                "pg_proc" | "pg_catalog.pg_proc" => Some(1255),
                "pg_database" | "pg_catalog.pg_database" => Some(1262),
                "pg_constraint" | "pg_catalog.pg_constraint" => Some(2606),
                number => number.parse().ok(),
            };
            let find = |name: &str| about.directory().and_then(|d| d.named(name).map(|r| r.oid));
            let named = name.and_then(|name| own(&name).or_else(|| find(&name)));
            ScalarValue::UInt32(named.or_else(|| oid(args.first())))
        }),
        ("to_regnamespace", UInt32, |about, args| {
            let known = said(args.first()).zip(about.directory());
            ScalarValue::UInt32(known.map(|(name, d)| d.schema_oid(&name)).filter(|oid| *oid != 0))
        }),
        ("to_regtype", UInt32, |_, args| {
            let of = |name: String| match name.rsplit('.').next().unwrap_or_default() {
                "bool" | "boolean" => Some(16),
                "bytea" => Some(17),
                "name" => Some(19),
                "bigint" | "int8" => Some(20),
                "smallint" | "int2" => Some(21),
                "integer" | "int" | "int4" => Some(23),
                "text" => Some(25),
                "oid" => Some(26),
                "json" => Some(114),
                "real" | "float4" => Some(700),
                "double precision" | "float8" => Some(701),
                "varchar" | "character varying" => Some(1043),
                "date" => Some(1082),
                "time" => Some(1083),
                "timestamp" | "timestamp without time zone" => Some(1114),
                "timestamptz" | "timestamp with time zone" => Some(1184),
                "interval" => Some(1186),
                "numeric" | "decimal" => Some(1700),
                _ => None,
            };
            ScalarValue::UInt32(said(args.first()).and_then(of))
        }),
        ("regclass_name", Utf8, |about, args| {
            let known = oid(args.first()).zip(about.directory());
            let name = known.and_then(|(oid, d)| {
                let found = d.relation(oid)?;
                let parts: [&str; 2] = [&found.schema, &found.name];
                Some(if found.schema == "public" {
                    found.name.clone()
                } else {
                    crate::catalog::comments::path(&parts)
                })
            });
            name.or_else(|| number(args.first()).map(|n| n.to_string())).map_or(NO_TEXT, text)
        }),
        ("to_regproc", UInt32, |_, args| {
            let named = said(args.first()).map(|name| function_number(&name)).filter(|oid| *oid != 0);
            ScalarValue::UInt32(named.or_else(|| oid(args.first())))
        }),
        ("regproc_name", Utf8, |_, args| oid(args.first()).map_or(NO_TEXT, |oid| text(function_name(oid)))),
        ("pg_my_temp_schema", UInt32, |_, _| ScalarValue::UInt32(Some(0))),
        ("regtype_name", Utf8, |_, args| {
            let pg = oid(args.first()).and_then(pgwire::api::Type::from_oid);
            pg.map_or(NO_TEXT, |pg| text(pg.name()))
        }),
        ("regnamespace_name", Utf8, |about, args| {
            let known = oid(args.first()).zip(about.directory());
            let name = known.and_then(|(oid, d)| d.schemas.iter().find(|s| s.0 == oid).map(|s| s.1.clone()));
            name.map_or(NO_TEXT, text)
        }),
        ("pg_get_expr", Utf8, |_, args| said(args.first()).map_or(NO_TEXT, text)),
        ("pg_get_viewdef", Utf8, |about, args| {
            let known = oid(args.first()).zip(about.directory());
            known.and_then(|(oid, d)| d.relation(oid)?.definition.clone()).map_or(NO_TEXT, text)
        }),
        ("pg_get_constraintdef", Utf8, |about, args| {
            let known = oid(args.first()).zip(about.directory());
            let found = known
                .and_then(|(oid, d)| d.keys.iter().find(|k| k.oid == oid).map(|k| constraint_text(&k.key)));
            found.map_or(NO_TEXT, text)
        }),
        ("pg_get_indexdef", Utf8, |about, args| {
            let known = oid(args.first()).zip(about.directory());
            let column = number(args.get(1)).and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
            let found = known.and_then(|(oid, d)| {
                let key = &d.keys.iter().find(|k| k.index == oid)?.key;
                match column {
                    Some(n) => key.columns.get(n - 1).cloned(),
                    None => Some(index_text(key)),
                }
            });
            found.map_or(NO_TEXT, text)
        }),
        ("obj_description", Utf8, |about, args| {
            let known = oid(args.first()).zip(about.directory());
            let found = known.and_then(|(oid, d)| {
                let schema = || d.schemas.iter().find(|s| s.0 == oid).and_then(|s| s.2.clone());
                d.relation(oid).map_or_else(schema, |r| r.comment.clone())
            });
            found.map_or(NO_TEXT, text)
        }),
        ("col_description", Utf8, |about, args| {
            let known = oid(args.first()).zip(about.directory());
            let place = number(args.get(1)).and_then(|n| usize::try_from(n - 1).ok());
            let found =
                known.zip(place).and_then(|((oid, d), n)| d.relation(oid)?.column_comments.get(n)?.clone());
            found.map_or(NO_TEXT, text)
        }),
        ("pg_encoding_to_char", Utf8, |_, _| text("UTF8")),
        ("pg_partition_ancestors", UInt32, |_, args| {
            let written = said(args.first()).and_then(|text| text.parse().ok());
            ScalarValue::UInt32(written.or_else(|| oid(args.first())))
        }),
        ("pg_size_pretty", Utf8, |_, args| {
            number(args.first()).map_or(NO_TEXT, |n| text(format!("{n} bytes")))
        }),
        ("quote_literal", Utf8, |_, args| {
            said(args.first()).map_or(NO_TEXT, |t| text(format!("'{}'", t.replace('\'', "''"))))
        }),
        ("any_of", Boolean, |_, args| {
            let operator = said(args.get(2)).unwrap_or_default();
            let Some(value) = args.get(1) else { return ScalarValue::Boolean(None) };
            let fits = |item: &ScalarValue| {
                let order = value.partial_cmp(item);
                match operator.as_str() {
                    "<>" => order.is_some_and(std::cmp::Ordering::is_ne),
                    "<" => order.is_some_and(std::cmp::Ordering::is_lt),
                    "<=" => order.is_some_and(std::cmp::Ordering::is_le),
                    ">" => order.is_some_and(std::cmp::Ordering::is_gt),
                    ">=" => order.is_some_and(std::cmp::Ordering::is_ge),
                    _ => false,
                }
            };
            ScalarValue::Boolean(Some(items(args.first()).iter().any(fits)))
        }),
        ("_pg_expandarray", list_of(pair()), |_, args| {
            let fields = |n: usize, item: &ScalarValue| {
                let x = number(Some(item)).and_then(|n| i16::try_from(n).ok());
                let n = i32::try_from(n + 1).ok();
                datafusion::common::scalar::ScalarStructBuilder::new()
                    .with_scalar(Field::new("x", DataType::Int16, true), ScalarValue::Int16(x))
                    .with_scalar(Field::new("n", DataType::Int32, true), ScalarValue::Int32(n))
                    .build()
            };
            let items = items(args.first());
            let pairs = items.iter().enumerate().filter_map(|(n, item)| fields(n, item).ok());
            list(pairs.collect(), &pair())
        }),
        ("generate_subscripts", list_of(Int32), |_, args| {
            let count = i32::try_from(items(args.first()).len()).unwrap_or(0);
            list((1..=count).map(|n| ScalarValue::Int32(Some(n))).collect(), &Int32)
        }),
    ];
    for name in [
        "pg_table_is_visible",
        "pg_type_is_visible",
        "pg_function_is_visible",
        "pg_operator_is_visible",
        "pg_collation_is_visible",
        "pg_opclass_is_visible",
        "pg_conversion_is_visible",
        "pg_statistics_obj_is_visible",
        "pg_ts_config_is_visible",
        "pg_has_role",
    ] {
        all.push((name, Boolean, yes));
    }
    for name in
        ["pg_relation_is_publishable", "row_security_active", "pg_try_advisory_lock", "pg_advisory_unlock"]
    {
        all.push((name, Boolean, no));
    }
    for name in [
        "pg_get_partkeydef",
        "pg_get_statisticsobjdef_columns",
        "pg_get_serial_sequence",
        "pg_get_functiondef",
        "pg_get_function_arguments",
        "pg_get_function_identity_arguments",
        "pg_get_function_result",
        "pg_get_triggerdef",
        "pg_get_ruledef",
        "pg_tablespace_location",
        "shobj_description",
        "pg_export_snapshot",
        "inet_server_addr",
        "inet_client_addr",
        "pg_advisory_unlock_all",
        "pg_notify",
    ] {
        all.push((name, Utf8, nothing));
    }
    for name in [
        "pg_relation_size",
        "pg_total_relation_size",
        "pg_table_size",
        "pg_indexes_size",
        "pg_database_size",
        "txid_current",
        "pg_stat_get_numscans",
    ] {
        all.push((name, Int64, zero));
    }
    all.extend(privileges::all());
    all
}
