//! `CREATE SOURCE`.

use std::fmt;

use sqlparser::ast::Ident;

use super::ObjectKind;
use super::options::OptionList;
use super::parser::{CreateHead, StatementParser};
use super::print::Flags;
use crate::Result;

/// `CREATE [OR REPLACE] SOURCE [IF NOT EXISTS] name TYPE connector [OPTIONS (key 'value', …)]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateSource {
    /// Overwrite a source of this name.
    pub or_replace: bool,
    /// Leave a source of this name as it is.
    pub if_not_exists: bool,
    /// The source, and the schema of its tables.
    pub name: Ident,
    /// The connector that reads it, as in `files`.
    pub connector: Ident,
    /// Keys, which may be dotted, and values as written; values may hold `${NAME}`.
    pub options: Vec<(String, String)>,
}

impl CreateSource {
    pub(super) fn parse(p: &mut StatementParser<'_>, head: CreateHead) -> Result<Self> {
        let if_not_exists = p.if_not_exists(head)?;
        let name = p.object_name(ObjectKind::Source)?;
        p.expect_word("TYPE")?;
        let connector = p.ident("the name of a connector")?;
        let options = p.options()?;
        Ok(Self { or_replace: head.or_replace, if_not_exists, name, connector, options })
    }
}

impl fmt::Display for CreateSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags =
            Flags { or_replace: self.or_replace, materialized: false, if_not_exists: self.if_not_exists };
        flags.fmt_create(f, ObjectKind::Source)?;
        write!(f, "{} TYPE {}", self.name, self.connector)?;
        OptionList { before: " ", options: &self.options }.fmt(f)
    }
}
