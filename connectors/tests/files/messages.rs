//! Errors name the object, the cause and the remedy.

use std::fs;

use futures::StreamExt;

use super::{folder, open, source};

async fn message(files: &[(&str, &str)], options: &[(&str, &str)], table: &str) -> String {
    let folder = folder(files);
    let source = match open(folder.path(), options).await {
        Ok(source) => source,
        Err(error) => return error.to_string(),
    };
    let error = match source.tables().await {
        Err(error) => error,
        Ok(_) => match source.table(table).await {
            Err(error) => error,
            Ok(_) => panic!("no error"),
        },
    };
    error.to_string().replace(&folder.path().display().to_string(), "BASE")
}

#[tokio::test]
async fn places() {
    let files = [("data/contacts.csv", "id\n1\n")];
    let found = message(&files, &[("location", "dta")], "").await;
    assert_eq!(found, "source shop: 'dta' does not exist\n  hint: did you mean BASE/data?");
    let found = message(&files, &[("location", "data/contact.csv")], "").await;
    assert_eq!(
        found,
        "source shop: 'data/contact.csv' does not exist\n  hint: did you mean BASE/data/contacts.csv?"
    );
    let found = message(&files, &[("location", "data/*.parquet")], "").await;
    assert_eq!(found, "source shop: no file matches 'data/*.parquet'\n  hint: there is: contacts.csv");
    let found = message(&[("notes.md", "")], &[("location", ".")], "").await;
    assert_eq!(found, "source shop: '.' has no file of a known format\n  hint: there is: notes.md");
    let found = message(&[], &[("location", ".")], "").await;
    assert_eq!(found, "source shop: '.' has no file of a known format\n  hint: it is empty");
    let found = message(&[("a.dat", "")], &[("location", "a.dat")], "").await;
    assert!(
        found.contains("the format of a.dat is unknown\n  hint: name it by the option format"),
        "{found}"
    );
    let found = message(&[], &[("location", "s4://bucket/a.csv")], "").await;
    assert!(found.contains("s3://, gs://, az:// or https://"), "{found}");
}

#[tokio::test]
async fn tables() {
    let clash = [("Orders.csv", "id\n1\n"), ("orders.parquet", "")];
    let found = message(&clash, &[("location", ".")], "").await;
    assert_eq!(
        found,
        "source shop: the files Orders.csv and orders.parquet both make a table orders\n  \
         hint: rename one, or name a narrower location"
    );
    let mixed = [("orders/a.csv", "id\n1\n"), ("orders/b.parquet", "")];
    let found = message(&mixed, &[("location", ".")], "").await;
    assert!(found.contains("the folder orders has files of two formats: orders/a.csv and orders/b.parquet"));
    let uneven = [("orders/year=1/a.csv", "id\n1\n"), ("orders/b.csv", "id\n1\n")];
    let found = message(&uneven, &[("location", ".")], "orders").await;
    assert!(found.starts_with("shop.orders: the folders of orders/b.csv and orders/year=1/a.csv"), "{found}");
    let found = message(&[("a.csv", "id\n")], &[("location", "."), ("columns.b", "id int")], "").await;
    assert!(found.contains("columns are declared for b, but there is no such table\n  hint: "), "{found}");
    let delta = [("orders/a.parquet", ""), ("orders/_delta_log/0.json", "")];
    let found = message(&delta, &[("location", ".")], "").await;
    assert!(found.contains("holds a Delta table"), "{found}");
}

#[tokio::test]
async fn contents() {
    let options = [("location", ".")];
    let found = message(&[("a.csv", "")], &options, "a").await;
    assert!(found.starts_with("shop.a: a.csv is empty: it has no header"), "{found}");
    let found = message(&[("a.csv", "\"id\n1\n")], &options, "a").await;
    assert!(
        found.starts_with("shop.a: the header of a.csv cannot be read: a quote is not closed"),
        "{found}"
    );
    let found = message(&[("a.csv", "PK\u{3}\u{4}\0\0,x\n")], &options, "a").await;
    assert!(found.starts_with("shop.a: a.csv is not a text file"), "{found}");
    let found = message(&[("a.parquet", "id,name\n")], &options, "a").await;
    assert!(found.starts_with("shop.a: a.parquet cannot be read as Parquet"), "{found}");
    let found = message(&[("a.arrow", "id,name\n")], &options, "a").await;
    assert!(found.starts_with("shop.a: a.arrow cannot be read as Arrow"), "{found}");
    let found = message(&[("a.json", "[{\"a\": 1}]")], &options, "a").await;
    assert!(found.contains("a.json is a JSON array\n  hint: write one object per line"), "{found}");
    let found = message(&[("a.csv.gz", "id\n1\n")], &options, "a").await;
    assert!(found.starts_with("shop.a: a.csv.gz cannot be read: "), "{found}");
    let declared = [("location", "."), ("columns.a", "emial text")];
    let found = message(&[("a.csv", "id,email\n1,x\n")], &declared, "a").await;
    assert_eq!(
        found,
        "shop.a: a type is declared for emial, but there is no such column\n  \
         hint: did you mean `email`? the columns are: id, email"
    );
}

#[tokio::test]
async fn options() {
    let found = message(&[], &[("locaton", ".")], "").await;
    assert!(found.contains("did you mean `location`?"), "{found}");
    let found = message(&[], &[("location", "."), ("columns.a", "id bigimt")], "").await;
    assert!(found.starts_with("option columns.a: the column id is declared bigimt"), "{found}");
    let found = message(&[], &[("location", "."), ("date_format", "%Q")], "").await;
    assert!(found.starts_with("option date_format: '%Q' is not a date pattern"), "{found}");
    let found = message(&[], &[("location", "."), ("delimiter", "")], "").await;
    assert!(found.contains("the delimiter is empty"), "{found}");
}

#[tokio::test]
async fn an_unknown_table_is_none_but_has_no_version() {
    let folder = folder(&[("orders.csv", "id\n1\n")]);
    let source = source(folder.path(), &[]).await;
    assert!(source.table("order").await.unwrap().is_none());
    let error = source.version("order").await.unwrap_err().to_string();
    assert!(error.contains("there is no table order\n  hint: did you mean `orders`?"), "{error}");
    let error = onefold_connectors::connector("file").unwrap_err().to_string();
    assert!(error.contains("did you mean `files`?"), "{error}");
}

/// A file that is written to while it is read is not read half old, half new.
#[tokio::test]
async fn a_file_that_changes_while_it_is_read() {
    let rows: String = (0..400_000).map(|n| format!("{n},old value\n")).collect();
    let folder = folder(&[("big.csv", &format!("id,value\n{rows}"))]);
    let source = source(folder.path(), &[]).await;
    let mut rows = super::frame(&source, "big").await.execute_stream().await.unwrap();
    rows.next().await.unwrap().unwrap();
    let path = folder.path().join("big.csv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("old", "new")).unwrap();
    let mut failed = None;
    while let Some(batch) = rows.next().await {
        if let Err(error) = batch {
            failed = Some(error.to_string());
            break;
        }
    }
    let error = failed.unwrap();
    assert!(error.contains("big.csv changed while it was read"), "{error}");
}
