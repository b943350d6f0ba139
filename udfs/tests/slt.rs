//! The functions through SQL: `slt/<group>.slt`, their documentation, and the invariants of the aggregates.
//!
//! `UPDATE_SLT=1` rewrites the expected results, `UPDATE_DOCS=1` rewrites `docs/functions.md`.

#![allow(clippy::expect_used, clippy::panic, reason = "a test stops at what it did not expect")]

#[path = "checks/aggregates.rs"]
mod aggregates;
#[path = "checks/comparator_levels.rs"]
mod comparator_levels;
#[path = "checks/docs.rs"]
mod docs;
#[path = "checks/session.rs"]
mod session;

use sqllogictest::{Runner, default_column_validator, default_normalizer, default_validator};

use session::Session;

#[test]
fn comparators() {
    run("comparators");
}

#[test]
fn feedback() {
    run("feedback");
}

#[test]
fn json() {
    run("json");
}

#[test]
fn normalize() {
    run("normalize");
}

#[test]
fn similarity() {
    run("similarity");
}

#[test]
fn survivorship() {
    run("survivorship");
}

#[test]
fn time() {
    run("time");
}

/// Runs one file against a session of its own.
fn run(group: &str) {
    let path = format!("tests/slt/{group}.slt");
    session::block_on(async {
        if std::env::var_os("UPDATE_SLT").is_some() {
            let mut runner = Runner::new(|| async { Ok(Session::new()) });
            let updated = runner
                .update_test_file(&path, " ", default_validator, default_normalizer, default_column_validator)
                .await;
            updated.expect("the file can be rewritten");
        }
        let mut runner = Runner::new(|| async { Ok(Session::new()) });
        if let Err(error) = runner.run_file_async(&path).await {
            panic!("{}", error.display(false));
        }
    });
}
