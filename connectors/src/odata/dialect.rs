//! The query options of a URL (OData 4.01 part 2, section 5.1).
//!
//! A comparison with a missing value is false there and NULL here, which are the same in a filter as long as nothing is
//! negated; so `NOT` is not sent, and `ne` only with the condition that there is a value. Texts may be compared there
//! without regard to case or accents: what is equal here is equal there, but not the other way round, so of texts only
//! what finds more is sent, and all filters are checked here again.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{InList, Like};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

use super::types::is_label;
use crate::database::dialect::{
    Dialect, date_of, decimal_of, integer_of, quoted_text, text_of, timestamp_of, uuid_of,
};
use crate::database::filter::Pushed;
use crate::database::query::Query;
use crate::database::table::{Compare, RemoteColumn, RemoteTable};

/// Longer lists stay here: an address may not be long.
const LONGEST_LIST: usize = 50;

/// The dialect.
#[derive(Debug)]
pub(super) struct OdataDialect;

impl Dialect for OdataDialect {
    fn query(&self, query: &Query, _: Option<&str>) -> String {
        let mut select = selected(query.output());
        if select.is_empty() {
            // Some column must be asked for.
            select.extend(query.table.description.primary_key.first().map(String::as_str));
        }
        let mut parts = Vec::new();
        if !select.is_empty() {
            parts.push(format!("$select={}", select.join(",")));
        }
        if !query.filters.is_empty() {
            parts.push(format!("$filter={}", query.filters.join(" and ")));
        }
        if !query.order.is_empty() {
            parts.push(format!("$orderby={}", query.order.join(",")));
        }
        if let Some(limit) = query.limit {
            parts.push(format!("$top={limit}"));
        }
        match parts.is_empty() {
            true => query.table.from.clone(),
            false => format!("{}?{}", query.table.from, parts.join("&")),
        }
    }

    fn filters(&self) -> Option<fn(&RemoteTable, &Expr) -> Option<Pushed>> {
        Some(|table, filter| condition(table, filter).map(Pushed::wider))
    }

    fn quote(&self, name: &str) -> String {
        name.to_owned()
    }

    fn literal(&self, column: &RemoteColumn, value: &ScalarValue) -> Option<String> {
        match column.compare {
            Compare::Integer => integer_of(value),
            Compare::Decimal => decimal_of(value).or_else(|| integer_of(value)),
            Compare::Boolean => match value {
                ScalarValue::Boolean(Some(value)) => Some(value.to_string()),
                _ => None,
            },
            Compare::Date => date_of(value),
            Compare::Timestamp => Some(format!("{}Z", timestamp_of(value)?.replace(' ', "T"))),
            Compare::Uuid => uuid_of(value).map(str::to_owned),
            Compare::Text(_) => quoted_text(text_of(value)?).map(|text| escaped(&text)),
            Compare::Float | Compare::Nulls => None,
        }
    }

    fn operand(&self, column: &RemoteColumn, _: bool) -> String {
        column.read.clone()
    }

    fn like(&self, _: &RemoteColumn, _: &str) -> Option<String> {
        None
    }

    /// Missing values are the least there.
    fn order(&self, column: &RemoteColumn, descending: bool, nulls_first: bool) -> Option<String> {
        let ordered = matches!(
            column.compare,
            Compare::Integer | Compare::Decimal | Compare::Date | Compare::Timestamp
        );
        let same_nulls = !column.nullable || nulls_first != descending;
        let direction = if descending { "desc" } else { "asc" };
        (ordered && same_nulls).then(|| format!("{} {direction}", column.read))
    }
}

/// The properties that columns are read from.
pub(super) fn selected<'a>(columns: impl IntoIterator<Item = &'a RemoteColumn>) -> Vec<&'a str> {
    let property = |c: &'a RemoteColumn| c.read.split_once('@').map_or(c.read.as_str(), |(name, _)| name);
    let mut properties: Vec<&str> = columns.into_iter().map(property).collect();
    properties.dedup();
    properties
}

/// What would end a part of the address, as an address writes it.
fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace('&', "%26").replace('#', "%23").replace('+', "%2B")
}

/// A condition that holds for all rows that the filter holds for, and perhaps more.
fn condition(table: &RemoteTable, filter: &Expr) -> Option<String> {
    let column = |expr: &Expr| {
        let Expr::Column(column) = expr else { return None };
        table.columns.iter().find(|c| c.name == column.name && !is_label(c))
    };
    let truth = |expr: &Expr, value: bool| {
        let column = column(expr).filter(|c| c.compare == Compare::Boolean)?;
        Some(format!("{} eq {value}", column.read))
    };
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            match (condition(table, left), condition(table, right)) {
                (Some(left), Some(right)) => Some(format!("({left} and {right})")),
                (one, other) => one.or(other),
            }
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            Some(format!("({} or {})", condition(table, left)?, condition(table, right)?))
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (left.as_ref(), right.as_ref()) {
            (left, Expr::Literal(value, _)) => compare(column(left)?, *op, value),
            (Expr::Literal(value, _), right) => compare(column(right)?, op.swap()?, value),
            _ => None,
        },
        Expr::Between(between) if !between.negated => {
            let (Expr::Literal(low, _), Expr::Literal(high, _)) =
                (between.low.as_ref(), between.high.as_ref())
            else {
                return None;
            };
            let column = column(&between.expr)?;
            let low = compare(column, Operator::GtEq, low)?;
            Some(format!("({low} and {})", compare(column, Operator::LtEq, high)?))
        }
        Expr::IsNull(inner) => column(inner).map(|c| format!("{} eq null", c.read)),
        Expr::IsNotNull(inner) => column(inner).map(|c| format!("{} ne null", c.read)),
        Expr::Column(_) => truth(filter, true),
        Expr::IsTrue(inner) => truth(inner, true),
        Expr::IsFalse(inner) => truth(inner, false),
        Expr::Not(inner) => truth(inner, false),
        Expr::InList(InList { expr, list, negated: false }) if list.len() <= LONGEST_LIST => {
            let column = column(expr)?;
            let one = |item: &Expr| match item {
                Expr::Literal(value, _) => compare(column, Operator::Eq, value),
                _ => None,
            };
            let all = list.iter().map(one).collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())?;
            Some(format!("({})", all.join(" or ")))
        }
        Expr::Like(like) => self::like(column(&like.expr)?, like),
        _ => None,
    }
}

fn compare(column: &RemoteColumn, op: Operator, value: &ScalarValue) -> Option<String> {
    let written = match op {
        Operator::Eq => "eq",
        Operator::NotEq => "ne",
        Operator::Lt => "lt",
        Operator::LtEq => "le",
        Operator::Gt => "gt",
        Operator::GtEq => "ge",
        _ => return None,
    };
    if matches!(column.compare, Compare::Text(_) | Compare::Uuid | Compare::Boolean) && op != Operator::Eq {
        return None;
    }
    let literal = OdataDialect.literal(column, value)?;
    let name = &column.read;
    Some(match op {
        Operator::NotEq => format!("({name} ne {literal} and {name} ne null)"),
        _ => format!("{name} {written} {literal}"),
    })
}

/// `LIKE 'abc%'` and `LIKE '%abc%'`, where `abc` stands for itself.
fn like(column: &RemoteColumn, like: &Like) -> Option<String> {
    if like.negated || !matches!(column.compare, Compare::Text(_)) {
        return None;
    }
    let Expr::Literal(pattern, _) = like.pattern.as_ref() else { return None };
    let pattern = text_of(pattern)?;
    let (function, text) = match (pattern.strip_prefix('%'), pattern.strip_suffix('%')) {
        (Some(_), Some(_)) if pattern.len() > 1 => ("contains", &pattern[1..pattern.len() - 1]),
        (None, Some(text)) => ("startswith", text),
        (Some(text), None) => ("endswith", text),
        _ => return None,
    };
    let plain = !text.is_empty() && !text.contains(['%', '_', '\\']);
    let text = plain.then(|| quoted_text(text)).flatten().map(|text| escaped(&text))?;
    Some(format!("{function}({},{text})", column.read))
}
