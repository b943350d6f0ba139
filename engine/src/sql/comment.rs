//! `COMMENT ON`.

use std::fmt;

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

use super::parser::StatementParser;
use super::print::quoted;
use super::{ObjectKind, Origin};
use crate::Result;

/// `COMMENT ON { kind name | TABLE relation | COLUMN relation.column } IS { 'text' | NULL }`
#[derive(Debug, Clone, PartialEq)]
pub struct Comment {
    /// What it is about.
    pub target: CommentTarget,
    /// What it says; `None` takes it away.
    pub text: Option<String>,
    /// Where the target is named.
    pub origin: Origin,
}

/// What a [`Comment`] is about.
#[derive(Debug, Clone, PartialEq)]
pub enum CommentTarget {
    /// An object.
    Object {
        /// What kind.
        kind: ObjectKind,
        /// Which one.
        name: Ident,
    },
    /// A relation of any schema.
    Relation(ObjectName),
    /// A column.
    Column {
        /// Its relation.
        relation: ObjectName,
        /// Its name.
        column: Ident,
    },
}

impl Comment {
    pub(super) fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        p.expect_word("COMMENT")?;
        p.expect_word("ON")?;
        let (target, origin) = if p.word("TABLE") {
            let origin = p.origin();
            (CommentTarget::Relation(p.relation()?), origin)
        } else if p.word("COLUMN") {
            let origin = p.origin();
            (Self::column(p)?, origin)
        } else {
            let kind = p.kind()?;
            let origin = p.origin();
            (CommentTarget::Object { kind, name: p.object_name(kind)? }, origin)
        };
        p.expect_word("IS")?;
        let text = if p.word("NULL") { None } else { Some(p.string("a text in quotes")?) };
        Ok(Self { target, text, origin })
    }

    fn column(p: &mut StatementParser<'_>) -> Result<CommentTarget> {
        let mut parts = p.dotted("a column as relation.column", 4)?;
        match parts.pop() {
            Some(column) if !parts.is_empty() => {
                let parts = parts.into_iter().map(ObjectNamePart::Identifier).collect();
                Ok(CommentTarget::Column { relation: ObjectName(parts), column })
            }
            _ => {
                p.at_symbol(".");
                Err(p.unexpected().hint("name the column's relation, too: COMMENT ON COLUMN relation.column"))
            }
        }
    }
}

impl fmt::Display for Comment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("COMMENT ON ")?;
        match &self.target {
            CommentTarget::Object { kind, name } => write!(f, "{kind} {name}")?,
            CommentTarget::Relation(relation) => write!(f, "TABLE {relation}")?,
            CommentTarget::Column { relation, column } => write!(f, "COLUMN {relation}.{column}")?,
        }
        match &self.text {
            Some(text) => write!(f, " IS {}", quoted(text)),
            None => f.write_str(" IS NULL"),
        }
    }
}
