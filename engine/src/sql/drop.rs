//! `DROP`.

use std::fmt;

use sqlparser::ast::Ident;

use super::ObjectKind;
use super::parser::StatementParser;
use crate::Result;

/// `DROP kind [IF EXISTS] name [CASCADE]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drop {
    /// What kind.
    pub kind: ObjectKind,
    /// A missing object is no error.
    pub if_exists: bool,
    /// Which one.
    pub name: Ident,
    /// Drop what stands on it too.
    pub cascade: bool,
}

impl Drop {
    pub(super) fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        p.expect_word("DROP")?;
        let kind = p.kind()?;
        let if_exists = p.phrase(["IF", "EXISTS"])?;
        let name = p.object_name(kind)?;
        let cascade = p.word("CASCADE");
        Ok(Self { kind, if_exists, name, cascade })
    }
}

impl fmt::Display for Drop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_exists = if self.if_exists { "IF EXISTS " } else { "" };
        let cascade = if self.cascade { " CASCADE" } else { "" };
        write!(f, "DROP {} {if_exists}{}{cascade}", self.kind, self.name)
    }
}
