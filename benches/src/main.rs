//! The retail example at any size, from files to segments: time per step and peak memory.
//!
//! `cargo run --release --workspace --bin unify -- 300000` makes 300,000 people, about 560,000 records.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use onefold::execute::apply::apply;
use onefold::refresh::{Request, Unwatched, run};
use onefold::{Engine, Project, example};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let people = match std::env::args().nth(1) {
        Some(text) => text.parse()?,
        None => 10_000,
    };
    let dir = tempfile::tempdir()?;
    let project = dir.path().join("retail");
    example::init(&project, Some("retail"))?;
    let started = Instant::now();
    example::generate(&project, people, example::RETAIL_SEED)?;
    println!("{people} people made in {:.1} s", started.elapsed().as_secs_f64());
    measure(&project).await
}

async fn measure(dir: &Path) -> Result<(), Box<dyn Error>> {
    let engine = Engine::open(Project::open(dir)?).await?;
    let started = Instant::now();
    if let Err(errors) = apply(&engine.session(), &engine.project().files()?, true).await {
        return Err(errors.into_iter().map(|e| e.to_string()).collect::<Vec<_>>().join("\n").into());
    }
    println!("{:<28} {:<30} {:>9.2} s", "all", "apply and infer types", started.elapsed().as_secs_f64());
    let request = Request { targets: None, full: false, command: "benchmark".to_owned() };
    let record = run(&engine, request, Arc::new(Unwatched)).await?;
    for step in record.steps.iter().filter(|s| !s.step.is_empty()) {
        let seconds = step.finished_at.map_or(0.0, |end| (end - step.started_at).as_seconds_f64());
        let rows = step.rows.unwrap_or(0);
        println!("{:<28} {:<30} {seconds:>9.2} s {rows:>12} rows", step.object, step.step);
    }
    println!(
        "{} in {:.1} s, peak memory {}",
        record.status.word(),
        started.elapsed().as_secs_f64(),
        peak_memory()
    );
    Ok(())
}

/// The most memory that this process has had, as Linux tells it.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".to_owned(), |l| l.trim().to_owned())
}
