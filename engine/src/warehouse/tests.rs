use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arrow::array::*;
use arrow::datatypes::{DataType, Field, IntervalUnit, Schema, SchemaRef, TimeUnit};
use arrow::util::pretty::pretty_format_batches;
use datafusion::common::stats::Precision;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::{SessionConfig, SessionContext, col, lit};
use futures::{StreamExt, stream};
use serde_json::json;
use tempfile::TempDir;

mod types;

use types::all_types;

use super::failure::failure;
use super::{Progress, Relation, Warehouse};
use crate::error::{Error, ErrorKind, Result};

#[tokio::test]
async fn a_version_outlives_the_next_one() {
    let (_folder, warehouse) = warehouse().await;
    let relation = warehouse.relation("r");
    assert_eq!(relation.newest_version().await.unwrap(), None);
    replace(&relation, vec![numbers(0..3)]).await.unwrap();
    let before = relation.provider(0).await.unwrap();
    let written = replace(&relation, vec![numbers(10..12)]).await.unwrap();
    assert_eq!(written.version, 1);
    assert_eq!(relation.newest_version().await.unwrap(), Some(1));
    assert_eq!(values(&collect(&relation, 0).await), [0, 1, 2]);
    assert_eq!(values(&collect(&relation, 1).await), [10, 11]);
    let plan = SessionContext::new().read_table(before).unwrap();
    assert_eq!(values(&plan.collect().await.unwrap()), [0, 1, 2]);
}

#[tokio::test]
async fn the_schema_is_replaced_too() {
    let (_folder, warehouse) = warehouse().await;
    let relation = warehouse.relation("r");
    replace(&relation, vec![numbers(0..3)]).await.unwrap();
    replace(&relation, vec![all_types()]).await.unwrap();
    replace(&relation, vec![numbers(5..6)]).await.unwrap();
    assert_eq!(values(&collect(&relation, 0).await), [0, 1, 2]);
    assert_eq!(collect(&relation, 1).await[0].num_columns(), all_types().num_columns());
    assert_eq!(values(&collect(&relation, 2).await), [5]);
}

#[tokio::test]
async fn a_dropped_writer_leaves_the_old_version() {
    let (_folder, warehouse) = warehouse().await;
    let relation = warehouse.relation("r");
    replace(&relation, vec![numbers(0..3)]).await.unwrap();
    let endless = stream::iter([Ok(numbers(0..100))]).chain(stream::pending());
    let streams = vec![adapt(numbers(0..0).schema(), endless), of_batch(numbers(0..100_000))];
    let writing = relation.replace(streams, BTreeMap::new(), silent());
    assert!(tokio::time::timeout(Duration::from_millis(300), writing).await.is_err());

    assert_eq!(relation.newest_version().await.unwrap(), Some(0));
    assert_eq!(values(&collect(&relation, 0).await), [0, 1, 2]);
    tokio::time::sleep(Duration::from_millis(100)).await;
    relation.vacuum(Duration::ZERO, 0).await.unwrap();
    let left = std::fs::read_dir(Path::new(warehouse.location()).join("r")).unwrap().count();
    assert_eq!(left, 2, "the log and one file");
}

#[tokio::test]
async fn a_failing_stream_says_why_and_commits_nothing() {
    let (_folder, warehouse) = warehouse().await;
    let relation = warehouse.relation("r");
    let cause = DataFusionError::from(Error::invalid("column x is no number").on("source shop"));
    let broken = stream::iter([Ok(numbers(0..10)), Err(cause)]);
    let streams = vec![of_batch(numbers(0..10)), adapt(numbers(0..0).schema(), broken)];
    let error = relation.replace(streams, BTreeMap::new(), silent()).await.unwrap_err();
    assert_eq!(error.to_string(), "source shop: column x is no number");
    assert_eq!(relation.newest_version().await.unwrap(), None);
}

#[tokio::test]
async fn writers_at_the_same_time_do_not_mix() {
    let (_folder, warehouse) = warehouse().await;
    let relation = warehouse.relation("r");
    let all = (0..4).map(|i| replace(&relation, vec![numbers(i * 10..i * 10 + 2)])).collect::<Vec<_>>();
    let mut versions: Vec<i64> =
        futures::future::join_all(all).await.into_iter().map(|w| w.unwrap().version).collect();
    versions.sort_unstable();
    assert_eq!(versions, [0, 1, 2, 3]);
    for version in versions {
        assert_eq!(values(&collect(&relation, version).await).len(), 2);
    }
}

#[tokio::test]
async fn progress_and_metadata_are_kept() {
    let (_folder, warehouse) = warehouse().await;
    let relation = warehouse.relation("r");
    let most = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&most);
    let progress: Progress = Arc::new(move |rows| {
        told.fetch_max(rows, Ordering::Relaxed);
    });
    let metadata = BTreeMap::from([("onefold".to_owned(), json!({ "run": "r1" }))]);
    let streams = vec![of_batch(numbers(0..5)), of_batch(numbers(0..7))];
    relation.replace(streams, metadata, progress).await.unwrap();
    assert_eq!(most.load(Ordering::Relaxed), 12);
    let log = Path::new(warehouse.location()).join("r/_delta_log/00000000000000000000.json");
    assert!(std::fs::read_to_string(log).unwrap().contains(r#""onefold":{"run":"r1"}"#));
}

#[tokio::test]
async fn a_relation_may_be_empty() {
    let (_folder, warehouse) = warehouse().await;
    let relation = warehouse.relation("r");
    let written = replace(&relation, vec![numbers(0..0)]).await.unwrap();
    assert_eq!((written.rows, written.files), (0, 0));
    assert_eq!(values(&collect(&relation, 0).await), [0_i64; 0]);
    let statistics = relation.provider(0).await.unwrap().statistics().unwrap();
    assert_eq!(statistics.num_rows, Precision::Exact(0));
}

#[tokio::test]
async fn a_scan_is_a_parquet_plan_that_skips_files() {
    let (_folder, warehouse) = warehouse().await;
    let relation = warehouse.relation("r");
    replace(&relation, vec![numbers(0..1000), numbers(5000..6000)]).await.unwrap();
    let provider = relation.provider(0).await.unwrap();
    let statistics = provider.statistics().unwrap();
    assert_eq!(statistics.num_rows, Precision::Exact(2000));
    assert_eq!(statistics.column_statistics[0].max_value, Precision::Exact(5999_i64.into()));

    let session = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(2));
    let found = session.read_table(provider).unwrap().filter(col("n").gt_eq(lit(5990))).unwrap();
    let plan = found.clone().create_physical_plan().await.unwrap();
    let text = datafusion::physical_plan::displayable(plan.as_ref()).indent(false).to_string();
    assert!(text.contains("DataSourceExec: file_groups={2 groups"), "{text}");
    assert!(text.contains("pruning_predicate=n_null_count"), "{text}");
    assert_eq!(values(&found.collect().await.unwrap()).len(), 10);
}

#[tokio::test]
async fn a_vacuum_keeps_what_is_read() {
    let (_folder, warehouse) = warehouse().await;
    let relation = warehouse.relation("r");
    for i in 0..25 {
        replace(&relation, vec![numbers(i..i + 1)]).await.unwrap();
    }
    assert_eq!(relation.vacuum(Duration::from_secs(3600), 24).await.unwrap(), 0, "all is young");
    // 25 files less those of version 21 and of the newest, and the commits before the checkpoint of version 19.
    assert_eq!(relation.vacuum(Duration::ZERO, 21).await.unwrap(), 23 + 20);
    assert_eq!(relation.vacuum(Duration::ZERO, 21).await.unwrap(), 0);
    let fresh = Warehouse::open(warehouse.location(), Path::new("/"), &[]).await.unwrap().relation("r");
    assert_eq!(values(&collect(&fresh, 21).await), [21]);
    assert_eq!(values(&collect(&fresh, 24).await), [24]);
    assert_eq!(replace(&fresh, vec![numbers(0..1)]).await.unwrap().version, 25);
}

#[tokio::test]
async fn a_removed_relation_starts_anew() {
    let (_folder, warehouse) = warehouse().await;
    let relation = warehouse.relation("r");
    relation.remove().await.unwrap();
    replace(&relation, vec![numbers(0..3)]).await.unwrap();
    collect(&relation, 0).await;
    relation.remove().await.unwrap();
    assert!(!Path::new(warehouse.location()).join("r").exists());
    let error = relation.provider(0).await.unwrap_err();
    assert!(error.to_string().starts_with("relation r: version 0 is not in the warehouse"), "{error}");
    replace(&relation, vec![numbers(7..8)]).await.unwrap();
    assert_eq!(values(&collect(&relation, 0).await), [7]);
}

#[tokio::test]
async fn a_store_in_memory_works() {
    let warehouse = Warehouse::open("memory://", Path::new("/"), &[]).await.unwrap();
    let relation = warehouse.relation("my measures/ümlaut");
    replace(&relation, vec![numbers(0..3)]).await.unwrap();
    replace(&relation, vec![numbers(3..5)]).await.unwrap();
    assert_eq!(values(&collect(&relation, 0).await), [0, 1, 2]);
    assert_eq!(values(&collect(&relation, 1).await), [3, 4]);
    assert_eq!(relation.vacuum(Duration::ZERO, 1).await.unwrap(), 1);
    relation.remove().await.unwrap();
    assert_eq!(warehouse.list("").await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn of_two_commits_of_a_version_one_wins() {
    let (_folder, warehouse) = warehouse().await;
    let log = warehouse.log("catalog");
    assert_eq!(log.latest::<String>().await.unwrap(), None);
    let (a, b) = ("a".to_owned(), "b".to_owned());
    let (first, second) = tokio::join!(log.commit(1, &a), log.commit(1, &b));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert!(first != second);
    let winner = if first { a } else { b };
    assert_eq!(log.latest::<String>().await.unwrap(), Some((1, winner)));
}

#[tokio::test]
async fn a_log_is_pruned_from_its_start() {
    let (_folder, warehouse) = warehouse().await;
    let log = warehouse.log("catalog");
    for version in 1..=12 {
        assert!(log.commit(version, &version).await.unwrap());
    }
    log.prune(3).await.unwrap();
    assert_eq!(warehouse.list("_onefold").await.unwrap().len(), 3);
    assert_eq!(log.latest::<u64>().await.unwrap(), Some((12, 12)));
    assert!(log.newer_than(1).await.unwrap(), "though version 2 is gone");
    assert!(!log.newer_than(12).await.unwrap());
}

#[tokio::test]
async fn small_files_are_replaced() {
    let (_folder, warehouse) = warehouse().await;
    warehouse.put_json("runs/1.json", &json!({ "status": "running" })).await.unwrap();
    warehouse.put_json("runs/1.json", &json!({ "status": "done" })).await.unwrap();
    let read: Option<serde_json::Value> = warehouse.get_json("runs/1.json").await.unwrap();
    assert_eq!(read, Some(json!({ "status": "done" })));
    assert_eq!(warehouse.list("runs").await.unwrap(), ["runs/1.json"]);
    warehouse.delete("runs/1.json").await.unwrap();
    warehouse.delete("runs/1.json").await.unwrap();
    assert_eq!(warehouse.get_json::<u8>("runs/1.json").await.unwrap(), None);
}

#[tokio::test]
async fn corrupt_files_are_named() {
    let (_folder, warehouse) = warehouse().await;
    let root = Path::new(warehouse.location());
    let log = warehouse.log("catalog");
    log.commit(4, &1).await.unwrap();
    std::fs::write(root.join("_onefold/catalog/00000000000000000004.json"), "{").unwrap();
    let error = log.latest::<u64>().await.unwrap_err();
    assert!(error.to_string().contains("_onefold/catalog/00000000000000000004.json"), "{error}");

    let relation = warehouse.relation("r");
    replace(&relation, vec![numbers(0..3)]).await.unwrap();
    std::fs::write(root.join("r/_delta_log/00000000000000000000.json"), "{\"add\":").unwrap();
    let error = relation.provider(0).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Storage);
    assert!(error.to_string().starts_with("relation r: r/_delta_log/00000000000000000000.json"), "{error}");
}

#[tokio::test]
async fn what_cannot_be_stored_names_column_and_remedy() {
    let (_folder, warehouse) = warehouse().await;
    let relation = warehouse.relation("measures/spend");
    let refused = async |fields: Vec<Field>| {
        let batch = RecordBatch::new_empty(Arc::new(Schema::new(fields)));
        replace(&relation, vec![batch]).await.unwrap_err().to_string()
    };
    let field = |name: &str, data_type: DataType| Field::new(name, data_type, true);
    assert_eq!(
        refused(vec![field("at", DataType::Time64(TimeUnit::Nanosecond))]).await,
        "relation measures/spend: column at is of type Time64(ns), which cannot be stored\n  \
         hint: cast it in the query, as in CAST(at AS VARCHAR) AS at"
    );
    let span = DataType::Struct(vec![field("length", DataType::Interval(IntervalUnit::DayTime))].into());
    assert!(refused(vec![field("span", span)]).await.contains("column span.length is of type Interval"));
    assert!(
        refused(vec![field("Last Name", DataType::Utf8)]).await.contains("as in \"Last Name\" AS last_name")
    );
    assert!(
        refused(vec![field("email", DataType::Utf8), field("Email", DataType::Utf8)])
            .await
            .contains("columns email and Email have the same name")
    );
    let large =
        RecordBatch::try_from_iter([("id", Arc::new(UInt64Array::from(vec![u64::MAX])) as _)]).unwrap();
    let error = replace(&relation, vec![large]).await.unwrap_err().to_string();
    assert!(error.contains("CAST(id AS DECIMAL(20, 0))"), "{error}");
}

#[tokio::test]
async fn a_wrong_location_is_a_mistake_in_the_configuration() {
    let open = async |location: &str, options: &[(&str, &str)]| {
        let options: Vec<_> = options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Warehouse::open(location, Path::new("/"), &options).await
    };
    assert_eq!(open("ftp://host/folder", &[]).await.unwrap_err().kind, ErrorKind::Config);
    assert_eq!(
        open("https://account.blob.core.windows.net/c", &[]).await.unwrap_err().kind,
        ErrorKind::Config
    );
    let error = open("s3://bucket/folder", &[("regoin", "eu-west-1")]).await.unwrap_err();
    assert!(error.to_string().contains("unknown option `regoin`"), "{error}");
    assert!(open("s3://bucket/folder", &[("aws_region", "eu-west-1")]).await.is_ok());
}

#[test]
fn a_full_disk_and_a_missing_right_have_remedies() {
    let below = |kind: std::io::ErrorKind| {
        let io = std::io::Error::from(kind);
        let store = object_store::Error::Generic { store: "LocalFileSystem", source: Box::new(io) };
        let parquet = parquet::errors::ParquetError::External(Box::new(store));
        deltalake_core::DeltaTableError::Parquet { source: parquet }
    };
    let full = failure("relation r", "/data", &below(std::io::ErrorKind::StorageFull));
    assert_eq!(full.kind, ErrorKind::Storage);
    assert!(full.hint.unwrap().contains("free space under /data"));
    let denied = failure("relation r", "/data", &below(std::io::ErrorKind::PermissionDenied));
    assert_eq!(denied.kind, ErrorKind::Storage);
    assert!(denied.hint.unwrap().contains("read and write under /data"));
}

/// In a folder with a name that URLs write otherwise.
async fn warehouse() -> (TempDir, Warehouse) {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("Größe 100% #1");
    std::fs::create_dir(&base).unwrap();
    let warehouse = Warehouse::open("warehouse", &base, &[]).await.unwrap();
    (folder, warehouse)
}

async fn replace(relation: &Relation, batches: Vec<RecordBatch>) -> Result<super::Written> {
    let streams = batches.into_iter().map(of_batch).collect();
    relation.replace(streams, BTreeMap::new(), silent()).await
}

fn silent() -> Progress {
    Arc::new(|_| {})
}

fn of_batch(batch: RecordBatch) -> SendableRecordBatchStream {
    adapt(batch.schema(), stream::iter([Ok(batch)]))
}

fn adapt(
    schema: SchemaRef,
    batches: impl futures::Stream<Item = datafusion::error::Result<RecordBatch>> + Send + 'static,
) -> SendableRecordBatchStream {
    Box::pin(RecordBatchStreamAdapter::new(schema, batches))
}

async fn collect(relation: &Relation, version: i64) -> Vec<RecordBatch> {
    let provider = relation.provider(version).await.unwrap();
    SessionContext::new().read_table(provider).unwrap().collect().await.unwrap()
}

fn shown(batches: &[RecordBatch]) -> String {
    pretty_format_batches(batches).unwrap().to_string()
}

fn values(batches: &[RecordBatch]) -> Vec<i64> {
    let mut out: Vec<i64> = batches
        .iter()
        .flat_map(|batch| batch.column(0).as_any().downcast_ref::<Int64Array>().unwrap().values().to_vec())
        .collect();
    out.sort_unstable();
    out
}

fn numbers(range: std::ops::Range<i64>) -> RecordBatch {
    RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from_iter_values(range)) as ArrayRef)]).unwrap()
}
