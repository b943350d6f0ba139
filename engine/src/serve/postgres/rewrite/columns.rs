//! The names of columns: what has no alias is named as PostgreSQL names it, and equal names are kept apart by a mark that
//! is taken off before they are sent.

use std::collections::HashMap;

use sqlparser::ast::{Expr, Ident, ObjectNamePart, Select, SelectItem};

/// Between a name and the number that keeps it apart from its equals.
const MARK: char = '\u{1}';

/// A column's name as it is sent.
pub(in crate::serve::postgres) fn shown(name: &str) -> &str {
    name.split(MARK).next().unwrap_or(name)
}

/// Names the columns of a SELECT.
pub(super) fn name(select: &mut Select) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for item in &mut select.projection {
        let looked_up = matches!(item, SelectItem::UnnamedExpr(expr) if is_look_up(expr));
        let (name, named) = match item {
            SelectItem::UnnamedExpr(expr) => {
                (of(expr), matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_)))
            }
            SelectItem::ExprWithAlias { alias, .. } => (folded(alias), true),
            _ => continue,
        };
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        let alias = match (*count, named) {
            (1, true) => continue,
            // `ORDER BY c.oid` means the column and not its look-up.
            (1, false) if looked_up => format!("{name}{MARK}1"),
            (1, false) => name,
            (n, _) => format!("{name}{MARK}{n}"),
        };
        alias_item(item, &alias);
    }
}

/// Whether it is `c.oid::regclass` or of its kind.
fn is_look_up(expr: &Expr) -> bool {
    matches!(expr, Expr::Cast { data_type, .. } if data_type.to_string().to_lowercase().contains("reg"))
}

/// Leaves out the alias of a column that has this name already: beside it, `ORDER BY` could mean either.
pub(super) fn leave_out_own_names(select: &mut Select) {
    for item in &mut select.projection {
        if let SelectItem::ExprWithAlias { expr: Expr::CompoundIdentifier(parts), alias } = item
            && parts.last().is_some_and(|column| folded(column) == folded(alias))
        {
            *item = SelectItem::UnnamedExpr(Expr::CompoundIdentifier(std::mem::take(parts)));
        }
    }
}

/// Gives the first column of a SELECT a name.
pub(super) fn name_all(select: &mut Select, alias: &str) {
    if let Some(item) = select.projection.first_mut() {
        alias_item(item, alias);
    }
}

fn alias_item(item: &mut SelectItem, name: &str) {
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit());
    let alias = if plain { Ident::new(name) } else { Ident::with_quote('"', name) };
    match item {
        SelectItem::UnnamedExpr(expr) => {
            *item = SelectItem::ExprWithAlias { expr: super::build::take(expr), alias };
        }
        SelectItem::ExprWithAlias { alias: known, .. } => *known = alias,
        _ => {}
    }
}

/// The name of an expression without an alias.
fn of(expr: &Expr) -> String {
    match expr {
        Expr::Identifier(ident) => folded(ident),
        Expr::CompoundIdentifier(parts) => parts.last().map(folded).unwrap_or_default(),
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => of(inner),
        Expr::Function(function) => {
            function.name.0.last().and_then(ObjectNamePart::as_ident).map(folded).unwrap_or_default()
        }
        Expr::Cast { expr, data_type, .. } => match of(expr).as_str() {
            "?column?" => data_type.to_string().to_lowercase(),
            name => name.to_owned(),
        },
        Expr::Case { .. } => "case".to_owned(),
        Expr::Exists { .. } => "exists".to_owned(),
        Expr::Extract { .. } => "extract".to_owned(),
        Expr::Array(_) => "array".to_owned(),
        Expr::Substring { .. } => "substring".to_owned(),
        Expr::Trim { .. } => "btrim".to_owned(),
        Expr::Position { .. } => "position".to_owned(),
        _ => "?column?".to_owned(),
    }
}

fn folded(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}
