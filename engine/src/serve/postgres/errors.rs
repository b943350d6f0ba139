//! Errors as PostgreSQL says them: SQLSTATE, and the place as a number of characters.

use pgwire::error::ErrorInfo;
use pgwire::messages::response::ErrorResponse;

use crate::sql::Piece;
use crate::{Error, ErrorKind, Position};

/// An error that a client reads, with a SQLSTATE of its own where the kind alone tells too little.
#[derive(Debug)]
pub(super) struct Failure {
    error: Error,
    state: Option<&'static str>,
    /// The statement's text, and the characters before it in the message that it came in.
    within: Option<(String, usize)>,
    fatal: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, state: None, within: None, fatal: false }
    }
}

impl Failure {
    /// An error with its SQLSTATE.
    pub(super) fn new(state: &'static str, error: Error) -> Self {
        Self { state: Some(state), ..Self::from(error) }
    }

    /// What goes against the protocol.
    pub(super) fn protocol(message: impl Into<String>) -> Self {
        Self::new("08P01", Error::invalid(message))
    }

    /// What ends the connection.
    #[must_use]
    pub(super) fn fatal(self) -> Self {
        Self { fatal: true, ..self }
    }

    /// Whether it ends the connection.
    pub(super) fn is_fatal(&self) -> bool {
        self.fatal
    }

    /// The statement whose error it is.
    #[must_use]
    pub(super) fn of(self, piece: &Piece) -> Self {
        Self { within: Some((piece.text.clone(), piece.before)), ..self }
    }

    /// The message to send.
    pub(super) fn response(&self) -> ErrorResponse {
        let error = &self.error;
        let severity = if self.fatal { "FATAL" } else { "ERROR" };
        let state = self.state.unwrap_or_else(|| state(error));
        let message = match &error.object {
            Some(object) => format!("{object}: {}", error.message),
            None => error.message.clone(),
        };
        let mut info = ErrorInfo::new(severity.to_owned(), state.to_owned(), message);
        info.severity_nonlocalized = Some(severity.to_owned());
        info.hint = error.hint.clone();
        // A place in a file is shown in words.
        let position = error.position.filter(|_| error.file.is_none());
        if let (Some((text, before)), Some(position)) = (&self.within, position) {
            info.position = place(text, position).map(|n| (n + before).to_string());
        }
        info.into()
    }
}

/// The SQLSTATE of an error.
fn state(error: &Error) -> &'static str {
    match error.kind {
        ErrorKind::Syntax => "42601",
        ErrorKind::Invalid if error.message.starts_with("there is no column") => "42703",
        ErrorKind::Invalid if error.message.starts_with("no function fits") => "42883",
        ErrorKind::Invalid if error.message.starts_with("Invalid function") => "42883",
        ErrorKind::Invalid if error.message.contains("ivide by zero") => "22012",
        ErrorKind::Invalid if error.message.starts_with("Cast error") => "22P02",
        ErrorKind::Invalid if error.message.contains("not supported") => "0A000",
        ErrorKind::Invalid => "22023",
        ErrorKind::NotFound => "42P01",
        ErrorKind::AlreadyExists => "42P07",
        ErrorKind::Dependency => "2BP01",
        ErrorKind::Source => "HV000",
        ErrorKind::Storage => "58030",
        ErrorKind::Denied => "42501",
        ErrorKind::Login => "28P01",
        ErrorKind::Resources => "53200",
        ErrorKind::Limit => "53400",
        ErrorKind::Timeout | ErrorKind::Cancelled => "57014",
        ErrorKind::Config => "F0000",
        ErrorKind::Internal => "XX000",
    }
}

/// A place as a number of characters from 1.
fn place(text: &str, position: Position) -> Option<usize> {
    let line = usize::try_from(position.line).ok()?.checked_sub(1)?;
    let column = usize::try_from(position.column).ok()?;
    let lines: Vec<&str> = text.split('\n').collect();
    lines.get(line)?;
    Some(lines[..line].iter().map(|l| l.chars().count() + 1).sum::<usize>() + column.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_characters() {
        let text = "SELECT 'ä',\n  nothing";
        assert_eq!(place(text, Position { line: 2, column: 3 }), Some(15));
        assert_eq!(place(text, Position { line: 1, column: 1 }), Some(1));
        assert_eq!(place(text, Position { line: 9, column: 1 }), None);
        assert_eq!(place(text, Position { line: 0, column: 0 }), None);
    }
}
