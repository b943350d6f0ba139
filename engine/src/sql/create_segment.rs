//! `CREATE SEGMENT`.

use std::fmt;

use sqlparser::ast::{Ident, Query};

use super::ObjectKind;
use super::parser::{CreateHead, StatementParser};
use super::print::{Flags, QueryText};
use crate::Result;

/// `CREATE [OR REPLACE] [MATERIALIZED] SEGMENT [IF NOT EXISTS] name AS query`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateSegment {
    /// Overwrite a segment of this name.
    pub or_replace: bool,
    /// Store the rows at each refresh.
    pub materialized: bool,
    /// Leave a segment of this name as it is.
    pub if_not_exists: bool,
    /// The segment.
    pub name: Ident,
    /// Yields the ids of the people in it, in the column `<profile>_id`.
    pub query: Box<Query>,
}

impl CreateSegment {
    pub(super) fn parse(p: &mut StatementParser<'_>, head: CreateHead) -> Result<Self> {
        let if_not_exists = p.if_not_exists(head)?;
        let name = p.object_name(ObjectKind::Segment)?;
        p.expect_word("AS")?;
        let query = p.query()?;
        Ok(Self { or_replace: head.or_replace, materialized: head.materialized, if_not_exists, name, query })
    }
}

impl fmt::Display for CreateSegment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = Flags {
            or_replace: self.or_replace,
            materialized: self.materialized,
            if_not_exists: self.if_not_exists,
        };
        flags.fmt_create(f, ObjectKind::Segment)?;
        write!(f, "{} AS\n{}", self.name, QueryText { query: &self.query, depth: 0 })
    }
}
