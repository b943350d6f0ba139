//! What the canonical texts of statements share.

use std::fmt;
use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Query, Value, ValueWithSpan, VisitMut, VisitorMut};

use super::ObjectKind;
use super::parser::parse_query;

/// A query on one line is at most this long.
const LINE: usize = 100;

/// The words round the kind: `CREATE OR REPLACE MATERIALIZED kind IF NOT EXISTS`.
pub(super) struct Flags {
    pub(super) or_replace: bool,
    pub(super) materialized: bool,
    pub(super) if_not_exists: bool,
}

impl Flags {
    pub(super) fn fmt_create(&self, f: &mut fmt::Formatter<'_>, kind: ObjectKind) -> fmt::Result {
        let or_replace = if self.or_replace { "OR REPLACE " } else { "" };
        let materialized = if self.materialized { "MATERIALIZED " } else { "" };
        let if_not_exists = if self.if_not_exists { "IF NOT EXISTS " } else { "" };
        write!(f, "CREATE {or_replace}{materialized}{kind} {if_not_exists}")
    }
}

/// `( … )` with one item per line.
pub(super) fn write_items<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    f.write_str("(")?;
    for (i, item) in items.iter().enumerate() {
        let comma = if i > 0 { "," } else { "" };
        write!(f, "{comma}\n  {item}")?;
    }
    f.write_str("\n)")
}

/// A query in parentheses whose first line is already indented `depth` times.
pub(super) struct QueryBlock<'a> {
    pub(super) query: &'a Query,
    pub(super) depth: usize,
}

impl fmt::Display for QueryBlock<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = layout(self.query, self.depth + 1);
        if text.contains('\n') {
            let outer = "  ".repeat(self.depth);
            write!(f, "(\n{outer}  {text}\n{outer})")
        } else {
            write!(f, "({text})")
        }
    }
}

/// A query whose first line is already indented `depth` times.
pub(super) struct QueryText<'a> {
    pub(super) query: &'a Query,
    pub(super) depth: usize,
}

impl fmt::Display for QueryText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&layout(self.query, self.depth))
    }
}

/// One line if it fits, else one clause per line. Indenting could reach into a literal that spans lines, so
/// the result is read back, and the one line taken if it is not the same query.
fn layout(query: &Query, depth: usize) -> String {
    let query_text = verbatim(query);
    let line = query_text.to_string();
    if line.len() + 2 * depth <= LINE {
        return line;
    }
    let indent = format!("\n{}", "  ".repeat(depth));
    let lines = format!("{query_text:#}").replace('\n', &indent);
    match parse_query(&lines) {
        Ok(read) if *read == *query => lines,
        _ => line,
    }
}

/// The same node with each quote inside of a literal doubled. sqlparser leaves a quote alone that is doubled
/// already or follows a backslash, and so prints another literal for `'a\''b'` and `'a''''b'`.
fn verbatim<T: Clone + VisitMut>(node: &T) -> T {
    let mut node = node.clone();
    let _ = node.visit(&mut DoubleQuotes);
    node
}

struct DoubleQuotes;

impl VisitorMut for DoubleQuotes {
    type Break = std::convert::Infallible;

    fn post_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<Self::Break> {
        if let Value::SingleQuotedString(text) | Value::NationalStringLiteral(text) = &mut value.value {
            *text = text.replace('\'', "''");
        }
        ControlFlow::Continue(())
    }
}

/// The text of an expression, a query or a statement of sqlparser's, from which the same is read back. Its own
/// `Display` prints some literals wrong: `'a\''b'`, for one.
pub fn sql_text<T: Clone + VisitMut + fmt::Display>(node: &T) -> String {
    verbatim(node).to_string()
}

/// Expressions with commas between.
pub(super) fn expr_list(exprs: &[Expr]) -> String {
    exprs.iter().map(sql_text).collect::<Vec<_>>().join(", ")
}

/// A text as a literal.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Items with commas between.
pub(super) fn comma_separated<T: fmt::Display>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}
