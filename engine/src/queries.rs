//! The statements that run on a server and those that ran: `system.queries` and the audit log.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, SecondsFormat, Utc};
use datafusion::sql::parser::{CopyToSource, Statement as DFStatement};
use serde_json::json;

use crate::catalog::comments;
use crate::catalog::dependencies::qualified;
use crate::execute::redacted;
use crate::sql::{Parsed, Statement, explained, references};
use crate::{Error, ErrorKind, Result};

/// So many ended statements are kept.
const KEPT: usize = 1000;

/// A statement that a server runs or ran.
#[derive(Debug, Clone)]
pub(crate) struct QueryRecord {
    /// Counted from 1 since the program was started.
    pub(crate) number: u64,
    /// Whose it is; `None` for somebody without a name.
    pub(crate) user: Option<String>,
    /// `flight_sql` or `postgres`.
    pub(crate) protocol: &'static str,
    /// Its text, without passwords.
    pub(crate) text: String,
    /// The relations that it names.
    pub(crate) reads: Vec<String>,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) finished_at: Option<DateTime<Utc>>,
    /// Rows that were sent.
    pub(crate) rows: u64,
    /// `running`, `done`, `failed` or `cancelled`.
    pub(crate) status: &'static str,
    pub(crate) error: Option<String>,
}

/// How a statement ended.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Done,
    Failed(String),
    Cancelled,
}

impl Outcome {
    /// That of an error.
    pub(crate) fn of(error: &Error) -> Self {
        match error.kind {
            ErrorKind::Cancelled => Self::Cancelled,
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// The statements of a server.
#[derive(Debug, Default)]
pub(crate) struct QueryLog {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    started: u64,
    running: BTreeMap<u64, QueryRecord>,
    ended: VecDeque<QueryRecord>,
    audit: Option<Audit>,
}

impl QueryLog {
    /// Writes who read what into this folder from now on, a file of JSON lines for each day.
    ///
    /// # Errors
    /// If nothing can be written there.
    pub(crate) fn audit_to(&self, folder: &Path) -> Result<()> {
        let mut audit = Audit { folder: folder.to_owned(), open: None };
        let on = format!("serve.audit_log = '{}'", folder.display());
        audit.file(Utc::now()).map_err(|e| {
            Error::config(e.to_string()).on(on).hint("name a folder that the server may write to")
        })?;
        self.state().audit = Some(audit);
        Ok(())
    }

    /// A statement begins; its number.
    pub(crate) fn start(&self, user: Option<&str>, protocol: &'static str, parsed: &Parsed) -> u64 {
        let mut state = self.state();
        state.started += 1;
        let number = state.started;
        let record = QueryRecord {
            number,
            user: user.map(str::to_owned),
            protocol,
            text: text(parsed),
            reads: reads(&parsed.statement),
            started_at: Utc::now(),
            finished_at: None,
            rows: 0,
            status: "running",
            error: None,
        };
        state.running.insert(number, record);
        number
    }

    /// A statement has ended.
    pub(crate) fn end(&self, number: u64, rows: u64, outcome: Outcome) {
        let mut state = self.state();
        let Some(mut record) = state.running.remove(&number) else { return };
        record.finished_at = Some(Utc::now());
        record.rows = rows;
        (record.status, record.error) = match outcome {
            Outcome::Done => ("done", None),
            Outcome::Failed(error) => ("failed", Some(error)),
            Outcome::Cancelled => ("cancelled", None),
        };
        if let Some(audit) = &mut state.audit
            && let Err(e) = audit.write(&record)
        {
            tracing::error!("the audit log cannot be written: {e}; {record:?}");
        }
        if state.ended.len() == KEPT {
            state.ended.pop_front();
        }
        state.ended.push_back(record);
    }

    /// Those that run and the last ones that ended, in the order in which they began.
    pub(crate) fn records(&self) -> Vec<QueryRecord> {
        let state = self.state();
        let mut all: Vec<QueryRecord> = state.ended.iter().chain(state.running.values()).cloned().collect();
        all.sort_by_key(|record| record.number);
        all
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The text of a statement; passwords are not told.
fn text(parsed: &Parsed) -> String {
    match &parsed.statement {
        Statement::CreateUser(_) | Statement::AlterUser(_) => redacted(&parsed.statement),
        _ => parsed.text.clone(),
    }
}

/// The relations that a statement names, as paths.
fn reads(statement: &Statement) -> Vec<String> {
    let Statement::DataFusion(statement) = statement else { return Vec::new() };
    let names = match explained(statement) {
        DFStatement::Statement(statement) => references(statement.as_ref()),
        DFStatement::CopyTo(copy) => match &copy.source {
            CopyToSource::Query(query) => references(query.as_ref()),
            CopyToSource::Relation(name) => vec![name.clone()],
        },
        _ => Vec::new(),
    };
    let path = |name: &sqlparser::ast::ObjectName| {
        let (schema, relation) = qualified(name);
        comments::path(&[&schema, &relation])
    };
    names.iter().map(path).collect()
}

/// Files of JSON lines, one per day.
#[derive(Debug)]
struct Audit {
    folder: PathBuf,
    open: Option<(String, File)>,
}

impl Audit {
    fn file(&mut self, at: DateTime<Utc>) -> std::io::Result<&mut File> {
        let day = at.format("%F").to_string();
        if self.open.as_ref().is_none_or(|(open, _)| *open != day) {
            fs::create_dir_all(&self.folder)?;
            let path = self.folder.join(format!("{day}.jsonl"));
            self.open = Some((day, OpenOptions::new().create(true).append(true).open(path)?));
        }
        self.open.as_mut().map(|(_, file)| file).ok_or_else(|| std::io::Error::other("no file is open"))
    }

    fn write(&mut self, record: &QueryRecord) -> std::io::Result<()> {
        let finished = record.finished_at.unwrap_or_default();
        let mut line = json!({
            "at": record.started_at.to_rfc3339_opts(SecondsFormat::Micros, true),
            "user": record.user,
            "protocol": record.protocol,
            "statement": record.text,
            "reads": record.reads,
            "rows": record.rows,
            "seconds": (finished - record.started_at).as_seconds_f64(),
            "status": record.status,
            "error": record.error,
        })
        .to_string();
        line.push('\n');
        // One write, so that lines of two servers do not mix.
        self.file(finished)?.write_all(line.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::parse;

    #[test]
    fn tells_what_is_read_and_no_password() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let log = QueryLog::default();
        log.audit_to(folder.path()).expect("the folder can be written");
        for (sql, outcome) in [
            (
                "WITH x AS (SELECT 1 AS id) SELECT * FROM profiles.customer JOIN names USING (id) JOIN x USING (id)",
                Outcome::Done,
            ),
            ("EXPLAIN SELECT * FROM a.b", Outcome::Failed("no".to_owned())),
            ("CREATE USER ann PASSWORD 'correct horse'", Outcome::Done),
            ("ALTER USER ann PASSWORD 'battery staple'", Outcome::Cancelled),
        ] {
            let parsed = parse(sql).expect("it is SQL").remove(0);
            let number = log.start(Some("ann"), "postgres", &parsed);
            assert_eq!(log.records().last().map(|r| r.status), Some("running"));
            log.end(number, 3, outcome);
        }
        let records = log.records();
        let reads: Vec<&[String]> = records.iter().map(|r| r.reads.as_slice()).collect();
        assert_eq!(reads[0], ["profiles.customer", "public.names"]);
        assert_eq!(reads[1], ["a.b"]);
        let status: Vec<&str> = records.iter().map(|r| r.status).collect();
        assert_eq!(status, ["done", "failed", "done", "cancelled"]);
        let file =
            fs::read_dir(folder.path()).expect("the folder").next().expect("a file").expect("an entry");
        let text = fs::read_to_string(file.path()).expect("the file");
        assert_eq!(text.lines().count(), 4);
        assert!(
            text.contains("PASSWORD '***'") && !text.contains("horse") && !text.contains("staple"),
            "{text}"
        );
    }
}
