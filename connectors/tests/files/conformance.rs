//! Every format runs the suite.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::csv::WriterBuilder;
use arrow::ipc::writer::{FileWriter, StreamWriter};
use arrow::json::LineDelimitedWriter;
use onefold_connectors::conformance::{self, Abilities, people};
use parquet::arrow::ArrowWriter;

use super::{folder, open, request, source, write};

/// Declares the columns, so that the empty tables have them.
const DECLARED: &str = "id bigint, name text, score double, active boolean, born date, seen timestamp";

async fn check(extension: &str, save: impl Fn(&Path, &[RecordBatch]), options: &[(&str, &str)]) {
    let folder = folder(&[]);
    let people = people().unwrap();
    save(&folder.path().join(format!("people.{extension}")), &[people.slice(0, 2), people.slice(2, 4)]);
    save(&folder.path().join(format!("nobody.{extension}")), &[people.slice(0, 0)]);
    let source = source(folder.path(), options).await;
    conformance::run(source.as_ref(), Abilities { versions: true, ..Abilities::default() }).await.unwrap();
    let change = async || save(&folder.path().join(format!("people.{extension}")), &[people.slice(0, 5)]);
    conformance::version_changes(source.as_ref(), "people", change).await.unwrap();
}

fn csv(delimiter: u8) -> impl Fn(&Path, &[RecordBatch]) {
    move |path, batches| {
        let mut writer = WriterBuilder::new().with_delimiter(delimiter).build(File::create(path).unwrap());
        batches.iter().for_each(|batch| writer.write(batch).unwrap());
    }
}

fn ndjson(path: &Path, batches: &[RecordBatch]) {
    let mut writer = LineDelimitedWriter::new(File::create(path).unwrap());
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
}

fn parquet(path: &Path, batches: &[RecordBatch]) {
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batches[0].schema(), None).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
        writer.flush().unwrap();
    }
    writer.close().unwrap();
}

#[tokio::test]
async fn csv_with_declared_columns() {
    check("csv", csv(b','), &[("columns.people", DECLARED), ("columns.nobody", DECLARED)]).await;
}

#[tokio::test]
async fn csv_with_inferred_columns() {
    check("csv", csv(b','), &[("columns.people", "name text"), ("columns.nobody", DECLARED)]).await;
}

#[tokio::test]
async fn tsv() {
    check("tsv", csv(b'\t'), &[("columns.people", DECLARED), ("columns.nobody", DECLARED)]).await;
}

#[tokio::test]
async fn ndjson_with_inferred_columns() {
    check("ndjson", ndjson, &[("columns.nobody", DECLARED)]).await;
}

#[tokio::test]
async fn ndjson_with_declared_columns() {
    check("jsonl", ndjson, &[("columns.people", DECLARED), ("columns.nobody", DECLARED)]).await;
}

#[tokio::test]
async fn parquet_files() {
    check("parquet", parquet, &[]).await;
}

#[tokio::test]
async fn arrow_files() {
    let save = |path: &Path, batches: &[RecordBatch]| {
        let mut writer = FileWriter::try_new(File::create(path).unwrap(), &batches[0].schema()).unwrap();
        batches.iter().for_each(|batch| writer.write(batch).unwrap());
        writer.finish().unwrap();
    };
    check("arrow", save, &[]).await;
}

#[tokio::test]
async fn arrow_streams() {
    let save = |path: &Path, batches: &[RecordBatch]| {
        let mut writer = StreamWriter::try_new(File::create(path).unwrap(), &batches[0].schema()).unwrap();
        batches.iter().for_each(|batch| writer.write(batch).unwrap());
        writer.finish().unwrap();
    };
    check("arrow", save, &[]).await;
}

#[tokio::test]
async fn a_folder_of_files_is_a_table() {
    let folder = folder(&[]);
    let people = people().unwrap();
    std::fs::create_dir(folder.path().join("people")).unwrap();
    for (name, first, rows) in [("a", 0, 1), ("b", 1, 4), ("c", 5, 0), ("d", 5, 1)] {
        parquet(&folder.path().join(format!("people/{name}.parquet")), &[people.slice(first, rows)]);
    }
    parquet(&folder.path().join("nobody.parquet"), &[people.slice(0, 0)]);
    let source = source(folder.path(), &[]).await;
    conformance::run(source.as_ref(), Abilities { versions: true, ..Abilities::default() }).await.unwrap();
    let add = async || parquet(&folder.path().join("people/e.parquet"), &[people.slice(0, 1)]);
    conformance::version_changes(source.as_ref(), "people", add).await.unwrap();
}

#[tokio::test]
async fn compressed_text() {
    for extension in ["gz", "bz2", "xz", "zst"] {
        let save = |path: &Path, batches: &[RecordBatch]| {
            let mut text = vec![];
            let mut writer = WriterBuilder::new().build(&mut text);
            batches.iter().for_each(|batch| writer.write(batch).unwrap());
            drop(writer);
            let packed = pack(extension, text);
            File::create(path).unwrap().write_all(&packed).unwrap();
        };
        let options = [("columns.people", DECLARED), ("columns.nobody", DECLARED)];
        check(&format!("csv.{extension}"), save, &options).await;
    }
}

/// Compresses by the engine's own writers.
pub(crate) fn pack(extension: &str, bytes: Vec<u8>) -> Vec<u8> {
    use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
    use futures::{StreamExt, TryStreamExt, stream};
    let compression: FileCompressionType = extension.parse().unwrap();
    let bytes = stream::iter([Ok(bytes::Bytes::from(bytes))]).boxed();
    let packed = compression.convert_to_compress_stream(bytes).unwrap();
    let packed: Vec<_> = futures::executor::block_on(packed.try_collect()).unwrap();
    packed.concat()
}

#[tokio::test]
async fn rejected_records() {
    let folder = folder(&[("spoiled.csv", "id,born\n1,2024-01-31\nx,2024-01-31\n3,soon\n4,\n")]);
    let source = source(folder.path(), &[("columns.spoiled", "id bigint, born date")]).await;
    let reject = |line, column: &str, value: &str, reason: &str| onefold_connectors::RejectedRecord {
        location: "spoiled.csv".to_owned(),
        line: Some(line),
        column: Some(column.to_owned()),
        value: Some(value.to_owned()),
        reason: reason.to_owned(),
    };
    let expected = [reject(3, "id", "x", "not a bigint"), reject(4, "born", "soon", "not a date")];
    conformance::rejected(source.as_ref(), "spoiled", 2, &expected).await.unwrap();
}

#[tokio::test]
async fn a_source_that_cannot_be_reached() {
    let files = onefold_connectors::connector("files").unwrap();
    let folder = folder(&[]);
    for location in
        ["missing/", "missing.csv", "missing/*.csv", "http://127.0.0.1:1/a.csv", "ftp://host/a.csv"]
    {
        let request = request(folder.path(), &[("location", location)]).unwrap();
        conformance::unreachable(files.as_ref(), request).await.unwrap();
    }
}

#[tokio::test]
async fn the_suite_notices_what_is_wrong() {
    let folder = folder(&[("nobody.csv", "id\n")]);
    write(
        folder.path(),
        "people.csv",
        b"id,name,score,active,born,seen\n1,a,1.5,true,2024-01-31,2024-01-31\n",
    );
    let wrong = open(folder.path(), &[("location", ".")]).await.unwrap();
    let error = conformance::run(wrong.as_ref(), Abilities { versions: true, ..Abilities::default() })
        .await
        .unwrap_err();
    assert!(error.to_string().starts_with("conformance check types"), "{error}");
}
