//! `EXPLAIN REFRESH`.

use std::fmt;

use sqlparser::ast::Ident;

use super::ObjectKind;
use super::parser::StatementParser;
use crate::Result;

/// `EXPLAIN REFRESH PROFILE name`: the plans by which a refresh would find the pairs of the profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainRefresh {
    /// The profile.
    pub profile: Ident,
}

impl ExplainRefresh {
    pub(super) fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        p.expect_word("EXPLAIN")?;
        p.expect_word("REFRESH")?;
        p.expect_word("PROFILE")?;
        Ok(Self { profile: p.object_name(ObjectKind::Profile)? })
    }
}

impl fmt::Display for ExplainRefresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EXPLAIN REFRESH PROFILE {}", self.profile)
    }
}
