//! `ANALYZE SOURCE`.

use std::fmt;

use sqlparser::ast::Ident;
use sqlparser::tokenizer::Token;

use super::ObjectKind;
use super::parser::StatementParser;
use crate::Result;

/// `ANALYZE SOURCE name [table]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyzeSource {
    /// The source.
    pub source: Ident,
    /// Only this table of it.
    pub table: Option<Ident>,
}

impl AnalyzeSource {
    pub(super) fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        p.expect_word("ANALYZE")?;
        p.expect_word("SOURCE")?;
        let source = p.object_name(ObjectKind::Source)?;
        let ends = matches!(p.peek().token, Token::EOF | Token::SemiColon);
        let table = if ends { None } else { Some(p.ident("the name of a table")?) };
        Ok(Self { source, table })
    }
}

impl fmt::Display for AnalyzeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ANALYZE SOURCE {}", self.source)?;
        match &self.table {
            Some(table) => write!(f, " {table}"),
            None => Ok(()),
        }
    }
}
