use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::*;
use crate::ErrorKind;

#[test]
fn committed_data_is_what_the_generator_writes() {
    let committed = Path::new("../examples/retail");
    let made = tempfile::tempdir().unwrap();
    generate(made.path(), RETAIL_PEOPLE, RETAIL_SEED).unwrap();
    for file in files(made.path()) {
        let name = file.strip_prefix(made.path()).unwrap();
        let same = fs::read(&file).unwrap() == fs::read(committed.join(name)).unwrap();
        assert!(same, "{} differs from the committed one", name.display());
    }
}

#[test]
fn another_seed_is_another_population() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    generate(a.path(), 200, 1).unwrap();
    generate(b.path(), 200, 2).unwrap();
    let contacts = |dir: &Path| fs::read(dir.join("data/shop/contacts.csv")).unwrap();
    assert_ne!(contacts(a.path()), contacts(b.path()));
}

#[test]
fn truth_knows_each_record_once() {
    let dir = tempfile::tempdir().unwrap();
    let summary = generate(dir.path(), 3_000, 3).unwrap();
    let truth = fs::read_to_string(dir.path().join("truth/truth.csv")).unwrap();
    let keys: BTreeSet<String> =
        truth.lines().skip(1).map(|line| line.split(',').take(2).collect::<Vec<_>>().join(":")).collect();
    let records = summary.contacts + summary.members + summary.support_customers + summary.leads;
    assert_eq!((keys.len() as u64, truth.lines().count() as u64 - 1), (records, records));
}

#[test]
fn init_writes_the_example() {
    let dir = tempfile::tempdir().unwrap();
    let written = init(dir.path(), Some("retail")).unwrap();
    assert!(written.contains(&dir.path().join("customer.sql")));
    assert!(dir.path().join("data/loyalty/members.csv").exists());
}

#[test]
fn init_overwrites_nothing() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("notes.txt"), "mine").unwrap();
    let error = init(dir.path(), None).unwrap_err();
    assert_eq!(error.kind, ErrorKind::AlreadyExists);
    assert_eq!(files(dir.path()).len(), 1);
}

#[test]
fn init_lists_the_examples() {
    let dir = tempfile::tempdir().unwrap();
    let error = init(&dir.path().join("new"), Some("retial")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "example retial: there is no such example\n  hint: the examples are: retail"
    );
}

fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
