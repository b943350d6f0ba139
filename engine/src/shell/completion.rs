//! Completion of commands, keywords, relations, columns and functions.

use std::collections::BTreeSet;

use super::commands::COMMANDS;
use super::keywords::KEYWORDS;
use super::names::Names;

/// Words after which a relation is expected.
const BEFORE_RELATION: &[&str] = &["FROM", "JOIN", "INTO", "TABLE", "DESCRIBE", "UPDATE", "IN"];

/// Where the word at `pos` begins, and what it may become.
pub(super) fn complete(names: &Names, line: &str, pos: usize) -> (usize, Vec<String>) {
    let before = line.get(..pos).unwrap_or(line);
    let start = before
        .rfind(|c: char| !is_word(c))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let word = &before[start..];
    if let Some(backslash) = before.trim_start().strip_prefix('\\') {
        if !backslash.contains(' ') {
            return (start - 1, starting(COMMANDS.iter().map(|c| c.name), &before[start - 1..]));
        }
        return relation_words(names, start, word, |_, name| name.to_owned());
    }
    if let Some((qualifier, part)) = word.rsplit_once('.') {
        let at = start + qualifier.len() + 1;
        let mut words = relations_of(names, qualifier);
        words.extend(columns_of(names, line, qualifier));
        return (at, starting(words.iter().map(String::as_str), part));
    }
    let previous = before[..start].split_whitespace().next_back().unwrap_or_default();
    if BEFORE_RELATION.iter().any(|keyword| previous.eq_ignore_ascii_case(keyword)) {
        return relation_words(names, start, word, |schema, name| format!("{schema}.{name}"));
    }
    let mut words = BTreeSet::new();
    if !word.is_empty() {
        let functions: Vec<String> = names.functions.iter().map(|name| format!("{name}(")).collect();
        words.extend(starting(functions.iter().map(String::as_str), word));
        words.extend(keywords(word));
    }
    let columns = mentioned(names, line).flat_map(|(_, columns)| columns).map(String::as_str);
    words.extend(starting(columns, word));
    (start, words.into_iter().collect())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

/// Those words that begin with what was typed, in any case.
fn starting<'a>(words: impl Iterator<Item = &'a str>, typed: &str) -> Vec<String> {
    let begins = |word: &&str| word.get(..typed.len()).is_some_and(|head| head.eq_ignore_ascii_case(typed));
    words.filter(begins).map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Keywords in the case that was begun.
fn keywords(typed: &str) -> Vec<String> {
    let lower = typed.chars().any(|c| c.is_ascii_lowercase());
    let found = starting(KEYWORDS.iter().copied(), typed);
    found.into_iter().map(|word| if lower { word.to_lowercase() } else { word }).collect()
}

/// Schemas, relations that need no schema before them, and those of other schemas as `elsewhere` writes them;
/// after a dot, the relations of the schema.
fn relation_words(
    names: &Names,
    start: usize,
    word: &str,
    elsewhere: impl Fn(&str, &str) -> String,
) -> (usize, Vec<String>) {
    if let Some((schema, part)) = word.rsplit_once('.') {
        let relations = relations_of(names, schema);
        return (start + schema.len() + 1, starting(relations.iter().map(String::as_str), part));
    }
    let mut words = relations_of(names, "public");
    words.extend(names.relations.keys().map(|(schema, _)| format!("{schema}.")));
    let mut found = starting(words.iter().map(String::as_str), word);
    if !word.is_empty() {
        let begun = names
            .relations
            .keys()
            .filter(|(_, name)| !starting([name.as_str()].into_iter(), word).is_empty());
        found.extend(
            begun.filter(|(schema, _)| schema != "public").map(|(schema, name)| elsewhere(schema, name)),
        );
        found.sort();
        found.dedup();
    }
    (start, found)
}

fn relations_of(names: &Names, schema: &str) -> Vec<String> {
    let of_schema = |key: &&(String, String)| key.0.eq_ignore_ascii_case(schema);
    names.relations.keys().filter(of_schema).map(|(_, name)| name.clone()).collect()
}

/// The columns of a relation that goes by a name or an alias in the text.
fn columns_of(names: &Names, line: &str, qualifier: &str) -> Vec<String> {
    let goes_by = |(alias, _): &(String, &Vec<String>)| alias.eq_ignore_ascii_case(qualifier);
    mentioned(names, line).filter(goes_by).flat_map(|(_, columns)| columns).cloned().collect()
}

/// The relations that a text names, each with its alias, or else its own name, and its columns.
fn mentioned<'a>(names: &'a Names, line: &str) -> impl Iterator<Item = (String, &'a Vec<String>)> {
    let words: Vec<String> =
        line.split(|c: char| !is_word(c)).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let (schema, relation) = word.rsplit_once('.').unwrap_or(("public", word));
        let Some(columns) = names.relations.get(&(schema.to_owned(), relation.to_owned())) else { continue };
        let mut next = words[at + 1..].iter().skip_while(|word| *word == "as");
        let alias = next.next().filter(|word| KEYWORDS.binary_search(&word.to_uppercase().as_str()).is_err());
        found.push((relation.to_owned(), columns));
        found.extend(alias.map(|alias| (alias.clone(), columns)));
    }
    found.into_iter()
}
