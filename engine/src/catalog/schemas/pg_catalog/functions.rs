//! The functions of `pg_catalog` that clients call, registered in the session of a connection.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Weak};

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType, Field};
use datafusion::common::ScalarValue;
use datafusion::error::Result as DFResult;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use datafusion_pg_catalog::pg_catalog as ready;

use super::directory::Directory;
use super::keys::{constraint_text, index_text};
use super::postgres::{function_name, function_number};
use crate::catalog::CATALOG;
use crate::catalog::provider::SessionCatalog;
use crate::serve::{Settings, VERSION};
use crate::session::Session;

/// What a function can ask.
struct About {
    catalog: Weak<SessionCatalog>,
    settings: Arc<Settings>,
    user: String,
    process: i32,
}

impl About {
    fn directory(&self) -> Option<Arc<Directory>> {
        self.catalog.upgrade().and_then(|catalog| catalog.pg_catalog().directory())
    }
}

type Answer = fn(&About, &[ScalarValue]) -> ScalarValue;

/// Registers the functions for a connection.
pub(crate) fn register(session: &Session, settings: &Arc<Settings>, process: i32) {
    session.catalog().pg_catalog().keep_settings(settings);
    let about = Arc::new(About {
        catalog: Arc::downgrade(session.catalog()),
        settings: Arc::clone(settings),
        user: session.user().unwrap_or("onefold").to_owned(),
        process,
    });
    let ctx = session.ctx();
    for (name, returns, answer) in functions() {
        let about = Arc::clone(&about);
        let any = vec![TypeSignature::Nullary, TypeSignature::VariadicAny];
        let signature = Signature::one_of(any, Volatility::Stable);
        let function = Function { name, returns, signature, about, answer };
        ctx.register_udf(ScalarUDF::new_from_impl(function));
    }
    for function in [
        ready::format_type::create_format_type_udf(),
        ready::quote_ident_udf::create_quote_ident_udf(),
        ready::quote_ident_udf::create_parse_ident_udf(),
        ready::array_bounds_udf::create_array_upper_udf(),
        ready::array_bounds_udf::create_array_lower_udf(),
    ] {
        ctx.register_udf(function);
    }
}

fn text(value: impl Into<String>) -> ScalarValue {
    ScalarValue::Utf8(Some(value.into()))
}

const NO_TEXT: ScalarValue = ScalarValue::Utf8(None);

fn said(value: Option<&ScalarValue>) -> Option<String> {
    match value? {
        ScalarValue::Utf8(text) | ScalarValue::LargeUtf8(text) | ScalarValue::Utf8View(text) => text.clone(),
        ScalarValue::Dictionary(_, value) => said(Some(value)),
        _ => None,
    }
}

fn number(value: Option<&ScalarValue>) -> Option<i64> {
    match value?.cast_to(&DataType::Int64) {
        Ok(ScalarValue::Int64(n)) => n,
        _ => None,
    }
}

fn oid(value: Option<&ScalarValue>) -> Option<u32> {
    number(value).and_then(|n| u32::try_from(n).ok())
}

fn list(items: Vec<ScalarValue>, of: &DataType) -> ScalarValue {
    ScalarValue::List(ScalarValue::new_list_nullable(&items, of))
}

fn list_of(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(item, true)))
}

fn pair() -> DataType {
    DataType::Struct(
        vec![Field::new("x", DataType::Int16, true), Field::new("n", DataType::Int32, true)].into(),
    )
}

/// The items of a list.
fn items(value: Option<&ScalarValue>) -> Vec<ScalarValue> {
    let Some(ScalarValue::List(lists)) = value else { return Vec::new() };
    if lists.is_empty() || lists.is_null(0) {
        return Vec::new();
    }
    let values = lists.value(0);
    (0..values.len()).filter_map(|n| ScalarValue::try_from_array(&values, n).ok()).collect()
}

fn functions() -> Vec<(&'static str, DataType, Answer)> {
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
            let first = implicit.then(|| super::super::PG_CATALOG.to_owned());
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
        "has_table_privilege",
        "has_schema_privilege",
        "has_column_privilege",
        "has_any_column_privilege",
        "has_database_privilege",
        "has_function_privilege",
        "has_sequence_privilege",
        "has_tablespace_privilege",
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
    all
}

struct Function {
    name: &'static str,
    returns: DataType,
    signature: Signature,
    about: Arc<About>,
    answer: Answer,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DFResult<DataType> {
        Ok(self.returns.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DFResult<ColumnarValue> {
        let rows = args.number_rows;
        let constant = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let at = |row: usize| -> DFResult<Vec<ScalarValue>> {
            let value = |arg: &ColumnarValue| match arg {
                ColumnarValue::Scalar(value) => Ok(value.clone()),
                ColumnarValue::Array(array) => ScalarValue::try_from_array(array, row),
            };
            args.args.iter().map(value).collect()
        };
        if constant {
            return Ok(ColumnarValue::Scalar((self.answer)(&self.about, &at(0)?)));
        }
        let values = (0..rows).map(|row| Ok((self.answer)(&self.about, &at(row)?)));
        let values = values.collect::<DFResult<Vec<_>>>()?;
        let array: ArrayRef = match values.is_empty() {
            true => arrow::array::new_empty_array(&self.returns),
            false => ScalarValue::iter_to_array(values)?,
        };
        Ok(ColumnarValue::Array(array))
    }
}
