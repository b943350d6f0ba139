//! Operators: those that are named with their schema, `COLLATE`, and comparing with all items of an array.

use sqlparser::ast::{
    AccessExpr, BinaryOperator, DataType, Expr, Function, FunctionArguments, Query, SelectItem, SetExpr,
    Subscript, TableFactor, UnaryOperator, Value,
};

use super::build::{call, last, literal, take, text};
use crate::serve::postgres::parameters::list_items;

/// Whether an expression is written as an interval.
fn is_interval(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_interval(inner),
        Expr::Cast { data_type, .. } => matches!(data_type, DataType::Interval { .. }),
        other => matches!(other, Expr::Interval(_)),
    }
}

pub(super) fn rewrite(expr: &mut Expr) {
    match expr {
        Expr::Collate { expr: inner, .. } => *expr = take(inner),
        Expr::BinaryOp { left, op: BinaryOperator::Eq | BinaryOperator::NotEq, right }
            if is_written(right) =>
        {
            // Whether it is a list or a truth value, or its text, only the function sees.
            **left = call("text_out", vec![take(left)]);
        }
        Expr::BinaryOp { left, op: op @ (BinaryOperator::Multiply | BinaryOperator::Divide), right }
            if is_interval(left) || (*op == BinaryOperator::Multiply && is_interval(right)) =>
        {
            let is_division = *op == BinaryOperator::Divide;
            let (interval, number) = if is_interval(left) { (left, right) } else { (right, left) };
            let (interval, mut number) = (take(interval), take(number));
            if is_division {
                number = Expr::BinaryOp {
                    left: Box::new(Expr::value(Value::Number("1.0".to_owned(), false))),
                    op: BinaryOperator::Divide,
                    right: Box::new(Expr::Nested(Box::new(number))),
                };
            }
            *expr = call("interval_times", vec![interval, number]);
        }
        Expr::BinaryOp { op, .. } => {
            if let BinaryOperator::PGCustomBinaryOperator(parts) = op
                && let Some(plain) = parts.last().and_then(|symbol| operator(symbol))
            {
                *op = plain;
            }
        }
        Expr::AnyOp { left, compare_op, right, .. } if !is_query(right) => {
            let (left, array) = match is_parameter(right) {
                true => (as_text(left, "VARCHAR"), as_text(right, "VARCHAR[]")),
                false => (take(left), array(take(right))),
            };
            *expr = match compare_op {
                BinaryOperator::Eq => call("array_has", vec![array, left]),
                op => call("any_of", vec![array, left, text(&op.to_string())]),
            };
        }
        Expr::AllOp { left, compare_op, right }
            if !is_query(right) && *compare_op == BinaryOperator::NotEq =>
        {
            let has = call("array_has", vec![array(take(right)), take(left)]);
            *expr = Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(has) };
        }
        Expr::Like { pattern, escape_char, .. } | Expr::ILike { pattern, escape_char, .. } => {
            escape_by_backslash(pattern, escape_char);
        }
        Expr::Function(Function { name, args: FunctionArguments::Subquery(query), .. })
            if last(name).as_deref() == Some("array") =>
        {
            let mut query = std::mem::replace(query.as_mut(), empty());
            if let Some(items) = transformed(&query) {
                *expr = items;
                return;
            }
            if let SetExpr::Select(select) = query.body.as_mut() {
                super::columns::name_all(select, "value");
            }
            let text = format!("SELECT array_agg(value) FROM ({query}) AS items");
            if let Ok(outer) = crate::catalog::parse_query(&text) {
                *expr = Expr::Subquery(Box::new(outer));
            }
        }
        Expr::CompoundFieldAccess { root, access_chain } => count_from_one(root, access_chain),
        _ => {}
    }
}

/// Columns of the types int2vector and oidvector.
const VECTORS: [&str; 7] =
    ["indclass", "indcollation", "indkey", "indoption", "partattrs", "proargtypes", "tgattr"];

/// The first item of a vector has the number 0.
fn count_from_one(root: &Expr, chain: &mut [AccessExpr]) {
    let mut named = match root {
        Expr::Identifier(name) => Some(name.value.to_lowercase()),
        Expr::CompoundIdentifier(parts) => parts.last().map(|name| name.value.to_lowercase()),
        _ => None,
    };
    for access in chain {
        match access {
            AccessExpr::Dot(Expr::Identifier(name)) => named = Some(name.value.to_lowercase()),
            AccessExpr::Subscript(Subscript::Index { index })
                if named.take().is_some_and(|name| VECTORS.contains(&name.as_str())) =>
            {
                *index = Expr::BinaryOp {
                    left: Box::new(Expr::Nested(Box::new(take(index)))),
                    op: BinaryOperator::Plus,
                    right: Box::new(Expr::Value(Value::Number("1".to_owned(), false).into())),
                };
            }
            _ => named = None,
        }
    }
}

/// `ARRAY(SELECT f(x) FROM unnest(list) x)` as `array_transform(list, x -> f(x))`: the list may be of a row outside, which
/// a query in the place of a value could not unnest.
fn transformed(query: &Query) -> Option<Expr> {
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    let plain = query.order_by.is_none()
        && query.limit_clause.is_none()
        && query.fetch.is_none()
        && select.selection.is_none()
        && select.distinct.is_none();
    let ([item], [from]) = (select.projection.as_slice(), select.from.as_slice()) else { return None };
    let (SelectItem::UnnamedExpr(item) | SelectItem::ExprWithAlias { expr: item, .. }) = item else {
        return None;
    };
    let (list, alias) = match &from.relation {
        TableFactor::UNNEST { array_exprs, alias, .. } => (array_exprs.first()?.to_string(), alias),
        TableFactor::Table { name, args: Some(args), alias, .. }
            if last(name).as_deref() == Some("unnest") =>
        {
            (args.args.first()?.to_string(), alias)
        }
        _ => return None,
    };
    let column = &alias.as_ref()?.columns.first()?.name;
    let text = format!("array_transform({list}, {column} -> {item})");
    if plain && from.joins.is_empty() { crate::sql::parse_expr(&text).ok() } else { None }
}

/// The text of an array of numbers, as `'{0}'`, or of a truth value, `'t'`.
fn is_written(expr: &Expr) -> bool {
    if literal(expr).is_some_and(|text| matches!(text, "t" | "f")) {
        return true;
    }
    let inside = literal(expr).and_then(|text| text.strip_prefix('{')?.strip_suffix('}'));
    inside.is_some_and(|items| !items.is_empty() && items.chars().all(|c| c.is_ascii_digit() || c == ','))
}

/// A parameter of which nothing tells the type.
fn is_parameter(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_parameter(inner),
        Expr::Value(value) => matches!(value.value, Value::Placeholder(_)),
        _ => false,
    }
}

fn as_text(expr: &mut Expr, data_type: &str) -> Expr {
    let expr = take(expr);
    crate::sql::parse_expr(&format!("CAST({expr} AS {data_type})")).unwrap_or(expr)
}

/// `LIKE 'a/_b' ESCAPE '/'` as `LIKE 'a\_b'`: no other character than the backslash can be told.
fn escape_by_backslash(pattern: &mut Expr, escape: &mut Option<sqlparser::ast::ValueWithSpan>) {
    let Some(own) = escape.as_ref().and_then(|value| value.value.clone().into_string()) else { return };
    let Some(text) = literal(pattern).map(str::to_owned) else {
        let doubled = call("replace", vec![take(pattern), self::text("\\"), self::text("\\\\")]);
        *pattern = call("replace", vec![doubled, self::text(&own), self::text("\\")]);
        *escape = None;
        return;
    };
    let own = own.chars().next();
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            c if Some(c) == own => {
                plain.push('\\');
                plain.extend(characters.next());
            }
            '\\' => plain.push_str("\\\\"),
            c => plain.push(c),
        }
    }
    *pattern = self::text(&plain);
    *escape = None;
}

fn empty() -> Query {
    use sqlparser::ast::Values;
    Query {
        with: None,
        body: Box::new(SetExpr::Values(Values { explicit_row: false, value_keyword: false, rows: vec![] })),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: vec![],
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: vec![],
    }
}

fn is_query(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_query(inner),
        Expr::Subquery(_) => true,
        _ => false,
    }
}

/// An array that is written as a text.
fn array(expr: Expr) -> Expr {
    let items = literal(&expr).and_then(list_items);
    match items {
        Some(items) => call("make_array", items.into_iter().flatten().map(|item| text(&item)).collect()),
        None => match expr {
            Expr::Nested(inner) => *inner,
            expr => expr,
        },
    }
}

fn operator(symbol: &str) -> Option<BinaryOperator> {
    Some(match symbol {
        "=" => BinaryOperator::Eq,
        "<>" | "!=" => BinaryOperator::NotEq,
        "<" => BinaryOperator::Lt,
        "<=" => BinaryOperator::LtEq,
        ">" => BinaryOperator::Gt,
        ">=" => BinaryOperator::GtEq,
        "+" => BinaryOperator::Plus,
        "-" => BinaryOperator::Minus,
        "*" => BinaryOperator::Multiply,
        "/" => BinaryOperator::Divide,
        "%" => BinaryOperator::Modulo,
        "||" => BinaryOperator::StringConcat,
        "~" => BinaryOperator::PGRegexMatch,
        "~*" => BinaryOperator::PGRegexIMatch,
        "!~" => BinaryOperator::PGRegexNotMatch,
        "!~*" => BinaryOperator::PGRegexNotIMatch,
        "~~" => BinaryOperator::PGLikeMatch,
        "~~*" => BinaryOperator::PGILikeMatch,
        "!~~" => BinaryOperator::PGNotLikeMatch,
        "!~~*" => BinaryOperator::PGNotILikeMatch,
        _ => return None,
    })
}
