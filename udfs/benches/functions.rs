//! The functions that run once per record or per pair, over generated arrays with NULLs in two sizes.

#![allow(clippy::expect_used, missing_docs, reason = "a bench stops at what it did not expect")]

#[path = "functions/comparators.rs"]
mod comparators;
#[path = "functions/data.rs"]
mod data;
#[path = "functions/fold_text.rs"]
mod fold_text;
#[path = "functions/jaro_winkler.rs"]
mod jaro_winkler;
#[path = "functions/levenshtein.rs"]
mod levenshtein;
#[path = "functions/most_recent.rs"]
mod most_recent;
#[path = "functions/normalize_email.rs"]
mod normalize_email;
#[path = "functions/normalize_phone.rs"]
mod normalize_phone;

use criterion::{criterion_group, criterion_main};

criterion_group!(
    functions,
    comparators::bench,
    fold_text::bench,
    jaro_winkler::bench,
    levenshtein::bench,
    most_recent::bench,
    normalize_email::bench,
    normalize_phone::bench
);
criterion_main!(functions);
