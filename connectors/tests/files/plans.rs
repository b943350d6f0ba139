//! Projections, filters and limits reach the reader.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{Int64Array, RecordBatch, StringArray};
use datafusion::logical_expr::{col, lit};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use super::{folder, frame, plan, source};

#[tokio::test]
async fn csv() {
    let folder = folder(&[("t/a.csv", "a,b,c\n1,x,2\n"), ("t/b.csv", "a,b,c\n3,y,4\n")]);
    let source = source(folder.path(), &[]).await;
    let limited = frame(&source, "t").await.select_columns(&["c"]).unwrap().limit(0, Some(1)).unwrap();
    assert_eq!(
        plan(limited).await,
        "DataSourceExec: file_groups={1 group: [[t/a.csv]]}, projection=[c], limit=1, file_type=csv"
    );
    let counted = frame(&source, "t").await;
    let counted =
        counted.aggregate(vec![], vec![datafusion::functions_aggregate::count::count_all()]).unwrap();
    let plan = plan(counted).await;
    assert!(plan.contains("PlaceholderRowExec") && !plan.contains("DataSourceExec"), "{plan}");
}

#[tokio::test]
async fn parquet() {
    let folder = folder(&[]);
    let ids = Int64Array::from_iter_values(0..10_000);
    let names = StringArray::from_iter_values((0..10_000).map(|id| format!("name {id}")));
    let batch =
        RecordBatch::try_from_iter([("id", Arc::new(ids) as _), ("name", Arc::new(names) as _)]).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(1000)).build();
    let file = File::create(folder.path().join("t.parquet")).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();

    let source = source(folder.path(), &[]).await;
    let filtered = frame(&source, "t").await.filter(col("id").eq(lit(4321i64))).unwrap();
    let filtered = filtered.select_columns(&["name"]).unwrap();
    assert_eq!(super::show(filtered.clone()).await, ["name 4321"]);
    let text = plan(filtered.clone()).await;
    assert!(text.contains("file_type=parquet, predicate=id"), "{text}");
    let analyzed = filtered.explain(false, true).unwrap().collect().await.unwrap();
    let analyzed = arrow::util::pretty::pretty_format_batches(&analyzed).unwrap().to_string();
    assert!(analyzed.contains("row_groups_pruned_statistics=10 total → 1 matched"), "{analyzed}");
}
