//! Text of statements and commands, run piece by piece.

use super::commands::Command;
use super::state::Shell;
use crate::sql::{self, is_complete};
use crate::{Error, ErrorKind, Result};

/// A text and the name of the file that it came from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) text: &'a str,
}

/// How a text ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended {
    /// Whether every statement succeeded.
    pub(super) well: bool,
    /// Whether `\q` was among them.
    pub(super) quit: bool,
}

/// Part of a text: the line where it begins, and statements or one command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Statements(u64, &'a str),
    Command(u64, &'a str),
}

impl Shell {
    /// Runs a text. The first error ends it, unless the shell keeps going: then it is printed.
    pub(super) async fn run(&mut self, source: Source<'_>) -> Result<Ended> {
        let mut ended = Ended { well: true, quit: false };
        for piece in pieces(source.text) {
            match self.piece(&piece, source.name, &mut ended.well).await {
                Ok(quit) if quit => {
                    ended.quit = true;
                    break;
                }
                Ok(_) => {}
                Err(error) => self.forgive(error, &mut ended.well)?,
            }
        }
        Ok(ended)
    }

    async fn piece(&mut self, piece: &Piece<'_>, file: Option<&str>, well: &mut bool) -> Result<bool> {
        let place = |error: Error, line: u64| match file {
            Some(file) => error.in_file(file, line),
            None => error,
        };
        match *piece {
            Piece::Command(line, text) => {
                let command = Command::parse(text).map_err(|e| place(e, line))?;
                // A command may read a file of further commands.
                let ended = Box::pin(self.command(command)).await.map_err(|e| place(e, line))?;
                *well &= ended.well;
                Ok(ended.quit)
            }
            Piece::Statements(line, text) => {
                let parsed = sql::parse(text).map_err(|e| place(e.in_text(text), line))?;
                for statement in parsed {
                    let first = line + statement.start.line.saturating_sub(1);
                    if let Err(error) = self.statement(&statement).await {
                        self.forgive(place(error, first), well)?;
                    }
                }
                Ok(false)
            }
        }
    }

    /// Prints an error and goes on, if that is the way of this shell.
    fn forgive(&self, error: Error, well: &mut bool) -> Result<()> {
        if !self.keep_going || error.kind == ErrorKind::Cancelled {
            return Err(error);
        }
        Self::complain(&error);
        *well = false;
        Ok(())
    }
}

/// Splits a text into commands, each a line that begins with a backslash between statements, and what is
/// between them.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut from, mut from_line) = (0, 1);
    let mut at = 0;
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let before = &text[from..at];
        let end = at + line.len();
        if line.trim_start().starts_with('\\') && (before.trim().is_empty() || is_complete(before)) {
            if !before.trim().is_empty() {
                pieces.push(Piece::Statements(from_line, before));
            }
            pieces.push(Piece::Command(number, line.trim()));
            (from, from_line) = (end, number + 1);
        }
        at = end;
    }
    if !text[from..].trim().is_empty() {
        pieces.push(Piece::Statements(from_line, &text[from..]));
    }
    pieces
}
