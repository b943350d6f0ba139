//! `docs/sources.md` tells the options that there are. `UPDATE_DOCS=1` writes them into it.

use std::fmt::Write;
use std::fs;

use onefold_connectors::{Connector, OpenRequest, OptionType, Options, connectors};

use super::example::Calendar;

const PAGE: &str = "../docs/sources.md";

#[test]
fn the_options_are_documented() {
    let page = fs::read_to_string(PAGE).unwrap();
    let mut updated = page.clone();
    for connector in connectors() {
        let begin = format!("<!-- options of {} -->\n", connector.name());
        let (before, rest) = updated.split_once(&begin).unwrap_or_else(|| panic!("{begin} is missing"));
        let (_, after) = rest.split_once("<!-- end -->").unwrap();
        let table = table(connector.options());
        updated = format!("{before}{begin}{table}<!-- end -->{after}");
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(PAGE, &updated).unwrap();
    } else {
        assert!(page == updated, "docs/sources.md is out of date: run this test with UPDATE_DOCS=1");
    }
}

fn table(options: &[onefold_connectors::OptionSpec]) -> String {
    let mut table = "| option | type | default | meaning |\n|---|---|---|---|\n".to_owned();
    for option in options {
        let of = if option.name.starts_with("columns") { "<table>" } else { "<name>" };
        let name = option.name.replace('*', of);
        let r#type = match option.r#type {
            OptionType::OneOf(words) => {
                words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
            }
            other => other.to_string(),
        };
        let secret = if option.secret { ", secret" } else { "" };
        let default = match (option.required, option.default) {
            (true, _) => "required".to_owned(),
            (_, Some(default)) => format!("`{default}`"),
            _ => String::new(),
        };
        let description = option.description.replace('|', "\\|");
        writeln!(table, "| `{name}` | {type}{secret} | {default} | {description} |").unwrap();
    }
    table
}

/// `docs/connectors.md` shows a connector that is compiled with the tests. `UPDATE_DOCS=1` writes it into it.
#[tokio::test]
async fn the_example_is_the_one_that_is_compiled() {
    let path = "../docs/connectors.md";
    let page = fs::read_to_string(path).unwrap();
    let code = fs::read_to_string("tests/files/example.rs").unwrap();
    let begin = "<!-- from connectors/tests/files/example.rs -->\n";
    let (before, rest) = page.split_once(begin).unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    let updated = format!("{before}{begin}```rust\n{code}```\n<!-- end -->{after}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path, &updated).unwrap();
    } else {
        assert!(page == updated, "docs/connectors.md is out of date: run this test with UPDATE_DOCS=1");
    }

    let given = [("first_year".to_owned(), "2024".to_owned())];
    let options = Options::check(Calendar.options(), &given, &|_| None).unwrap();
    let request = OpenRequest { name: "calendar".to_owned(), options, base: ".".into() };
    let source = Calendar.open(request).await.unwrap();
    assert_eq!(super::frame(&source, "days").await.count().await.unwrap(), 366);
}
