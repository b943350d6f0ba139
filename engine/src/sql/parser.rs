//! The parser that the statements share: it tries words at the current token, remembers them for the error,
//! and leaves queries and expressions to sqlparser and the statements that are not ours to DataFusion.

use datafusion::sql::parser::{DFParser, DFParserBuilder};
use sqlparser::ast::{Expr, Ident, ObjectName, ObjectNamePart, Query};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Word};

use super::dialect::OnefoldDialect;
use super::name::{canonical_ident, canonical_name, is_reserved};
use super::statement::{Statement, clause_meant};
use super::syntax_error::{self, Expected};
use super::tokens::{position, slice, tokenize};
use super::{ObjectKind, Origin, Parsed};
use crate::{Error, Position, Result};

/// Parses statements separated by `;`. Comments and empty statements are skipped; a blank text has none.
///
/// # Errors
///
/// `Syntax`, with the place in the whole text and what was expected there.
pub fn parse(sql: &str) -> Result<Vec<Parsed>> {
    parse_all(sql).map_err(|error| error.in_text(sql))
}

fn parse_all(sql: &str) -> Result<Vec<Parsed>> {
    let mut p = StatementParser::new(sql)?;
    let mut out = vec![];
    loop {
        while p.symbol(";") {}
        let first = p.peek();
        if first.token == Token::EOF {
            return Ok(out);
        }
        let statement = Statement::parse(&mut p)?;
        p.end_of_statement()?;
        let text = slice(sql, first.span.start, p.last_end()).to_owned();
        out.push(Parsed { statement, text, start: position(first.span.start) });
    }
}

/// Parses one query and nothing else.
pub(super) fn parse_query(sql: &str) -> Result<Box<Query>> {
    let mut p = StatementParser::new(sql)?;
    let query = p.query()?;
    p.end_of_statement()?;
    Ok(query)
}

/// Parses one expression and nothing else.
///
/// # Errors
///
/// `Syntax`, with the place in the text.
pub fn parse_expr(sql: &str) -> Result<Expr> {
    let mut p = StatementParser::new(sql)?;
    let expr = p.expr()?;
    p.end_of_statement()?;
    Ok(expr)
}

/// What stands between CREATE and the kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct CreateHead {
    pub(super) or_replace: bool,
    pub(super) materialized: bool,
}

/// A place in a text and what has been tried there.
pub(super) struct StatementParser<'a> {
    pub(super) df: DFParser<'a>,
    end: Position,
    tried: Vec<Expected>,
    tried_at: usize,
}

impl StatementParser<'_> {
    fn new(sql: &str) -> Result<Self> {
        let tokens = tokenize(sql)?;
        let last = tokens.iter().rfind(|t| !matches!(t.token, Token::Whitespace(_)));
        let end = last.map_or(Position { line: 1, column: 1 }, |t| position(t.span.end));
        let df = DFParserBuilder::new(tokens)
            .with_dialect(&OnefoldDialect)
            .build()
            .map_err(|e| syntax_error::from_datafusion(&e, end))?;
        Ok(Self { df, end, tried: vec![], tried_at: 0 })
    }

    /// The next token.
    pub(super) fn peek(&self) -> TokenWithSpan {
        self.df.parser.peek_token()
    }

    /// The unquoted word `n` tokens ahead, in upper case.
    pub(super) fn peek_word(&self, n: usize) -> Option<String> {
        match &self.df.parser.peek_nth_token_ref(n).token {
            Token::Word(Word { value, quote_style: None, .. }) => Some(value.to_ascii_uppercase()),
            _ => None,
        }
    }

    /// The place just behind the last token that was taken.
    fn last_end(&self) -> Location {
        let parser = &self.df.parser;
        let taken = (0..parser.index()).rev().map(|i| parser.token_at(i));
        let mut words = taken.filter(|t| !matches!(t.token, Token::Whitespace(_) | Token::EOF));
        words.next().map_or(Location::empty(), |token| token.span.end)
    }

    /// The place of the next token.
    pub(super) fn origin(&self) -> Origin {
        let next = self.df.parser.peek_token_ref();
        Origin(if next.token == Token::EOF { self.end } else { position(next.span.start) })
    }

    /// Remembers what could have stood here.
    pub(super) fn try_here(&mut self, expected: Expected) {
        let here = self.df.parser.index();
        if self.tried_at != here {
            self.tried.clear();
            self.tried_at = here;
        }
        if !self.tried.contains(&expected) {
            self.tried.push(expected);
        }
    }

    /// The error that none of what was tried here is here.
    pub(super) fn unexpected(&self) -> Error {
        let expected = if self.tried_at == self.df.parser.index() { self.tried.as_slice() } else { &[] };
        let error = syntax_error::unexpected(expected, &self.peek().token, self.origin().0);
        match clause_meant(self) {
            Some(meant) => error.hint(meant),
            None => error,
        }
    }

    /// A syntax error.
    pub(super) fn syntax(&self, message: impl Into<String>, position: Position) -> Error {
        syntax_error::syntax(message, position)
    }

    /// Takes the keyword if it is next.
    pub(super) fn word(&mut self, word: &'static str) -> bool {
        let next = &self.df.parser.peek_token_ref().token;
        let found = matches!(next, Token::Word(Word { value, quote_style: None, .. })
            if value.eq_ignore_ascii_case(word));
        if found {
            self.df.parser.advance_token();
        } else {
            self.try_here(Expected::Word(word));
        }
        found
    }

    /// Takes the keywords if the first of them is next.
    pub(super) fn phrase(&mut self, words: [&'static str; 2]) -> Result<bool> {
        if self.peek_word(0).as_deref() != Some(words[0]) {
            return Ok(false);
        }
        words.into_iter().try_for_each(|word| self.expect_word(word))?;
        Ok(true)
    }

    /// Takes the keyword.
    pub(super) fn expect_word(&mut self, word: &'static str) -> Result<()> {
        if self.word(word) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Whether the character is next.
    pub(super) fn at_symbol(&mut self, symbol: &'static str) -> bool {
        let found = self.df.parser.peek_token_ref().token.to_string() == symbol;
        if !found {
            self.try_here(Expected::Symbol(symbol));
        }
        found
    }

    /// Takes the character if it is next.
    pub(super) fn symbol(&mut self, symbol: &'static str) -> bool {
        let found = self.at_symbol(symbol);
        if found {
            self.df.parser.advance_token();
        }
        found
    }

    /// Takes the character.
    pub(super) fn expect_symbol(&mut self, symbol: &'static str) -> Result<()> {
        if self.symbol(symbol) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Takes a name, made canonical; `what` says of what, as in `a column name`.
    pub(super) fn ident(&mut self, what: &'static str) -> Result<Ident> {
        let next = self.peek();
        match next.token {
            Token::Word(word)
                if !word.value.is_empty() && (word.quote_style.is_some() || !is_reserved(&word.value)) =>
            {
                self.df.parser.advance_token();
                Ok(canonical_ident(word.into_ident(next.span)))
            }
            Token::Word(Word { value, quote_style: None, .. }) => {
                self.try_here(Expected::Thing(what));
                Err(self.unexpected().hint(format!("as a name, write it in double quotes: \"{value}\"")))
            }
            _ => {
                self.try_here(Expected::Thing(what));
                Err(self.unexpected())
            }
        }
    }

    /// Takes names with dots between, at most so many.
    pub(super) fn dotted(&mut self, what: &'static str, most: usize) -> Result<Vec<Ident>> {
        let mut parts = vec![self.ident(what)?];
        while parts.len() < most && self.df.parser.peek_token_ref().token == Token::Period {
            self.df.parser.advance_token();
            parts.push(self.ident(what)?);
        }
        Ok(parts)
    }

    /// Takes the name of an object, which may be qualified with the schema of its kind.
    pub(super) fn object_name(&mut self, kind: ObjectKind) -> Result<Ident> {
        let origin = self.origin();
        let what = match kind {
            ObjectKind::Source => "the name of a source",
            ObjectKind::Profile => "the name of a profile",
            ObjectKind::Activity => "the name of an activity",
            ObjectKind::Measure => "the name of a measure",
            ObjectKind::Segment => "the name of a segment",
            ObjectKind::Prediction => "the name of a prediction",
            ObjectKind::View => "the name of a view",
        };
        let mut parts = self.dotted(what, 3)?;
        let Some(name) = parts.pop() else { return Err(self.unexpected()) };
        let qualifier: Vec<&str> = parts.iter().map(|part| part.value.as_str()).collect();
        match (qualifier.as_slice(), kind.schema()) {
            ([], _) => Ok(name),
            ([schema] | ["onefold", schema], Some(own)) if *schema == own => Ok(name),
            (_, own) => {
                let full = parts.iter().chain([&name]).map(Ident::to_string).collect::<Vec<_>>().join(".");
                let message = format!("`{full}` is not the name of a {}", kind.noun());
                let hint = match own {
                    Some(schema) => format!("write {name} or {schema}.{name}"),
                    None => format!("a source's name has one part: {name}"),
                };
                Err(self.syntax(message, origin.0).hint(hint))
            }
        }
    }

    /// Takes the name of a relation, made canonical.
    pub(super) fn relation(&mut self) -> Result<ObjectName> {
        let parts = self.dotted("the name of a relation", 3)?;
        Ok(canonical_name(ObjectName(parts.into_iter().map(ObjectNamePart::Identifier).collect())))
    }

    /// Takes the word of a kind.
    pub(super) fn kind(&mut self) -> Result<ObjectKind> {
        ObjectKind::ALL.into_iter().find(|kind| self.word(kind.word())).ok_or_else(|| self.unexpected())
    }

    /// Takes IF NOT EXISTS if it is next, unless OR REPLACE was said.
    pub(super) fn if_not_exists(&mut self, head: CreateHead) -> Result<bool> {
        let origin = self.origin();
        let said = self.phrase(["IF", "NOT"])?;
        if said {
            self.expect_word("EXISTS")?;
        }
        if said && head.or_replace {
            return Err(self
                .syntax("OR REPLACE and IF NOT EXISTS exclude each other", origin.0)
                .hint("keep OR REPLACE to overwrite it, or IF NOT EXISTS to leave it as it is"));
        }
        Ok(said)
    }

    /// Takes `item, …`, at least one.
    pub(super) fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.symbol(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// Takes `( item, … )`, at least one.
    pub(super) fn parenthesised_list<T>(
        &mut self,
        item: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.expect_symbol("(")?;
        let items = self.list(item)?;
        self.expect_symbol(")")?;
        Ok(items)
    }

    /// Takes `( column )`.
    pub(super) fn parenthesised_column(&mut self) -> Result<Ident> {
        self.expect_symbol("(")?;
        let column = self.ident("a column name")?;
        self.expect_symbol(")")?;
        Ok(column)
    }

    /// Takes `( query )`.
    pub(super) fn parenthesised_query(&mut self) -> Result<Box<Query>> {
        self.expect_symbol("(")?;
        let query = self.query()?;
        self.expect_symbol(")")?;
        Ok(query)
    }

    /// Takes a query.
    pub(super) fn query(&mut self) -> Result<Box<Query>> {
        self.df.parser.parse_query().map_err(|e| self.foreign(syntax_error::from_sqlparser(&e, self.end)))
    }

    /// Takes an expression.
    pub(super) fn expr(&mut self) -> Result<Expr> {
        self.df.parser.parse_expr().map_err(|e| self.foreign(syntax_error::from_sqlparser(&e, self.end)))
    }

    /// Takes a statement of DataFusion's.
    pub(super) fn datafusion(&mut self) -> Result<Statement> {
        let parsed = self.df.parse_statement();
        parsed
            .map(|statement| Statement::DataFusion(Box::new(statement)))
            .map_err(|e| self.foreign(syntax_error::from_datafusion(&e, self.end)))
    }

    fn foreign(&self, error: Error) -> Error {
        match clause_meant(self) {
            Some(meant) => error.hint(meant),
            None => error,
        }
    }

    /// Takes a literal text.
    pub(super) fn string(&mut self, what: &'static str) -> Result<String> {
        let Some(text) = text_of(&self.df.parser.peek_token_ref().token) else {
            self.try_here(Expected::Thing(what));
            return Err(self.unexpected());
        };
        self.df.parser.advance_token();
        Ok(text)
    }

    /// Takes a number as it is written.
    pub(super) fn number(&mut self) -> Result<String> {
        let Token::Number(number, _) = self.peek().token else {
            self.try_here(Expected::Thing("a number"));
            return Err(self.unexpected());
        };
        self.df.parser.advance_token();
        Ok(number)
    }

    fn end_of_statement(&mut self) -> Result<()> {
        if self.at_symbol(";") || self.df.parser.peek_token_ref().token == Token::EOF {
            return Ok(());
        }
        self.try_here(Expected::Thing("the end of the statement"));
        Err(self.unexpected())
    }
}

/// The text of a literal.
pub(super) fn text_of(token: &Token) -> Option<String> {
    match token {
        Token::SingleQuotedString(text) | Token::EscapedStringLiteral(text) => Some(text.clone()),
        Token::DollarQuotedString(text) => Some(text.value.clone()),
        _ => None,
    }
}
