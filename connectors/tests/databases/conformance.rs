//! Every database runs the suite.

use onefold_connectors::conformance::{self, Abilities};
use onefold_connectors::{ForeignKey, TableDescription, connector};

use super::people::people;
use super::request;
use super::server::{Database, KINDS, Kind};

async fn check(kind: Kind) {
    let Some(database) = Database::new(kind, &people(kind)).await else { return };
    let source = database.source(&[]).await;
    let versions = kind == Kind::Sqlite;
    conformance::run(source.as_ref(), Abilities { versions, ..Abilities::default() }).await.unwrap();
    if versions {
        let change = async || database.run("DELETE FROM people WHERE id = 6").await;
        conformance::version_changes(source.as_ref(), "people", change).await.unwrap();
    }
}

#[tokio::test]
async fn postgres() {
    check(Kind::Postgres).await;
}

#[tokio::test]
async fn mysql() {
    check(Kind::Mysql).await;
}

#[tokio::test]
async fn sqlite() {
    check(Kind::Sqlite).await;
}

/// A column that tells when a row changed last tells it of the table.
#[tokio::test]
async fn versions_by_a_column() {
    for kind in [Kind::Postgres, Kind::Mysql] {
        let Some(database) = Database::new(kind, &people(kind)).await else { continue };
        let source = database.source(&[("updated_at", "seen")]).await;
        conformance::run(source.as_ref(), Abilities { versions: true, ..Abilities::default() })
            .await
            .unwrap();
        let add = async || database.run("INSERT INTO people (id, seen) VALUES (7, '2024-03-01')").await;
        conformance::version_changes(source.as_ref(), "people", add).await.unwrap();
        let remove = async || database.run("DELETE FROM people WHERE id = 2").await;
        conformance::version_changes(source.as_ref(), "people", remove).await.unwrap();
    }
}

#[tokio::test]
async fn comments_and_keys() {
    for kind in KINDS {
        let comments = match kind {
            Kind::Postgres => {
                "CREATE TABLE tier (code text PRIMARY KEY, label text);
                 CREATE TABLE member (shop int, number int, tier text REFERENCES tier, PRIMARY KEY (shop, number));
                 CREATE TABLE card (id int, shop int, number int, FOREIGN KEY (shop, number) REFERENCES member);
                 COMMENT ON TABLE member IS 'Who has a card';
                 COMMENT ON COLUMN member.tier IS 'How good a customer'"
            }
            Kind::Mysql => {
                "CREATE TABLE tier (code varchar(9) PRIMARY KEY, label text);
                 CREATE TABLE member (shop int, number int, tier varchar(9) COMMENT 'How good a customer',
                     PRIMARY KEY (shop, number), FOREIGN KEY (tier) REFERENCES tier (code)) COMMENT 'Who has a card';
                 CREATE TABLE card (id int, shop int, number int,
                     FOREIGN KEY (shop, number) REFERENCES member (shop, number))"
            }
            Kind::Sqlite => {
                "CREATE TABLE tier (code text PRIMARY KEY, label text);
                 CREATE TABLE member (shop int, number int, tier text REFERENCES tier (code),
                     PRIMARY KEY (shop, number));
                 CREATE TABLE card (id int, shop int, number int,
                     FOREIGN KEY (shop, number) REFERENCES member (shop, number))"
            }
        };
        let setup = comments.replace(";\n                 ", ";\n");
        let Some(database) = Database::new(kind, &setup).await else { continue };
        let source = database.source(&[]).await;
        let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let said = |text: &str| (kind != Kind::Sqlite).then(|| text.to_owned());
        let member = TableDescription {
            comment: said("Who has a card"),
            columns: said("How good a customer").map(|text| ("tier".to_owned(), text)).into_iter().collect(),
            primary_key: words(&["shop", "number"]),
            foreign_keys: vec![ForeignKey {
                columns: words(&["tier"]),
                table: "tier".to_owned(),
                references: words(&["code"]),
            }],
        };
        conformance::description(source.as_ref(), "member", &member).await.unwrap();
        let card = TableDescription {
            foreign_keys: vec![ForeignKey {
                columns: words(&["shop", "number"]),
                table: "member".to_owned(),
                references: words(&["shop", "number"]),
            }],
            ..TableDescription::default()
        };
        conformance::description(source.as_ref(), "card", &card).await.unwrap();
    }
}

#[tokio::test]
async fn a_source_that_cannot_be_reached() {
    for (r#type, options) in [
        ("postgres", &[("url", "postgres://u:hidden@127.0.0.1:1/d")][..]),
        ("mysql", &[("url", "mysql://u:hidden@127.0.0.1:1/d")]),
        ("sqlite", &[("location", "missing.db")]),
    ] {
        let connector = connector(r#type).unwrap();
        conformance::unreachable(connector.as_ref(), request(r#type, options).unwrap()).await.unwrap();
    }
}
