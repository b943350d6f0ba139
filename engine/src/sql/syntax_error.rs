//! Errors of the parser: what was expected, what was found, and what was perhaps meant.

use datafusion::error::DataFusionError;
use sqlparser::parser::ParserError;
use sqlparser::tokenizer::{Token, TokenizerError};

use super::tokens::position;
use crate::{Error, ErrorKind, Position};

/// Something that could have stood where the parser stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// A keyword.
    Word(&'static str),
    /// A character.
    Symbol(&'static str),
    /// Anything else, in words.
    Thing(&'static str),
}

/// A syntax error at a place.
pub(super) fn syntax(message: impl Into<String>, position: Position) -> Error {
    Error::new(ErrorKind::Syntax, message).at(position)
}

/// `expected A, B or C, found …`, with the keyword that was perhaps meant.
pub(super) fn unexpected(expected: &[Expected], found: &Token, position: Position) -> Error {
    let names: Vec<String> = expected
        .iter()
        .map(|e| match e {
            Expected::Word(word) => (*word).to_owned(),
            Expected::Symbol(symbol) => format!("`{symbol}`"),
            Expected::Thing(thing) => (*thing).to_owned(),
        })
        .collect();
    let error = syntax(format!("expected {}, found {}", one_of(&names), describe(found)), position);
    let words = expected.iter().filter_map(|e| match e {
        Expected::Word(word) => Some(*word),
        _ => None,
    });
    match found {
        Token::Word(word) => with_suggestion(error, &word.value, words),
        _ => error,
    }
}

/// Adds `did you mean …?` if a candidate is near.
pub(super) fn with_suggestion<'a>(
    error: Error,
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Error {
    match nearest(word, candidates) {
        Some(meant) => error.hint(format!("did you mean {meant}?")),
        None => error,
    }
}

/// The candidate that differs from the word by a slip of the fingers: one edit in three letters, a swap of
/// two neighbours being one.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_uppercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&word, candidate), candidate))
        .filter(|(distance, candidate)| *distance > 0 && *distance <= (candidate.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn one_of(names: &[String]) -> String {
    match names {
        [] => "something else".to_owned(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}

fn describe(token: &Token) -> String {
    match token {
        Token::EOF => "the end of the text".to_owned(),
        other => format!("`{other}`"),
    }
}

/// The tokenizer's error as ours.
pub(super) fn from_tokenizer(error: TokenizerError) -> Error {
    let place = position(error.location);
    syntax(lower_first(&error.message), place)
}

/// sqlparser's error as ours; `end` is the place just behind the text.
pub(super) fn from_sqlparser(error: &ParserError, end: Position) -> Error {
    match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => from_text(text, end),
        ParserError::RecursionLimitExceeded => {
            syntax("the statement nests too deeply", end).hint("move inner queries into views")
        }
    }
}

/// The error of DataFusion's parser as ours; `end` is the place just behind the text.
pub(super) fn from_datafusion(error: &DataFusionError, end: Position) -> Error {
    match error.find_root() {
        DataFusionError::SQL(inner, _) => from_sqlparser(inner, end),
        DataFusionError::Diagnostic(_, inner) => from_datafusion(inner, end),
        other => {
            let mut error = Error::new(ErrorKind::Syntax, "");
            error.message = Error::from(DataFusionError::Plan(other.strip_backtrace())).message;
            error
        }
    }
}

/// Takes ` at Line: 1, Column: 5` off a message, and says the rest in our words.
fn from_text(text: &str, end: Position) -> Error {
    let (message, place) = match text.rsplit_once(" at Line: ") {
        Some((message, place)) => (message, read_place(place)),
        None => (text, None),
    };
    let place = place.unwrap_or(end);
    let Some((expected, found)) =
        message.strip_prefix("Expected: ").and_then(|rest| rest.rsplit_once(", found: "))
    else {
        return syntax(lower_first(message), place);
    };
    let at_end = found == "EOF";
    let shown = if at_end { "the end of the text".to_owned() } else { format!("`{found}`") };
    let error = syntax(format!("expected {expected}, found {shown}"), if at_end { end } else { place });
    let words = expected.split(|c: char| !c.is_ascii_uppercase()).filter(|word| word.len() > 1);
    with_suggestion(error, found, words)
}

fn read_place(text: &str) -> Option<Position> {
    let (line, column) = text.split_once(", Column: ")?;
    Some(Position { line: line.parse().ok()?, column: column.trim().parse().ok()? })
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}
