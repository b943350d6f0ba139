//! `EXPLAIN MATCH`.

use std::fmt;

use sqlparser::ast::Ident;

use super::ObjectKind;
use super::parser::StatementParser;
use super::print::quoted;
use crate::Result;

/// `EXPLAIN MATCH profile ('source:key', 'source:key')`: the evidence for and against two records being one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainMatch {
    /// The profile.
    pub profile: Ident,
    /// One record, as `source:key`.
    pub left: String,
    /// The other one.
    pub right: String,
}

impl ExplainMatch {
    pub(super) fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        p.expect_word("EXPLAIN")?;
        p.expect_word("MATCH")?;
        let profile = p.object_name(ObjectKind::Profile)?;
        p.expect_symbol("(")?;
        let left = p.string("a record as 'source:key'")?;
        p.expect_symbol(",")?;
        let right = p.string("a record as 'source:key'")?;
        p.expect_symbol(")")?;
        Ok(Self { profile, left, right })
    }
}

impl fmt::Display for ExplainMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EXPLAIN MATCH {} ({}, {})", self.profile, quoted(&self.left), quoted(&self.right))
    }
}
