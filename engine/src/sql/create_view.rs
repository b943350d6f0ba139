//! `CREATE VIEW`.

use std::fmt;

use sqlparser::ast::{Ident, Query};

use super::ObjectKind;
use super::parser::{CreateHead, StatementParser};
use super::print::{Flags, QueryText, comma_separated};
use crate::Result;

/// `CREATE [OR REPLACE] [MATERIALIZED] VIEW [IF NOT EXISTS] name [(column, …)] AS query`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateView {
    /// Overwrite a view of this name.
    pub or_replace: bool,
    /// Store the rows at each refresh.
    pub materialized: bool,
    /// Leave a view of this name as it is.
    pub if_not_exists: bool,
    /// The view, without its schema `public`.
    pub name: Ident,
    /// Names for the query's columns; empty if they keep their own.
    pub columns: Vec<Ident>,
    /// What the view shows.
    pub query: Box<Query>,
}

impl CreateView {
    pub(super) fn parse(p: &mut StatementParser<'_>, head: CreateHead) -> Result<Self> {
        let if_not_exists = p.if_not_exists(head)?;
        let name = p.object_name(ObjectKind::View)?;
        let columns =
            if p.at_symbol("(") { p.parenthesised_list(|p| p.ident("a column name"))? } else { vec![] };
        p.expect_word("AS")?;
        let query = p.query()?;
        Ok(Self {
            or_replace: head.or_replace,
            materialized: head.materialized,
            if_not_exists,
            name,
            columns,
            query,
        })
    }
}

impl fmt::Display for CreateView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = Flags {
            or_replace: self.or_replace,
            materialized: self.materialized,
            if_not_exists: self.if_not_exists,
        };
        flags.fmt_create(f, ObjectKind::View)?;
        write!(f, "{}", self.name)?;
        if !self.columns.is_empty() {
            write!(f, " ({})", comma_separated(&self.columns))?;
        }
        write!(f, " AS\n{}", QueryText { query: &self.query, depth: 0 })
    }
}
