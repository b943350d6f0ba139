//! What the tests share.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use onefold::execute::apply::apply;
use onefold::refresh::{Request, RunRecord, Unwatched, run};
use onefold::{Engine, Project, Session};

/// A folder outside the project with data that is not part of it, or `None` with a message when it is absent.
pub fn shared_data(folder: &str) -> Option<PathBuf> {
    let root =
        std::env::var_os("ONEFOLD_TEST_DATA").map_or_else(|| "../../shared/data".into(), PathBuf::from);
    let path = std::path::absolute(root.join(folder)).expect("a path");
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: {} is absent; set ONEFOLD_TEST_DATA to the folder that has {folder}", path.display());
    None
}

/// Writes the files of a project into a folder.
pub fn write_project(dir: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the folder can be made");
        std::fs::write(path, text).expect("the file can be written");
    }
}

fn client(program: &str, arguments: &[&str]) {
    let done = Command::new(program).args(arguments).output().expect("the client of the database runs");
    assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Runs SQL in PostgreSQL.
pub fn psql(url: &str, sql: &str) {
    client("psql", &["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql]);
}

/// Runs SQL in MariaDB.
pub fn mariadb(url: &str, sql: &str) {
    let address = url::Url::parse(url).expect("it is a URL");
    let login = [
        "--no-defaults".to_owned(),
        format!("--host={}", address.host_str().unwrap_or_default()),
        format!("--port={}", address.port().unwrap_or_default()),
        format!("--user={}", address.username()),
        format!("--password={}", address.password().unwrap_or_default()),
        format!("--execute={sql}"),
    ];
    client("mariadb", &login.each_ref().map(String::as_str));
}

pub async fn open(dir: &Path) -> Engine {
    Engine::open(Project::open(dir).expect("the project opens")).await.expect("the engine opens")
}

/// What `onefold run` does.
pub async fn run_project(engine: &Engine) -> RunRecord {
    let files = engine.project().files().expect("the files can be read");
    let applied = apply(&engine.session(), &files, true).await;
    applied.unwrap_or_else(|errors| panic!("{}", errors[0]));
    let request = Request { targets: None, full: false, command: "test".to_owned() };
    run(engine, request, Arc::new(Unwatched)).await.expect("the run starts")
}

/// Rows as text, one string per row with columns separated by `|`.
pub async fn rows(session: &Session, sql: &str) -> Vec<String> {
    let batches = session.query(sql).await.unwrap_or_else(|e| panic!("{sql}\n{e}"));
    batches.iter().flat_map(text_rows).collect()
}

/// The first column of the first row as a number.
pub async fn number(session: &Session, sql: &str) -> f64 {
    let rows = rows(session, sql).await;
    let first = rows.first().unwrap_or_else(|| panic!("no row: {sql}"));
    first.parse().unwrap_or_else(|_| panic!("{first} is no number: {sql}"))
}

pub fn text_rows(batch: &RecordBatch) -> Vec<String> {
    cells(batch).into_iter().map(|row| row.join("|")).collect()
}

/// Every value as text; NULL is `NULL`, empty text is `(empty)`.
pub fn cells(batch: &RecordBatch) -> Vec<Vec<String>> {
    let options = FormatOptions::default().with_null("NULL");
    let columns: Vec<ArrayFormatter<'_>> = batch
        .columns()
        .iter()
        .map(|c| ArrayFormatter::try_new(c, &options).expect("the type can be printed"))
        .collect();
    let cell = |column: &ArrayFormatter<'_>, row: usize| match column.value(row).to_string() {
        text if text.is_empty() => "(empty)".to_owned(),
        text => text,
    };
    (0..batch.num_rows()).map(|row| columns.iter().map(|c| cell(c, row)).collect()).collect()
}
