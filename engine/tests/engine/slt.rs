//! SQL features, one `slt/<feature>.slt` each, in a project of its own whose folder is `$DIR`; other files are in `$TESTS`.

use std::path::Path;

use onefold::{Engine, Error, Project, Response, Session, sql};
use sqllogictest::{
    AsyncDB, DBOutput, DefaultColumnType, Runner, default_column_validator, default_normalizer,
    default_validator,
};

use crate::support::cells;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slt() {
    let wanted = std::env::var("SLT").unwrap_or_default();
    let mut paths: Vec<_> = std::fs::read_dir("tests/slt")
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.extension().is_some_and(|e| e == "slt") && path.to_string_lossy().contains(&wanted)
        })
        .collect();
    paths.sort();
    let mut failures = Vec::new();
    for path in &paths {
        if let Err(failure) = file(path).await {
            failures.push(failure);
        }
    }
    assert!(failures.is_empty(), "{} of {} files\n{}", failures.len(), paths.len(), failures.join("\n"));
    assert!(!paths.is_empty(), "no file is named like {wanted}");
}

async fn file(path: &Path) -> Result<(), String> {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let project = Project::open(dir.path()).expect("the project opens");
    let engine = Engine::open(project).await.expect("the engine opens");
    let mut runner = Runner::new(|| {
        let session = engine.session();
        async move { Ok(Database { session }) }
    });
    runner.set_var("DIR".to_owned(), dir.path().display().to_string());
    runner.set_var("TESTS".to_owned(), std::path::absolute("tests").expect("a path").display().to_string());
    if std::env::var_os("UPDATE_SLT").is_some() {
        runner
            .update_test_file(path, " ", default_validator, default_normalizer, default_column_validator)
            .await
            .expect("the file can be rewritten");
        return Ok(());
    }
    runner.run_file_async(path).await.map_err(|e| e.display(false).to_string())
}

struct Database {
    session: Session,
}

#[async_trait::async_trait]
impl AsyncDB for Database {
    type Error = Error;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, text: &str) -> Result<DBOutput<DefaultColumnType>, Error> {
        let mut output = DBOutput::StatementComplete(0);
        for parsed in sql::parse(text)? {
            output = match self.session.execute(&parsed).await? {
                Response::Done { .. } => DBOutput::StatementComplete(0),
                Response::Rows { schema, stream } => {
                    let batches = Response::Rows { schema: schema.clone(), stream }.collect().await?;
                    let types = vec![DefaultColumnType::Any; schema.fields().len()];
                    DBOutput::Rows { types, rows: batches.iter().flat_map(cells).map(one_line).collect() }
                }
            };
        }
        Ok(output)
    }

    async fn shutdown(&mut self) {}
}

/// A row as it is written in a file: line breaks as `\n`.
fn one_line(row: Vec<String>) -> Vec<String> {
    row.into_iter().map(|cell| cell.replace('\n', "\\n")).collect()
}
