//! `CREATE USER`, `CREATE ROLE`, `ALTER USER`, `ALTER ROLE`, `DROP USER`, `DROP ROLE`.

use std::fmt;

use sqlparser::ast::Ident;

use super::options::OptionList;
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

/// `CREATE { USER | ROLE } [IF NOT EXISTS] name [PASSWORD 'text'] [OPTIONS (key 'value', …)]`
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
    /// Its limits, see [`crate::access::OPTIONS`].
    pub options: Vec<(String, String)>,
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
        Ok(Self { kind, if_not_exists, name, password, options: p.options()? })
    }
}

impl fmt::Display for CreateUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_not_exists = if self.if_not_exists { "IF NOT EXISTS " } else { "" };
        write!(f, "CREATE {} {if_not_exists}{}", self.kind.word(), self.name)?;
        if let Some(password) = &self.password {
            write!(f, " PASSWORD {}", quoted(password))?;
        }
        OptionList { before: " ", options: &self.options }.fmt(f)
    }
}

/// `ALTER { USER | ROLE } name [PASSWORD { 'text' | NULL }] [OPTIONS (key 'value', …)]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlterUser {
    /// User or role.
    pub kind: UserKind,
    /// Which one.
    pub name: Ident,
    /// What becomes of the password.
    pub password: Option<NewPassword>,
    /// Limits that change, see [`crate::access::OPTIONS`].
    pub options: Vec<(String, String)>,
}

/// What [`AlterUser`] makes of a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewPassword {
    /// The password, or its verifier.
    Text(String),
    /// None: the user cannot connect.
    Null,
}

impl AlterUser {
    pub(super) fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        p.expect_word("ALTER")?;
        let kind = UserKind::parse(p)?;
        let name = p.ident("the name of a user or role")?;
        let has_password =
            kind == UserKind::User && (p.word("WITH") || p.peek_word(0).as_deref() == Some("PASSWORD"));
        let password = if has_password {
            p.expect_word("PASSWORD")?;
            Some(match p.word("NULL") {
                true => NewPassword::Null,
                false => NewPassword::Text(p.string("a password in quotes")?),
            })
        } else {
            None
        };
        let options = p.options()?;
        if password.is_none() && options.is_empty() {
            return Err(p.unexpected());
        }
        Ok(Self { kind, name, password, options })
    }
}

impl fmt::Display for AlterUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER {} {}", self.kind.word(), self.name)?;
        match &self.password {
            Some(NewPassword::Text(password)) => write!(f, " PASSWORD {}", quoted(password))?,
            Some(NewPassword::Null) => f.write_str(" PASSWORD NULL")?,
            None => {}
        }
        OptionList { before: " ", options: &self.options }.fmt(f)
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
