use sqlparser::ast::Expr;

use super::one;
use crate::ErrorKind;
use crate::sql::pair_predicate::{disjuncts, split_rule};
use crate::sql::{MatchItem, Statement};

/// Predicate, equalities, residual.
type Case = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

#[test]
fn equalities_are_found_whatever_the_order_of_their_terms() {
    let cases: [Case; 8] = [
        ("l.a = r.a", &[("l.a", "r.a")], &[]),
        ("r.a = l.a AND l.b = r.c", &[("l.a", "r.a"), ("l.b", "r.c")], &[]),
        ("(l.a = (r.a)) AND (L.x > 1)", &[("l.a", "r.a")], &["L.x > 1"]),
        ("lower(r.email) = lower(l.email)", &[("lower(l.email)", "lower(r.email)")], &[]),
        ("l.a || l.b = r.c", &[("l.a || l.b", "r.c")], &[]),
        ("l.a = r.a AND (l.b = r.b OR l.c = 1)", &[("l.a", "r.a")], &["(l.b = r.b OR l.c = 1)"]),
        (
            "l.a = 'x' AND l.a = l.b AND l.a + r.a = 2 AND 1 = 1",
            &[],
            &["l.a = 'x'", "l.a = l.b", "l.a + r.a = 2", "1 = 1"],
        ),
        ("l.address['city'] = r.address.city", &[("l.address['city']", "r.address.city")], &[]),
    ];
    for (sql, equalities, residual) in cases {
        let parts = split_rule(&predicate(sql)).unwrap();
        let found: Vec<(String, String)> =
            parts.equalities.iter().map(|e| (e.left.to_string(), e.right.to_string())).collect();
        let found: Vec<(&str, &str)> = found.iter().map(|(l, r)| (l.as_str(), r.as_str())).collect();
        assert_eq!(found, equalities, "{sql}");
        let rest: Vec<String> = parts.residual.iter().map(ToString::to_string).collect();
        assert_eq!(rest, residual, "{sql}");
    }
}

#[test]
fn a_predicate_is_symmetric_if_swapping_the_records_does_not_change_it() {
    let symmetric = [
        "l.a = r.a",
        "r.a = l.a AND l.b <> r.b",
        "l.a = r.b AND l.b = r.a",
        "l.x > 1 AND r.x > 1",
        "l.x > 1 AND 1 < r.x",
        "(l.x > 1 OR r.y = 2) AND (l.y = 2 OR r.x > 1)",
        "jaro_winkler(l.name, r.name) > 0.9",
        "abs(l.age - r.age) < 2",
        "l.a = r.a AND (l.b IS NULL OR r.b IS NULL OR l.b = r.b)",
        "NOT (l.a = r.a)",
        "l.address['city'] = r.address['city']",
        "l.a < r.a OR r.a < l.a",
        "array_any_match(l.tags, x -> x = 'a') AND array_any_match(r.tags, x -> x = 'a')",
    ];
    let asymmetric =
        ["l.a = r.b", "l.a = r.a AND l.x > 1", "l.a < r.a", "strpos(l.a, r.a) > 0", "l.a - r.a > 1"];
    for sql in symmetric {
        assert!(split_rule(&predicate(sql)).unwrap().symmetric, "{sql}");
    }
    for sql in asymmetric {
        assert!(!split_rule(&predicate(sql)).unwrap().symmetric, "{sql}");
    }
}

#[test]
fn an_or_becomes_rules_where_no_equality_stands_beside_it() {
    let cases: [(&str, &[&str]); 6] = [
        ("l.a = r.a OR l.b = r.b OR (l.a = r.a)", &["l.a = r.a", "l.b = r.b"]),
        ("l.c = r.c AND (l.a = r.a OR l.b = r.b)", &["l.c = r.c AND (l.a = r.a OR l.b = r.b)"]),
        ("l.x > 1 AND (l.a = r.a OR l.b = r.b)", &["l.x > 1 AND l.a = r.a", "l.x > 1 AND l.b = r.b"]),
        (
            "l.x > 1 AND (l.y = 1 OR r.y = 1) AND (l.a = r.a OR l.z = 1 AND (l.b = r.b OR l.c = r.c))",
            &[
                "l.x > 1 AND (l.y = 1 OR r.y = 1) AND l.a = r.a",
                "l.x > 1 AND (l.y = 1 OR r.y = 1) AND l.z = 1 AND l.b = r.b",
                "l.x > 1 AND (l.y = 1 OR r.y = 1) AND l.z = 1 AND l.c = r.c",
            ],
        ),
        ("l.x > 1 AND (l.y = 1 OR r.y = 1)", &["l.x > 1 AND (l.y = 1 OR r.y = 1)"]),
        ("l.a > r.a", &["l.a > r.a"]),
    ];
    for (sql, expected) in cases {
        let found: Vec<String> =
            disjuncts(&predicate(sql)).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{sql}");
    }
}

#[test]
fn too_many_alternatives_are_refused() {
    let many: Vec<String> = (0..65).map(|i| format!("l.a{i} = r.a{i}")).collect();
    let error = disjuncts(&predicate(&many.join(" OR "))).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.message.contains("64"), "{error}");
}

#[test]
fn columns_that_are_of_neither_record_are_refused() {
    let cases = [
        ("email = r.email", "`email` does not say", "write l.email or r.email"),
        ("l.a = s.a", "`s.a` is not a column of the pair", "write l.a or r.a"),
        ("l.a = r.a AND l.a IN (SELECT x FROM t)", "a subquery", "ALWAYS IN"),
    ];
    for (sql, message, hint) in cases {
        let error = split_rule(&predicate(sql)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
        assert!(error.message.contains(message), "{error}");
        assert!(error.hint.as_deref().unwrap_or_default().contains(hint), "{error}");
    }
    let place = split_rule(&predicate("l.a = r.a AND email = r.email")).unwrap_err().position.unwrap();
    assert_eq!((place.line, place.column), (2, 15));
}

/// The predicate begins in the first column of the second line.
fn predicate(sql: &str) -> Expr {
    let profile = one(&format!("CREATE PROFILE p FROM ((SELECT 1) AS a KEY (id)) MATCH (RULE x ON\n{sql})"));
    let Statement::CreateProfile(profile) = profile else { panic!("{sql}") };
    match profile.matching.as_slice() {
        [MatchItem::Rule(rule)] => rule.predicate.clone(),
        _ => panic!("{sql}"),
    }
}
