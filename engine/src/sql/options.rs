//! `OPTIONS (key value, …)`, wherever it stands.

use std::fmt;

use sqlparser::tokenizer::{Token, Word};

use super::parser::{StatementParser, text_of};
use super::print::quoted;
use super::syntax_error::Expected;
use crate::Result;

impl StatementParser<'_> {
    /// Takes `OPTIONS (key value, …)` if it is next.
    pub(super) fn options(&mut self) -> Result<Vec<(String, String)>> {
        if !self.word("OPTIONS") {
            return Ok(vec![]);
        }
        let mut seen: Vec<String> = vec![];
        self.parenthesised_list(|p| {
            let origin = p.origin();
            let key = p.option_key()?;
            if seen.contains(&key) {
                return Err(p.syntax(format!("the option {key} is given twice"), origin.0));
            }
            seen.push(key.clone());
            Ok((key, p.option_value()?))
        })
    }

    fn option_key(&mut self) -> Result<String> {
        if let Some(key) = text_of(&self.df.parser.peek_token_ref().token) {
            self.df.parser.advance_token();
            return Ok(key);
        }
        let mut key = String::new();
        loop {
            let Token::Word(word) = self.peek().token else {
                self.try_here(Expected::Thing("the name of an option"));
                return Err(self.unexpected());
            };
            self.df.parser.advance_token();
            match word.quote_style {
                Some(_) => key.push_str(&word.value),
                None => key.push_str(&word.value.to_ascii_lowercase()),
            }
            if self.df.parser.peek_token_ref().token != Token::Period {
                return Ok(key);
            }
            self.df.parser.advance_token();
            key.push('.');
        }
    }

    fn option_value(&mut self) -> Result<String> {
        let next = self.peek().token;
        let minus = next == Token::Minus;
        if minus {
            self.df.parser.advance_token();
            return self.number().map(|number| format!("-{number}"));
        }
        let value = match &next {
            Token::Number(number, _) => Some(number.clone()),
            Token::Word(Word { value, .. }) => Some(value.clone()),
            other => text_of(other),
        };
        let Some(value) = value else {
            self.try_here(Expected::Thing("the option's value"));
            let error = self.unexpected();
            return Err(if next == Token::Eq { error.hint("leave the = out: key 'value'") } else { error });
        };
        self.df.parser.advance_token();
        Ok(value)
    }
}

/// `OPTIONS (…)`, or nothing without options.
pub(super) struct OptionList<'a> {
    /// Stands between what came before and OPTIONS.
    pub(super) before: &'static str,
    pub(super) options: &'a [(String, String)],
}

impl fmt::Display for OptionList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.options.is_empty() {
            return Ok(());
        }
        write!(f, "{}OPTIONS (", self.before)?;
        for (i, (key, value)) in self.options.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            let key = if is_plain_key(key) { key.clone() } else { quoted(key) };
            write!(f, "{comma}\n  {key} {}", quoted(value))?;
        }
        f.write_str("\n)")
    }
}

fn is_plain_key(key: &str) -> bool {
    key.split('.').all(|word| {
        word.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    })
}
