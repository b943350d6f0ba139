//! Object stores.

use super::stub::Stub;
use super::{folder, open, rows};

const CSV: &[u8] = b"id,name\n1,Ada\n2,Grace\n";

async fn s3(stub: &Stub, location: &str, key: &str) -> std::sync::Arc<dyn onefold_connectors::Source> {
    let options = [
        ("location", location),
        ("endpoint", stub.address.as_str()),
        ("allow_http", "true"),
        ("region", "eu-central-1"),
        ("aws_access_key_id", key),
        ("aws_secret_access_key", "secret"),
    ];
    open(folder(&[]).path(), &options).await.unwrap()
}

#[tokio::test]
async fn a_bucket_is_read_like_a_folder() {
    let objects: [(&str, &[u8]); 4] = [
        ("/lake/raw/people.csv", CSV),
        ("/lake/raw/orders/year=2023/a.ndjson", b"{\"id\": 1}\n"),
        ("/lake/raw/orders/year=2024/a.ndjson", b"{\"id\": 2}\n"),
        ("/lake/other/x.csv", CSV),
    ];
    let stub = Stub::new(&objects, Some("reader"));
    let source = s3(&stub, "s3://lake/raw/", "reader").await;
    assert_eq!(source.tables().await.unwrap(), ["orders", "people"]);
    assert_eq!(rows(&source, "people").await, ["1 | Ada", "2 | Grace"]);
    assert_eq!(rows(&source, "orders").await, ["1 | 2023", "2 | 2024"]);
    let version = source.version("people").await.unwrap();
    stub.put("/lake/raw/people.csv", b"id,name\n1,Eva\n2,Grace\n");
    assert_ne!(source.version("people").await.unwrap(), version);
    assert_eq!(rows(&source, "people").await, ["1 | Eva", "2 | Grace"]);
}

#[tokio::test]
async fn large_and_compressed_objects() {
    let mut text = "id,name\n".to_owned();
    (0..400_000).for_each(|id| text.push_str(&format!("{id},\"somebody\nof some name\"\n")));
    let packed = super::conformance::pack("gz", text.clone().into_bytes());
    let stub = Stub::new(&[("/lake/a.csv", text.as_bytes()), ("/lake/b.csv.gz", &packed)], Some("reader"));
    let source = s3(&stub, "s3://lake/", "reader").await;
    for (table, groups) in [("a", "{2 groups"), ("b", "{1 group")] {
        let frame = super::frame(&source, table).await;
        let plan = super::plan(frame.clone()).await;
        assert!(plan.contains(groups), "{plan}");
        let sum = datafusion::functions_aggregate::expr_fn::sum(datafusion::logical_expr::col("id"));
        assert_eq!(super::show(frame.aggregate(vec![], vec![sum]).unwrap()).await, ["79999800000"]);
    }
}

#[tokio::test]
async fn a_single_object_and_a_glob() {
    let stub = Stub::new(&[("/lake/a.csv", CSV), ("/lake/b/c.csv", CSV)], Some("reader"));
    let source = s3(&stub, "s3://lake/a.csv", "reader").await;
    assert_eq!(source.tables().await.unwrap(), ["a"]);
    assert_eq!(rows(&source, "a").await.len(), 2);
    let source = s3(&stub, "s3://lake/*/*.csv", "reader").await;
    assert_eq!(source.tables().await.unwrap(), ["c"]);
    assert_eq!(rows(&source, "c").await.len(), 2);
}

/// Two sources of one bucket in one session, each with its own credentials.
#[tokio::test]
async fn credentials_belong_to_a_source() {
    let stub = Stub::new(&[("/lake/a.csv", CSV)], Some("reader"));
    for location in ["s3://lake/a.csv", "s3://lake/", "s3://lake/*.csv"] {
        let stranger = s3(&stub, location, "stranger").await;
        let error = stranger.tables().await.unwrap_err().to_string();
        assert!(error.starts_with(&format!("source shop: access to {location} is denied")), "{error}");
        assert!(error.contains("hint: check the credentials") && !error.contains("secret"), "{error}");
    }

    let other = Stub::new(&[("/lake/a.csv", b"id,name\n3,Zoe\n")], Some("other"));
    let context = datafusion::prelude::SessionContext::new();
    let mut tables = vec![];
    for (stub, key) in [(&stub, "reader"), (&other, "other")] {
        let source = s3(stub, "s3://lake/a.csv", key).await;
        tables.push(context.read_table(source.table("a").await.unwrap().unwrap()).unwrap());
    }
    let both = tables[0].clone().union(tables[1].clone()).unwrap();
    assert_eq!(super::show(both).await, ["1 | Ada", "2 | Grace", "3 | Zoe"]);
}

#[tokio::test]
async fn an_address_of_the_web() {
    let stub = Stub::new(&[("/exports/people.csv", CSV)], None);
    let base = folder(&[]);
    let location = format!("{}/exports/people.csv", stub.address);
    let source = open(base.path(), &[("location", &location)]).await.unwrap();
    assert_eq!(source.tables().await.unwrap(), ["people"]);
    assert_eq!(rows(&source, "people").await, ["1 | Ada", "2 | Grace"]);
    let missing = format!("{}/exports/nobody.csv", stub.address);
    let source = open(base.path(), &[("location", &missing)]).await.unwrap();
    let error = source.tables().await.unwrap_err().to_string();
    assert!(error.contains("nobody.csv does not exist"), "{error}");
}

#[tokio::test]
async fn a_table_that_stays_the_same_is_examined_once() {
    let stub = Stub::new(&[("/lake/a.csv", CSV)], None);
    let source = s3(&stub, "s3://lake/a.csv", "reader").await;
    source.table("a").await.unwrap();
    source.table("a").await.unwrap();
    source.rejected("a").await.unwrap();
    let requests = stub.requests.lock().unwrap();
    assert_eq!(requests.iter().filter(|request| request.starts_with("GET")).count(), 1, "{requests:?}");
}

/// It accepts connections and says nothing.
#[tokio::test]
async fn a_store_that_does_not_answer_is_given_up() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    for location in ["s3://lake/crm/", "s3://lake/a.csv", "s3://lake/*.csv"] {
        let options = [
            ("location", location),
            ("endpoint", address.as_str()),
            ("allow_http", "true"),
            ("anonymous", "true"),
            ("timeout", "1"),
        ];
        let source = open(folder(&[]).path(), &options).await.unwrap();
        let begun = std::time::Instant::now();
        let error = source.tables().await.unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("source shop: {location} did not answer within 1 second")),
            "{error}"
        );
        assert!(error.contains("raise the option timeout"), "{error}");
        assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    }
}
