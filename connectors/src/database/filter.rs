//! Which filters are sent to a database: an allow-list, so that an unknown expression stays here.
//!
//! 1. `AND`, `OR`, `NOT` of what follows. Of an `AND`, the half that can be sent is sent.
//! 2. A column compared with a value of its own type: `=`, `<>`, `<`, `<=`, `>`, `>=`, `BETWEEN`, `IN (values)`.
//! 3. `IS [NOT] NULL`; a column that is a condition, also with `IS [NOT] TRUE` and so on.
//! 4. `[NOT] LIKE` with a pattern that has one meaning everywhere.
//!
//! What stands for a column's value is always the SQL by which it is read, so that a condition sees the value that
//! a row would have here. Texts are compared by their bytes.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{Between, InList, Like};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

use super::dialect::{Dialect, double_of, text_of};
use super::table::{Compare, RemoteColumn, RemoteTable};

/// Longer lists stay here: a statement has a limit of its own everywhere.
const LONGEST_LIST: usize = 1000;

/// A condition in the database's SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pushed {
    /// The SQL.
    pub(crate) sql: String,
    /// Whether it holds for just the rows that the filter holds for; otherwise it holds for some more.
    pub(crate) exact: bool,
}

impl Pushed {
    pub(crate) fn exact(sql: String) -> Self {
        Self { sql, exact: true }
    }

    pub(crate) fn wider(sql: String) -> Self {
        Self { sql, exact: false }
    }
}

/// The filter in the database's SQL, or `None` when no part of it can be sent.
pub(crate) fn push(dialect: &dyn Dialect, table: &RemoteTable, filter: &Expr) -> Option<Pushed> {
    if let Some(own) = dialect.filters() {
        return own(table, filter);
    }
    let pushed = Pusher { dialect, table, hints: true }.condition(filter)?;
    Some(Pushed { exact: pushed.exact && table.typed, ..pushed })
}

struct Pusher<'a> {
    dialect: &'a dyn Dialect,
    table: &'a RemoteTable,
    /// Whether conditions for indexes may be added. Not below a `NOT`: they need not be NULL where the filter is.
    hints: bool,
}

impl<'a> Pusher<'a> {
    fn condition(&self, expr: &Expr) -> Option<Pushed> {
        match expr {
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
                match (self.condition(left), self.condition(right)) {
                    (Some(l), Some(r)) => {
                        Some(Pushed { sql: format!("({} AND {})", l.sql, r.sql), exact: l.exact && r.exact })
                    }
                    (one, other) => one.or(other).map(|half| Pushed::wider(half.sql)),
                }
            }
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
                let (l, r) = (self.condition(left)?, self.condition(right)?);
                Some(Pushed { sql: format!("({} OR {})", l.sql, r.sql), exact: l.exact && r.exact })
            }
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => self.comparison(left, *op, right),
            Expr::Not(inner) => self.negated(inner),
            Expr::IsNull(inner) => self.column(inner).map(|c| Pushed::exact(self.dialect.is_null(c))),
            Expr::IsNotNull(inner) => {
                self.column(inner).map(|c| Pushed::exact(format!("NOT ({})", self.dialect.is_null(c))))
            }
            Expr::Column(_) => self.truth(expr),
            Expr::IsTrue(inner) => self.truth(inner).map(|p| is(&p, "TRUE")),
            Expr::IsNotTrue(inner) => self.truth(inner).map(|p| is(&p, "NOT TRUE")),
            Expr::IsFalse(inner) => self.truth(inner).map(|p| is(&p, "FALSE")),
            Expr::IsNotFalse(inner) => self.truth(inner).map(|p| is(&p, "NOT FALSE")),
            Expr::Between(between) => self.between(between),
            Expr::InList(list) => self.in_list(list),
            Expr::Like(like) => self.like(like),
            Expr::Literal(ScalarValue::Boolean(Some(value)), _) => {
                Some(Pushed::exact(if *value { "1 = 1" } else { "1 = 0" }.to_owned()))
            }
            _ => None,
        }
    }

    /// What holds for more rows, negated, holds for fewer; so only what is exact is negated.
    fn negated(&self, inner: &Expr) -> Option<Pushed> {
        let pushed = self.without_hints().condition(inner).filter(|p| p.exact)?;
        Some(Pushed::exact(format!("NOT ({})", pushed.sql)))
    }

    fn without_hints(&self) -> Self {
        Self { hints: false, ..*self }
    }

    fn column(&self, expr: &Expr) -> Option<&'a RemoteColumn> {
        let Expr::Column(column) = expr else { return None };
        self.table.columns.iter().find(|c| c.name == column.name)
    }

    fn truth(&self, expr: &Expr) -> Option<Pushed> {
        let column = self.column(expr).filter(|c| c.compare == Compare::Boolean)?;
        Some(Pushed::exact(self.dialect.truth(column)))
    }

    fn comparison(&self, left: &Expr, op: Operator, right: &Expr) -> Option<Pushed> {
        match (left, right) {
            (column, Expr::Literal(value, _)) => self.compare(self.column(column)?, op, value),
            (Expr::Literal(value, _), column) => self.compare(self.column(column)?, op.swap()?, value),
            _ => None,
        }
    }

    fn compare(&self, column: &RemoteColumn, op: Operator, value: &ScalarValue) -> Option<Pushed> {
        let written = match op {
            Operator::Eq => "=",
            Operator::NotEq => "<>",
            Operator::Lt => "<",
            Operator::LtEq => "<=",
            Operator::Gt => ">",
            Operator::GtEq => ">=",
            _ => return None,
        };
        if column.compare == Compare::Boolean {
            let ScalarValue::Boolean(Some(value)) = value else { return None };
            let truth = self.dialect.truth(column);
            return match (op, *value) {
                (Operator::Eq, true) | (Operator::NotEq, false) => Some(Pushed::exact(truth)),
                (Operator::Eq, false) | (Operator::NotEq, true) => {
                    Some(Pushed::exact(format!("NOT ({truth})")))
                }
                _ => None,
            };
        }
        let literal = self.dialect.literal(column, value)?;
        if column.compare == Compare::Float && double_of(value) == Some(0.0) {
            return self.compare_with_zero(column, op, &literal);
        }
        let ordered = !matches!(op, Operator::Eq | Operator::NotEq);
        let condition = format!("{} {written} {literal}", self.dialect.operand(column, ordered));
        Some(Pushed::exact(self.with_hint(column, op, &[literal], condition)))
    }

    /// Here -0 is less than 0; for databases they are equal.
    fn compare_with_zero(&self, column: &RemoteColumn, op: Operator, zero: &str) -> Option<Pushed> {
        let written = match op {
            Operator::Eq => "=",
            Operator::Lt | Operator::LtEq => "<=",
            Operator::Gt | Operator::GtEq => ">=",
            _ => return None,
        };
        Some(Pushed::wider(format!("{} {written} {zero}", self.dialect.operand(column, true))))
    }

    fn between(&self, between: &Between) -> Option<Pushed> {
        let Between { expr, negated, low, high } = between;
        let column = self.column(expr)?;
        let (Expr::Literal(low, _), Expr::Literal(high, _)) = (low.as_ref(), high.as_ref()) else {
            return None;
        };
        let pusher = if *negated { self.without_hints() } else { Self { ..*self } };
        let from = pusher.compare(column, Operator::GtEq, low)?;
        let to = pusher.compare(column, Operator::LtEq, high)?;
        let exact = from.exact && to.exact;
        match negated {
            false => Some(Pushed { sql: format!("({} AND {})", from.sql, to.sql), exact }),
            true => exact.then(|| Pushed::exact(format!("NOT ({} AND {})", from.sql, to.sql))),
        }
    }

    fn in_list(&self, list: &InList) -> Option<Pushed> {
        let column = self.column(&list.expr)?;
        let comparable = !matches!(column.compare, Compare::Boolean | Compare::Nulls);
        if !comparable || list.list.is_empty() || list.list.len() > LONGEST_LIST {
            return None;
        }
        let mut literals = Vec::new();
        for item in &list.list {
            let Expr::Literal(value, _) = item else { return None };
            if column.compare == Compare::Float && double_of(value) == Some(0.0) {
                return None;
            }
            literals.push(self.dialect.literal(column, value)?);
        }
        let values = literals.join(", ");
        let operand = self.dialect.operand(column, false);
        if list.negated {
            return Some(Pushed::exact(format!("{operand} NOT IN ({values})")));
        }
        let condition = format!("{operand} IN ({values})");
        Some(Pushed::exact(self.with_hint(column, Operator::Eq, &literals, condition)))
    }

    fn with_hint(
        &self,
        column: &RemoteColumn,
        operator: Operator,
        literals: &[String],
        condition: String,
    ) -> String {
        let hint = self.hints.then(|| self.dialect.index_hint(column, operator, literals)).flatten();
        match hint {
            Some(hint) => format!("({hint} AND {condition})"),
            None => condition,
        }
    }

    fn like(&self, like: &Like) -> Option<Pushed> {
        let column = self.column(&like.expr).filter(|c| matches!(c.compare, Compare::Text(_)))?;
        let Expr::Literal(pattern, _) = like.pattern.as_ref() else { return None };
        let pattern = text_of(pattern)?;
        if like.case_insensitive || like.escape_char.is_some_and(|c| c != '\\') || !unambiguous(pattern) {
            return None;
        }
        let sql = self.dialect.like(column, pattern)?;
        Some(Pushed::exact(if like.negated { format!("NOT ({sql})") } else { sql }))
    }
}

fn is(truth: &Pushed, what: &str) -> Pushed {
    Pushed::exact(format!("({}) IS {what}", truth.sql))
}

/// Whether every backslash of a pattern stands before what it makes literal.
fn unambiguous(pattern: &str) -> bool {
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c == '\\' && !matches!(chars.next(), Some('%' | '_' | '\\')) {
            return false;
        }
    }
    true
}
