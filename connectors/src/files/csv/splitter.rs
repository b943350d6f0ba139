//! Splits bytes into records and fields.
//!
//! Bytes are fed as they arrive; a record that is not complete yet waits for more. Unlike common readers it
//! tells a quoted field from an unquoted one (`""` is an empty text, nothing is NULL) and recovers from broken
//! quoting: the line on which the broken record begins is given up, reading goes on with the next line.

#[cfg(test)]
mod tests;

use memchr::{memchr, memchr_iter, memchr2};

use crate::{Error, Result};

/// A longer record is taken for broken quoting.
const LONGEST_RECORD: usize = 16 << 20;

/// The characters that structure a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) delimiter: u8,
    pub(crate) quote: Option<u8>,
    pub(crate) escape: Option<u8>,
    pub(crate) comment: Option<u8>,
}

/// What [`Splitter::next`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A record; see [`Splitter::record`].
    Record,
    /// A line that does not parse, and why; see [`Splitter::raw`].
    Broken(&'static str),
    /// Feed more bytes, or tell that there are none.
    More,
    /// All is read.
    End,
}

#[derive(Debug)]
pub(super) struct Splitter {
    dialect: Dialect,
    buffer: Vec<u8>,
    /// Where the next record begins in the buffer.
    at: usize,
    /// The line on which it begins.
    next_line: u64,
    /// Where the buffer begins in the file, after decompression.
    offset: u64,
    begun: bool,
    ended: bool,
    fields: Vec<Field>,
    record: (usize, usize),
    line: u64,
}

#[derive(Debug, Clone, Copy)]
struct Field {
    start: usize,
    end: usize,
    quoted: bool,
    escaped: bool,
}

/// A complete record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a> {
    text: &'a str,
    base: usize,
    fields: &'a [Field],
    dialect: Dialect,
}

/// A field's text, and whether it stood in quotes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value<'a> {
    pub(super) text: &'a str,
    pub(super) quoted: bool,
}

impl Splitter {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            buffer: Vec::new(),
            at: 0,
            next_line: 1,
            offset: 0,
            begun: false,
            ended: false,
            fields: Vec::new(),
            record: (0, 0),
            line: 0,
        }
    }

    /// Goes on in the middle of a file, at a place that [`Splitter::position`] gave.
    pub(super) fn resume(dialect: Dialect, offset: u64, line: u64) -> Self {
        Self { offset, next_line: line, begun: true, ..Self::new(dialect) }
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// The file is not UTF-8 by its first bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<()> {
        self.buffer.drain(..self.at);
        self.offset += self.at as u64;
        self.at = 0;
        self.buffer.extend_from_slice(bytes);
        if !self.begun && self.buffer.len() >= 3 {
            self.begun = true;
            if self.buffer.starts_with(&[0xFF, 0xFE]) || self.buffer.starts_with(&[0xFE, 0xFF]) {
                return Err(Error::new("the file is UTF-16").hint("save it as UTF-8"));
            }
            if self.buffer.starts_with(&[0xEF, 0xBB, 0xBF]) {
                self.at = 3;
            }
        }
        Ok(())
    }

    /// Tells that all bytes were fed.
    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    /// The offset and line of the record that [`Splitter::next`] would read.
    pub(super) fn position(&self) -> (u64, u64) {
        (self.offset + self.at as u64, self.next_line)
    }

    /// The line on which the last record began.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The number of fields of the last record.
    pub(super) fn width(&self) -> usize {
        self.fields.len()
    }

    /// The bytes of the last record, or of the broken line, without its end.
    pub(super) fn raw(&self) -> &[u8] {
        self.buffer.get(self.record.0..self.record.1).unwrap_or_default().trim_ascii_end()
    }

    /// The last record, or the number of the field that is not UTF-8.
    pub(super) fn record(&self) -> Result<Record<'_>, usize> {
        let (start, end) = self.record;
        match std::str::from_utf8(self.buffer.get(start..end).unwrap_or_default()) {
            Ok(text) => Ok(Record { text, base: start, fields: &self.fields, dialect: self.dialect }),
            Err(error) => {
                let wrong = start + error.valid_up_to();
                Err(self.fields.iter().position(|field| wrong < field.end).unwrap_or(0))
            }
        }
    }

    /// Finds the next record.
    pub(super) fn next(&mut self) -> Step {
        if !self.begun && !self.ended {
            return Step::More;
        }
        loop {
            match self.buffer.get(self.at..).unwrap_or_default() {
                [] => return if self.ended { Step::End } else { Step::More },
                [b'\r'] if !self.ended => return Step::More,
                [b'\n', ..] => self.skip(1),
                [b'\r', b'\n', ..] => self.skip(2),
                [first, rest @ ..] if self.dialect.comment == Some(*first) => match memchr(b'\n', rest) {
                    Some(end) => self.skip(end + 2),
                    None if self.ended => self.skip(rest.len() + 1),
                    None => return Step::More,
                },
                _ => return self.split(),
            }
        }
    }

    fn skip(&mut self, bytes: usize) {
        self.at += bytes;
        self.next_line += 1;
    }

    fn split(&mut self) -> Step {
        self.fields.clear();
        let mut at = self.at;
        let mut multiline = false;
        loop {
            if self.dialect.quote.is_some() && self.buffer.get(at).copied() == self.dialect.quote {
                multiline = true;
                match self.quoted(at) {
                    Quoted::Field { field, next } => {
                        self.fields.push(field);
                        at = next;
                    }
                    Quoted::Last { field, next } => {
                        self.fields.push(field);
                        return self.found(field.end + 1, next, multiline);
                    }
                    Quoted::More => return Step::More,
                    Quoted::Broken(reason) => return self.broken(reason),
                }
                continue;
            }
            let rest = self.buffer.get(at..).unwrap_or_default();
            match memchr2(self.dialect.delimiter, b'\n', rest) {
                Some(length) if rest[length] == self.dialect.delimiter => {
                    self.fields.push(Field { start: at, end: at + length, quoted: false, escaped: false });
                    at += length + 1;
                }
                Some(length) => return self.last_unquoted(at, at + length, at + length + 1, multiline),
                None if self.ended => {
                    let end = self.buffer.len();
                    return self.last_unquoted(at, end, end, multiline);
                }
                None if self.buffer.len() - self.at < LONGEST_RECORD => return Step::More,
                None => return self.broken("the line is longer than 16 MiB"),
            }
        }
    }

    fn last_unquoted(&mut self, start: usize, end: usize, next: usize, multiline: bool) -> Step {
        let end = if end > start && self.buffer[end - 1] == b'\r' { end - 1 } else { end };
        self.fields.push(Field { start, end, quoted: false, escaped: false });
        self.found(end, next, multiline)
    }

    fn found(&mut self, end: usize, next: usize, multiline: bool) -> Step {
        self.record = (self.at, end.min(self.buffer.len()));
        self.line = self.next_line;
        let lines =
            if multiline { memchr_iter(b'\n', &self.buffer[self.at..next]).count() as u64 } else { 1 };
        self.next_line += lines;
        self.at = next;
        Step::Record
    }

    /// The field whose opening quote is at `open`.
    fn quoted(&self, open: usize) -> Quoted {
        let Some(quote) = self.dialect.quote else { return Quoted::More };
        let escape = self.dialect.escape.unwrap_or(quote);
        let buffer = self.buffer.as_slice();
        let start = open + 1;
        let mut escaped = false;
        let mut at = start;
        loop {
            let rest = buffer.get(at..).unwrap_or_default();
            let Some(length) = memchr2(quote, escape, rest) else {
                let wait = !self.ended && buffer.len() - self.at < LONGEST_RECORD;
                return if wait { Quoted::More } else { Quoted::Broken("a quote is not closed") };
            };
            let found = at + length;
            let after = buffer.get(found + 1).copied();
            if after.is_none() && !self.ended {
                return Quoted::More;
            }
            if buffer[found] != quote || after == Some(quote) {
                escaped = true;
                at = found + 2;
                continue;
            }
            let field = Field { start, end: found, quoted: true, escaped };
            return match after {
                None => Quoted::Last { field, next: found + 1 },
                Some(b'\n') => Quoted::Last { field, next: found + 2 },
                Some(byte) if byte == self.dialect.delimiter => Quoted::Field { field, next: found + 2 },
                Some(b'\r') => match buffer.get(found + 2) {
                    Some(b'\n') => Quoted::Last { field, next: found + 3 },
                    None if self.ended => Quoted::Last { field, next: found + 2 },
                    None => Quoted::More,
                    Some(_) => Quoted::Broken("text follows a closing quote"),
                },
                Some(_) => Quoted::Broken("text follows a closing quote"),
            };
        }
    }

    fn broken(&mut self, reason: &'static str) -> Step {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let newline = memchr(b'\n', rest);
        if newline.is_none() && !self.ended && rest.len() < LONGEST_RECORD {
            return Step::More;
        }
        let end = newline.map_or(self.buffer.len(), |length| self.at + length);
        self.record = (self.at, end);
        self.line = self.next_line;
        self.next_line += 1;
        self.at = (end + 1).min(self.buffer.len());
        Step::Broken(reason)
    }
}

enum Quoted {
    Field { field: Field, next: usize },
    Last { field: Field, next: usize },
    More,
    Broken(&'static str),
}

impl<'a> Record<'a> {
    /// The value of a field; `scratch` holds it when quotes in it had to be taken out.
    pub(super) fn value<'b>(&self, index: usize, scratch: &'b mut String) -> Value<'b>
    where
        'a: 'b,
    {
        let Some(field) = self.fields.get(index) else { return Value { text: "", quoted: false } };
        let text = self.text.get(field.start - self.base..field.end - self.base).unwrap_or_default();
        if !field.escaped {
            return Value { text, quoted: field.quoted };
        }
        scratch.clear();
        let (quote, escape) = (self.dialect.quote.map(char::from), self.dialect.escape.map(char::from));
        let mut chars = text.chars();
        while let Some(char) = chars.next() {
            let taken = if Some(char) == quote || Some(char) == escape { chars.next() } else { None };
            scratch.push(taken.unwrap_or(char));
        }
        Value { text: scratch, quoted: true }
    }
}
