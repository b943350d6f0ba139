//! The text as tokens, and places in it.

use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Word};

use super::dialect::OnefoldDialect;
use super::syntax_error::{from_tokenizer, syntax};
use crate::{Position, Result};

/// Splits a text into tokens with their places.
///
/// # Errors
///
/// A quote or comment that does not end, characters that begin no token, and a name that sqlparser could not
/// print again.
pub(super) fn tokenize(sql: &str) -> Result<Vec<TokenWithSpan>> {
    let tokens = Tokenizer::new(&OnefoldDialect, sql).tokenize_with_location().map_err(from_tokenizer)?;
    let bad = tokens.iter().find(|t| match &t.token {
        Token::Word(Word { value, quote_style: Some(_), .. }) => {
            value.contains("\"\"") || value.contains("\\\"")
        }
        _ => false,
    });
    match bad {
        Some(token) => {
            let message = "a name cannot hold two double quotes in a row, nor one after a backslash";
            Err(syntax(message, position(token.span.start)))
        }
        None => Ok(tokens),
    }
}

/// The slice of a text between two places, of which the second is just behind the slice.
pub(super) fn slice(sql: &str, start: Location, end: Location) -> &str {
    sql.get(offset(sql, start)..offset(sql, end)).unwrap_or_default()
}

fn offset(sql: &str, location: Location) -> usize {
    let lines = usize::try_from(location.line).unwrap_or(1).saturating_sub(1);
    let line_start: usize = sql.split_inclusive('\n').take(lines).map(str::len).sum();
    let chars = usize::try_from(location.column).unwrap_or(1).saturating_sub(1);
    let rest = sql.get(line_start..).unwrap_or_default();
    line_start + rest.char_indices().nth(chars).map_or(rest.len(), |(i, _)| i)
}

/// A place as errors give it.
pub(super) fn position(location: Location) -> Position {
    Position { line: location.line, column: location.column }
}

/// Whether a shell can run the text: a statement that ends with `;` outside quotes and comments, nothing but
/// blanks and comments, or a command of the shell, which begins with a backslash.
pub fn is_complete(sql: &str) -> bool {
    if sql.trim_start().starts_with('\\') {
        return true;
    }
    let tokens = match Tokenizer::new(&OnefoldDialect, sql).tokenize() {
        Ok(tokens) => tokens,
        // What can never be read is complete, so that its error is told.
        Err(error) => return !error.message.contains("Unterminated") && !error.message.contains("EOF"),
    };
    let last = tokens.iter().rfind(|token| !matches!(token, Token::Whitespace(_)));
    matches!(last, None | Some(Token::SemiColon))
}
