//! The error of every connector.

use std::fmt;

/// A connector's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error that names the object, the cause and the remedy. It never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The object, as in `source shop` or `shop.contacts`.
    pub object: Option<String>,
    /// The cause.
    pub message: String,
    /// The remedy.
    pub hint: Option<String>,
}

impl Error {
    /// An error with its cause.
    pub fn new(message: impl Into<String>) -> Self {
        Self { object: None, message: message.into(), hint: None }
    }

    /// Names the object, unless one nearer to the cause did.
    #[must_use]
    pub fn on(mut self, object: impl Into<String>) -> Self {
        self.object.get_or_insert_with(|| object.into());
        self
    }

    /// Adds the remedy, unless there is one.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint.get_or_insert_with(|| hint.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(object) = &self.object {
            write!(f, "{object}: ")?;
        }
        write!(f, "{}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl From<Error> for datafusion::error::DataFusionError {
    fn from(error: Error) -> Self {
        Self::External(Box::new(error))
    }
}
