//! Casts to types that only PostgreSQL has.

use sqlparser::ast::{ArrayElemTypeDef, CastKind, DataType, Expr, Value};

use super::build::{call, last, literal, take, text};
use crate::catalog::schemas::pg_catalog::FUNCTIONS;
use crate::serve::postgres::parameters::list_items;

/// `oid::regclass::text` as the name of the relation, and so on.
pub(super) fn to_text(expr: &mut Expr) {
    let Some((inner, outer)) = cast(expr) else { return };
    let is_text = matches!(outer, DataType::Text | DataType::Varchar(_))
        || matches!(name(outer).as_deref(), Some("name" | "text" | "varchar"));
    if is_text && names_function(inner) {
        if let Some((inner, _)) = cast_mut(expr) {
            *expr = call("regproc_name", vec![take(inner)]);
        }
        return;
    }
    let (true, Some((_, data_type))) = (is_text, cast(inner)) else { return };
    let function = match name(data_type).as_deref() {
        Some("regclass") => "regclass_name",
        Some("regtype") => "regtype_name",
        Some("regnamespace") => "regnamespace_name",
        Some("regrole") => "pg_get_userbyid",
        _ => return,
    };
    if let Some((inner, _)) = cast_mut(expr)
        && let Some((value, _)) = cast_mut(inner)
        && literal(value).is_none()
    {
        *expr = call(function, vec![take(value)]);
    }
}

/// Whether it is a column of the catalog that holds the number of a function.
fn names_function(expr: &Expr) -> bool {
    let column = match expr {
        Expr::Identifier(column) => Some(column),
        Expr::CompoundIdentifier(parts) => parts.last(),
        Expr::Nested(inner) => return names_function(inner),
        Expr::Cast { expr, data_type, .. } => {
            return name(data_type).as_deref() == Some("regproc") && names_function(expr);
        }
        _ => None,
    };
    column.is_some_and(|column| FUNCTIONS.contains(&column.value.to_lowercase().as_str()))
}

pub(super) fn rewrite(expr: &mut Expr) {
    let Some((inner, data_type)) = cast(expr) else { return };
    if let DataType::Array(ArrayElemTypeDef::SquareBracket(item, _)) = data_type {
        if let Some(items) = literal(inner).and_then(list_items) {
            let items = items.into_iter().map(|item| match item {
                Some(item) => text(&item),
                None => Expr::Value(sqlparser::ast::Value::Null.into()),
            });
            *expr = call("make_array", items.collect());
        } else if let Some(plain) = name(item).and_then(|item| plain(&item)) {
            let is_parameter = matches!(inner, Expr::Value(v) if matches!(v.value, Value::Placeholder(_)));
            match cast_mut(expr) {
                Some((_, data_type)) if is_parameter => {
                    *data_type = DataType::Array(ArrayElemTypeDef::SquareBracket(Box::new(plain), None));
                }
                _ => replace_by_inner(expr),
            }
        }
        return;
    }
    let Some(of) = name(data_type) else { return };
    let lookup = match of.as_str() {
        "regclass" => Some("to_regclass"),
        "regtype" => Some("to_regtype"),
        "regnamespace" => Some("to_regnamespace"),
        "regrole" => Some("to_regrole"),
        _ => None,
    };
    match (lookup, literal(inner)) {
        (Some(function), Some(value)) => *expr = call(function, vec![text(value)]),
        (Some("to_regclass"), None) => {
            if let Some((inner, _)) = cast_mut(expr) {
                *expr = call("to_regclass", vec![take(inner)]);
            }
        }
        (Some(_), None) => replace_by_inner(expr),
        (None, value) => match of.as_str() {
            "regproc" | "regprocedure" => match value {
                Some(value) => *expr = call("to_regproc", vec![text(value)]),
                None => replace_by_inner(expr),
            },
            "int2vector" | "oidvector" | "xid" | "cid" | "tid" | "pg_node_tree" | "aclitem" => {
                replace_by_inner(expr)
            }
            other => {
                if let (Some(plain), Some((_, data_type))) = (plain(other), cast_mut(expr)) {
                    *data_type = plain;
                }
            }
        },
    }
}

/// The plain type for one of PostgreSQL's own.
fn plain(name: &str) -> Option<DataType> {
    Some(match name {
        "oid" => DataType::IntUnsigned(None),
        "name" | "cstring" | "bpchar" | "sql_identifier" | "character_data" | "yes_or_no" | "char"
        | "unknown" | "citext" => DataType::Text,
        "text" | "varchar" => DataType::Text,
        "bool" => DataType::Boolean,
        "int2" => DataType::SmallInt(None),
        "int4" | "cardinal_number" => DataType::Integer(None),
        "int8" => DataType::BigInt(None),
        "float4" => DataType::Real,
        "float8" => DataType::DoublePrecision,
        "money" => DataType::Decimal(sqlparser::ast::ExactNumberInfo::None),
        _ => return None,
    })
}

fn name(data_type: &DataType) -> Option<String> {
    match data_type {
        DataType::Regclass => Some("regclass".to_owned()),
        DataType::Custom(name, _) => last(name),
        _ => None,
    }
}

fn cast(expr: &Expr) -> Option<(&Expr, &DataType)> {
    match expr {
        Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr, data_type, .. } => {
            Some((expr, data_type))
        }
        Expr::Nested(inner) => cast(inner),
        _ => None,
    }
}

fn cast_mut(expr: &mut Expr) -> Option<(&mut Expr, &mut DataType)> {
    match expr {
        Expr::Cast { expr, data_type, .. } => Some((expr, data_type)),
        Expr::Nested(inner) => cast_mut(inner),
        _ => None,
    }
}

fn replace_by_inner(expr: &mut Expr) {
    if let Some((inner, _)) = cast_mut(expr) {
        *expr = take(inner);
    }
}
