//! The items of `MATCH`: which records are compared, what is evidence and what is certain.

use std::fmt;

use sqlparser::ast::{Expr, Ident, ObjectName, UnaryOperator};

use super::Origin;
use super::parser::StatementParser;
use super::print::{expr_list, quoted, sql_text};
use crate::{Error, Result};

/// One item of `MATCH ( … )`.
#[derive(Debug, Clone, PartialEq)]
pub enum MatchItem {
    /// `BLOCK ON (expr, …)`
    Block(Block),
    /// `COMPARE comparator (column, …)`
    Compare(Compare),
    /// `RULE name ON predicate`
    Rule(Rule),
    /// `NEVER ON predicate`
    Never(Never),
    /// `ALWAYS IN relation`
    AlwaysIn(AlwaysIn),
    /// `NEVER IN relation`
    NeverIn(NeverIn),
    /// `IGNORE column IN (values)` or `IGNORE column LIKE 'pattern'`
    Ignore(Ignore),
    /// `AT MOST n PER record_source`
    AtMost(AtMost),
    /// `ACCEPT ABOVE probability`
    AcceptAbove(AcceptAbove),
    /// `AUTO`
    Auto(Auto),
    /// `MODEL 'file'`
    Model(ModelFile),
}

/// `BLOCK ON (expr, …)`: pairs that agree on all of these are compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Expressions over the columns of a record; at least one.
    pub exprs: Vec<Expr>,
    /// Where it stood.
    pub origin: Origin,
}

/// `COMPARE comparator (column, …)`: evidence, weighed by the learned model.
#[derive(Debug, Clone, PartialEq)]
pub struct Compare {
    /// How values are compared, as in `given_name`.
    pub comparator: Ident,
    /// What is compared; at least one.
    pub columns: Vec<Expr>,
    /// Where it stood.
    pub origin: Origin,
}

/// `RULE name ON predicate`: a pair that satisfies it is a match, certainly.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What `p_pairs` and `p_links` call it.
    pub name: Ident,
    /// Over the two records `l` and `r`.
    pub predicate: Expr,
    /// Where it stood.
    pub origin: Origin,
}

/// `NEVER ON predicate`: a pair that satisfies it is no match, certainly.
#[derive(Debug, Clone, PartialEq)]
pub struct Never {
    /// Over the two records `l` and `r`.
    pub predicate: Expr,
    /// Where it stood.
    pub origin: Origin,
}

/// `ALWAYS IN relation`: pairs that a steward joined.
#[derive(Debug, Clone, PartialEq)]
pub struct AlwaysIn {
    /// Has the columns `left_source`, `left_key`, `right_source`, `right_key`, `reason`.
    pub relation: ObjectName,
    /// Where it stood.
    pub origin: Origin,
}

/// `NEVER IN relation`: pairs that a steward parted.
#[derive(Debug, Clone, PartialEq)]
pub struct NeverIn {
    /// Has the columns `left_source`, `left_key`, `right_source`, `right_key`, `reason`.
    pub relation: ObjectName,
    /// Where it stood.
    pub origin: Origin,
}

/// `IGNORE column …`: values that say nothing about a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Ignore {
    /// The column.
    pub column: Ident,
    /// Which of its values.
    pub values: IgnoreValues,
    /// Where it stood.
    pub origin: Origin,
}

/// The values that an [`Ignore`] names.
#[derive(Debug, Clone, PartialEq)]
pub enum IgnoreValues {
    /// `IN (literal, …)`; at least one.
    In(Vec<Expr>),
    /// `LIKE 'pattern'`
    Like(String),
}

/// `AT MOST n PER record_source`: one person has at most so many records there.
#[derive(Debug, Clone, PartialEq)]
pub struct AtMost {
    /// At least 1.
    pub count: u64,
    /// A record source of the profile.
    pub source: Ident,
    /// Where it stood.
    pub origin: Origin,
}

/// `ACCEPT ABOVE probability`: from where on a pair is a match.
#[derive(Debug, Clone, PartialEq)]
pub struct AcceptAbove {
    /// From 0 to 1, on the calibrated posterior.
    pub probability: f64,
    /// Where it stood.
    pub origin: Origin,
}

/// `AUTO`: choose blocks and comparators from column names, types and data.
#[derive(Debug, Clone, PartialEq)]
pub struct Auto {
    /// Where it stood.
    pub origin: Origin,
}

/// `MODEL 'file'`: comparisons, blocking rules and probabilities of a model that was trained elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFile {
    /// A path; a relative one begins in the folder of the project.
    pub path: String,
    /// Where it stood.
    pub origin: Origin,
}

impl MatchItem {
    /// Where the item stood.
    pub fn origin(&self) -> Origin {
        match self {
            Self::Block(item) => item.origin,
            Self::Compare(item) => item.origin,
            Self::Rule(item) => item.origin,
            Self::Never(item) => item.origin,
            Self::AlwaysIn(item) => item.origin,
            Self::NeverIn(item) => item.origin,
            Self::Ignore(item) => item.origin,
            Self::AtMost(item) => item.origin,
            Self::AcceptAbove(item) => item.origin,
            Self::Auto(item) => item.origin,
            Self::Model(item) => item.origin,
        }
    }

    pub(super) fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        let origin = p.origin();
        if p.word("BLOCK") {
            p.expect_word("ON")?;
            return Ok(Self::Block(Block { exprs: p.parenthesised_list(StatementParser::expr)?, origin }));
        }
        if p.word("COMPARE") {
            let comparator = p.ident("the name of a comparator")?;
            let columns = p.parenthesised_list(StatementParser::expr)?;
            return Ok(Self::Compare(Compare { comparator, columns, origin }));
        }
        if p.word("RULE") {
            let name = p.ident("a name for the rule")?;
            p.expect_word("ON")?;
            return Ok(Self::Rule(Rule { name, predicate: p.expr()?, origin }));
        }
        if p.word("NEVER") {
            if p.word("ON") {
                return Ok(Self::Never(Never { predicate: p.expr()?, origin }));
            }
            p.expect_word("IN")?;
            return Ok(Self::NeverIn(NeverIn { relation: p.relation()?, origin }));
        }
        if p.word("ALWAYS") {
            p.expect_word("IN")?;
            return Ok(Self::AlwaysIn(AlwaysIn { relation: p.relation()?, origin }));
        }
        if p.word("IGNORE") {
            let column = p.ident("a column name")?;
            return Ok(Self::Ignore(Ignore { column, values: IgnoreValues::parse(p)?, origin }));
        }
        if p.word("AT") {
            return AtMost::parse(p, origin).map(Self::AtMost);
        }
        if p.word("ACCEPT") {
            return AcceptAbove::parse(p, origin).map(Self::AcceptAbove);
        }
        if p.word("AUTO") {
            return Ok(Self::Auto(Auto { origin }));
        }
        if p.word("MODEL") {
            let path = p.string("the path of a model in quotes")?;
            return Ok(Self::Model(ModelFile { path, origin }));
        }
        Err(p.unexpected())
    }
}

impl IgnoreValues {
    fn parse(p: &mut StatementParser<'_>) -> Result<Self> {
        if p.word("IN") {
            return p.parenthesised_list(literal).map(Self::In);
        }
        p.expect_word("LIKE")?;
        p.string("a pattern in quotes").map(Self::Like)
    }
}

impl AtMost {
    fn parse(p: &mut StatementParser<'_>, origin: Origin) -> Result<Self> {
        p.expect_word("MOST")?;
        let place = p.origin();
        let number = p.number()?;
        let count = number.parse().ok().filter(|n| *n > 0).ok_or_else(|| {
            Error::invalid(format!("AT MOST takes a whole number from 1, not {number}")).at(place.0)
        })?;
        p.expect_word("PER")?;
        Ok(Self { count, source: p.ident("the name of a record source")?, origin })
    }
}

impl AcceptAbove {
    fn parse(p: &mut StatementParser<'_>, origin: Origin) -> Result<Self> {
        p.expect_word("ABOVE")?;
        let place = p.origin();
        let number = p.number()?;
        let probability = number.parse().ok().filter(|n| (0.0..=1.0).contains(n)).ok_or_else(|| {
            Error::invalid(format!("ACCEPT ABOVE takes a probability from 0 to 1, not {number}"))
                .hint("write ACCEPT ABOVE 0.9 to accept what is likelier than nine in ten")
                .at(place.0)
        })?;
        Ok(Self { probability, origin })
    }
}

fn literal(p: &mut StatementParser<'_>) -> Result<Expr> {
    let place = p.origin();
    let expr = p.expr()?;
    let is_literal = match &expr {
        Expr::Value(_) | Expr::TypedString(_) => true,
        Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr } => {
            matches!(expr.as_ref(), Expr::Value(_))
        }
        _ => false,
    };
    if is_literal {
        return Ok(expr);
    }
    Err(p
        .syntax(format!("expected a literal, found `{expr}`"), place.0)
        .hint("put text in single quotes, as in IGNORE email IN ('info@contoso.com')"))
}

impl fmt::Display for MatchItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block(item) => write!(f, "BLOCK ON ({})", expr_list(&item.exprs)),
            Self::Compare(item) => {
                write!(f, "COMPARE {}({})", item.comparator, expr_list(&item.columns))
            }
            Self::Rule(item) => write!(f, "RULE {} ON {}", item.name, sql_text(&item.predicate)),
            Self::Never(item) => write!(f, "NEVER ON {}", sql_text(&item.predicate)),
            Self::AlwaysIn(item) => write!(f, "ALWAYS IN {}", item.relation),
            Self::NeverIn(item) => write!(f, "NEVER IN {}", item.relation),
            Self::Ignore(item) => write!(f, "IGNORE {} {}", item.column, item.values),
            Self::AtMost(item) => write!(f, "AT MOST {} PER {}", item.count, item.source),
            Self::AcceptAbove(item) => write!(f, "ACCEPT ABOVE {}", item.probability),
            Self::Auto(_) => f.write_str("AUTO"),
            Self::Model(item) => write!(f, "MODEL {}", quoted(&item.path)),
        }
    }
}

impl fmt::Display for IgnoreValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::In(values) => write!(f, "IN ({})", expr_list(values)),
            Self::Like(pattern) => write!(f, "LIKE {}", quoted(pattern)),
        }
    }
}
