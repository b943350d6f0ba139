//! The connector `odata`, against a service on SAP's framework, which `scripts/databases` starts; what a service does
//! wrong, against a server of the test's own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::AsArray;
use arrow::datatypes::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow::temporal_conversions::{date32_to_datetime, timestamp_us_to_datetime};
use onefold_connectors::changes::Next;
use onefold_connectors::conformance::{self, Abilities, people};
use onefold_connectors::{ForeignKey, Source, TableDescription, connector};
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;

use super::web::Stub;
use super::{open, plan, query, request, rows};

/// The address of the service, with the rows that the tests read.
async fn service() -> Option<String> {
    static FILLED: OnceCell<()> = OnceCell::const_new();
    let Ok(url) = std::env::var("ONEFOLD_TEST_ODATA") else {
        eprintln!("skipped: ONEFOLD_TEST_ODATA is not set; run: eval \"$(scripts/databases start)\"");
        return None;
    };
    FILLED.get_or_init(|| fill(&url)).await;
    Some(url)
}

async fn fill(url: &str) {
    for person in persons() {
        post(&format!("{url}people"), person).await;
    }
    for id in 1..=9 {
        let total = if id == 9 { "12345678901.25".to_owned() } else { format!("{id}.25") };
        let note = ["100% + a&b #1", "it's", "Plain"][id % 3];
        let person = if id == 4 { Value::Null } else { json!(id % 6 + 1) };
        let changed = format!("2026-01-{id:02}T00:00:00Z");
        let order = json!({"id": id, "total": total, "note": note, "person_id": person, "kind": id % 3,
            "changed": changed});
        post(&format!("{url}orders"), order).await;
    }
}

async fn post(url: &str, row: Value) {
    let client = reqwest::Client::new();
    let request =
        client.post(url).basic_auth("alice", Some("secret")).header("content-type", "application/json");
    let answer = request.body(row.to_string()).send().await.unwrap();
    assert!(answer.status().is_success(), "{row}: {}", answer.text().await.unwrap());
}

/// The rows of the suite as JSON.
fn persons() -> Vec<Value> {
    let people = people().unwrap();
    let column = |name: &str| Arc::clone(people.column_by_name(name).unwrap());
    let (id, name, score) = (column("id"), column("name"), column("score"));
    let (active, born, seen) = (column("active"), column("born"), column("seen"));
    let row = |row: usize| {
        let mut values = Map::new();
        values.insert("id".to_owned(), json!(id.as_primitive::<Int64Type>().value(row)));
        let mut put = |key: &str, valid: bool, value: &dyn Fn() -> Value| {
            values.insert(key.to_owned(), if valid { value() } else { Value::Null });
        };
        put("name", name.is_valid(row), &|| json!(name.as_string::<i32>().value(row)));
        put("score", score.is_valid(row), &|| json!(score.as_primitive::<Float64Type>().value(row)));
        put("active", active.is_valid(row), &|| json!(active.as_boolean().value(row)));
        put("born", born.is_valid(row), &|| {
            let days = born.as_primitive::<Date32Type>().value(row);
            json!(date32_to_datetime(days).unwrap().format("%Y-%m-%d").to_string())
        });
        put("seen", seen.is_valid(row), &|| {
            let micros = seen.as_primitive::<TimestampMicrosecondType>().value(row);
            json!(timestamp_us_to_datetime(micros).unwrap().format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
        });
        Value::Object(values)
    };
    (0..people.num_rows()).map(row).collect()
}

async fn source(url: &str, options: &[(&str, &str)]) -> Arc<dyn Source> {
    let options = [&[("url", url), ("user", "alice"), ("password", "secret")], options].concat();
    open("odata", &options).await.unwrap()
}

#[tokio::test]
async fn the_suite() {
    let Some(url) = service().await else { return };
    let source = source(&url, &[]).await;
    conformance::run(source.as_ref(), Abilities { milliseconds: true, ..Abilities::default() })
        .await
        .unwrap();
    let key = ForeignKey {
        columns: vec!["person_id".to_owned()],
        table: "people".to_owned(),
        references: vec!["id".to_owned()],
    };
    let expected = TableDescription {
        primary_key: vec!["id".to_owned()],
        foreign_keys: vec![key],
        ..Default::default()
    };
    conformance::description(source.as_ref(), "orders", &expected).await.unwrap();
    let nobody = request("odata", &[("url", "http://127.0.0.1:1/")]).unwrap();
    conformance::unreachable(connector("odata").unwrap().as_ref(), nobody).await.unwrap();
}

/// What is sent, and that the rows are right. A page has four rows at most.
#[tokio::test]
async fn what_is_sent() {
    let Some(url) = service().await else { return };
    let source = source(&url, &[]).await;
    for (sql, sent, found) in [
        (
            "SELECT id FROM orders WHERE id >= 3 AND id < 5",
            "orders?$select=id&$filter=id ge 3 and id lt 5",
            2,
        ),
        ("SELECT id FROM orders", "orders?$select=id", 9),
        ("SELECT count(*) AS n FROM orders", "orders?$select=id", 1),
        ("SELECT id FROM orders WHERE note = '100% + a&b #1'", "$filter=note eq '100%25 %2B a%26b %231'", 3),
        ("SELECT id FROM orders WHERE note = 'PLAIN'", "$filter=note eq 'PLAIN'", 0),
        ("SELECT id FROM orders WHERE note LIKE 'it''%'", "$filter=startswith(note,'it''')", 3),
        ("SELECT id FROM orders WHERE note LIKE '%a&b%'", "$filter=contains(note,'a%26b')", 3),
        ("SELECT id FROM orders WHERE note <> 'Plain'", "orders?$select=id,note", 6),
        ("SELECT id FROM orders WHERE person_id <> 1", "$filter=(person_id ne 1 and person_id ne null)", 7),
        ("SELECT id FROM orders WHERE NOT (person_id = 1)", "person_id ne 1", 7),
        ("SELECT id FROM orders WHERE person_id IS NULL", "$filter=person_id eq null", 1),
        ("SELECT id FROM orders WHERE kind IN (1, 2)", "$filter=(kind eq 1 or kind eq 2)", 6),
        (
            "SELECT id FROM orders WHERE total = CAST('12345678901.25' AS decimal(20, 2))",
            "total eq 12345678901.25",
            1,
        ),
        (
            "SELECT id FROM orders WHERE changed > '2026-01-07T12:00:00Z'",
            "changed gt 2026-01-07T12:00:00.000000Z",
            2,
        ),
        ("SELECT id FROM orders WHERE length(note) = 5", "orders?$select=id,note", 3),
        ("SELECT id FROM orders ORDER BY id DESC", "orders?$select=id&$orderby=id desc", 9),
        ("SELECT id FROM orders ORDER BY id LIMIT 2", "$orderby=id asc&$top=2", 2),
        ("SELECT id FROM orders LIMIT 6", "orders?$select=id&$top=6", 6),
        ("SELECT id FROM people WHERE active", "$filter=active eq true", 3),
        ("SELECT id FROM people WHERE NOT active", "$filter=active eq false", 2),
        ("SELECT id FROM people WHERE score > 1", "people?$select=id,score", 3),
    ] {
        let plan = plan(query(&source, sql).await.unwrap()).await.join("\n");
        assert!(plan.contains(sent), "{sql}\n{plan}");
        let rows = rows(&source, sql).await.unwrap();
        assert_eq!(rows.len(), found, "{sql}: {rows:?}");
    }
    let total = rows(&source, "SELECT total FROM orders WHERE id = 9").await.unwrap();
    assert_eq!(total, ["12345678901.25"]);
}

#[tokio::test]
async fn a_column_tells_of_changes() {
    let Some(url) = service().await else { return };
    let source = source(&url, &[("updated_at", "changed")]).await;
    let before = source.version("orders").await.unwrap();
    assert_eq!(before.as_deref(), Some("9 rows, changed \"2026-01-09T00:00:00.000Z\""));
    assert_eq!(source.version("people").await.unwrap(), None);
}

#[tokio::test]
async fn a_wrong_login() {
    let Some(url) = service().await else { return };
    let source = open("odata", &[("url", &url), ("bearer", "hidden-secret")]).await.unwrap();
    let error = rows(&source, "SELECT id FROM people").await.unwrap_err();
    assert!(error.contains("401") && error.contains("credentials"), "{error}");
    assert!(!error.contains("hidden-secret"), "{error}");
}

const METADATA: &str = r#"<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
    <Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">
    <EntityType Name="crmbaseentity" Abstract="true" />
    <EntityType Name="contact" BaseType="mscrm.crmbaseentity"><Key><PropertyRef Name="contactid" /></Key>
    <Property Name="contactid" Type="Edm.Guid" /><Property Name="statuscode" Type="Edm.Int32" />
    <Property Name="debt" Type="Edm.Decimal" Precision="20" Scale="2" /><Property Name="tags" Type="Collection(Edm.String)" /></EntityType>
    <EntityContainer Name="System"><EntitySet Name="contacts" EntityType="Microsoft.Dynamics.CRM.contact" />
    </EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"#;

/// A service that has labels, asks for patience, ends tokens early and is slow.
#[tokio::test]
async fn labels_patience_and_tokens() {
    let stub = Stub::new(|request, count| match request.path.as_str() {
        "/token" => {
            assert!(
                request.body.contains("client_secret=hidden-secret") && request.body.contains("scope=all")
            );
            (200, "", json!({"access_token": format!("token-{count}"), "expires_in": 3600}).to_string())
        }
        // The first token ends before its time.
        _ if request.header("authorization") != Some("Bearer token-2") => (401, "", "{}".to_owned()),
        "/api/$metadata" => (200, "", METADATA.to_owned()),
        "/api/contacts" if count <= 2 => (429, "Retry-After: 0.2\r\n", "{}".to_owned()),
        "/api/contacts" => {
            let prefer = request.header("prefer").unwrap();
            assert!(prefer.contains("odata.maxpagesize=2") && prefer.contains("FormattedValue"), "{prefer}");
            let next = (!request.query.contains("skip")).then_some("contacts?$select=statuscode&skip=1");
            let label = "statuscode@OData.Community.Display.V1.FormattedValue";
            let rows = json!([{"statuscode": 1, label: "Active", "debt": "123456789012345678.25"}, {"statuscode": null}]);
            (200, "", json!({"value": rows, "@odata.nextLink": next}).to_string())
        }
        other => panic!("{other}"),
    });
    let options = [
        ("url", &*format!("{}/api", stub.url)),
        ("client_id", "app"),
        ("client_secret", "hidden-secret"),
        ("token_url", &format!("{}/token", stub.url)),
        ("scope", "all"),
        ("labels", "*code"),
        ("page_size", "2"),
    ];
    let begin = Instant::now();
    let source = open("odata", &options).await.unwrap();
    let found = rows(&source, "SELECT statuscode_label, statuscode, debt FROM contacts").await.unwrap();
    assert_eq!(
        found,
        [
            "Active | 1 | 123456789012345678.25",
            "· | · | ·",
            "Active | 1 | 123456789012345678.25",
            "· | · | ·"
        ]
    );
    assert!(begin.elapsed() >= Duration::from_millis(400));
}

#[tokio::test]
async fn what_goes_wrong() {
    for (answer, expected) in [
        ((503, "", "{}".to_owned()), "answers 503"),
        ((429, "Retry-After: 3600\r\n", "{}".to_owned()), "more than 120 seconds of patience"),
        ((403, "", json!({"error": {"message": "not for you"}}).to_string()), "403 Forbidden: not for you"),
        ((200, "", "<html>".to_owned()), "the answer is no page of OData"),
        ((200, "", json!({"items": []}).to_string()), "the answer is no page of OData"),
        (
            (200, "", json!({"error": {"message": "quota exceeded"}}).to_string()),
            "the service answers with an error: quota exceeded",
        ),
        (
            (200, "", json!({"value": [{"statuscode": "x"}]}).to_string()),
            "not of the type that $metadata says",
        ),
        (
            (200, "", json!({"value": [], "@odata.nextLink": "https://elsewhere.example/x"}).to_string()),
            "the service leads to another one: https://elsewhere.example",
        ),
    ] {
        let stub = Stub::new(move |request, _| match request.path.as_str() {
            "/$metadata" => (200, "", METADATA.to_owned()),
            _ => answer.clone(),
        });
        let source = open("odata", &[("url", &stub.url), ("retries", "1")]).await.unwrap();
        let error = rows(&source, "SELECT statuscode FROM contacts").await.unwrap_err();
        assert!(error.contains(expected) && error.contains("crm.contacts"), "{expected}: {error}");
    }
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let begin = Instant::now();
    let source = open("odata", &[("url", &url), ("timeout", "1")]).await.unwrap();
    let error = source.tables().await.unwrap_err().to_string();
    assert!(
        error.contains("it does not answer in time") && begin.elapsed() < Duration::from_secs(8),
        "{error}"
    );
}

/// Tables with one key, and with one of two columns.
const TRACKED: &str = r#"<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
    <Schema Namespace="a" xmlns="http://docs.oasis-open.org/odata/ns/edm">
    <EntityType Name="contact"><Key><PropertyRef Name="id" /></Key>
    <Property Name="id" Type="Edm.Int64" Nullable="false" /><Property Name="name" Type="Edm.String" Nullable="false" /></EntityType>
    <EntityContainer Name="C"><EntitySet Name="contacts" EntityType="a.contact" /></EntityContainer>
    </Schema></edmx:DataServices></edmx:Edmx>"#;

#[tokio::test]
async fn a_service_that_tracks_changes_tells_them() {
    let stub = Stub::new(|request, _| match (request.path.as_str(), request.query.as_str()) {
        ("/$metadata", _) => (200, "", TRACKED.to_owned()),
        ("/contacts", "since=1") => {
            let gone = json!({"@odata.context": "x/$metadata#contacts/$deletedEntity", "id": "contacts(2)", "reason": "deleted"});
            let rows = json!([{"id": 1, "name": "Ann"}, gone]);
            (200, "", json!({"value": rows, "@odata.nextLink": "contacts?since=1b"}).to_string())
        }
        ("/contacts", "since=1b") => {
            let rows = json!([{"id": 1, "name": "Anna"}, {"@removed": {"reason": "changed"}, "id": 3}]);
            (200, "", json!({"value": rows, "@odata.deltaLink": "contacts?since=2"}).to_string())
        }
        ("/contacts", "since=0") => (410, "", "{}".to_owned()),
        ("/contacts", "$select=id,name") => {
            assert!(request.header("prefer").is_some_and(|p| p.ends_with(",odata.track-changes")));
            let rows = json!([{"id": 1, "name": "A"}, {"id": 2, "name": "B"}]);
            (200, "", json!({"value": rows, "@odata.deltaLink": "contacts?since=1"}).to_string())
        }
        other => panic!("{other:?}"),
    });
    let source = open("odata", &[("url", &stub.url), ("track_changes", "true")]).await.unwrap();
    let changes = async |since| {
        let changes = source.changes("contacts", since).await.unwrap().unwrap();
        let frame = super::session(1).read_table(Arc::clone(&changes.rows)).unwrap();
        let rows = super::text(&frame.collect().await.unwrap());
        let Next::Told(position) = changes.next else { panic!("the service says where to go on") };
        (changes.all, changes.key, rows, position.text())
    };
    let key = vec!["id".to_owned()];
    let all = (
        true,
        key.clone(),
        vec!["1 | A".to_owned(), "2 | B".to_owned()],
        Some("contacts?since=1".to_owned()),
    );
    assert_eq!(changes(None).await, all);
    let changed = ["1 | Ann | false | 0", "2 | · | true | 1", "1 | Anna | false | 2", "3 | · | true | 3"]
        .map(str::to_owned);
    assert_eq!(
        changes(Some("contacts?since=1")).await,
        (false, key, changed.to_vec(), Some("contacts?since=2".to_owned()))
    );
    // What the service has forgotten is read as a whole.
    assert_eq!(changes(Some("contacts?since=0")).await, all);

    let forgetful = Stub::new(|request, _| match request.path.as_str() {
        "/$metadata" => (200, "", TRACKED.to_owned()),
        _ => (200, "", json!({"value": []}).to_string()),
    });
    let source = open("odata", &[("url", &forgetful.url), ("track_changes", "true")]).await.unwrap();
    let all = source.changes("contacts", None).await.unwrap().unwrap();
    let error = super::session(1).read_table(all.rows).unwrap().collect().await.unwrap_err().to_string();
    assert!(error.contains("sends no delta link") && error.contains("track_changes"), "{error}");
}
