//! `DESCRIBE` of an object. `DESCRIBE relation` is DataFusion's.

use std::fmt;

use sqlparser::ast::Ident;

use super::ObjectKind;
use super::parser::StatementParser;
use crate::Result;

/// `DESCRIBE kind name`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Describe {
    /// What kind.
    pub kind: ObjectKind,
    /// Which one.
    pub name: Ident,
}

impl Describe {
    pub(super) fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        if !p.word("DESCRIBE") {
            p.expect_word("DESC")?;
        }
        let kind = p.kind()?;
        Ok(Self { kind, name: p.object_name(kind)? })
    }
}

impl fmt::Display for Describe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DESCRIBE {} {}", self.kind, self.name)
    }
}
