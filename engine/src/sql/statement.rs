//! A statement of any kind, and how its first words tell which.

use std::fmt;

use datafusion::sql::parser::Statement as DFStatement;
use sqlparser::ast::Ident;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

use super::parser::{CreateHead, StatementParser};
use super::print::sql_text;
use super::syntax_error::{self, Expected, nearest};
use super::{
    AlterUser, AnalyzeSource, Comment, CreateActivity, CreateMeasure, CreatePolicy, CreatePrediction,
    CreateProfile, CreateSegment, CreateSource, CreateUser, CreateView, Describe, DescribeConnector, Drop,
    DropPolicy, DropUser, ExplainMatch, ExplainRefresh, Grant, ObjectKind, Refresh, Show, ShowCreate, Shown,
};
use crate::Result;

/// A statement. `Display` prints the canonical text, from which parsing gives the same statement back.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    /// `CREATE SOURCE`
    CreateSource(CreateSource),
    /// `CREATE PROFILE`
    CreateProfile(Box<CreateProfile>),
    /// `CREATE ACTIVITY`
    CreateActivity(Box<CreateActivity>),
    /// `CREATE MEASURE`
    CreateMeasure(CreateMeasure),
    /// `CREATE SEGMENT`
    CreateSegment(CreateSegment),
    /// `CREATE PREDICTION`
    CreatePrediction(Box<CreatePrediction>),
    /// `CREATE VIEW`
    CreateView(CreateView),
    /// `CREATE USER`, `CREATE ROLE`
    CreateUser(CreateUser),
    /// `ALTER USER`
    AlterUser(AlterUser),
    /// `DROP USER`, `DROP ROLE`
    DropUser(DropUser),
    /// `GRANT`, `REVOKE`
    Grant(Grant),
    /// `CREATE POLICY`
    CreatePolicy(Box<CreatePolicy>),
    /// `DROP POLICY`
    DropPolicy(DropPolicy),
    /// `COMMENT ON`
    Comment(Comment),
    /// `DROP` of an object
    Drop(Drop),
    /// `SHOW` of what Onefold knows
    Show(Show),
    /// `SHOW CREATE` of an object
    ShowCreate(ShowCreate),
    /// `DESCRIBE` of an object
    Describe(Describe),
    /// `DESCRIBE CONNECTOR`
    DescribeConnector(DescribeConnector),
    /// `ANALYZE SOURCE`
    AnalyzeSource(AnalyzeSource),
    /// `REFRESH`
    Refresh(Refresh),
    /// `EXPLAIN MATCH`
    ExplainMatch(ExplainMatch),
    /// `EXPLAIN REFRESH`
    ExplainRefresh(ExplainRefresh),
    /// What DataFusion runs: queries, DML, COPY, EXPLAIN, SET, …
    DataFusion(Box<DFStatement>),
}

/// Words that begin a statement.
const STATEMENTS: [&str; 30] = [
    "ALTER",
    "ANALYZE",
    "BEGIN",
    "COMMENT",
    "COMMIT",
    "COPY",
    "CREATE",
    "DEALLOCATE",
    "DELETE",
    "DESC",
    "DESCRIBE",
    "DROP",
    "EXECUTE",
    "EXPLAIN",
    "FROM",
    "GRANT",
    "INSERT",
    "PREPARE",
    "REFRESH",
    "RESET",
    "REVOKE",
    "ROLLBACK",
    "SELECT",
    "SET",
    "SHOW",
    "TRUNCATE",
    "UPDATE",
    "USE",
    "VALUES",
    "WITH",
];

/// Words after CREATE or DROP that DataFusion takes.
const DATAFUSION_KINDS: [&str; 10] = [
    "AGGREGATE",
    "DATABASE",
    "EXTERNAL",
    "FUNCTION",
    "INDEX",
    "SCHEMA",
    "TABLE",
    "TEMP",
    "TEMPORARY",
    "UNBOUNDED",
];

/// Words within a query, for `did you mean`.
const CLAUSES: [&str; 24] = [
    "BETWEEN",
    "DISTINCT",
    "EXCEPT",
    "EXISTS",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "INNER",
    "INTERSECT",
    "INTERVAL",
    "JOIN",
    "LEFT",
    "LIMIT",
    "OFFSET",
    "ORDER",
    "OUTER",
    "PARTITION",
    "QUALIFY",
    "RIGHT",
    "SELECT",
    "UNION",
    "USING",
    "WHERE",
];

impl Statement {
    pub(super) fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        match p.peek_word(0).as_deref() {
            Some("CREATE") if !creates_for_datafusion(p) => Self::parse_create(p),
            Some("ALTER") if is_user_kind(p.peek_word(1).as_deref()) => {
                AlterUser::parse(p).map(Self::AlterUser)
            }
            Some("GRANT" | "REVOKE") => Grant::parse(p).map(Self::Grant),
            Some("DROP") if is_user_kind(p.peek_word(1).as_deref()) => DropUser::parse(p).map(Self::DropUser),
            Some("DROP") if p.peek_word(1).as_deref() == Some("POLICY") => {
                DropPolicy::parse(p).map(Self::DropPolicy)
            }
            Some("COMMENT") => Comment::parse(p).map(Self::Comment),
            Some("DROP") if !p.peek_word(1).is_some_and(is_datafusion_kind) => Drop::parse(p).map(Self::Drop),
            Some("SHOW") if shows_create_of_ours(p) => ShowCreate::parse(p).map(Self::ShowCreate),
            Some("SHOW") if shows_ours(p) => Show::parse(p).map(Self::Show),
            Some("DESCRIBE" | "DESC") if describes_connector(p) => {
                DescribeConnector::parse(p).map(Self::DescribeConnector)
            }
            Some("ANALYZE") if p.peek_word(1).as_deref() == Some("SOURCE") => {
                AnalyzeSource::parse(p).map(Self::AnalyzeSource)
            }
            Some("DESCRIBE" | "DESC") if describes_ours(p) => Describe::parse(p).map(Self::Describe),
            Some("REFRESH") => Refresh::parse(p).map(Self::Refresh),
            Some("EXPLAIN") if p.peek_word(1).as_deref() == Some("MATCH") => {
                ExplainMatch::parse(p).map(Self::ExplainMatch)
            }
            Some("EXPLAIN") if p.peek_word(1).as_deref() == Some("REFRESH") => {
                ExplainRefresh::parse(p).map(Self::ExplainRefresh)
            }
            Some(word) => match misspelt(p, word) {
                Some(error) => Err(error),
                None => p.datafusion(),
            },
            None => p.datafusion(),
        }
    }

    /// A new kind of object gets its arm here.
    fn parse_create(p: &mut StatementParser<'_>) -> Result<Self> {
        p.expect_word("CREATE")?;
        let or_replace = p.phrase(["OR", "REPLACE"])?;
        if !or_replace && is_user_kind(p.peek_word(0).as_deref()) {
            return CreateUser::parse(p).map(Self::CreateUser);
        }
        if !or_replace && p.peek_word(0).as_deref() == Some("POLICY") {
            p.expect_word("POLICY")?;
            return CreatePolicy::parse(p).map(|s| Self::CreatePolicy(Box::new(s)));
        }
        let materialized = p.word("MATERIALIZED");
        let head = CreateHead { or_replace, materialized };
        if !materialized {
            if p.word("SOURCE") {
                return CreateSource::parse(p, head).map(Self::CreateSource);
            }
            if p.word("PROFILE") {
                return CreateProfile::parse(p, head).map(|s| Self::CreateProfile(Box::new(s)));
            }
            if p.word("ACTIVITY") {
                return CreateActivity::parse(p, head).map(|s| Self::CreateActivity(Box::new(s)));
            }
        }
        if p.word("MEASURE") {
            return CreateMeasure::parse(p, head).map(Self::CreateMeasure);
        }
        if p.word("SEGMENT") {
            return CreateSegment::parse(p, head).map(Self::CreateSegment);
        }
        if !materialized && p.word("PREDICTION") {
            return CreatePrediction::parse(p, head).map(|s| Self::CreatePrediction(Box::new(s)));
        }
        if p.word("VIEW") {
            return CreateView::parse(p, head).map(Self::CreateView);
        }
        if materialized {
            return Err(p.unexpected().hint("measures, segments and views can be MATERIALIZED"));
        }
        Err(p.unexpected())
    }

    /// The object that the statement creates.
    pub fn creates(&self) -> Option<(ObjectKind, &Ident)> {
        match self {
            Self::CreateSource(s) => Some((ObjectKind::Source, &s.name)),
            Self::CreateProfile(s) => Some((ObjectKind::Profile, &s.name)),
            Self::CreateActivity(s) => Some((ObjectKind::Activity, &s.name)),
            Self::CreateMeasure(s) => Some((ObjectKind::Measure, &s.name)),
            Self::CreateSegment(s) => Some((ObjectKind::Segment, &s.name)),
            Self::CreatePrediction(s) => Some((ObjectKind::Prediction, &s.name)),
            Self::CreateView(s) => Some((ObjectKind::View, &s.name)),
            _ => None,
        }
    }
}

fn is_user_kind(word: Option<&str>) -> bool {
    matches!(word, Some("USER" | "ROLE"))
}

fn is_datafusion_kind(word: String) -> bool {
    DATAFUSION_KINDS.contains(&word.as_str())
}

fn creates_for_datafusion(p: &StatementParser<'_>) -> bool {
    let replaces = p.peek_word(1).as_deref() == Some("OR") && p.peek_word(2).as_deref() == Some("REPLACE");
    p.peek_word(if replaces { 3 } else { 1 }).is_some_and(is_datafusion_kind)
}

fn is_kind(word: &str) -> bool {
    ObjectKind::ALL.iter().any(|kind| kind.word() == word)
}

fn nearly_kind(word: &str) -> bool {
    nearest(word, ObjectKind::ALL.map(ObjectKind::word)).is_some()
}

fn shows_create_of_ours(p: &StatementParser<'_>) -> bool {
    p.peek_word(1).as_deref() == Some("CREATE")
        && p.peek_word(2).is_some_and(|word| is_kind(&word) || nearly_kind(&word))
}

fn shows_ours(p: &StatementParser<'_>) -> bool {
    let words = Shown::ALL.map(Shown::word);
    let ends = matches!(p.df.parser.peek_nth_token_ref(2).token, Token::EOF | Token::SemiColon);
    p.peek_word(1).is_some_and(|word| {
        let near = ends && nearest(&word, words).is_some();
        words.contains(&word.as_str()) || near
    })
}

/// `DESCRIBE CONNECTOR files`, but not `DESCRIBE connector`, which may be a table.
fn describes_connector(p: &StatementParser<'_>) -> bool {
    p.peek_word(1).as_deref() == Some("CONNECTOR")
        && matches!(p.df.parser.peek_nth_token_ref(2).token, Token::Word(_))
}

/// `DESCRIBE segment gold`, but not `DESCRIBE segment`, which may be a table.
fn describes_ours(p: &StatementParser<'_>) -> bool {
    let followed = matches!(p.df.parser.peek_nth_token_ref(2).token, Token::Word(_));
    followed && p.peek_word(1).is_some_and(|word| is_kind(&word) || nearly_kind(&word))
}

/// The error of a first word that begins no statement but nearly does.
fn misspelt(p: &StatementParser<'_>, word: &str) -> Option<crate::Error> {
    if STATEMENTS.contains(&word) {
        return None;
    }
    nearest(word, STATEMENTS)?;
    let error =
        syntax_error::unexpected(&[Expected::Thing("an SQL statement")], &p.peek().token, p.origin().0);
    Some(syntax_error::with_suggestion(error, word, STATEMENTS))
}

/// The keyword of a query that the word here or the one before was perhaps meant to be. A misspelt keyword
/// is often read as an alias, so that the parser stops one word later.
pub(super) fn clause_meant(p: &StatementParser<'_>) -> Option<String> {
    let here = &p.df.parser.peek_token_ref().token;
    let before = &p.df.parser.get_current_token().token;
    [here, before].into_iter().find_map(|token| {
        let Token::Word(word) = token else { return None };
        if word.quote_style.is_some() || word.keyword != Keyword::NoKeyword {
            return None;
        }
        let meant = nearest(&word.value, CLAUSES)?;
        Some(format!("did you mean {meant} instead of {}?", word.value))
    })
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateSource(s) => s.fmt(f),
            Self::CreateProfile(s) => s.fmt(f),
            Self::CreateActivity(s) => s.fmt(f),
            Self::CreateMeasure(s) => s.fmt(f),
            Self::CreateSegment(s) => s.fmt(f),
            Self::CreatePrediction(s) => s.fmt(f),
            Self::CreateView(s) => s.fmt(f),
            Self::CreateUser(s) => s.fmt(f),
            Self::AlterUser(s) => s.fmt(f),
            Self::DropUser(s) => s.fmt(f),
            Self::Grant(s) => s.fmt(f),
            Self::CreatePolicy(s) => s.fmt(f),
            Self::DropPolicy(s) => s.fmt(f),
            Self::Comment(s) => s.fmt(f),
            Self::Drop(s) => s.fmt(f),
            Self::Show(s) => s.fmt(f),
            Self::ShowCreate(s) => s.fmt(f),
            Self::Describe(s) => s.fmt(f),
            Self::DescribeConnector(s) => s.fmt(f),
            Self::AnalyzeSource(s) => s.fmt(f),
            Self::Refresh(s) => s.fmt(f),
            Self::ExplainMatch(s) => s.fmt(f),
            Self::ExplainRefresh(s) => s.fmt(f),
            Self::DataFusion(s) => match s.as_ref() {
                DFStatement::Statement(s) => f.write_str(&sql_text(s.as_ref())),
                other => other.fmt(f),
            },
        }
    }
}
