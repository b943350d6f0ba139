//! The connector `files`, from outside.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod conformance;
mod csv;
mod delta;
mod documentation;
mod example;
mod folders;
mod messages;
mod ndjson;
mod plans;
mod public_data;
mod remote;
mod stub;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::util::pretty::pretty_format_batches;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use onefold_connectors::{Error, OpenRequest, Options, RejectedRecord, Source, connector};
use tempfile::TempDir;

/// A folder with files of given names and contents.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(name, text)| write(folder.path(), name, text.as_bytes()));
    folder
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn request(base: &Path, options: &[(&str, &str)]) -> Result<OpenRequest, Error> {
    let given: Vec<_> = options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let specs = connector("files")?.options();
    let options = Options::check(specs, &given, &|name| std::env::var(name).ok())?;
    Ok(OpenRequest { name: "shop".to_owned(), options, base: base.to_path_buf() })
}

async fn open(base: &Path, options: &[(&str, &str)]) -> Result<Arc<dyn Source>, Error> {
    connector("files")?.open(request(base, options)?).await
}

/// The whole folder as a source.
async fn source(base: &Path, options: &[(&str, &str)]) -> Arc<dyn Source> {
    let options = [&[("location", ".")], options].concat();
    open(base, &options).await.unwrap()
}

async fn frame(source: &Arc<dyn Source>, table: &str) -> DataFrame {
    let config = SessionConfig::new().with_target_partitions(2);
    let table = source.table(table).await.unwrap().unwrap();
    SessionContext::new_with_config(config).read_table(table).unwrap()
}

/// The rows as `a | b`, sorted; NULL is `·`.
async fn rows(source: &Arc<dyn Source>, table: &str) -> Vec<String> {
    show(frame(source, table).await).await
}

async fn show(frame: DataFrame) -> Vec<String> {
    let mut batches = frame.collect().await.unwrap();
    batches.retain(|batch| batch.num_rows() > 0);
    let options = arrow::util::display::FormatOptions::default().with_null("·");
    let text =
        arrow::util::pretty::pretty_format_batches_with_options(&batches, &options).unwrap().to_string();
    let mut rows: Vec<String> = text
        .lines()
        .skip(3)
        .filter(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>().join(" | "))
        .collect();
    rows.sort();
    rows
}

/// The columns as `name type`.
async fn columns(source: &Arc<dyn Source>, table: &str) -> Vec<String> {
    let schema = source.table(table).await.unwrap().unwrap().schema();
    schema.fields().iter().map(|field| format!("{} {}", field.name(), field.data_type())).collect()
}

/// The rejected records as `file:line column 'value' reason`.
async fn rejected(source: &Arc<dyn Source>, table: &str) -> Vec<String> {
    let shown = |record: RejectedRecord| {
        let line = record.line.unwrap_or_default();
        let column = record.column.unwrap_or_else(|| "-".to_owned());
        format!(
            "{}:{line} {column} '{}' {}",
            record.location,
            record.value.unwrap_or_default(),
            record.reason
        )
    };
    source.rejected(table).await.unwrap().into_iter().map(shown).collect()
}

/// The physical plan of a query.
async fn plan(frame: DataFrame) -> String {
    let batches = frame.explain(false, false).unwrap().collect().await.unwrap();
    let text = pretty_format_batches(&batches).unwrap().to_string();
    let lines = text.lines().skip_while(|line| !line.contains("physical_plan"));
    let lines =
        lines.map(|line| line.trim_matches(['|', ' ']).replace("physical_plan |", "").trim().to_owned());
    lines.filter(|line| !line.is_empty() && !line.starts_with('+')).collect::<Vec<_>>().join("\n")
}
