//! `SHOW CREATE`.

use std::fmt;

use sqlparser::ast::Ident;

use super::ObjectKind;
use super::parser::StatementParser;
use crate::Result;

/// `SHOW CREATE kind name`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShowCreate {
    /// What kind.
    pub kind: ObjectKind,
    /// Which one.
    pub name: Ident,
}

impl ShowCreate {
    pub(super) fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        p.expect_word("SHOW")?;
        p.expect_word("CREATE")?;
        let kind = p.kind()?;
        Ok(Self { kind, name: p.object_name(kind)? })
    }
}

impl fmt::Display for ShowCreate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SHOW CREATE {} {}", self.kind, self.name)
    }
}
