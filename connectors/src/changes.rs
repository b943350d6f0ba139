//! What has changed in a table since it was read last.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::catalog::TableProvider;
use datafusion::logical_expr::Expr;

/// A column of [`Changes::rows`], boolean: whether the row of this key is gone. Its other columns may then be NULL.
pub const DELETED: &str = "_deleted";
/// A column of [`Changes::rows`], a whole number: of several rows with one key the one with the greatest counts.
pub const SEQUENCE: &str = "_sequence";
/// A column of [`Changes::rows`], a whole number, the same in all rows: how many rows the table had when they were read.
pub const COUNT: &str = "_count";

/// What brings a copy of a table up to date.
#[derive(Debug, Clone)]
pub struct Changes {
    /// The columns that tell the rows of the table apart.
    pub key: Vec<String>,
    /// Whether the source vouches for the key. Where not, it is checked.
    pub key_is_sure: bool,
    /// Whether the rows are all of the table, in place of those that are known.
    pub all: bool,
    /// The columns of the table and, unless these are all rows, perhaps [`DELETED`], [`SEQUENCE`] and [`COUNT`].
    pub rows: Arc<dyn TableProvider>,
    /// Which of these rows are meant.
    pub filter: Option<Expr>,
    /// Where the next changes begin.
    pub next: Next,
}

/// Where the next changes begin.
#[derive(Debug, Clone)]
pub enum Next {
    /// What the source said, at the latest when all rows were read.
    Told(Position),
    /// The greatest value of a column in the copy, as text.
    Greatest(String),
}

/// A text that is known when rows have been read to their end.
#[derive(Debug, Clone, Default)]
pub struct Position(Arc<Mutex<Option<String>>>);

impl Position {
    /// A position that is known.
    pub fn known(text: impl Into<String>) -> Self {
        let position = Self::default();
        position.tell(text.into());
        position
    }

    /// It is this.
    pub fn tell(&self, text: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
    }

    /// What it is; `None` as long as it is not known.
    pub fn text(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
