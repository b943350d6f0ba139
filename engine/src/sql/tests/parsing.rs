use sqlparser::ast::Query;

use super::{one, texts};
use crate::sql::{ObjectKind, Statement, is_complete, parse, references};
use crate::{ErrorKind, Position};

#[test]
fn each_statement_keeps_its_own_text_and_place() {
    let sql = "-- first\n  SELECT 'ä;b' ; ;\n/* second */ REFRESH ALL -- end\n ; SHOW SOURCES";
    assert_eq!(texts(sql), ["SELECT 'ä;b'", "REFRESH ALL", "SHOW SOURCES"]);
    let starts: Vec<_> = parse(sql).unwrap().iter().map(|p| (p.start.line, p.start.column)).collect();
    assert_eq!(starts, [(2, 3), (3, 14), (4, 4)]);
}

#[test]
fn comments_within_a_statement_stay_in_its_text() {
    assert_eq!(texts("SELECT 1 -- one\n , 2"), ["SELECT 1 -- one\n , 2"]);
}

#[test]
fn a_blank_text_has_no_statements() {
    for sql in ["", "  \n", ";;", "-- nothing", "/* nothing */ ;"] {
        assert!(parse(sql).unwrap().is_empty(), "{sql:?}");
    }
}

#[test]
fn the_shell_knows_when_a_statement_ends() {
    let complete =
        ["", " \n", "SELECT 1;", "SELECT 1; -- done", "\\d", " \\timing", "-- note", "SELECT 1; ;"];
    let open = [
        "SELECT 1",
        "SELECT ';",
        "SELECT 1 -- ;",
        "SELECT 1 /* ;",
        "SELECT \"a;",
        "SELECT $$ ;",
        "SELECT 1; SELECT 2",
    ];
    for sql in complete {
        assert!(is_complete(sql), "{sql:?}");
    }
    for sql in open {
        assert!(!is_complete(sql), "{sql:?}");
    }
}

#[test]
fn match_items_know_where_they_stood() {
    let sql = "CREATE PROFILE p FROM ((SELECT 1) AS a KEY (id))\nMATCH (\n  AUTO,\n  RULE x ON l.a = r.a)";
    let Statement::CreateProfile(profile) = one(sql) else { panic!("{sql}") };
    let places: Vec<Position> = profile.matching.iter().map(|item| item.origin().0).collect();
    assert_eq!(places, [Position { line: 3, column: 3 }, Position { line: 4, column: 3 }]);
}

#[test]
fn statements_name_what_they_create() {
    let statement = one("CREATE SEGMENT \"Gold\" AS SELECT 1");
    let (kind, name) = statement.creates().unwrap();
    assert_eq!((kind, name.value.as_str()), (ObjectKind::Segment, "Gold"));
    assert!(one("SELECT 1").creates().is_none());
}

#[test]
fn kinds_are_read_in_any_case_and_number() {
    for kind in ObjectKind::ALL {
        assert_eq!(kind.to_string().parse::<ObjectKind>().unwrap(), kind);
        assert_eq!(kind.plural().to_lowercase().parse::<ObjectKind>().unwrap(), kind);
    }
    assert_eq!("table".parse::<ObjectKind>().unwrap_err().kind, ErrorKind::Invalid);
}

#[test]
fn references_are_the_relations_that_a_query_reads() {
    let cases: [(&str, &[&str]); 8] = [
        (
            "SELECT * FROM shop.contacts c JOIN Loyalty.Members USING (id)",
            &["shop.contacts", "loyalty.members"],
        ),
        ("SELECT * FROM a, a, A, \"A\"", &["a", "\"A\""]),
        ("WITH c AS (SELECT * FROM a) SELECT * FROM c, b", &["a", "b"]),
        ("WITH a AS (SELECT * FROM a) SELECT * FROM a", &["a"]),
        ("WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT * FROM r, t) SELECT * FROM r", &["t"]),
        (
            "SELECT (SELECT max(x) FROM b) FROM a WHERE EXISTS (SELECT 1 FROM c) OR y IN (SELECT z FROM d)",
            &["b", "a", "c", "d"],
        ),
        ("SELECT * FROM (WITH c AS (SELECT 1) SELECT * FROM c) AS x, c", &["c"]),
        ("SELECT * FROM cluster_pairs((SELECT * FROM pairs)), unnest([1]), x", &["pairs", "x"]),
    ];
    for (sql, expected) in cases {
        let names: Vec<String> = references(&query(sql)).iter().map(ToString::to_string).collect();
        assert_eq!(names, expected, "{sql}");
    }
}

fn query(sql: &str) -> Query {
    match one(&format!("CREATE VIEW v AS {sql}")) {
        Statement::CreateView(view) => *view.query,
        other => panic!("{other}"),
    }
}
