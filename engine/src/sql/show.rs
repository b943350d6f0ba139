//! `SHOW` of what Onefold knows.

use std::fmt;

use super::ObjectKind;
use super::parser::StatementParser;
use super::print::quoted;
use crate::Result;

/// `SHOW kinds [LIKE 'pattern']`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Show {
    /// What is listed.
    pub what: Shown,
    /// Only names that match this SQL pattern.
    pub like: Option<String>,
}

/// What [`Show`] lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// The objects of a kind.
    Objects(ObjectKind),
    /// The connectors that a source can have.
    Connectors,
    /// The functions that a query can call.
    Functions,
}

impl Shown {
    /// Everything that can be shown.
    pub const ALL: [Self; 9] = [
        Self::Objects(ObjectKind::Source),
        Self::Objects(ObjectKind::Profile),
        Self::Objects(ObjectKind::Activity),
        Self::Objects(ObjectKind::Measure),
        Self::Objects(ObjectKind::Segment),
        Self::Objects(ObjectKind::Prediction),
        Self::Objects(ObjectKind::View),
        Self::Connectors,
        Self::Functions,
    ];

    /// The SQL word, in upper case.
    pub fn word(self) -> &'static str {
        match self {
            Self::Objects(kind) => kind.plural(),
            Self::Connectors => "CONNECTORS",
            Self::Functions => "FUNCTIONS",
        }
    }
}

impl Show {
    pub(super) fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        p.expect_word("SHOW")?;
        let Some(what) = Shown::ALL.into_iter().find(|what| p.word(what.word())) else {
            return Err(p.unexpected());
        };
        let like = if p.word("LIKE") { Some(p.string("a pattern in quotes")?) } else { None };
        Ok(Self { what, like })
    }
}

impl fmt::Display for Show {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SHOW {}", self.what.word())?;
        match &self.like {
            Some(pattern) => write!(f, " LIKE {}", quoted(pattern)),
            None => Ok(()),
        }
    }
}
