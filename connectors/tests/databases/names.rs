//! Which tables are shown, and under which names; what is said when options are wrong.

use std::sync::Arc;

use onefold_connectors::Source;

use super::server::{Database, Kind};
use super::{open, request, rows};

async fn tables(source: &Arc<dyn Source>) -> Vec<String> {
    source.tables().await.unwrap()
}

#[tokio::test]
async fn schemas_and_tables_of_postgres() {
    let setup = "CREATE TABLE orders (id int); CREATE TABLE order_lines (id int); CREATE VIEW recent AS SELECT 1 AS one";
    let Some(database) = Database::new(Kind::Postgres, setup).await else { return };
    let name = &database.name;
    assert_eq!(tables(&database.source(&[]).await).await, ["order_lines", "orders", "recent"]);
    assert_eq!(tables(&database.source(&[("tables", "order*")]).await).await, ["order_lines", "orders"]);

    let other = format!("{name}_other");
    database.run(&format!("CREATE SCHEMA {other}; CREATE TABLE {other}.\"Odd Name\" (\"a\"\"b\" int); INSERT INTO {other}.\"Odd Name\" VALUES (5)")).await;
    let schemas = format!("{name}, {other}");
    let both = open("postgres", &[("url", &database.url), ("schemas", &schemas)]).await.unwrap();
    let odd = format!("{other}.Odd Name");
    assert!(tables(&both).await.contains(&odd), "{:?}", tables(&both).await);
    assert_eq!(rows(&both, &format!("SELECT \"a\"\"b\" FROM \"{odd}\"")).await.unwrap(), ["5"]);
}

#[tokio::test]
async fn a_choice_of_nothing_is_an_error() {
    let Some(database) = Database::new(Kind::Postgres, "CREATE TABLE orders (id int)").await else { return };
    let error = database.source(&[("tables", "oders")]).await.tables().await.unwrap_err().to_string();
    assert!(
        error.contains("option tables: no table matches 'oders'\n  hint: did you mean `orders`?"),
        "{error}"
    );
    let url = &database.url;
    let source = open("postgres", &[("url", url), ("schemas", "no_such_schema")]).await.unwrap();
    let error = source.tables().await.unwrap_err().to_string();
    assert!(error.contains("option schemas: no schema matches 'no_such_schema'"), "{error}");
}

#[tokio::test]
async fn wrong_options() {
    let message = |r#type, options: &[(&str, &str)]| request(r#type, options).unwrap_err().to_string();
    assert!(message("postgres", &[("pool_sise", "3")]).contains("did you mean `pool_size`?"));
    assert!(message("mysql", &[("tls", "on")]).contains("is not one of disable, prefer, require"));
    assert!(message("sqlite", &[]).contains("the option location is missing"));
    for (options, expected) in [
        (&[][..], "neither url nor host is given"),
        (&[("url", "mysql://h/d")], "it begins with mysql://, not postgres://"),
        (&[("url", "postgres://h/d?sslmod=require")], "the parameter sslmod is not known"),
        (&[("host", "h"), ("port", "70000")], "option port: 70000 is not a port"),
        (&[("host", "h"), ("pool_size", "0")], "option pool_size: 0 is not a positive number"),
        (&[("host", "h"), ("tls_key", "k.pem")], "tls_certificate and tls_key go together"),
    ] {
        let error = open("postgres", options).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
