//! `DESCRIBE CONNECTOR`.

use std::fmt;

use sqlparser::ast::Ident;

use super::parser::StatementParser;
use crate::Result;

/// `DESCRIBE CONNECTOR name`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeConnector {
    /// The word after `TYPE`.
    pub name: Ident,
}

impl DescribeConnector {
    pub(super) fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        if !p.word("DESCRIBE") {
            p.expect_word("DESC")?;
        }
        p.expect_word("CONNECTOR")?;
        Ok(Self { name: p.ident("the name of a connector")? })
    }
}

impl fmt::Display for DescribeConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DESCRIBE CONNECTOR {}", self.name)
    }
}
