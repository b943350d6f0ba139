//! `CREATE PREDICTION`.

use std::fmt;

use sqlparser::ast::{Ident, Query};

use super::ObjectKind;
use super::options::OptionList;
use super::parser::{CreateHead, StatementParser};
use super::print::{Flags, QueryText};
use crate::Result;

/// `CREATE [OR REPLACE] PREDICTION [IF NOT EXISTS] name OF profile USING method [OPTIONS (key 'value', …)] AS query`
#[derive(Debug, Clone, PartialEq)]
pub struct CreatePrediction {
    /// Overwrite a prediction of this name.
    pub or_replace: bool,
    /// Leave a prediction of this name as it is.
    pub if_not_exists: bool,
    /// The prediction.
    pub name: Ident,
    /// Whom it is about.
    pub profile: Ident,
    /// How it is made.
    pub method: Ident,
    /// The method's options.
    pub options: Vec<(String, String)>,
    /// Yields what the method learns from and what it scores.
    pub query: Box<Query>,
}

impl CreatePrediction {
    pub(super) fn parse(p: &mut StatementParser<'_>, head: CreateHead) -> Result<Self> {
        let if_not_exists = p.if_not_exists(head)?;
        let name = p.object_name(ObjectKind::Prediction)?;
        p.expect_word("OF")?;
        let profile = p.object_name(ObjectKind::Profile)?;
        p.expect_word("USING")?;
        let method = p.ident("a method")?;
        let options = p.options()?;
        p.expect_word("AS")?;
        let query = p.query()?;
        Ok(Self { or_replace: head.or_replace, if_not_exists, name, profile, method, options, query })
    }
}

impl fmt::Display for CreatePrediction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags =
            Flags { or_replace: self.or_replace, materialized: false, if_not_exists: self.if_not_exists };
        flags.fmt_create(f, ObjectKind::Prediction)?;
        write!(f, "{} OF {} USING {}", self.name, self.profile, self.method)?;
        let options = OptionList { before: "\n", options: &self.options };
        write!(f, "{options}\nAS\n{}", QueryText { query: &self.query, depth: 0 })
    }
}
