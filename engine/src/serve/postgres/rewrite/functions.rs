//! Functions: their schema is left out, and those that give several rows are put into `unnest`.

use sqlparser::ast::{
    AccessExpr, Expr, Function, FunctionArguments, ObjectName, ObjectNamePart, TableAliasColumnDef,
    TableFactor,
};

use super::build::{call, last, take};

/// Functions that give a row for each item of a list that a function of the same name makes here.
const SETS: [&str; 2] = ["_pg_expandarray", "generate_subscripts"];

/// Leaves the schema of a table function out.
pub(super) fn table_function(factor: &mut TableFactor) {
    if let TableFactor::Table { name, args: Some(_), .. } = factor {
        unqualify(name);
    }
    // `unnest(list) x` names the column, too.
    let alias = match factor {
        TableFactor::UNNEST { alias, .. } => alias,
        TableFactor::Table { name, args: Some(_), alias, .. } if last(name).as_deref() == Some("unnest") => {
            alias
        }
        _ => return,
    };
    if let Some(alias) = alias.as_mut().filter(|alias| alias.columns.is_empty()) {
        let name = alias.name.clone();
        alias.columns.push(TableAliasColumnDef { name, data_type: None });
    }
}

pub(super) fn rewrite(expr: &mut Expr) {
    match expr {
        Expr::Function(function) => {
            unqualify(&mut function.name);
            let name = last(&function.name).unwrap_or_default();
            if SETS.contains(&name.as_str()) {
                *expr = call("unnest", vec![take(expr)]);
            } else if matches!(name.as_str(), "json_build_object" | "jsonb_build_object") {
                json_object(expr);
            }
        }
        // (a).b of what a function gave
        Expr::CompoundFieldAccess { root, access_chain } => {
            if let [AccessExpr::Dot(Expr::Identifier(field))] = access_chain.as_slice()
                && !matches!(root.as_ref(), Expr::Identifier(_))
            {
                let (field, mut root) = (super::build::text(&field.value), take(root));
                while let Expr::Nested(inner) = &mut root {
                    root = take(inner);
                }
                *expr = call("get_field", vec![root, field]);
            }
        }
        _ => {}
    }
}

/// `pg_catalog.f` and `information_schema.f` as `f`.
fn unqualify(name: &mut ObjectName) {
    if let [ObjectNamePart::Identifier(schema), ObjectNamePart::Identifier(_)] = name.0.as_slice()
        && matches!(schema.value.to_ascii_lowercase().as_str(), "pg_catalog" | "information_schema")
    {
        name.0.remove(0);
    }
}

/// `json_build_object('a', x)` as `to_json(named_struct('a', x))`.
fn json_object(expr: &mut Expr) {
    let Expr::Function(Function { args: FunctionArguments::List(list), .. }) = expr else { return };
    let args = std::mem::take(&mut list.args);
    let mut inner = call("named_struct", vec![]);
    if let Expr::Function(Function { args: FunctionArguments::List(list), .. }) = &mut inner {
        list.args = args;
    }
    *expr = call("to_json", vec![inner]);
}
