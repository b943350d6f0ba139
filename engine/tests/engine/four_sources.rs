//! A project over four live sources: contacts of an OData service, loyalty members in PostgreSQL, a support desk in
//! MariaDB, orders in Delta. `scripts/databases` starts the servers; without them the test is skipped with a message.

use std::path::Path;

use onefold::Session;

use crate::support::{mariadb, open, psql, rows, write_project};

const ORDERS: &str = "CREATE MATERIALIZED VIEW orders AS SELECT * FROM (VALUES
    (1, 1, 40.5, DATE '2026-01-10'), (2, 1, 20.0, DATE '2026-02-10'), (3, 3, 5.0, DATE '2026-02-11'),
    (4, 9, 7.0, DATE '2026-02-12')) AS o (id, contact, total, day);";

const MEMBERS: &str = "CREATE TABLE members (id int PRIMARY KEY, name text, email text, points int, updated timestamptz);
    INSERT INTO members VALUES (10, 'Anna Berg', 'ANNA@example.com', 1500, '2026-01-01Z'),
        (11, 'Bo Lind', 'bo@example.com', 200, '2026-01-01Z'), (12, 'Eva Holm', 'eva@example.com', 5000, '2026-01-01Z');";

const CASES: &str = "CREATE TABLE requesters (id int PRIMARY KEY, mail varchar(100), called varchar(100));
    CREATE TABLE cases (id int PRIMARY KEY, requester int, subject varchar(100), kind varchar(20), opened datetime);
    INSERT INTO requesters VALUES (100, 'anna@example.com', 'Anna'), (101, 'carla@example.com', 'Carla');
    INSERT INTO cases VALUES (1, 100, 'Broken cup', 'complaint', '2026-03-01 09:00:00'),
        (2, 101, 'Opening hours', 'question', '2026-03-02 09:00:00');";

/// The project, as docs/sources.md shows it.
const PROJECT: &str = "
CREATE SOURCE crm     TYPE odata    OPTIONS (url '${ODATA}', user 'alice', password '${PASSWORD}', tables 'contacts');
CREATE SOURCE loyalty TYPE postgres OPTIONS (url '${POSTGRES}', schemas '${SCHEMA}', updated_at 'updated');
CREATE SOURCE desk    TYPE mysql    OPTIONS (url '${MYSQL}', schemas '${SCHEMA}');
CREATE SOURCE shop    TYPE delta    OPTIONS (location 'lake/');

CREATE PROFILE customer
FROM (
    (SELECT id, firstname AS first_name, lastname AS last_name, lower(email) AS email, modified AS updated_at FROM crm.contacts) AS crm KEY (id),
    (SELECT id, split_part(name, ' ', 1) AS first_name, split_part(name, ' ', 2) AS last_name, lower(email) AS email, points,
            updated AS updated_at FROM loyalty.members) AS loyalty KEY (id),
    (SELECT id, called AS first_name, lower(mail) AS email FROM desk.requesters) AS desk KEY (id)
)
MATCH (RULE same_email ON l.email = r.email)
MERGE (most_recent(first_name, updated_at) AS first_name, most_recent(email, updated_at) AS email, max(points) AS points);

CREATE ACTIVITY purchase OF customer FROM (SELECT * FROM shop.orders) KEY (id) LINK (contact) TO crm AT day
    TITLE concat('Order of ', total);
CREATE ACTIVITY support OF customer FROM (SELECT * FROM desk.cases) KEY (id) LINK (requester) TO desk AT opened
    TITLE subject;

CREATE MEASURE lifetime_spend AS
    SELECT customer_id, sum(total) AS lifetime_spend FROM activities.purchase WHERE customer_id IS NOT NULL GROUP BY customer_id;
CREATE SEGMENT upset_gold AS
    SELECT customer_id FROM profiles.customer WHERE points > 1000
    INTERSECT SELECT customer_id FROM activities.support WHERE kind = 'complaint';
";

/// An address that leads to a server for as long as the task lives.
async fn way_to(server: &url::Url) -> (String, tokio::task::JoinHandle<()>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let mut url = server.clone();
    let port = listener.local_addr().expect("it has an address").port();
    url.set_port(Some(port)).expect("a port can be set");
    let server = ("127.0.0.1", server.port().unwrap_or_default());
    let task = tokio::spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((mut here, _)) = listener.accept().await {
            connections.spawn(async move {
                let mut there = tokio::net::TcpStream::connect(server).await.expect("the server is there");
                let _ = tokio::io::copy_bidirectional(&mut here, &mut there).await;
            });
        }
    });
    (url.to_string(), task)
}

async fn refreshed(dir: &Path, sql: &str) -> Session {
    write_project(dir, &[("project.sql", sql)]);
    let session = open(dir).await.session();
    session.query(sql).await.expect("the definitions are good");
    session.query("REFRESH ALL").await.expect("the refresh goes well");
    session
}

#[test]
fn the_documentation_shows_it() {
    let page = std::fs::read_to_string("../docs/sources.md").expect("the page can be read");
    assert!(page.contains(PROJECT.trim()), "docs/sources.md shows another project");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_sources_become_profiles_measures_and_segments() {
    let variable = |name: &str| std::env::var(name).ok();
    let (Some(postgres), Some(mysql), Some(odata)) =
        (variable("ONEFOLD_TEST_POSTGRES"), variable("ONEFOLD_TEST_MYSQL"), variable("ONEFOLD_TEST_ODATA"))
    else {
        eprintln!("skipped: there are no servers; run: eval \"$(scripts/databases start)\"");
        return;
    };
    let schema = format!("four_{}", std::process::id());
    let members = format!("CREATE SCHEMA {schema}; SET search_path = {schema}; {MEMBERS}");
    psql(&postgres, &members);
    let address = url::Url::parse(&mysql).expect("it is a URL");
    mariadb(&mysql, &format!("CREATE DATABASE {schema}; USE {schema}; {CASES}"));

    let dir = tempfile::tempdir().expect("a temporary folder");
    refreshed(&dir.path().join("orders"), ORDERS).await;
    let project = dir.path().join("project");
    let made = dir.path().join("orders/.onefold/warehouse/public");
    std::fs::create_dir_all(&project).expect("a folder");
    std::fs::rename(made, project.join("lake")).expect("the Delta tables are moved");

    let (desk, way) = way_to(&address).await;
    let text = PROJECT
        .replace("${ODATA}", &odata)
        .replace("${PASSWORD}", "secret")
        .replace("${POSTGRES}", &postgres)
        .replace("${MYSQL}", &desk)
        .replace("${SCHEMA}", &schema);
    let session = refreshed(&project, &text).await;
    let ask = async |sql: &str| rows(&session, sql).await;
    assert_eq!(
        ask("SELECT first_name, email, points, count(*) AS records FROM profiles.customer NATURAL JOIN profiles.customer_links
             GROUP BY ALL ORDER BY email NULLS LAST").await,
        [
            "Anna|anna@example.com|1500|3",
            "Bo|bo@example.com|200|2",
            "Carla|carla@example.com|NULL|2",
            "Eva|eva@example.com|5000|1",
            "Dan|NULL|NULL|1",
        ]
    );
    assert_eq!(
        ask("SELECT email, lifetime_spend FROM measures.lifetime_spend NATURAL JOIN profiles.customer ORDER BY 1").await,
        ["anna@example.com|60.5", "carla@example.com|5.0"]
    );
    assert_eq!(
        ask("SELECT email FROM segments.upset_gold NATURAL JOIN profiles.customer").await,
        ["anna@example.com"]
    );
    assert_eq!(
        ask("SELECT title FROM activities.timeline JOIN profiles.customer ON id = customer_id WHERE first_name = 'Anna' ORDER BY time").await,
        ["Order of 40.5", "Order of 20.0", "Broken cup"]
    );

    // What changes at a source shows after the next refresh; a source that is out of reach fails its own branch only.
    let update = format!("UPDATE {schema}.members SET points = 1, updated = now() WHERE id = 10");
    psql(&postgres, &update);
    session.query("REFRESH ALL").await.expect("the refresh goes well");
    assert!(ask("SELECT * FROM segments.upset_gold").await.is_empty());
    way.abort();
    let _ = way.await;
    let again = format!("UPDATE {schema}.members SET points = 2, updated = now() WHERE id = 10");
    psql(&postgres, &again);
    let error = session.query("REFRESH ALL").await.expect_err("the desk is out of reach").to_string();
    assert!(error.contains("desk") && !error.contains("secret"), "{error}");
    assert_eq!(ask("SELECT count(*) FROM profiles.customer").await, ["5"]);
    assert_eq!(ask("SELECT count(*) FROM shop.orders").await, ["4"]);
}
