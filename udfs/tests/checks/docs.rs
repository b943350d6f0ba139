//! The documentation of the functions: its examples are run, and `docs/functions.md` is made from it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use arrow::util::pretty::pretty_format_batches;
use datafusion::logical_expr::Documentation;

use crate::session::{Session, block_on};

#[test]
fn examples_give_the_documented_output() {
    let session = Session::new();
    let mut wrong = String::new();
    for (name, documentation) in documentations() {
        let example = documentation.sql_example.unwrap_or_else(|| panic!("{name} has no example"));
        let (sql, expected) = parse_example(&example);
        let actual = match block_on(session.query(&sql)) {
            Ok(batches) => pretty_format_batches(&batches).expect("a table").to_string(),
            Err(error) => error.to_string(),
        };
        if actual != expected {
            writeln!(wrong, "-- {name}\n{actual}").expect("text");
        }
    }
    assert!(wrong.is_empty(), "the output of these examples differs; it is now\n{wrong}");
}

#[test]
fn functions_are_sorted_and_fully_documented() {
    let scalars: Vec<_> = onefold_udfs::scalar_functions().iter().map(|f| f.name().to_owned()).collect();
    let aggregates: Vec<_> =
        onefold_udfs::aggregate_functions().iter().map(|f| f.name().to_owned()).collect();
    assert!(scalars.is_sorted() && aggregates.is_sorted());
    for (name, documentation) in documentations() {
        assert!(
            documentation.arguments.is_some_and(|arguments| !arguments.is_empty()),
            "{name} has no arguments"
        );
        assert!(
            documentation.syntax_example.starts_with(&format!("{name}(")),
            "{name} has the syntax of another"
        );
    }
}

#[test]
fn functions_page_is_current() {
    let path = Path::new("../docs/functions.md");
    let page = page();
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(path.parent().expect("a folder")).expect("docs can be made");
        fs::write(path, &page).expect("the page can be written");
    }
    let stored = fs::read_to_string(path).unwrap_or_default();
    assert!(stored == page, "docs/functions.md is stale; run the tests with UPDATE_DOCS=1");
}

/// The page: functions by section, in the order of their names.
fn page() -> String {
    let mut sections: BTreeMap<&str, Vec<(String, Documentation)>> = BTreeMap::new();
    for (name, documentation) in documentations() {
        sections.entry(documentation.doc_section.label).or_default().push((name, documentation));
    }
    let mut page = String::from(
        "# Functions\n\nThe functions that Onefold adds to those of \
         [DataFusion](https://datafusion.apache.org/user-guide/sql/index.html). \
         This page is generated from their documentation in `udfs/src`, which `SHOW FUNCTIONS` shows too. \
         Unless a function says otherwise, NULL in gives NULL out, and text is read in any layout.\n",
    );
    for (section, functions) in &sections {
        let names: Vec<_> = functions.iter().map(|(name, _)| format!("[`{name}`](#{name})")).collect();
        write!(page, "\n## {section}\n\n{}\n", names.join(", ")).expect("text");
        for (name, documentation) in functions {
            page.push_str(&entry(name, documentation));
        }
    }
    page
}

fn entry(name: &str, documentation: &Documentation) -> String {
    let mut entry = format!("\n### {name}\n\n{}\n\n", documentation.description);
    write!(entry, "```\n{}\n```\n\n", documentation.syntax_example).expect("text");
    for (argument, description) in documentation.arguments.iter().flatten() {
        writeln!(entry, "- **{argument}**: {description}").expect("text");
    }
    if let Some(example) = &documentation.sql_example {
        write!(entry, "\n{}\n", example.trim()).expect("text");
    }
    if let Some(related) = &documentation.related_udfs {
        let related: Vec<_> = related.iter().map(|name| format!("[`{name}`](#{name})")).collect();
        write!(entry, "\nSee also {}.\n", related.join(", ")).expect("text");
    }
    entry
}

fn documentations() -> Vec<(String, Documentation)> {
    let scalars = onefold_udfs::scalar_functions();
    let aggregates = onefold_udfs::aggregate_functions();
    let scalars = scalars.iter().map(|f| (f.name().to_owned(), f.documentation().cloned()));
    let aggregates = aggregates.iter().map(|f| (f.name().to_owned(), f.documentation().cloned()));
    scalars
        .chain(aggregates)
        .map(|(name, documentation)| {
            let documentation = documentation.unwrap_or_else(|| panic!("{name} is not documented"));
            (name, documentation)
        })
        .collect()
}

/// The statement of an example, which follows `> `, and its table.
fn parse_example(example: &str) -> (String, String) {
    let lines = example.lines().filter(|line| !line.starts_with("```"));
    let (table, sql): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with(['+', '|']));
    let sql = sql.join("\n");
    (sql.trim_start_matches("> ").trim_end_matches(';').to_owned(), table.join("\n"))
}
