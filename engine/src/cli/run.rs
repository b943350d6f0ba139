//! `onefold run`.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use indicatif::HumanCount;

use super::plan::definitions;
use super::progress::RunProgress;
use crate::execute::apply::apply;
use crate::execute::failure;
use crate::refresh::{Request, RunRecord, RunStatus, Status, run as refresh};
use crate::shell::{Format, Output};
use crate::{Engine, Error};

pub(super) async fn run(engine: Engine, full: bool, format: Format) -> Result<ExitCode, Vec<Error>> {
    let started = Instant::now();
    let one = |e: Error| vec![e];
    let files = engine.project().files().map_err(one)?;
    if files.is_empty() {
        let error =
            Error::config("has no .sql file").on(format!("project {}", engine.project().dir.display()));
        return Err(one(error.hint("write one, or begin with `onefold init DIR --example retail`")));
    }
    let session = engine.session();
    let applied = apply(&session, &files, true).await?;
    definitions(&applied);
    for error in &applied.unreachable {
        eprintln!("warning: {error}");
    }
    let request = Request { targets: None, full, command: "onefold run".to_owned() };
    let record = tokio::select! {
        record = refresh(&engine, request, Arc::new(RunProgress::new())) => record.map_err(one)?,
        _ = tokio::signal::ctrl_c() => {
            eprintln!("interrupted; what was finished is kept, and the next run does the rest");
            return Ok(ExitCode::from(130));
        }
    };
    println!("{}", summary(&record, started.elapsed().as_secs_f64()));

    let output = Output::stdout(format);
    for (file, parsed) in &applied.queries {
        if format == Format::Table {
            println!("\n{}", title(parsed, &files, file));
        }
        let response = session.execute(parsed).await;
        let response = response.map_err(|e| one(e.in_file(file, parsed.start.line)))?;
        output.print(response).await.map_err(one)?;
    }
    if record.status == RunStatus::Failed {
        let error = failure(&record);
        if let Some(hint) = &error.hint {
            eprintln!("{hint}");
        }
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn summary(record: &RunRecord, seconds: f64) -> String {
    let whole = || record.steps.iter().filter(|s| s.step.is_empty());
    let count = |status: Status| whole().filter(|s| s.status == status).count();
    let mut parts = vec![format!("{} refreshed", count(Status::Done))];
    for (status, word) in [(Status::Fresh, "fresh"), (Status::Skipped, "skipped"), (Status::Failed, "failed")]
    {
        if count(status) > 0 {
            parts.push(format!("{} {word}", count(status)));
        }
    }
    let rows: u64 = whole().filter_map(|s| s.rows).sum();
    format!("{} in {seconds:.1} s, {} rows · run {}", parts.join(", "), HumanCount(rows), record.run_id)
}

/// The comment before a query, or its first line.
fn title(parsed: &crate::sql::Parsed, files: &[crate::project::SqlFile], file: &str) -> String {
    let text = files.iter().find(|f| f.name == *file).map_or("", |f| f.text.as_str());
    let line = usize::try_from(parsed.start.line).unwrap_or(1);
    let before = text.lines().take(line.saturating_sub(1)).last().unwrap_or_default().trim();
    let first = parsed.text.lines().next().unwrap_or_default().trim();
    let comment = if first.starts_with("--") { first } else { before };
    match comment.strip_prefix("--") {
        Some(comment) => comment.trim().to_owned(),
        None => first.to_owned(),
    }
}
