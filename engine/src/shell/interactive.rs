//! The loop at a terminal.

use std::process::ExitCode;
use std::sync::Arc;

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{ColorMode, CompletionType, Config, Editor};
use tokio::sync::RwLock;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use super::ShellOptions;
use super::helper::ShellHelper;
use super::history;
use super::interrupt::Interrupts;
use super::names::{self, Names};
use super::script::{Ended, Source};
use super::state::Shell;
use crate::{Engine, Error, Result};

const PROMPT: &str = "onefold> ";

/// Reads statements and commands from the terminal until `\q` or Ctrl-D. An error is printed and forgotten.
///
/// Runs on a runtime with several threads, since waiting for keys blocks one.
///
/// # Errors
/// When the terminal cannot be used.
pub async fn interactive(engine: Engine, options: ShellOptions) -> Result<ExitCode> {
    let mut shell = Shell::new(engine.session(), &options, true);
    let mut interrupts = Interrupts::listen()?;
    let names = Arc::new(RwLock::new(Names::default()));
    let history = history::path();
    let mut editor = editor(ShellHelper::new(Arc::clone(&names)))?;
    if let Some(path) = &history {
        // A missing history is a new one.
        drop(editor.load_history(path));
    }
    shell.say("Onefold: type SQL that ends with `;`, \\? for commands, \\h for statements, \\q to leave.")?;
    refresh(&engine, &names);
    loop {
        let line = tokio::task::block_in_place(|| editor.readline(PROMPT));
        let line = match line {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(terminal(&error)),
        };
        if line.trim().is_empty() {
            continue;
        }
        remember(&mut editor, &line, history.as_deref());
        if turn(&mut shell, &line, &mut interrupts).await {
            break;
        }
        if changes_names(&line) {
            refresh(&engine, &names);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether a line may have made or removed what completion offers. A file may do anything.
fn changes_names(line: &str) -> bool {
    let words = ["CREATE", "DROP", "REFRESH", "\\I"];
    line.split_whitespace().any(|word| words.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

/// Runs what was typed, until it ends or Ctrl-C. Tells whether to leave.
async fn turn(shell: &mut Shell, line: &str, interrupts: &mut Interrupts) -> bool {
    let text = match line.trim().trim_end_matches(';').trim_end().to_ascii_lowercase().as_str() {
        "exit" | "quit" => "\\q",
        "help" => "\\?",
        _ => line,
    };
    let ended = tokio::select! {
        ended = shell.run(Source { name: None, text }) => ended,
        () = interrupts.next() => {
            eprintln!("cancelled");
            Ok(Ended { well: false, quit: false })
        }
    };
    match ended {
        Ok(ended) => ended.quit,
        Err(error) => {
            Shell::complain(&error);
            false
        }
    }
}

fn editor(helper: ShellHelper) -> Result<Editor<ShellHelper, FileHistory>> {
    let colour = std::env::var_os("NO_COLOR").is_none();
    let config = Config::builder()
        .max_history_size(10_000)
        .and_then(|config| config.history_ignore_dups(true))
        .map_err(|e| terminal(&e))?
        .history_ignore_space(true)
        .completion_type(CompletionType::List)
        .color_mode(if colour { ColorMode::Enabled } else { ColorMode::Disabled })
        .build();
    let mut editor = Editor::with_config(config).map_err(|e| terminal(&e))?;
    editor.set_helper(Some(helper));
    Ok(editor)
}

fn remember(editor: &mut Editor<ShellHelper, FileHistory>, line: &str, path: Option<&std::path::Path>) {
    let added = editor.add_history_entry(line).unwrap_or(false);
    if let (true, Some(path)) = (added, path) {
        // What cannot be remembered is no reason to refuse to run it.
        drop(editor.append_history(path));
    }
}

/// Learns the names that can be completed, behind the prompt: a source may take long to tell its tables.
fn refresh(engine: &Engine, names: &Arc<RwLock<Names>>) {
    let (session, names) = (engine.session(), Arc::clone(names));
    let learn = async move {
        if let Some(known) = names::load(&session).await {
            *names.write().await = known;
        }
    };
    // What is wrong with a relation is told when it is asked for, not across the line being typed.
    drop(tokio::spawn(learn.with_subscriber(NoSubscriber::default())));
}

fn terminal(error: &ReadlineError) -> Error {
    Error::config(error.to_string()).on("terminal").hint("run statements without one by -c or -f")
}
