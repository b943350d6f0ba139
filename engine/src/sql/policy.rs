//! `CREATE POLICY` and `DROP POLICY`.

use std::fmt;

use sqlparser::ast::{Expr, Ident, ObjectName};

use super::Origin;
use super::parser::StatementParser;
use super::print::{comma_separated, sql_text};
use crate::Result;

/// `CREATE POLICY [IF NOT EXISTS] name ON relation [TO { ALL [EXCEPT name [, …]] | name [, …] }]
/// [USING (condition)] [MASK (column AS expression [, …])]`
#[derive(Debug, Clone, PartialEq)]
pub struct CreatePolicy {
    /// One that is there is left as it is.
    pub if_not_exists: bool,
    /// Its name, which is its own among the policies of the relation.
    pub name: Ident,
    /// What it restricts.
    pub relation: ObjectName,
    /// Whom it restricts.
    pub to: PolicyFor,
    /// Which rows are seen.
    pub using: Option<Expr>,
    /// What is seen of columns.
    pub masks: Vec<Mask>,
    /// Where the relation is named.
    pub origin: Origin,
}

/// Whom a policy restricts. Administrators never.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyFor {
    /// Everybody but these users and members of these roles.
    AllExcept(Vec<Ident>),
    /// These users and members of these roles.
    Only(Vec<Ident>),
}

/// What is seen in place of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    /// The column.
    pub column: Ident,
    /// Over the columns of the relation; of the type of the column.
    pub value: Expr,
}

impl CreatePolicy {
    /// Reads what follows `CREATE POLICY`.
    pub(super) fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        let if_not_exists = p.phrase(["IF", "NOT"])?;
        if if_not_exists {
            p.expect_word("EXISTS")?;
        }
        let name = p.ident("the name of a policy")?;
        p.expect_word("ON")?;
        p.word("TABLE");
        let origin = p.origin();
        let relation = p.relation()?;
        let to = if p.word("TO") { PolicyFor::parse(p)? } else { PolicyFor::AllExcept(Vec::new()) };
        let using = if p.word("USING") {
            p.expect_symbol("(")?;
            let condition = p.expr()?;
            p.expect_symbol(")")?;
            Some(condition)
        } else {
            None
        };
        let masks = if p.word("MASK") { p.parenthesised_list(Mask::parse)? } else { Vec::new() };
        if using.is_none() && masks.is_empty() {
            return Err(p.unexpected().hint(
                "a policy says which rows are seen, USING (condition), what is seen of columns, MASK (column AS expression), or both",
            ));
        }
        Ok(Self { if_not_exists, name, relation, to, using, masks, origin })
    }
}

impl PolicyFor {
    fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        if p.word("ALL") {
            let except = if p.word("EXCEPT") { names(p)? } else { Vec::new() };
            return Ok(Self::AllExcept(except));
        }
        Ok(Self::Only(names(p)?))
    }
}

fn names(p: &mut StatementParser<'_>) -> Result<Vec<Ident>> {
    p.list(|p| p.ident("the name of a user or role"))
}

impl Mask {
    fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        let column = p.ident("a column name")?;
        p.expect_word("AS")?;
        Ok(Self { column, value: p.expr()? })
    }
}

impl fmt::Display for CreatePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_not_exists = if self.if_not_exists { "IF NOT EXISTS " } else { "" };
        write!(f, "CREATE POLICY {if_not_exists}{} ON {} TO {}", self.name, self.relation, self.to)?;
        if let Some(condition) = &self.using {
            write!(f, " USING ({})", sql_text(condition))?;
        }
        if !self.masks.is_empty() {
            write!(f, " MASK ({})", comma_separated(&self.masks))?;
        }
        Ok(())
    }
}

impl fmt::Display for PolicyFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AllExcept(names) if names.is_empty() => f.write_str("ALL"),
            Self::AllExcept(names) => write!(f, "ALL EXCEPT {}", comma_separated(names)),
            Self::Only(names) => f.write_str(&comma_separated(names)),
        }
    }
}

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} AS {}", self.column, sql_text(&self.value))
    }
}

/// `DROP POLICY [IF EXISTS] name ON relation`
#[derive(Debug, Clone, PartialEq)]
pub struct DropPolicy {
    /// A missing one is no error.
    pub if_exists: bool,
    /// Which one.
    pub name: Ident,
    /// Of which relation.
    pub relation: ObjectName,
}

impl DropPolicy {
    /// Reads what follows `DROP POLICY`.
    pub(super) fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        p.expect_word("DROP")?;
        p.expect_word("POLICY")?;
        let if_exists = p.phrase(["IF", "EXISTS"])?;
        let name = p.ident("the name of a policy")?;
        p.expect_word("ON")?;
        p.word("TABLE");
        Ok(Self { if_exists, name, relation: p.relation()? })
    }
}

impl fmt::Display for DropPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let if_exists = if self.if_exists { "IF EXISTS " } else { "" };
        write!(f, "DROP POLICY {if_exists}{} ON {}", self.name, self.relation)
    }
}
