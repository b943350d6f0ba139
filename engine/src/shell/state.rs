//! The shell's settings, and how one statement is run under them.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use super::ShellOptions;
use super::output::{Output, apart};
use super::pager;
use super::progress::Progress;
use crate::sql::Parsed;
use crate::{Error, Result, Session};

/// Rows of a result that are shown at a terminal unless `\set rows` says otherwise.
const ROWS: usize = 1_000;

/// A shell: a session and how its answers are shown.
#[derive(Debug)]
pub(super) struct Shell {
    pub(super) session: Session,
    pub(super) output: Output,
    /// Whether the time of each statement is told.
    pub(super) timing: bool,
    pub(super) keep_going: bool,
}

impl Shell {
    /// A shell that someone types into, or one that runs scripts.
    pub(super) fn new(session: Session, options: &ShellOptions, interactive: bool) -> Self {
        let mut output = Output::stdout(options.format);
        output.rows = interactive.then_some(ROWS);
        output.pager = if interactive { pager::command() } else { None };
        output.messages_apart = !interactive;
        Self { session, output, timing: false, keep_going: options.keep_going }
    }

    /// Runs a statement and prints its answer. Errors point into the statement's own text.
    pub(super) async fn statement(&self, parsed: &Parsed) -> Result<()> {
        let begun = Instant::now();
        let progress = Progress::start();
        let (session, parsed) = (self.session.clone(), parsed.clone());
        let response = apart(async move { session.execute(&parsed).await }).await??;
        self.output.show(response, progress).await?;
        if self.timing {
            self.say(&format!("Time: {}", duration(begun.elapsed())))?;
        }
        Ok(())
    }

    /// Prints a message.
    pub(super) fn say(&self, message: &str) -> Result<()> {
        self.output.say(message)
    }

    /// Prints an error.
    pub(super) fn complain(error: &Error) {
        let colour = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let word = if colour { "\x1b[1;31merror\x1b[0m" } else { "error" };
        // When even this cannot be written there is no one left to tell.
        drop(writeln!(io::stderr(), "{word}: {error}"));
    }
}

fn duration(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    match seconds {
        0.0..1.0 => format!("{:.1} ms", seconds * 1000.0),
        1.0..60.0 => format!("{seconds:.2} s"),
        _ => format!("{} min {:.0} s", elapsed.as_secs() / 60, seconds % 60.0),
    }
}
