//! The one public error of the engine.

use std::fmt;

use datafusion::common::{Column, SchemaError};
use datafusion::error::DataFusionError;

use crate::access::OVER_LIMIT;

/// The engine's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A place in a statement's text. Lines and columns count from 1; 0 means unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// Line of the text.
    pub line: u64,
    /// Column of the line.
    pub column: u64,
}

/// What went wrong, by what the caller can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text is not a statement.
    Syntax,
    /// The statement reads well but means nothing here: unknown column, wrong type, rule without equality.
    Invalid,
    /// The named object does not exist.
    NotFound,
    /// The named object exists already.
    AlreadyExists,
    /// Other objects stand on this one, or the definitions form a cycle.
    Dependency,
    /// A source could not be read.
    Source,
    /// The warehouse could not be read or written.
    Storage,
    /// The user may not do or read this.
    Denied,
    /// The name or the password is wrong.
    Login,
    /// A limit on memory or disk was reached.
    Resources,
    /// A limit on rows or on things that are open at a time.
    Limit,
    /// It took too long.
    Timeout,
    /// The statement was cancelled.
    Cancelled,
    /// The project's configuration is wrong.
    Config,
    /// A defect of Onefold.
    Internal,
}

/// An error that names the object, the cause and the remedy, and points into the SQL where it can.
#[derive(Debug)]
pub struct Error {
    /// What the caller can do about it.
    pub kind: ErrorKind,
    /// The object, as in `profile customer`.
    pub object: Option<String>,
    /// The cause.
    pub message: String,
    /// The remedy.
    pub hint: Option<String>,
    /// Where in the statement's text.
    pub position: Option<Position>,
    /// The file that the statement stands in and the line where the statement begins.
    pub file: Option<(String, u64)>,
    /// The line of SQL that `position` points into.
    pub excerpt: Option<String>,
}

impl Error {
    /// An error of a kind with its cause.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            object: None,
            message: message.into(),
            hint: None,
            position: None,
            file: None,
            excerpt: None,
        }
    }

    /// [`ErrorKind::Invalid`].
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// [`ErrorKind::NotFound`].
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// [`ErrorKind::Storage`].
    pub fn storage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Storage, message)
    }

    /// [`ErrorKind::Config`].
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// [`ErrorKind::Internal`].
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
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

    /// Adds the place, unless there is one.
    #[must_use]
    pub fn at(mut self, position: Position) -> Self {
        if position.line > 0 {
            self.position.get_or_insert(position);
        }
        self
    }

    /// Forgets a place that is in another text than the user's own.
    #[must_use]
    pub fn elsewhere(mut self) -> Self {
        if self.excerpt.is_none() {
            self.position = None;
        }
        self
    }

    /// Takes the excerpt from the statement's text.
    #[must_use]
    pub fn in_text(mut self, sql: &str) -> Self {
        if let (Some(position), None) = (self.position, &self.excerpt) {
            let line = usize::try_from(position.line).unwrap_or(0);
            self.excerpt = sql.lines().nth(line.saturating_sub(1)).map(str::to_owned);
        }
        self
    }

    /// Names the file and the line of it where the statement begins.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>, first_line: u64) -> Self {
        self.file.get_or_insert((file.into(), first_line));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((file, first_line)) = &self.file {
            let line = self.position.map_or(*first_line, |p| first_line + p.line.saturating_sub(1));
            write!(f, "{file}:{line}: ")?;
        }
        if let Some(object) = &self.object {
            write!(f, "{object}: ")?;
        }
        write!(f, "{}", self.message)?;
        if let (Some(position), Some(excerpt)) = (self.position, &self.excerpt) {
            let column = usize::try_from(position.column).unwrap_or(1).max(1);
            let gutter = position.line.to_string();
            write!(
                f,
                "\n  {gutter} | {excerpt}\n  {} | {}^",
                " ".repeat(gutter.len()),
                " ".repeat(column - 1)
            )?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Self {
        convert(&error)
    }
}

impl From<arrow::error::ArrowError> for Error {
    fn from(error: arrow::error::ArrowError) -> Self {
        convert(&DataFusionError::from(error))
    }
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        Self::storage(error.to_string())
    }
}

/// Errors of ours travel through DataFusion as `External`; take them out unchanged, and say the rest in
/// the user's words, without DataFusion's advice to file a bug with it.
fn convert(error: &DataFusionError) -> Error {
    if let Some(own) = find_own(error) {
        return own;
    }
    let root = error.find_root();
    let position = error
        .diagnostic()
        .and_then(|d| d.span)
        .map(|span| Position { line: span.start.line, column: span.start.column });
    let kind = match root {
        DataFusionError::SQL(..) => ErrorKind::Syntax,
        DataFusionError::ResourcesExhausted(_) => ErrorKind::Resources,
        DataFusionError::ObjectStore(_) | DataFusionError::IoError(_) => ErrorKind::Storage,
        DataFusionError::Internal(_) => ErrorKind::Internal,
        _ => ErrorKind::Invalid,
    };
    let text = match root {
        DataFusionError::Plan(m)
        | DataFusionError::Execution(m)
        | DataFusionError::Configuration(m)
        | DataFusionError::NotImplemented(m)
        | DataFusionError::ResourcesExhausted(m) => m.clone(),
        DataFusionError::SchemaError(e, _) => e.to_string(),
        DataFusionError::SQL(e, _) => e.to_string().trim_start_matches("sql parser error: ").to_owned(),
        DataFusionError::ArrowError(e, _) => e.to_string(),
        DataFusionError::External(e) => e.to_string(),
        other => other.strip_backtrace(),
    };
    let text = text.split("\n\nbacktrace:").next().unwrap_or_default().trim_end_matches('.').to_owned();
    let mut out = Error::new(kind, text);
    out.position = position;
    reword(&mut out, root);
    if kind == ErrorKind::Resources {
        let of_user = out.message.find(OVER_LIMIT).map(|start| out.message.split_off(start));
        out.hint = Some(match &of_user {
            Some(_) => "narrow the query; an administrator can ALTER USER … OPTIONS (memory '…')".to_owned(),
            None => "raise limits.memory in onefold.toml, or narrow the query".to_owned(),
        });
        out.message = of_user.unwrap_or_else(|| resources(&out.message));
    }
    out
}

/// Says in other words what DataFusion says in its own.
fn reword(error: &mut Error, root: &DataFusionError) {
    if let DataFusionError::SchemaError(cause, _) = root
        && let SchemaError::FieldNotFound { field, valid_fields } = cause.as_ref()
    {
        let known: Vec<String> = valid_fields.iter().map(|c| as_written(field, c, valid_fields)).collect();
        error.message = format!("there is no column {}", field.quoted_flat_name());
        error.hint = Some(match nearest_column(field, valid_fields) {
            Some(near) => format!("did you mean {near}?"),
            None if known.is_empty() => "there are no columns here".to_owned(),
            None => format!("the columns are {}", known.join(", ")),
        });
        if field.quoted_flat_name().starts_with('"') && error.position.is_some() {
            let hint = error.hint.take().unwrap_or_default();
            error.hint = Some(format!("{hint}; text stands in single quotes: '{}'", field.name()));
        }
        return;
    }
    // Wrong arguments come as a defect of DataFusion, with all that it tried.
    if let Some((_, rest)) =
        error.message.split_once("No function matches the given name and argument types '")
    {
        let (call, rest) = rest.split_once('\'').unwrap_or((rest, ""));
        let candidates = rest.split_once("Candidate functions:").map_or("", |(_, list)| list);
        let known: Vec<&str> = candidates.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let hint = format!("cast the arguments; there is {}", known.join(", "));
        error.message = format!("no function fits {call}");
        error.hint = Some(hint);
        error.kind = ErrorKind::Invalid;
    } else if let Some((_, store)) = error.message.split_once("No suitable object store found for ") {
        let store = store.split(['\n', ' ']).next().unwrap_or_default().trim_end_matches('.');
        error.message = format!("{store} is not open to this statement");
        error.hint = Some("name a local file, or read it as a source: CREATE SOURCE".to_owned());
        error.kind = ErrorKind::Invalid;
    } else if let Some((before, _)) =
        error.message.split_once("This issue was likely caused by a bug in DataFusion")
    {
        error.message = before.trim().trim_start_matches("Internal error: ").trim_end_matches('.').to_owned();
    } else if let Some((before, near)) = error.message.split_once("\nDid you mean '") {
        let hint = format!("did you mean {}?", near.trim_end_matches(['?', '\'']));
        error.message = before.trim_end_matches('.').to_owned();
        error.hint = Some(hint);
    }
}

fn nearest_column(field: &Column, known: &[Column]) -> Option<String> {
    let of = |c: &Column| strsim::damerau_levenshtein(&c.name.to_lowercase(), &field.name.to_lowercase());
    let near = known.iter().min_by_key(|c| of(c))?;
    (of(near) <= field.name.len() / 3 + 1).then(|| as_written(field, near, known))
}

/// A column that could stand for another: with its relation only where that is needed, or was written.
fn as_written(meant: &Column, column: &Column, known: &[Column]) -> String {
    let alone = known.iter().filter(|c| c.name == column.name).count() == 1;
    if alone && meant.relation.is_none() { column.name.clone() } else { column.flat_name() }
}

/// DataFusion tells of every consumer of memory; whoever reads it wants to know what was too large.
fn resources(text: &str) -> String {
    let asked = text.rsplit("Failed to allocate additional ").next().and_then(|t| t.split(" with ").next());
    match asked {
        Some(asked) if text.contains("Failed to allocate") => {
            format!("needs more memory than the limit leaves: another {asked}")
        }
        _ => text.to_owned(),
    }
}

fn find_own(error: &DataFusionError) -> Option<Error> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(own) = current.downcast_ref::<Error>() {
            return Some(own.copy());
        }
        if let Some(source) = current.downcast_ref::<onefold_connectors::Error>() {
            return Some(Error::from(source));
        }
        cause = match current.downcast_ref::<DataFusionError>() {
            Some(DataFusionError::External(e)) => Some(e.as_ref()),
            Some(DataFusionError::Shared(e)) => Some(e.as_ref()),
            _ => current.source(),
        };
    }
    None
}

impl From<&onefold_connectors::Error> for Error {
    fn from(error: &onefold_connectors::Error) -> Self {
        let mut out = Self::new(ErrorKind::Source, error.message.clone());
        out.object = error.object.clone();
        out.hint = error.hint.clone();
        out
    }
}

impl From<onefold_connectors::Error> for Error {
    fn from(error: onefold_connectors::Error) -> Self {
        Self::from(&error)
    }
}

impl Error {
    /// The same error once more.
    pub(crate) fn copy(&self) -> Self {
        Self {
            kind: self.kind,
            object: self.object.clone(),
            message: self.message.clone(),
            hint: self.hint.clone(),
            position: self.position,
            file: self.file.clone(),
            excerpt: self.excerpt.clone(),
        }
    }
}

impl From<Error> for DataFusionError {
    fn from(error: Error) -> Self {
        Self::External(Box::new(error))
    }
}
