//! A text with several statements as one text each.

use std::sync::Arc;

use sqlparser::tokenizer::{Location, Span, Token};

use super::tokens::{slice, tokenize};
use crate::Result;

/// One statement's text, its tokens without blanks and comments, and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// The text, without blanks and comments round it and without `;`.
    pub text: String,
    /// Its tokens.
    pub tokens: Vec<Token>,
    /// Characters of the whole text before it.
    pub before: usize,
    spans: Vec<Span>,
    whole: Arc<str>,
}

impl Piece {
    /// The text from one token to the one before another.
    pub fn slice(&self, from: usize, to: usize) -> Option<String> {
        let (first, last) = (self.spans.get(from)?, self.spans.get(to.checked_sub(1)?)?);
        Some(slice(&self.whole, first.start, last.end).to_owned())
    }
}

/// The statements of a text, which may be of any kind.
///
/// # Errors
/// A quote or comment that does not end, and characters that begin no token.
pub fn split(sql: &str) -> Result<Vec<Piece>> {
    let tokens = tokenize(sql).map_err(|e| e.in_text(sql))?;
    let meant = tokens.iter().filter(|t| !matches!(t.token, Token::Whitespace(_) | Token::EOF));
    let meant: Vec<_> = meant.collect();
    let (mut pieces, whole) = (Vec::new(), Arc::from(sql));
    for piece in meant.split(|t| t.token == Token::SemiColon) {
        let (Some(first), Some(last)) = (piece.first(), piece.last()) else { continue };
        let begin = Location::of(1, 1);
        pieces.push(Piece {
            spans: piece.iter().map(|t| t.span).collect(),
            whole: Arc::clone(&whole),
            text: slice(sql, first.span.start, last.span.end).to_owned(),
            tokens: piece.iter().map(|t| t.token.clone()).collect(),
            before: slice(sql, begin, first.span.start).chars().count(),
        });
    }
    Ok(pieces)
}
