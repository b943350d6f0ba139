//! `REFRESH`.

use std::fmt;

use sqlparser::ast::Ident;

use super::ObjectKind;
use super::parser::StatementParser;
use crate::Result;

/// `REFRESH { ALL | kind name } [FULL] [WITH DEPENDENTS]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refresh {
    /// What is brought up to date, with what it stands on.
    pub target: RefreshTarget,
    /// Compute everything again, fresh or not.
    pub full: bool,
    /// Also what stands on it; never with [`RefreshTarget::All`].
    pub with_dependents: bool,
}

/// What [`Refresh`] brings up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefreshTarget {
    /// Everything.
    All,
    /// One object.
    Object {
        /// What kind.
        kind: ObjectKind,
        /// Which one.
        name: Ident,
    },
}

impl Refresh {
    pub(super) fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        p.expect_word("REFRESH")?;
        if p.word("ALL") {
            return Ok(Self { target: RefreshTarget::All, full: p.word("FULL"), with_dependents: false });
        }
        let kind = p.kind()?;
        let name = p.object_name(kind)?;
        let full = p.word("FULL");
        let with_dependents = p.word("WITH");
        if with_dependents {
            p.expect_word("DEPENDENTS")?;
        }
        Ok(Self { target: RefreshTarget::Object { kind, name }, full, with_dependents })
    }
}

impl fmt::Display for Refresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            RefreshTarget::All => f.write_str("REFRESH ALL")?,
            RefreshTarget::Object { kind, name } => write!(f, "REFRESH {kind} {name}")?,
        }
        if self.full {
            f.write_str(" FULL")?;
        }
        if self.with_dependents {
            f.write_str(" WITH DEPENDENTS")?;
        }
        Ok(())
    }
}
