//! What the line editor asks of the shell.

use std::borrow::Cow;
use std::sync::Arc;

use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper, Hinter};
use tokio::sync::RwLock;

use super::completion::complete;
use super::highlight::highlight;
use super::names::Names;
use crate::sql::is_complete;

/// Completion, highlighting, and whether Enter ends the statement.
#[derive(Helper, Hinter)]
pub(super) struct ShellHelper {
    names: Arc<RwLock<Names>>,
    files: FilenameCompleter,
}

impl ShellHelper {
    pub(super) fn new(names: Arc<RwLock<Names>>) -> Self {
        Self { names, files: FilenameCompleter::new() }
    }
}

impl Completer for ShellHelper {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, ctx: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let command = line.trim_start();
        if ["\\i ", "\\o "].iter().any(|word| command.starts_with(word)) {
            return self.files.complete(line, pos, ctx);
        }
        // While names are being learned there are only keywords to offer.
        let (start, words) = match self.names.try_read() {
            Ok(names) => complete(&names, line, pos),
            Err(_) => complete(&Names::default(), line, pos),
        };
        let pairs = words.into_iter().map(|word| Pair { display: word.clone(), replacement: word }).collect();
        Ok((start, pairs))
    }
}

impl Highlighter for ShellHelper {
    fn highlight<'l>(&self, line: &'l str, _pos: usize) -> Cow<'l, str> {
        Cow::Owned(highlight(line))
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _default: bool) -> Cow<'b, str> {
        Cow::Owned(format!("\x1b[1;36m{prompt}\x1b[0m"))
    }

    fn highlight_char(&self, _line: &str, _pos: usize, kind: CmdKind) -> bool {
        kind != CmdKind::MoveCursor
    }
}

impl Validator for ShellHelper {
    fn validate(&self, ctx: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let input = ctx.input().trim();
        let word = ["exit", "quit", "help"].iter().any(|word| input.eq_ignore_ascii_case(word));
        Ok(if word || is_complete(input) {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}
