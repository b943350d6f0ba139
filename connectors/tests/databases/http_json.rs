//! The connector `http_json`, against a service that answers as each test says.

use std::sync::Arc;

use arrow::json::ArrayWriter;
use onefold_connectors::Source;
use onefold_connectors::conformance::{self, Abilities, people};
use serde_json::json;

use super::web::{Answer, Request, Stub};
use super::{open, rows};

const PEOPLE: &str = "id bigint, name text, score double, active boolean, born date, seen timestamp";

fn ok(body: impl ToString) -> Answer {
    (200, "", body.to_string())
}

fn parameter(request: &Request, name: &str) -> Option<String> {
    let pairs = url::form_urlencoded::parse(request.query.as_bytes()).into_owned();
    pairs.filter(|(key, _)| key == name).map(|(_, value)| value).next()
}

#[tokio::test]
async fn the_suite() {
    let mut writer = ArrayWriter::new(Vec::new());
    writer.write(&people().unwrap()).unwrap();
    writer.finish().unwrap();
    // As texts, in which the columns are in their order.
    let all = String::from_utf8(writer.into_inner()).unwrap();
    let all: Vec<String> = all
        .trim_matches(['[', ']'])
        .split("},{")
        .map(|row| format!("{{{}}}", row.trim_matches(['{', '}'])))
        .collect();
    let stub = Stub::new(move |request, _| match request.path.as_str() {
        "/v1/people" => {
            assert_eq!(request.header("x-key"), Some("hidden-secret"));
            let page: usize = parameter(request, "page").unwrap().parse().unwrap();
            assert_eq!(parameter(request, "size").as_deref(), Some("4"));
            let rows: Vec<String> = all.iter().skip((page - 1) * 4).take(4).cloned().collect();
            ok(format!("{{\"data\": {{\"items\": [{}]}}}}", rows.join(",")))
        }
        _ => ok(json!({"data": {"items": []}})),
    });
    let options = [
        ("url", &*format!("{}/v1", stub.url)),
        ("table.people", "people"),
        ("table.nobody", "/nobody?x=1"),
        ("rows", "/data/items"),
        ("paging", "page"),
        ("page_size", "4"),
        ("size_parameter", "size"),
        ("columns.people", PEOPLE),
        ("columns.nobody", PEOPLE),
        ("header.x-key", "hidden-secret"),
    ];
    let source = open("http_json", &options).await.unwrap();
    conformance::run(source.as_ref(), Abilities { versions: true, ..Abilities::default() }).await.unwrap();
}

async fn one(options: &[(&str, &str)], url: &str) -> Arc<dyn Source> {
    let options = [&[("url", url)], options].concat();
    open("http_json", &options).await.unwrap()
}

#[tokio::test]
async fn every_way_of_paging() {
    let stub = Stub::new(|request, _| {
        let number = |name: &str| parameter(request, name).map_or(0, |n| n.parse::<usize>().unwrap());
        let rows = |from: usize| (from + 1..=5).take(2).map(|id| json!({"id": id})).collect::<Vec<_>>();
        match request.path.as_str() {
            "/link" if number("from") == 0 => {
                (200, "Link: </link?from=2>; rel=\"next\", </>; rel=\"last\"\r\n", json!(rows(0)).to_string())
            }
            "/link" => ok(json!(rows(number("from")))),
            "/body" => {
                let next = number("from") + 2;
                let link = (next < 5).then(|| format!("/body?from={next}"));
                ok(json!({"rows": rows(number("from")), "paging": {"next": link}}))
            }
            "/cursor" => {
                let next = number("after") + 2;
                ok(
                    json!({"rows": rows(number("after")), "next": if next < 5 { json!(next) } else { json!(null) }}),
                )
            }
            "/offset" => ok(json!(rows(number("offset")))),
            "/lines" => ok("{\"id\": 1}\n{\"id\": 2}\n\n{\"id\": 3}"),
            "/line" => ok("{\"id\": 1}"),
            other => panic!("{other}"),
        }
    });
    for (path, options, expected) in [
        ("link", vec![], 4),
        ("body", vec![("rows", "/rows"), ("next", "/paging/next")], 5),
        (
            "cursor",
            vec![("rows", "/rows"), ("paging", "cursor"), ("next", "/next"), ("parameter", "after")],
            5,
        ),
        ("offset", vec![("paging", "offset")], 5),
        ("lines", vec![], 3),
        ("line", vec![], 1),
    ] {
        let source = one(&options, &format!("{}/{path}", stub.url)).await;
        assert_eq!(source.tables().await.unwrap(), [path]);
        let found = rows(&source, &format!("SELECT id FROM {path} ORDER BY id")).await.unwrap();
        let expected: Vec<String> = (1..=expected).map(|id| id.to_string()).collect();
        assert_eq!(found, expected, "{path}");
    }
}

#[tokio::test]
async fn what_was_fetched_is_kept_for_a_time_and_what_does_not_fit_is_told() {
    let stub = Stub::new(|_, count| ok(json!([{"id": count}, {"id": "x"}])));
    let source =
        one(&[("keep", "1"), ("columns.things", "id bigint")], &format!("{}/things", stub.url)).await;
    assert_eq!(rows(&source, "SELECT id FROM things").await.unwrap(), ["1"]);
    assert_eq!(rows(&source, "SELECT id FROM things").await.unwrap(), ["1"]);
    let before = source.version("things").await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(rows(&source, "SELECT id FROM things").await.unwrap(), ["2"]);
    assert_ne!(source.version("things").await.unwrap(), before);
    let rejected = source.rejected("things").await.unwrap();
    assert_eq!((rejected.len(), rejected[0].value.as_deref()), (1, Some("x")));
}

#[tokio::test]
async fn what_goes_wrong() {
    let stub = Stub::new(|request, _| match request.path.as_str() {
        "/nested" => ok(json!({"data": {"items": [{"id": 1}]}})),
        "/html" => ok("<html>"),
        "/self" => ok(json!({"rows": [{"id": 1}], "next": "/self"})),
        "/elsewhere" => ok(json!({"rows": [{"id": 1}], "next": "https://elsewhere.example/"})),
        "/circle" | "/circle3" => ok(json!({"rows": [{"id": 1}], "next": "/circle2"})),
        "/circle2" => ok(json!({"rows": [{"id": 2}], "next": "/circle3"})),
        "/broken" => ok(json!({"rows": [{"id": 1}], "next": "/nothing"})),
        "/nothing" => (200, "", String::new()),
        "/lines" => (200, "", "{\"id\": 1}\n{\"id\": 2}\n".to_owned()),
        _ => (404, "", "{}".to_owned()),
    });
    for (path, options, expected) in [
        (
            "nested",
            vec![],
            "the answer is no list\n  hint: say where the rows are by the option rows; there are lists at /data/items",
        ),
        ("nested", vec![("rows", "/items")], "the answer has no list at /items"),
        ("html", vec![], "neither JSON nor NDJSON"),
        ("self", vec![("rows", "/rows"), ("next", "/next")], "lead in a circle, back to /self"),
        ("circle", vec![("rows", "/rows"), ("next", "/next")], "lead in a circle, back to /circle2"),
        ("broken", vec![("rows", "/rows"), ("next", "/next")], "a page has nothing in it"),
        ("nothing", vec![("rows", "/rows")], "a page has nothing in it"),
        ("lines", vec![("rows", "/rows")], "has a row per line, and no list at /rows"),
        (
            "elsewhere",
            vec![("rows", "/rows"), ("next", "/next")],
            "another service: https://elsewhere.example",
        ),
        ("gone", vec![], "/gone answers 404"),
    ] {
        let source = one(&options, &format!("{}/{path}", stub.url)).await;
        let error = source.table(path).await.unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(&format!("crm.{path}: ")), "{error}");
    }
    for (options, expected) in [
        (vec![("url", "ftp://x/")], "it begins with ftp://"),
        (vec![("url", "http://x/"), ("rows", "data")], "a JSON pointer begins with /"),
        (vec![("url", "http://x/"), ("paging", "cursor")], "paging by cursor needs the option next"),
        (vec![("url", "http://x/"), ("table.My-Table", "t")], "write it as table.my_table"),
        (vec![("url", "http://x/"), ("user", "a"), ("bearer", "b")], "user and bearer are both given"),
        (vec![("url", "http://x/"), ("client_id", "a")], "client_secret is missing"),
    ] {
        let error = open("http_json", &options).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
