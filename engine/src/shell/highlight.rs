//! Colours for what is typed.

use super::keywords::is_keyword;

const KEYWORD: &str = "\x1b[1;34m";
const TEXT: &str = "\x1b[32m";
const NUMBER: &str = "\x1b[35m";
const COMMENT: &str = "\x1b[2m";
const COMMAND: &str = "\x1b[1;33m";
const PLAIN: &str = "\x1b[0m";

/// The line with colours for keywords, texts, numbers, comments and commands. What is seen is as wide as before.
pub(super) fn highlight(line: &str) -> String {
    let mut out = String::with_capacity(line.len() * 2);
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let (length, colour) = token(line, rest, first);
        let (token, after) = rest.split_at(length);
        match colour {
            Some(colour) => out.extend([colour, token, PLAIN]),
            None => out.push_str(token),
        }
        rest = after;
    }
    out
}

/// The length and the colour of the token that `rest` begins with.
fn token(line: &str, rest: &str, first: char) -> (usize, Option<&'static str>) {
    let run = |accepted: fn(char) -> bool| rest.find(|c| !accepted(c)).unwrap_or(rest.len());
    let until = |end: &str, skip: usize| {
        rest.get(skip..).and_then(|inner| inner.find(end)).map_or(rest.len(), |at| skip + at + end.len())
    };
    match first {
        '\'' => (until("'", 1), Some(TEXT)),
        '"' => (until("\"", 1), None),
        '-' if rest.starts_with("--") => (rest.find('\n').unwrap_or(rest.len()), Some(COMMENT)),
        '/' if rest.starts_with("/*") => (until("*/", 2), Some(COMMENT)),
        '\\' if line.trim_start().len() == rest.len() => (run(|c| !c.is_whitespace()), Some(COMMAND)),
        _ if first.is_ascii_digit() => (run(|c| c.is_ascii_digit() || c == '.'), Some(NUMBER)),
        _ if first.is_alphabetic() || first == '_' => {
            let length = run(|c| c.is_alphanumeric() || c == '_');
            (length, is_keyword(&rest[..length]).then_some(KEYWORD))
        }
        _ => (first.len_utf8(), None),
    }
}
