//! What an NDJSON file may contain.

use super::{columns, folder, rejected, rows, source};

#[tokio::test]
async fn nested_values_become_structs_and_lists() {
    let text = r#"{"Id": 1, "Name": "Ada", "tags": ["a", "b"], "address": {"city": "London", "zip": 1}, "born": "1815-12-10"}
{"Id": 2, "Name": null, "tags": [], "address": {"city": "Paris"}}

{"Id": 3, "Name": "Zoë", "score": 1.5, "address": null}
"#;
    let folder = folder(&[("people.ndjson", text)]);
    let source = source(folder.path(), &[]).await;
    assert_eq!(
        columns(&source, "people").await,
        [
            "id Int64",
            "name Utf8View",
            "tags List(Utf8View)",
            "address Struct(\"city\": Utf8View, \"zip\": Int64)",
            "born Date32",
            "score Float64"
        ]
    );
    assert_eq!(
        rows(&source, "people").await,
        [
            "1 | Ada | [a, b] | {city: London, zip: 1} | 1815-12-10 | ·",
            "2 | · | [] | {city: Paris, zip: ·} | · | ·",
            "3 | Zoë | · | · | · | 1.5"
        ]
    );
}

#[tokio::test]
async fn values_of_different_kinds_become_text() {
    let text = "{\"a\": 1, \"b\": [1]}\n{\"a\": \"x\", \"b\": {\"c\": \"q\\\"\"}}\n{\"a\": true, \"b\": \"plain\"}\n";
    let folder = folder(&[("mixed.jsonl", text)]);
    let source = source(folder.path(), &[]).await;
    assert_eq!(columns(&source, "mixed").await, ["a Utf8View", "b Utf8View"]);
    assert_eq!(rows(&source, "mixed").await, ["1 | [1]", "true | plain", "x | {\"c\":\"q\\\"\"}"]);
}

#[tokio::test]
async fn records_that_do_not_fit_are_left_out() {
    let text = "{\"id\": 1, \"born\": \"8.5.1986\", \"n\": 1e3}\n{\"id\": \n[1]\n{\"id\": 4, \"id\": 5}\n\
                {\"id\": \"x\"}\n{\"id\": 6, \"born\": [1]}\n{\"id\": 7, \"born\": \"\"}\n";
    let folder = folder(&[("people.json", text)]);
    let options =
        [("columns.people", "id bigint, born date, n int, later text"), ("date_format", "%d.%m.%Y")];
    let source = source(folder.path(), &options).await;
    assert_eq!(columns(&source, "people").await, ["id Int64", "born Date32", "n Int32", "later Utf8View"]);
    assert_eq!(rows(&source, "people").await, ["1 | 1986-05-08 | 1000 | ·", "7 | · | · | ·"]);
    assert_eq!(
        rejected(&source, "people").await,
        [
            "people.json:2 - '{\"id\":' not JSON: EOF while parsing a value",
            "people.json:3 - '[1]' not a JSON object",
            "people.json:4 - '{\"id\": 4, \"id\": 5}' the key id stands twice",
            "people.json:5 id 'x' not a bigint",
            "people.json:6 born '[1]' not a date",
        ]
    );
}

#[tokio::test]
async fn only_the_projected_keys_are_read() {
    let text = "{\"a\": 1, \"b\": \"x\"}\n{\"b\": \"y\"}\n";
    let folder = folder(&[("t.ndjson", text)]);
    let source = source(folder.path(), &[]).await;
    let frame = super::frame(&source, "t").await.select_columns(&["b"]).unwrap();
    let plan = super::plan(frame.clone()).await;
    assert!(plan.contains("projection=[b], file_type=ndjson"), "{plan}");
    assert_eq!(super::show(frame).await, ["x", "y"]);
}
