mod errors;
mod pair_predicate;
mod parsing;
mod random;
mod round_trip;

use super::{Parsed, Statement, parse};

fn one(sql: &str) -> Statement {
    let mut parsed = parse(sql).unwrap_or_else(|e| panic!("{sql}\n{e}"));
    assert_eq!(parsed.len(), 1, "{sql}");
    parsed.remove(0).statement
}

/// Asserts that the canonical text reads back as the same statement and prints as itself.
fn assert_round_trip(statement: &Statement) {
    let text = statement.to_string();
    let read = one(&text);
    assert!(&read == statement, "{text}\n{read}");
    assert_eq!(read.to_string(), text);
}

fn texts(sql: &str) -> Vec<String> {
    parse(sql).unwrap().into_iter().map(|Parsed { text, .. }| text).collect()
}
