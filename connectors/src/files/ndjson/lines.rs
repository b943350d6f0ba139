//! Splits bytes into lines.

use memchr::memchr;

use crate::{Error, Result};

/// A longer line is taken for a file of another kind.
const LONGEST_LINE: usize = 64 << 20;

/// What [`Lines::next`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A line that is not blank; see [`Lines::line`].
    Line,
    /// Feed more bytes, or tell that there are none.
    More,
    /// All is read.
    End,
}

#[derive(Debug, Default)]
pub(super) struct Lines {
    buffer: Vec<u8>,
    at: usize,
    next_number: u64,
    offset: u64,
    ended: bool,
    line: (usize, usize),
}

impl Lines {
    pub(super) fn new() -> Self {
        Self { next_number: 1, ..Self::default() }
    }

    /// Goes on in the middle of a file.
    pub(super) fn resume(offset: u64, number: u64) -> Self {
        Self { offset, next_number: number, ..Self::default() }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.at);
        self.offset += self.at as u64;
        self.at = 0;
        self.buffer.extend_from_slice(bytes);
    }

    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    /// The offset and number of the line that [`Lines::next`] would read.
    pub(super) fn position(&self) -> (u64, u64) {
        (self.offset + self.at as u64, self.next_number)
    }

    /// The last line, without white space around it.
    pub(super) fn line(&self) -> &[u8] {
        self.buffer.get(self.line.0..self.line.1).unwrap_or_default()
    }

    /// Finds the next line that is not blank.
    ///
    /// # Errors
    /// A line is longer than 64 MiB.
    pub(super) fn next(&mut self) -> Result<Step> {
        loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            let (length, next) = match memchr(b'\n', rest) {
                Some(length) => (length, length + 1),
                None if !self.ended && rest.len() < LONGEST_LINE => return Ok(Step::More),
                None if !self.ended => {
                    let error = Error::new(format!("line {} is longer than 64 MiB", self.next_number));
                    return Err(error.hint("write one JSON object per line"));
                }
                None if rest.is_empty() => return Ok(Step::End),
                None => (rest.len(), rest.len()),
            };
            let mut line = &rest[..length];
            let mut start = self.at;
            if self.next_number == 1 && line.starts_with(&[0xEF, 0xBB, 0xBF]) {
                line = &line[3..];
                start += 3;
            }
            let begin = start + line.len() - line.trim_ascii_start().len();
            self.line = (begin, begin + line.trim_ascii().len());
            self.at += next;
            self.next_number += 1;
            if self.line.0 < self.line.1 {
                return Ok(Step::Line);
            }
        }
    }
}
