//! Policies: which rows of a relation somebody sees, and what in place of columns.
//!
//! A row is seen if one of the policies with a condition lets it through, so that a member of two roles sees what either
//! sees; without a condition all rows are seen. A column is masked if any policy masks it, by the first one in order of
//! name.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlparser::ast::{Expr, Value, VisitMut, VisitorMut};

use crate::Result;
use crate::catalog::object::folded;
use crate::identity::rules::quoted;
use crate::sql::{CreatePolicy, PolicyFor, parse_expr, sql_text};

/// A policy as the catalog keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPolicy {
    /// Whether it restricts everybody but those who are named, instead of those who are.
    pub everybody: bool,
    /// Users and roles.
    pub names: BTreeSet<String>,
    /// The condition, as SQL.
    pub using: Option<String>,
    /// By column what is seen in its place, as SQL.
    pub masks: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// What a statement makes.
pub fn stored_policy(create: &CreatePolicy, created_at: DateTime<Utc>) -> StoredPolicy {
    let (everybody, names) = match &create.to {
        PolicyFor::AllExcept(names) => (true, names),
        PolicyFor::Only(names) => (false, names),
    };
    StoredPolicy {
        everybody,
        names: names.iter().map(folded).collect(),
        using: create.using.as_ref().map(sql_text),
        masks: create.masks.iter().map(|mask| (folded(&mask.column), sql_text(&mask.value))).collect(),
        created_at,
    }
}

impl StoredPolicy {
    /// Whether it restricts a user; `names` has the user and all roles that it is a member of.
    pub fn restricts(&self, names: &BTreeSet<String>) -> bool {
        self.everybody == self.names.is_disjoint(names)
    }

    /// Whom it restricts, in words.
    pub fn restricted(&self) -> String {
        let names = self.names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        match (self.everybody, names.is_empty()) {
            (true, true) => "all".to_owned(),
            (true, false) => format!("all except {names}"),
            (false, _) => names,
        }
    }
}

/// The query of what a user sees of the relation `from`, whose columns are named.
///
/// # Errors
/// If a stored text cannot be parsed.
pub(super) fn query(
    columns: &[(String, String)],
    from: &str,
    user: &str,
    policies: &[(String, StoredPolicy)],
) -> Result<String> {
    let mut items = Vec::new();
    for (column, r#type) in columns {
        let name = quoted(column);
        items.push(match policies.iter().find_map(|(_, policy)| policy.masks.get(column)) {
            Some(mask) => {
                let mask = for_user(mask, user)?;
                format!("arrow_cast(({mask}), '{type}') AS {name}")
            }
            None => name,
        });
    }
    let conditions = policies.iter().filter_map(|(_, policy)| policy.using.as_deref());
    let conditions: Vec<String> =
        conditions.map(|text| Ok(format!("({})", for_user(text, user)?))).collect::<Result<_>>()?;
    let mut text = format!("SELECT {} FROM {from}", items.join(", "));
    if !conditions.is_empty() {
        text.push_str(&format!(" WHERE {}", conditions.join(" OR ")));
    }
    Ok(text)
}

/// An expression with the user's name in place of `current_user`.
fn for_user(text: &str, user: &str) -> Result<String> {
    let mut expr = parse_expr(text)?;
    let _ = expr.visit(&mut CurrentUser(user));
    Ok(sql_text(&expr))
}

struct CurrentUser<'a>(&'a str);

impl VisitorMut for CurrentUser<'_> {
    type Break = ();

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let name = match expr {
            Expr::Identifier(ident) if ident.quote_style.is_none() => Some(ident.value.clone()),
            Expr::Function(function) => Some(function.name.to_string()),
            _ => None,
        };
        if name.is_some_and(|name| name.eq_ignore_ascii_case("current_user")) {
            *expr = Expr::value(Value::SingleQuotedString(self.0.to_owned()));
        }
        ControlFlow::Continue(())
    }
}
