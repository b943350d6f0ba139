//! `CREATE PROFILE`.

use std::fmt;

use sqlparser::ast::{Ident, Query};

use super::match_items::MatchItem;
use super::merge::MergeItem;
use super::options::OptionList;
use super::parser::{CreateHead, StatementParser};
use super::print::{Flags, QueryBlock, write_items};
use super::{ObjectKind, Origin};
use crate::Result;

/// `CREATE [OR REPLACE] PROFILE [IF NOT EXISTS] name FROM (record_source, …) MATCH (match_item, …)
/// [MERGE (merge_item, …)] [OPTIONS (key 'value', …)]`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateProfile {
    /// Overwrite a profile of this name.
    pub or_replace: bool,
    /// Leave a profile of this name as it is.
    pub if_not_exists: bool,
    /// The profile; its id column is `<name>_id`.
    pub name: Ident,
    /// Where records come from; at least one.
    pub sources: Vec<RecordSource>,
    /// How records are matched; at least one.
    pub matching: Vec<MatchItem>,
    /// How the records of one person become one row; empty without MERGE.
    pub merge: Vec<MergeItem>,
    /// Settings of this profile; empty without OPTIONS.
    pub options: Vec<(String, String)>,
}

/// `(query) AS name KEY (column)`
#[derive(Debug, Clone, PartialEq)]
pub struct RecordSource {
    /// Yields the records, with columns named as in the other record sources.
    pub query: Box<Query>,
    /// What `p_records.source` and the matching rules call it.
    pub name: Ident,
    /// The column that identifies a record within this source.
    pub key: Ident,
    /// Where it stood.
    pub origin: Origin,
}

impl CreateProfile {
    pub(super) fn parse(p: &mut StatementParser<'_>, head: CreateHead) -> Result<Self> {
        let if_not_exists = p.if_not_exists(head)?;
        let name = p.object_name(ObjectKind::Profile)?;
        p.expect_word("FROM")?;
        let sources = p.parenthesised_list(RecordSource::parse)?;
        p.expect_word("MATCH")?;
        let matching = p.parenthesised_list(MatchItem::parse)?;
        let merge = if p.word("MERGE") { p.parenthesised_list(MergeItem::parse)? } else { vec![] };
        let options = p.options()?;
        Ok(Self { or_replace: head.or_replace, if_not_exists, name, sources, matching, merge, options })
    }
}

impl RecordSource {
    fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        let origin = p.origin();
        let query = p.parenthesised_query()?;
        p.expect_word("AS")?;
        let name = p.ident("a name for the record source")?;
        p.expect_word("KEY")?;
        let key = p.parenthesised_column()?;
        Ok(Self { query, name, key, origin })
    }
}

impl fmt::Display for CreateProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags =
            Flags { or_replace: self.or_replace, materialized: false, if_not_exists: self.if_not_exists };
        flags.fmt_create(f, ObjectKind::Profile)?;
        write!(f, "{}\nFROM ", self.name)?;
        write_items(f, &self.sources)?;
        f.write_str("\nMATCH ")?;
        write_items(f, &self.matching)?;
        if !self.merge.is_empty() {
            f.write_str("\nMERGE ")?;
            write_items(f, &self.merge)?;
        }
        OptionList { before: "\n", options: &self.options }.fmt(f)
    }
}

impl fmt::Display for RecordSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = QueryBlock { query: &self.query, depth: 1 };
        write!(f, "{query} AS {} KEY ({})", self.name, self.key)
    }
}
