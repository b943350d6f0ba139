//! Public data sets, where the folder that `ONEFOLD_TEST_DATA` names (by default `../shared/data`) has them.

use std::path::PathBuf;

use datafusion::functions_aggregate::expr_fn::{count, sum};
use datafusion::logical_expr::col;

use super::{columns, frame, open, rejected, show};

fn data(name: &str) -> Option<PathBuf> {
    let folder = std::env::var("ONEFOLD_TEST_DATA").unwrap_or_else(|_| "../../shared/data".to_owned());
    let path = std::path::absolute(PathBuf::from(folder).join(name)).unwrap();
    let found = path.exists();
    if !found {
        eprintln!("skipped: there is no {}", path.display());
    }
    found.then_some(path)
}

#[tokio::test]
async fn a_retailer() {
    let Some(folder) = data("contoso") else { return };
    let options = [("location", "."), ("date_format", "%m/%d/%Y")];
    let source = open(&folder, &options).await.unwrap();
    assert_eq!(
        source.tables().await.unwrap(),
        [
            "contact",
            "customer_loyalty",
            "onlinepurchases",
            "pospurchases",
            "websitereviews_linkedtoecommercecontacts"
        ]
    );
    let contact = columns(&source, "contact").await;
    for column in ["date_of_birth Date32", "created_on Date32", "email Utf8View", "loyalty_tier Utf8View"] {
        assert!(contact.contains(&column.to_owned()), "{contact:?}");
    }
    for (table, lines) in [
        ("contact", 4998),
        ("customer_loyalty", 5000),
        ("onlinepurchases", 12369),
        ("pospurchases", 20024),
        ("websitereviews_linkedtoecommercecontacts", 20020),
    ] {
        let rejected = rejected(&source, table).await;
        let rows = frame(&source, table).await.count().await.unwrap();
        assert_eq!(rows + rejected.len(), lines, "{table}: {rejected:?}");
        assert_eq!(rejected.len(), 0, "{table}: {rejected:?}");
    }
    let spent = frame(&source, "pospurchases").await;
    let spent = spent.aggregate(vec![], vec![count(col("purchased_on")), sum(col("total_price"))]).unwrap();
    assert_eq!(show(spent).await.len(), 1);
}

#[tokio::test]
async fn generated_people() {
    let Some(folder) = data("people") else { return };
    let source = open(&folder, &[("location", "people_100k.parquet")]).await.unwrap();
    assert_eq!(frame(&source, "people_100k").await.count().await.unwrap(), 102_120);
}

#[tokio::test]
async fn padded_fields() {
    let Some(folder) = data("febrl") else { return };
    let source = open(&folder, &[("location", "dataset1.csv")]).await.unwrap();
    assert!(columns(&source, "dataset1").await.contains(&"rec_id Utf8View".to_owned()));
    assert_eq!(rejected(&source, "dataset1").await.len(), 0);
    assert_eq!(frame(&source, "dataset1").await.count().await.unwrap(), 1000);
}
