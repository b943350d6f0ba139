//! The items of `MERGE`: how the records of one person become one row.

use std::fmt;

use sqlparser::ast::{Expr, Ident};

use super::Origin;
use super::parser::StatementParser;
use super::print::sql_text;
use crate::Result;

/// `aggregate AS column`
#[derive(Debug, Clone, PartialEq)]
pub struct MergeItem {
    /// An aggregate over the records of one person.
    pub expr: Expr,
    /// The column of the profile that it makes.
    pub column: Ident,
    /// Where it stood.
    pub origin: Origin,
}

impl MergeItem {
    pub(super) fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        let origin = p.origin();
        let expr = p.expr()?;
        p.expect_word("AS")?;
        let column = p.ident("a column name")?;
        Ok(Self { expr, column, origin })
    }
}

impl fmt::Display for MergeItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} AS {}", sql_text(&self.expr), self.column)
    }
}
