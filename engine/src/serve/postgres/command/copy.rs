//! `COPY query TO STDOUT`, as it is written.

use sqlparser::tokenizer::Token;

use super::tokens::{Tokens, is_word};
use super::{Command, engine};
use crate::Error;
use crate::serve::postgres::errors::Failure;
use crate::sql::Piece;

/// How rows are copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::serve::postgres) struct CopyOptions {
    pub(in crate::serve::postgres) format: CopyFormat,
    pub(in crate::serve::postgres) header: bool,
    pub(in crate::serve::postgres) delimiter: u8,
    pub(in crate::serve::postgres) null: String,
    pub(in crate::serve::postgres) quote: u8,
}

/// In which form rows are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::serve::postgres) enum CopyFormat {
    Text,
    Csv,
    Binary,
}

impl Tokens<'_> {
    pub(super) fn copy(&mut self, piece: &Piece) -> std::result::Result<Option<Command>, Failure> {
        let to = |at: usize| {
            is_word(&self.tokens[at], "TO") && self.tokens.get(at + 1).is_some_and(|t| is_word(t, "STDOUT"))
        };
        let Some(end) = (1..self.tokens.len()).rfind(|at| to(*at)) else {
            let from = self.tokens.windows(2).any(|w| is_word(&w[0], "FROM") && is_word(&w[1], "STDIN"));
            if from {
                let error = Error::invalid("COPY FROM STDIN is not supported")
                    .hint("send batches over Flight SQL, or read files as a source: CREATE SOURCE");
                return Err(Failure::new("0A000", error));
            }
            return Ok(None);
        };
        let inner = Tokens { tokens: &self.tokens[..end], at: 1 };
        let query = match self.tokens.get(1) {
            Some(Token::LParen) => {
                let text = inner.rest(piece).unwrap_or_default();
                let text = text.trim();
                text.strip_prefix('(').and_then(|t| t.strip_suffix(')')).unwrap_or(text).to_owned()
            }
            _ => {
                let relation: String = self.tokens[1..end].iter().map(ToString::to_string).collect();
                match relation.split_once('(') {
                    Some((name, columns)) => format!("SELECT {} FROM {name}", columns.trim_end_matches(')')),
                    None => format!("SELECT * FROM {relation}"),
                }
            }
        };
        self.at = end + 2;
        let options = self.copy_options()?;
        Ok(Some(Command::Copy { query: Box::new(engine(&query)?), options }))
    }

    fn copy_options(&mut self) -> std::result::Result<CopyOptions, Failure> {
        let mut format = CopyFormat::Text;
        let (mut header, mut delimiter, mut null, mut quote) = (false, None, None, b'"');
        while let Some(token) = self.tokens.get(self.at) {
            self.at += 1;
            let Token::Word(word) = token else { continue };
            match word.value.to_ascii_uppercase().as_str() {
                "FORMAT" | "WITH" => {}
                "CSV" => format = CopyFormat::Csv,
                "BINARY" => format = CopyFormat::Binary,
                "TEXT" => format = CopyFormat::Text,
                "HEADER" => {
                    header = !(self.word("FALSE") || self.word("OFF"));
                    let _ = self.word("TRUE") || self.word("ON");
                }
                "DELIMITER" | "DELIMITERS" => {
                    self.word("AS");
                    delimiter = self.text().and_then(|t| t.bytes().next());
                }
                "NULL" => {
                    self.word("AS");
                    null = self.text();
                }
                "QUOTE" => {
                    self.word("AS");
                    quote = self.text().and_then(|t| t.bytes().next()).unwrap_or(quote);
                }
                "ENCODING" => drop(self.text()),
                other => {
                    let error = Error::invalid(format!("COPY has no option {other} here"))
                        .hint("there is FORMAT, HEADER, DELIMITER, NULL, QUOTE and ENCODING");
                    return Err(Failure::new("0A000", error));
                }
            }
        }
        let csv = format == CopyFormat::Csv;
        Ok(CopyOptions {
            format,
            header,
            delimiter: delimiter.unwrap_or(if csv { b',' } else { b'\t' }),
            null: null.unwrap_or_else(|| if csv { String::new() } else { "\\N".to_owned() }),
            quote,
        })
    }
}
