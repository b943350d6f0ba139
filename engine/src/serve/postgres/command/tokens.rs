//! The tokens of a statement of the protocol.

use sqlparser::tokenizer::{Token, Word};

use crate::Error;
use crate::serve::postgres::errors::Failure;
use crate::sql::Piece;

/// The tokens of a statement, from the left to the right.
pub(super) struct Tokens<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) at: usize,
}

impl Tokens<'_> {
    pub(super) fn peek_word(&self) -> Option<String> {
        match self.tokens.get(self.at)? {
            Token::Word(Word { value, quote_style: None, .. }) => Some(value.to_ascii_uppercase()),
            _ => None,
        }
    }

    pub(super) fn word(&mut self, word: &str) -> bool {
        let found = self.tokens.get(self.at).is_some_and(|token| is_word(token, word));
        self.at += usize::from(found);
        found
    }

    pub(super) fn take(&mut self, token: &Token) -> bool {
        let found = self.tokens.get(self.at) == Some(token);
        self.at += usize::from(found);
        found
    }

    /// A name, folded as SQL folds it.
    pub(super) fn name(&mut self) -> std::result::Result<String, Failure> {
        let Some(Token::Word(word)) = self.tokens.get(self.at) else { return Err(syntax("a name")) };
        self.at += 1;
        Ok(if word.quote_style.is_some() { word.value.clone() } else { word.value.to_lowercase() })
    }

    pub(super) fn name_or_all(&mut self) -> std::result::Result<Option<String>, Failure> {
        if self.word("ALL") { Ok(None) } else { self.name().map(Some) }
    }

    /// A name with points.
    pub(super) fn setting_name(&mut self) -> std::result::Result<String, Failure> {
        let mut name = self.name()?;
        while self.take(&Token::Period) {
            name = format!("{name}.{}", self.name()?);
        }
        Ok(name)
    }

    pub(super) fn text(&mut self) -> Option<String> {
        let text = match self.tokens.get(self.at)? {
            Token::SingleQuotedString(text) | Token::EscapedStringLiteral(text) => text.clone(),
            Token::Word(word) => word.value.clone(),
            _ => return None,
        };
        self.at += 1;
        Some(text)
    }

    /// The rest as a value: one text, or several with commas between.
    pub(super) fn value(&mut self) -> String {
        let rest = &self.tokens[self.at.min(self.tokens.len())..];
        let mut value = String::new();
        for token in rest {
            match token {
                Token::SingleQuotedString(text) | Token::EscapedStringLiteral(text) => value.push_str(text),
                Token::Comma => value.push_str(", "),
                Token::Word(word) => {
                    if !value.is_empty() && !value.ends_with([' ', '-', '/']) {
                        value.push(' ');
                    }
                    value.push_str(&word.value);
                }
                other => value.push_str(&other.to_string()),
            }
        }
        value
    }

    /// The text of the tokens from here.
    pub(super) fn rest(&self, piece: &Piece) -> Option<String> {
        piece.slice(self.at, self.tokens.len())
    }
}

pub(super) fn is_word(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(Word { value, quote_style: None, .. }) if value.eq_ignore_ascii_case(word))
}

pub(super) fn syntax(expected: &str) -> Failure {
    Failure::new("42601", Error::invalid(format!("expected {expected}")))
}
