//! `CREATE MEASURE`.

use std::fmt;

use sqlparser::ast::{Ident, Query};

use super::ObjectKind;
use super::parser::{CreateHead, StatementParser};
use super::print::{Flags, QueryText};
use crate::Result;

/// `CREATE [OR REPLACE] [MATERIALIZED] MEASURE [IF NOT EXISTS] name AS query`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateMeasure {
    /// Overwrite a measure of this name.
    pub or_replace: bool,
    /// Store the rows at each refresh.
    pub materialized: bool,
    /// Leave a measure of this name as it is.
    pub if_not_exists: bool,
    /// The measure.
    pub name: Ident,
    /// Yields one row per person, or per person and dimension.
    pub query: Box<Query>,
}

impl CreateMeasure {
    pub(super) fn parse(p: &mut StatementParser<'_>, head: CreateHead) -> Result<Self> {
        let if_not_exists = p.if_not_exists(head)?;
        let name = p.object_name(ObjectKind::Measure)?;
        p.expect_word("AS")?;
        let query = p.query()?;
        Ok(Self { or_replace: head.or_replace, materialized: head.materialized, if_not_exists, name, query })
    }
}

impl fmt::Display for CreateMeasure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = Flags {
            or_replace: self.or_replace,
            materialized: self.materialized,
            if_not_exists: self.if_not_exists,
        };
        flags.fmt_create(f, ObjectKind::Measure)?;
        write!(f, "{} AS\n{}", self.name, QueryText { query: &self.query, depth: 0 })
    }
}
