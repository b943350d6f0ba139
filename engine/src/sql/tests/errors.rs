use crate::ErrorKind;
use crate::sql::parse;

/// Text, place, part of the message, part of the hint.
type Case = (&'static str, (u64, u64), &'static str, &'static str);

const PROFILE: &str = "CREATE PROFILE p FROM ((SELECT 1) AS a KEY (id)) MATCH (";

#[test]
fn errors_point_at_the_token_and_say_what_was_expected() {
    let cases: [Case; 36] = [
        ("REFERSH ALL", (1, 1), "expected an SQL statement, found `REFERSH`", "did you mean REFRESH?"),
        ("SELCT 1", (1, 1), "found `SELCT`", "did you mean SELECT?"),
        ("hello world", (1, 1), "expected an SQL statement, found `hello`", ""),
        (
            "CREATE SEGMNET x AS SELECT 1",
            (1, 8),
            "expected MATERIALIZED, SOURCE, PROFILE, ACTIVITY, MEASURE, SEGMENT, PREDICTION or VIEW, found `SEGMNET`",
            "did you mean SEGMENT?",
        ),
        (
            "SELECT 1;\n  CREATE FORECAST x",
            (2, 10),
            "MEASURE, SEGMENT, PREDICTION or VIEW, found `FORECAST`",
            "",
        ),
        (
            "CREATE MATERIALIZED PROFILE p",
            (1, 21),
            "expected MEASURE, SEGMENT or VIEW",
            "can be MATERIALIZED",
        ),
        (
            "CREATE OR REPLACE SOURCE IF NOT EXISTS x TYPE files",
            (1, 26),
            "exclude each other",
            "keep OR REPLACE",
        ),
        ("CREATE SOURCE", (1, 14), "expected the name of a source, found the end of the text", ""),
        ("CREATE SOURCE x TPYE files", (1, 17), "expected TYPE, found `TPYE`", "did you mean TYPE?"),
        (
            "CREATE SOURCE x TYPE files OPTION (a 'b')",
            (1, 28),
            "expected OPTIONS, `;` or the end",
            "OPTIONS?",
        ),
        (
            "CREATE SOURCE x TYPE files OPTIONS (a = 'b')",
            (1, 39),
            "expected the option's value, found `=`",
            "leave the = out",
        ),
        ("CREATE SOURCE x TYPE files OPTIONS (a 'b', A 'c')", (1, 44), "the option a is given twice", ""),
        ("CREATE SOURCE a.b TYPE files", (1, 15), "`a.b` is not the name of a source", "one part"),
        (
            "CREATE MEASURE segments.x AS SELECT 1",
            (1, 16),
            "is not the name of a measure",
            "write x or measures.x",
        ),
        ("CREATE SEGMENT AS SELECT 1", (1, 16), "the name of a segment, found `AS`", "double quotes"),
        ("CREATE SEGMENT x SELECT 1", (1, 18), "expected AS, found `SELECT`", ""),
        ("CREATE SEGMENT x AS SELECT a FORM t", (1, 35), "found `t`", "did you mean FROM instead of FORM?"),
        ("CREATE SEGMENT x AS SELECT * FROM t WEHRE a > 1", (1, 43), "found `a`", "WHERE instead of WEHRE"),
        (
            "CREATE PROFILE p FROM (shop.contacts AS a KEY (id)) MATCH (AUTO)",
            (1, 24),
            "expected `(`, found `shop`",
            "",
        ),
        ("CREATE PROFILE p FROM ((SELECT 1) AS a) MATCH (AUTO)", (1, 39), "expected KEY, found `)`", ""),
        (
            "CREATE PROFILE p FROM ((SELECT 1) AS a KEY (id)) MERGE (a AS b)",
            (1, 50),
            "expected MATCH, found `MERGE`",
            "",
        ),
        (
            "CREATE PROFILE p FROM ((SELECT 1) AS a KEY (id)) MATCH (BLOK ON (a))",
            (1, 57),
            "expected BLOCK, COMPARE, RULE, NEVER, ALWAYS, IGNORE, AT, ACCEPT, AUTO or MODEL, found `BLOK`",
            "did you mean BLOCK?",
        ),
        ("@NEVER l.a = r.a)", (1, 63), "expected ON or IN, found `l`", ""),
        ("@RULE x ON l.a = )", (1, 73), "expected an expression, found `)`", ""),
        ("@AT MOST 0 PER a)", (1, 65), "a whole number from 1, not 0", ""),
        ("@ACCEPT ABOVE 95)", (1, 70), "a probability from 0 to 1, not 95", "ACCEPT ABOVE 0.9"),
        ("@IGNORE email IN (info))", (1, 74), "expected a literal, found `info`", "single quotes"),
        (
            "@AUTO) MREGE (max(a) AS a)",
            (1, 63),
            "expected MERGE, OPTIONS, `;` or the end",
            "did you mean MERGE?",
        ),
        (
            "CREATE ACTIVITY a OF p FROM (SELECT 1) KEY (k) LINK (x) TO s AT t TITEL 'x'",
            (1, 67),
            "found `TITEL`",
            "TITLE?",
        ),
        ("DROP SEGMENTS x", (1, 6), "expected SOURCE, PROFILE", "did you mean SEGMENT?"),
        ("SHOW SEGMENT", (1, 6), "CONNECTORS or FUNCTIONS, found `SEGMENT`", "did you mean SEGMENTS?"),
        ("DESCRIBE SEGMET gold", (1, 10), "found `SEGMET`", "did you mean SEGMENT?"),
        ("REFRESH ALL WITH DEPENDENTS", (1, 13), "expected FULL, `;` or the end of the statement", ""),
        ("SELECT 'abc", (1, 8), "unterminated string literal", ""),
        ("SELECT \"a\"\"\"\"b\"", (1, 8), "a name cannot hold two double quotes", ""),
        ("SELECT (1", (1, 10), "expected ), found the end of the text", ""),
    ];
    for (sql, (line, column), message, hint) in cases {
        let sql = sql.strip_prefix('@').map_or(sql.to_owned(), |items| format!("{PROFILE}{items}"));
        let error = parse(&sql).unwrap_err();
        assert_eq!(
            error.kind,
            if message.contains("from") { ErrorKind::Invalid } else { ErrorKind::Syntax },
            "{error}"
        );
        let place = error.position.unwrap();
        assert_eq!((place.line, place.column), (line, column), "{error}");
        assert!(error.message.contains(message), "{error}\nshould say: {message}");
        let found = error.hint.clone().unwrap_or_default();
        assert!(
            found.contains(hint) && found.is_empty() == hint.is_empty(),
            "{error}\nshould advise: {hint}"
        );
    }
}

#[test]
fn an_error_shows_its_line() {
    let error = parse("SELECT 1;\nCREATE SEGMNET x\nAS SELECT 1").unwrap_err();
    let shown = "expected MATERIALIZED, SOURCE, PROFILE, ACTIVITY, MEASURE, SEGMENT, PREDICTION or VIEW, found `SEGMNET`\n  2 | CREATE SEGMNET x\n    |        ^\n  hint: did you mean SEGMENT?";
    assert_eq!(error.to_string(), shown);
}

#[test]
fn deep_nesting_is_an_error() {
    let error = parse(&format!("SELECT {}1{}", "(".repeat(5000), ")".repeat(5000))).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Syntax);
    assert!(error.message.contains("nests too deeply"), "{error}");
}
