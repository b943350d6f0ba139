//! `CREATE USER`, `CREATE ROLE`, `ALTER USER`, `DROP USER`, `DROP ROLE`.

use std::fmt;

use sqlparser::ast::Ident;

use super::parser::StatementParser;
use super::print::quoted;
use crate::Result;

/// Who connects, or what users are members of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserKind {
    /// Somebody who connects.
    User,
    /// A set of rights.
    Role,
}

impl UserKind {
    /// The SQL word, in upper case.
    pub fn word(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Role => "ROLE",
        }
    }

    fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        let kinds = [Self::User, Self::Role];
        kinds.into_iter().find(|kind| p.word(kind.word())).ok_or_else(|| p.unexpected())
    }
}

/// `CREATE { USER | ROLE } [IF NOT EXISTS] name [PASSWORD 'text']`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateUser {
    /// User or role.
    pub kind: UserKind,
    /// One that is there is left as it is.
    pub if_not_exists: bool,
    /// Its name.
    pub name: Ident,
    /// Its password, or the SCRAM-SHA-256 verifier of it; only a user has one.
    pub password: Option<String>,
}

impl CreateUser {
    /// Reads what follows CREATE.
    pub(super) fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        let kind = UserKind::parse(p)?;
        let if_not_exists = p.phrase(["IF", "NOT"])?;
        if if_not_exists {
            p.expect_word("EXISTS")?;
        }
        let name = p.ident("the name of a user or role")?;
        let password = if kind == UserKind::User { password(p)? } else { None };
        Ok(Self { kind, if_not_exists, name, password })
    }
}

impl fmt::Display for CreateUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_not_exists = if self.if_not_exists { "IF NOT EXISTS " } else { "" };
        write!(f, "CREATE {} {if_not_exists}{}", self.kind.word(), self.name)?;
        match &self.password {
            Some(password) => write!(f, " PASSWORD {}", quoted(password)),
            None => Ok(()),
        }
    }
}

/// `ALTER USER name PASSWORD { 'text' | NULL }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterUser {
    /// Which user.
    pub name: Ident,
    /// The new password, or its verifier; without one the user cannot connect.
    pub password: Option<String>,
}

impl AlterUser {
    pub(super) fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        p.expect_word("ALTER")?;
        p.expect_word("USER")?;
        let name = p.ident("the name of a user")?;
        p.word("WITH");
        p.expect_word("PASSWORD")?;
        let password = if p.word("NULL") { None } else { Some(p.string("a password in quotes")?) };
        Ok(Self { name, password })
    }
}

impl fmt::Display for AlterUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER USER {} PASSWORD ", self.name)?;
        match &self.password {
            Some(password) => f.write_str(&quoted(password)),
            None => f.write_str("NULL"),
        }
    }
}

/// `DROP { USER | ROLE } [IF EXISTS] name`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropUser {
    /// User or role.
    pub kind: UserKind,
    /// A missing one is no error.
    pub if_exists: bool,
    /// Which one.
    pub name: Ident,
}

impl DropUser {
    pub(super) fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        p.expect_word("DROP")?;
        let kind = UserKind::parse(p)?;
        let if_exists = p.phrase(["IF", "EXISTS"])?;
        Ok(Self { kind, if_exists, name: p.ident("the name of a user or role")? })
    }
}

impl fmt::Display for DropUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_exists = if self.if_exists { "IF EXISTS " } else { "" };
        write!(f, "DROP {} {if_exists}{}", self.kind.word(), self.name)
    }
}

fn password(p: &mut StatementParser<'_>) -> Result<Option<String>> {
    let with = p.word("WITH");
    if with || p.word("PASSWORD") {
        if with {
            p.expect_word("PASSWORD")?;
        }
        return p.string("a password in quotes").map(Some);
    }
    Ok(None)
}
