//! The connector `delta`.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use deltalake_core::DeltaTable;
use deltalake_core::protocol::SaveMode;
use onefold_connectors::conformance::{self, Abilities, people};
use onefold_connectors::{Error, OpenRequest, Options, Source, connector};
use tempfile::TempDir;
use url::Url;

use super::stub::Stub;
use super::{rows, show};

fn request(base: &Path, options: &[(&str, &str)]) -> Result<OpenRequest, Error> {
    let given: Vec<_> = options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let options = Options::check(connector("delta")?.options(), &given, &|_| None)?;
    Ok(OpenRequest { name: "lake".to_owned(), options, base: base.to_path_buf() })
}

async fn open(base: &Path, options: &[(&str, &str)]) -> Result<Arc<dyn Source>, Error> {
    let options = [&[("location", ".")], options].concat();
    let mut options = options;
    if options.iter().filter(|(key, _)| *key == "location").count() > 1 {
        options.remove(0);
    }
    connector("delta")?.open(request(base, &options)?).await
}

async fn write(folder: &Path, batch: &RecordBatch, mode: SaveMode, partitions: &[&str]) {
    fs::create_dir_all(folder).unwrap();
    let url = Url::from_directory_path(folder.canonicalize().unwrap()).unwrap();
    let table = DeltaTable::try_from_url(url).await.unwrap();
    let write = table.write([batch.clone()]).with_save_mode(mode);
    write.with_partition_columns(partitions.iter().copied()).await.unwrap();
}

async fn append(folder: &Path, batch: &RecordBatch) {
    write(folder, batch, SaveMode::Append, &[]).await;
}

fn orders(ids: &[i64]) -> RecordBatch {
    let country = ids.iter().map(|id| if id % 2 == 0 { Some("DE") } else { None });
    let columns: [(&str, ArrayRef); 2] = [
        ("id", Arc::new(Int64Array::from(ids.to_vec()))),
        ("country", Arc::new(country.collect::<StringArray>())),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// A folder with a table `orders` of two versions: 1 and 2, then also 3.
async fn lake() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    append(&folder.path().join("orders"), &orders(&[1, 2])).await;
    append(&folder.path().join("orders"), &orders(&[3])).await;
    folder
}

#[tokio::test]
async fn the_suite() {
    let folder = tempfile::tempdir().unwrap();
    let people = people().unwrap();
    append(&folder.path().join("people"), &people.slice(0, 2)).await;
    append(&folder.path().join("people"), &people.slice(2, 4)).await;
    append(&folder.path().join("nobody"), &people.slice(0, 0)).await;
    let source = open(folder.path(), &[]).await.unwrap();
    conformance::run(source.as_ref(), Abilities { versions: true, ..Abilities::default() }).await.unwrap();
    let change = async || append(&folder.path().join("people"), &people.slice(0, 1)).await;
    conformance::version_changes(source.as_ref(), "people", change).await.unwrap();
    let gone = request(folder.path(), &[("location", "no/such/folder")]).unwrap();
    conformance::unreachable(connector("delta").unwrap().as_ref(), gone).await.unwrap();
}

#[tokio::test]
async fn a_version_or_a_time_of_before() {
    let folder = lake().await;
    let log = folder.path().join("orders/_delta_log");
    let first = log.join("00000000000000000000.json");
    let made = fs::metadata(&first).unwrap().modified().unwrap();
    let source = open(folder.path(), &[("version", "0")]).await.unwrap();
    assert_eq!(rows(&source, "orders").await, ["1 | ·", "2 | DE"]);
    assert!(source.version("orders").await.unwrap().unwrap().starts_with("version 0 of "));

    let day = std::time::Duration::from_secs(86_400);
    fs::File::open(&first).unwrap().set_modified(made - 3 * day).unwrap();
    let time = |days: u32| chrono::DateTime::<chrono::Utc>::from(made - days * day);
    let text = time(1).format("%Y-%m-%d %H:%M:%S").to_string();
    let source = open(folder.path(), &[("timestamp", &text)]).await.unwrap();
    assert_eq!(rows(&source, "orders").await, ["1 | ·", "2 | DE"]);

    let text = time(400).format("%Y-%m-%d").to_string();
    let source = open(folder.path(), &[("timestamp", &text)]).await.unwrap();
    let error = source.table("orders").await.unwrap_err().to_string();
    assert!(error.contains("lake.orders") && error.contains("younger"), "{error}");
}

#[tokio::test]
async fn partitions_are_columns() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("orders");
    write(&table, &orders(&[1, 2, 3, 4]), SaveMode::Append, &["country"]).await;
    let source = open(folder.path(), &[]).await.unwrap();
    assert_eq!(rows(&source, "orders").await, ["1 | ·", "2 | DE", "3 | ·", "4 | DE"]);
    let found = super::frame(&source, "orders").await;
    assert_eq!(found.schema().field(1).data_type().to_string(), "Utf8View");
    let filter = datafusion::prelude::col("country").eq(datafusion::prelude::lit("DE"));
    assert_eq!(show(found.filter(filter).unwrap()).await, ["2 | DE", "4 | DE"]);
}

/// Rows that a deletion vector marks are gone, also for `count(*)` and `LIMIT`.
#[tokio::test]
async fn deleted_rows_stay_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("orders");
    append(&table, &orders(&[10, 11, 12, 13])).await;
    let log = table.join("_delta_log");
    let first = fs::read_to_string(log.join("00000000000000000000.json")).unwrap();
    let mut actions: Vec<serde_json::Value> =
        first.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let add = actions.iter_mut().find(|action| action.get("add").is_some()).unwrap();
    let path = add["add"]["path"].as_str().unwrap().to_owned();
    let vector = inline_vector(&[1, 3]);
    add["add"]["deletionVector"] = serde_json::json!({
        "storageType": "i", "pathOrInlineDv": z85(&vector), "sizeInBytes": vector.len(), "cardinality": 2,
    });
    let protocol = serde_json::json!({"protocol": {"minReaderVersion": 3, "minWriterVersion": 7,
        "readerFeatures": ["deletionVectors"], "writerFeatures": ["deletionVectors"]}});
    let remove = serde_json::json!({"remove": {"path": path, "deletionTimestamp": 1, "dataChange": true}});
    let second = [protocol.to_string(), remove.to_string(), add.to_string()].join("\n");
    fs::write(log.join("00000000000000000001.json"), second).unwrap();

    let source = open(folder.path(), &[]).await.unwrap();
    assert_eq!(rows(&source, "orders").await, ["10 | DE", "12 | DE"]);
    let found = super::frame(&source, "orders").await;
    assert_eq!(found.clone().count().await.unwrap(), 2);
    assert_eq!(show(found.limit(0, Some(3)).unwrap()).await, ["10 | DE", "12 | DE"]);
}

/// The rows as Delta stores them: a roaring bitmap of 64 bits with a magic number before it.
fn inline_vector(rows: &[u16]) -> Vec<u8> {
    let mut bytes = 1_681_511_377_u32.to_le_bytes().to_vec();
    bytes.extend(1_u64.to_le_bytes());
    bytes.extend(0_u32.to_le_bytes());
    // One container without runs: its key, its cardinality, and where it begins.
    for number in [12_346_u32, 1] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(0_u16.to_le_bytes());
    bytes.extend((u16::try_from(rows.len()).unwrap() - 1).to_le_bytes());
    bytes.extend(16_u32.to_le_bytes());
    rows.iter().for_each(|row| bytes.extend(row.to_le_bytes()));
    while !bytes.len().is_multiple_of(4) {
        bytes.push(0);
    }
    bytes
}

fn z85(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 85] =
        b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
    let word = |chunk: &[u8]| {
        let number = u32::from_be_bytes(chunk.try_into().unwrap());
        (0..5).rev().map(move |power| char::from(DIGITS[(number / 85_u32.pow(power) % 85) as usize]))
    };
    bytes.chunks(4).flat_map(word).collect()
}

#[tokio::test]
async fn a_bucket() {
    let folder = lake().await;
    let stub = Stub::new(&[], Some("key"));
    for file in files(folder.path()) {
        let path = file.strip_prefix(folder.path()).unwrap().display().to_string();
        stub.put(&format!("/bucket/lake/{path}"), &fs::read(&file).unwrap());
    }
    let options = [
        ("location", "s3://bucket/lake/"),
        ("endpoint", stub.address.as_str()),
        ("allow_http", "true"),
        ("region", "eu"),
        ("aws_access_key_id", "key"),
        ("aws_secret_access_key", "secret"),
    ];
    let source = open(folder.path(), &options).await.unwrap();
    assert_eq!(source.tables().await.unwrap(), ["orders"]);
    assert_eq!(rows(&source, "orders").await, ["1 | ·", "2 | DE", "3 | ·"]);
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn messages() {
    let folder = lake().await;
    let failed = async |options: &[(&str, &str)]| match open(folder.path(), options).await {
        Err(error) => error.to_string(),
        Ok(source) => match source.table("orders").await {
            Err(error) => error.to_string(),
            Ok(_) => source.tables().await.unwrap_err().to_string(),
        },
    };
    for (options, expected) in [
        (vec![("version", "7")], "version 7"),
        (vec![("version", "-1")], "option version: -1 is no version"),
        (vec![("version", "1"), ("timestamp", "2026-01-01")], "version and timestamp are both given"),
        (vec![("timestamp", "yesterday")], "'yesterday' is no time"),
        (vec![("location", "orders/_delta_log")], "has no Delta table"),
        (vec![("location", "s3://bucket/lake"), ("timeout", "0")], "at least one second"),
    ] {
        let error = failed(&options).await;
        assert!(error.contains(expected), "{options:?}: {error}");
    }
    let source = open(folder.path(), &[]).await.unwrap();
    let files = files(&folder.path().join("orders"));
    let data = files.iter().find(|path| path.extension().is_some_and(|e| e == "parquet")).unwrap();
    let text = fs::read(data).unwrap();
    for (change, expected) in [("broken", "cannot be read as Parquet"), ("gone", "does not exist")] {
        if change == "gone" {
            fs::remove_file(data).unwrap()
        } else {
            fs::write(data, vec![b' '; text.len()]).unwrap()
        }
        let error = super::frame(&source, "orders").await.collect().await.unwrap_err().to_string();
        assert!(error.contains("lake.orders: ") && error.contains(expected), "{error}");
    }
    let broken = folder.path().join("orders/_delta_log/00000000000000000001.json");
    fs::write(broken, "{").unwrap();
    let error = failed(&[]).await;
    assert!(error.contains("lake.orders: the table cannot be read"), "{error}");
}
