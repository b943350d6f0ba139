//! Which files make which tables.

use datafusion::logical_expr::{col, lit};

use super::{columns, folder, open, rows, source};

#[tokio::test]
async fn one_table_per_file_and_per_folder() {
    let folder = folder(&[
        ("Customer-Loyalty.txt", "a\n1\n"),
        ("orders/2023.csv", "id,total\n1,5\n"),
        ("orders/2024/part 1.csv", "total,id,note\n7.5,2,x\n"),
        ("README.md", "not data"),
        (".hidden.csv", "a\n1\n"),
        ("_tmp/x.csv", "a\n1\n"),
        ("delta/part.parquet", ""),
        ("delta/_delta_log/0.json", "{}"),
    ]);
    let source = source(folder.path(), &[]).await;
    assert_eq!(source.tables().await.unwrap(), ["customer_loyalty", "orders"]);
    assert_eq!(columns(&source, "orders").await, ["id Int64", "total Float64", "note Utf8View"]);
    assert_eq!(rows(&source, "orders").await, ["1 | 5.0 | ·", "2 | 7.5 | x"]);
}

#[tokio::test]
async fn a_single_file_and_globs() {
    let folder = folder(&[
        ("data/a.csv", "x\n1\n"),
        ("data/b.csv", "x\n2\n"),
        ("data/c.ndjson", "{\"x\": 3}\n"),
        ("data/sub/d.csv", "x\n4\n"),
    ]);
    for (location, tables) in [
        ("data/a.csv", vec!["a"]),
        ("data/*.csv", vec!["a", "b"]),
        ("data/**/*.csv", vec!["a", "b", "d"]),
        ("data/[bc].*", vec!["b", "c"]),
        ("dat?/s*", vec!["sub"]),
        ("data", vec!["a", "b", "c", "sub"]),
    ] {
        let source = open(folder.path(), &[("location", location)]).await.unwrap();
        assert_eq!(source.tables().await.unwrap(), tables, "{location}");
    }
}

#[tokio::test]
async fn hive_partitions_are_columns_and_prune_files() {
    let folder = folder(&[
        ("sales/year=2023/country=DE/a.csv", "id\n1\n"),
        ("sales/year=2024/country=DE/a.csv", "id\n2\n"),
        ("sales/year=2024/country=S%C3%A3o Tom%C3%A9/a.csv", "id\n3\n"),
        ("sales/year=__HIVE_DEFAULT_PARTITION__/country=FR/a.csv", "id\n4\n"),
    ]);
    for location in [".", "sales"] {
        let source = open(folder.path(), &[("location", location)]).await.unwrap();
        assert_eq!(source.tables().await.unwrap(), ["sales"]);
        assert_eq!(columns(&source, "sales").await, ["id Int64", "year Int64", "country Utf8View"]);
        assert_eq!(
            rows(&source, "sales").await,
            ["1 | 2023 | DE", "2 | 2024 | DE", "3 | 2024 | São Tomé", "4 | · | FR"]
        );
        let pruned = super::frame(&source, "sales").await;
        let pruned = pruned.filter(col("year").eq(lit(2024i64)).and(col("country").eq(lit("DE")))).unwrap();
        let plan = super::plan(pruned.clone()).await;
        assert!(plan.contains("{1 group:") && !plan.contains("2023") && !plan.contains("Filter"), "{plan}");
        assert_eq!(super::show(pruned).await, ["2 | 2024 | DE"]);
        let none = super::frame(&source, "sales").await.filter(col("year").eq(lit(1999i64))).unwrap();
        assert!(super::show(none).await.is_empty());
        let nulls = super::frame(&source, "sales").await.filter(col("year").is_null()).unwrap();
        assert_eq!(super::show(nulls).await, ["4 | · | FR"]);
    }
}

#[tokio::test]
async fn a_file_that_changes_is_read_anew() {
    let folder = folder(&[("a.csv", "id\n1\n"), ("b.csv", "id\n1\n")]);
    let source = source(folder.path(), &[]).await;
    let (a, b) = (source.version("a").await.unwrap(), source.version("b").await.unwrap());
    assert_eq!(rows(&source, "a").await, ["1"]);
    super::write(folder.path(), "a.csv", b"id,name\nx,y\n");
    assert_ne!(source.version("a").await.unwrap(), a);
    assert_eq!(source.version("b").await.unwrap(), b);
    assert_eq!(columns(&source, "a").await, ["id Utf8View", "name Utf8View"]);
    assert_eq!(rows(&source, "a").await, ["x | y"]);
}

#[tokio::test]
async fn a_file_that_changes_between_planning_and_reading_is_not_read_half() {
    let folder = folder(&[("a.csv", "id,name\n1,x\n")]);
    let source = source(folder.path(), &[]).await;
    let frame = super::frame(&source, "a").await;
    super::write(folder.path(), "a.csv", b"id\nentirely different\n");
    let error = frame.collect().await.unwrap_err().to_string();
    assert!(error.contains("shop.a: a.csv changed while it was read"), "{error}");
}

#[tokio::test]
async fn options_that_change_what_is_read_change_the_version() {
    let folder = folder(&[("a.csv", "id\n1\n")]);
    let plain = source(folder.path(), &[]).await.version("a").await.unwrap();
    let typed = source(folder.path(), &[("columns.a", "id text")]).await.version("a").await.unwrap();
    assert_ne!(plain, typed);
    assert_eq!(plain, source(folder.path(), &[]).await.version("a").await.unwrap());
}
