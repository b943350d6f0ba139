//! `docs/sources.md` tells the options that there are. `UPDATE_DOCS=1` writes them into it.

use std::fmt::Write;
use std::fs;

use onefold_connectors::{OptionType, connectors};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/sources.md");

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
            OptionType::Text => "text".to_owned(),
            OptionType::Bool => "true or false".to_owned(),
            OptionType::Integer => "whole number".to_owned(),
            OptionType::Char => "character".to_owned(),
            OptionType::OneOf(words) => {
                words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
            }
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
