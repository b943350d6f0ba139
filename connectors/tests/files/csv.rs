//! What a CSV file may contain.

use super::{columns, folder, rejected, rows, source};

#[tokio::test]
async fn types_follow_from_all_values() {
    let text = "Id,PostCode,Phone,EMail,Born,Seen,Spent,Active,Note,Nothing\n\
                1,01234,+4930,a@b.c,1986-05-08,2024-01-31T10:00:00Z,1.5,true,1,\n\
                2,10753,983.5,,1990-12-31,2024-01-31 10:00:00,2,false,x,\n";
    let folder = folder(&[("contacts.csv", text)]);
    let source = source(folder.path(), &[]).await;
    assert_eq!(
        columns(&source, "contacts").await,
        [
            "id Int64",
            "post_code Utf8View",
            "phone Utf8View",
            "email Utf8View",
            "born Date32",
            "seen Timestamp(µs)",
            "spent Float64",
            "active Boolean",
            "note Utf8View",
            "nothing Utf8View"
        ]
    );
    let found = rows(&source, "contacts").await;
    assert_eq!(found[0], "1 | 01234 | +4930 | a@b.c | 1986-05-08 | 2024-01-31T10:00:00 | 1.5 | true | 1 | ·");
    assert_eq!(found.len(), 2);
}

#[tokio::test]
async fn a_late_odd_value_makes_the_column_text() {
    let mut text = "n\n".to_owned();
    (0..20_000).for_each(|number| text.push_str(&format!("{number}\n")));
    text.push_str("none\n");
    let folder = folder(&[("numbers.csv", &text)]);
    let source = source(folder.path(), &[]).await;
    assert_eq!(columns(&source, "numbers").await, ["n Utf8View"]);
    assert_eq!(rows(&source, "numbers").await.len(), 20_001);
}

#[tokio::test]
async fn quotes_line_breaks_and_marks() {
    let text = "\u{feff}id,text\r\n1,\"two\r\nlines, \"\"quoted\"\"\"\r\n\r\n2,\"\"\r\n3,\r\n";
    let folder = folder(&[("notes.csv", text)]);
    let source = source(folder.path(), &[]).await;
    let batches = super::frame(&source, "notes").await.collect().await.unwrap();
    let texts = batches[0].column_by_name("text").unwrap();
    let texts = arrow::array::AsArray::as_string_view(texts);
    let texts: Vec<Option<&str>> = texts.iter().collect();
    assert_eq!(texts, [Some("two\r\nlines, \"quoted\""), Some(""), None]);
}

#[tokio::test]
async fn records_that_do_not_parse_are_left_out_of_every_scan() {
    let text =
        b"id,name\n1,Ada\n2\n3,\"open\n4,Grace,extra\n5,\xff\n6,\"Zo\xc3\xab\"\n\"7\"x,a\n8,Eve\n".as_slice();
    let folder = folder(&[]);
    super::write(folder.path(), "people.csv", text);
    let source = source(folder.path(), &[]).await;
    assert_eq!(rows(&source, "people").await, ["1 | Ada", "6 | Zoë", "8 | Eve"]);
    assert_eq!(
        rejected(&source, "people").await,
        [
            "people.csv:3 - '2' 1 field instead of 2",
            "people.csv:4 - '3,\"open' text follows a closing quote",
            "people.csv:5 - '4,Grace,extra' 3 fields instead of 2",
            "people.csv:6 name '5,\u{fffd}' not UTF-8 text",
            "people.csv:8 - '\"7\"x,a' text follows a closing quote",
        ]
    );
    let frame = super::frame(&source, "people").await;
    assert_eq!(frame.clone().count().await.unwrap(), 3);
    assert_eq!(super::show(frame.select_columns(&["name"]).unwrap()).await, ["Ada", "Eve", "Zoë"]);
}

#[tokio::test]
async fn values_that_do_not_fit_a_declared_type_reject_their_record() {
    let text = "id,amount,born,active\n1,1.005,5/8/1986,yes\n2,abc,5/8/1986,no\n3,7,13/13/1986,\n4,,,maybe\n";
    let folder = folder(&[("orders.csv", text)]);
    let options =
        [("columns.orders", "amount decimal(10, 2), born date, active boolean"), ("date_format", "%m/%d/%Y")];
    let source = source(folder.path(), &options).await;
    assert_eq!(
        columns(&source, "orders").await,
        ["id Int64", "amount Decimal128(10, 2)", "born Date32", "active Boolean"]
    );
    assert_eq!(rows(&source, "orders").await, ["1 | 1.01 | 1986-05-08 | true"]);
    assert_eq!(
        rejected(&source, "orders").await,
        [
            "orders.csv:3 amount 'abc' not a decimal(10, 2)",
            "orders.csv:4 born '13/13/1986' not a date",
            "orders.csv:5 active 'maybe' not a boolean",
        ]
    );
}

#[tokio::test]
async fn other_dialects() {
    let text = "# exported\nId;Name;Price\n1;'O\\'Brien; Ltd';n/a\n2;NULL;3.5\n";
    let folder = folder(&[("shops.dat", text)]);
    let options = [
        ("location", "shops.dat"),
        ("format", "csv"),
        ("delimiter", ";"),
        ("quote", "'"),
        ("escape", "\\"),
        ("comment", "#"),
        ("null", "NULL|n/a"),
        ("header_names", "exact"),
    ];
    let source = super::open(folder.path(), &options).await.unwrap();
    assert_eq!(columns(&source, "shops").await, ["Id Int64", "Name Utf8View", "Price Float64"]);
    assert_eq!(rows(&source, "shops").await, ["1 | O'Brien; Ltd | ·", "2 | · | 3.5"]);
}

#[tokio::test]
async fn without_a_header_columns_are_declared_or_numbered() {
    let folder = folder(&[("a.csv", "1,x,2024-01-31\n2,y,2024-02-01\n")]);
    let source = source(folder.path(), &[("header", "false"), ("columns.a", "id int, code text")]).await;
    assert_eq!(columns(&source, "a").await, ["id Int32", "code Utf8View", "column_3 Date32"]);
    assert_eq!(rows(&source, "a").await, ["1 | x | 2024-01-31", "2 | y | 2024-02-01"]);
}

#[tokio::test]
async fn a_header_without_records_is_an_empty_table() {
    let folder = folder(&[("a.csv", "id,name\n")]);
    let source = source(folder.path(), &[]).await;
    assert_eq!(columns(&source, "a").await, ["id Utf8View", "name Utf8View"]);
    assert!(rows(&source, "a").await.is_empty());
}

#[tokio::test]
async fn a_large_file_is_read_in_pieces_side_by_side() {
    let mut text = "id,note\n".to_owned();
    for number in 0..400_000 {
        let note = if number % 1000 == 0 { "\"two\nlines\"" } else { "some words that fill the line" };
        text.push_str(&format!("{number},{note}\n"));
        if number % 100_000 == 7 {
            text.push_str("broken\n");
        }
    }
    let folder = folder(&[("big.csv", &text)]);
    let source = source(folder.path(), &[]).await;
    let frame = super::frame(&source, "big").await;
    let plan = super::plan(frame.clone()).await;
    assert!(plan.contains("file_groups={2 groups"), "{plan}");
    use datafusion::functions_aggregate::expr_fn::{count, sum};
    use datafusion::logical_expr::col;
    let totals = frame.aggregate(vec![], vec![count(col("note")), sum(col("id")), count(col("id"))]).unwrap();
    assert_eq!(super::show(totals).await, ["400000 | 79999800000 | 400000"]);
    assert_eq!(rejected(&source, "big").await.len(), 4);
}
