//! `GRANT` and `REVOKE`.

use std::fmt;

use sqlparser::ast::{Ident, ObjectName};

use super::parser::StatementParser;
use super::print::comma_separated;
use crate::Result;

/// `GRANT { SELECT ON { ALL | SCHEMA name [, …] | [TABLE] relation [, …] } | role [, …] } TO name [, …]`, and the same
/// with `REVOKE … FROM`
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// Whether it takes away.
    pub revoke: bool,
    /// What is given or taken.
    pub granted: Granted,
    /// To or from which users and roles.
    pub names: Vec<Ident>,
}

/// What a [`Grant`] gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Granted {
    /// Reading everything.
    All,
    /// Reading every relation of schemas, also those to come.
    Schemas(Vec<Ident>),
    /// Reading relations.
    Relations(Vec<ObjectName>),
    /// Membership in roles.
    Roles(Vec<Ident>),
}

impl Grant {
    pub(super) fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        let revoke = !p.word("GRANT");
        if revoke {
            p.expect_word("REVOKE")?;
        }
        let granted = if p.word("SELECT") {
            p.expect_word("ON")?;
            if p.word("ALL") {
                Granted::All
            } else if p.word("SCHEMA") {
                Granted::Schemas(p.list(|p| p.ident("the name of a schema"))?)
            } else {
                p.word("TABLE");
                Granted::Relations(p.list(|p| p.relation())?)
            }
        } else {
            Granted::Roles(p.list(|p| p.ident("SELECT or the name of a role"))?)
        };
        p.expect_word(if revoke { "FROM" } else { "TO" })?;
        let names = p.list(|p| p.ident("the name of a user or role"))?;
        Ok(Self { revoke, granted, names })
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.revoke { "REVOKE " } else { "GRANT " })?;
        match &self.granted {
            Granted::All => f.write_str("SELECT ON ALL")?,
            Granted::Schemas(names) => write!(f, "SELECT ON SCHEMA {}", comma_separated(names))?,
            Granted::Relations(names) => write!(f, "SELECT ON TABLE {}", comma_separated(names))?,
            Granted::Roles(names) => f.write_str(&comma_separated(names))?,
        }
        f.write_str(if self.revoke { " FROM " } else { " TO " })?;
        f.write_str(&comma_separated(&self.names))
    }
}
