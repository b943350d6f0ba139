//! `CREATE ACTIVITY`.

use std::fmt;

use sqlparser::ast::{Expr, Ident, Query};

use super::ObjectKind;
use super::parser::{CreateHead, StatementParser};
use super::print::{Flags, QueryBlock, sql_text};
use crate::Result;

/// `CREATE [OR REPLACE] ACTIVITY [IF NOT EXISTS] name OF profile FROM (query) KEY (column)
/// LINK (column) TO record_source AT column [TYPE word] [TITLE expr] [DETAIL expr] [URL expr]`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateActivity {
    /// Overwrite an activity of this name.
    pub or_replace: bool,
    /// Leave an activity of this name as it is.
    pub if_not_exists: bool,
    /// The activity.
    pub name: Ident,
    /// Whose activity it is.
    pub profile: Ident,
    /// Yields one row per event.
    pub query: Box<Query>,
    /// The column that identifies an event.
    pub key: Ident,
    /// The column that holds the record key of whoever acted.
    pub link: Ident,
    /// The record source of the profile that `link` points into.
    pub record_source: Ident,
    /// The column that says when.
    pub at: Ident,
    /// The semantic type, as in `sales_order`.
    pub activity_type: Option<Ident>,
    /// One line for the timeline.
    pub title: Option<Expr>,
    /// More lines for the timeline.
    pub detail: Option<Expr>,
    /// A link for the timeline.
    pub url: Option<Expr>,
}

impl CreateActivity {
    pub(super) fn parse(p: &mut StatementParser<'_>, head: CreateHead) -> Result<Self> {
        let if_not_exists = p.if_not_exists(head)?;
        let name = p.object_name(ObjectKind::Activity)?;
        p.expect_word("OF")?;
        let profile = p.object_name(ObjectKind::Profile)?;
        p.expect_word("FROM")?;
        let query = p.parenthesised_query()?;
        p.expect_word("KEY")?;
        let key = p.parenthesised_column()?;
        p.expect_word("LINK")?;
        let link = p.parenthesised_column()?;
        p.expect_word("TO")?;
        let record_source = p.ident("the name of a record source")?;
        p.expect_word("AT")?;
        let at = p.ident("a column name")?;
        let activity_type = if p.word("TYPE") { Some(p.ident("a type")?) } else { None };
        let title = optional_expr(p, "TITLE")?;
        let detail = optional_expr(p, "DETAIL")?;
        let url = optional_expr(p, "URL")?;
        Ok(Self {
            or_replace: head.or_replace,
            if_not_exists,
            name,
            profile,
            query,
            key,
            link,
            record_source,
            at,
            activity_type,
            title,
            detail,
            url,
        })
    }
}

fn optional_expr(p: &mut StatementParser<'_>, word: &'static str) -> Result<Option<Expr>> {
    if p.word(word) { p.expr().map(Some) } else { Ok(None) }
}

impl fmt::Display for CreateActivity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags =
            Flags { or_replace: self.or_replace, materialized: false, if_not_exists: self.if_not_exists };
        flags.fmt_create(f, ObjectKind::Activity)?;
        let query = QueryBlock { query: &self.query, depth: 0 };
        write!(f, "{} OF {}\nFROM {query}\n", self.name, self.profile)?;
        write!(f, "KEY ({}) LINK ({}) TO {} AT {}", self.key, self.link, self.record_source, self.at)?;
        if let Some(word) = &self.activity_type {
            write!(f, " TYPE {word}")?;
        }
        for (word, expr) in [("TITLE", &self.title), ("DETAIL", &self.detail), ("URL", &self.url)] {
            if let Some(expr) = expr {
                write!(f, "\n{word} {}", sql_text(expr))?;
            }
        }
        Ok(())
    }
}
