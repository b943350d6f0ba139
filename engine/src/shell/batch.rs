//! Scripts: `-c`, `-f` and standard input.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use super::ShellOptions;
use super::script::Source;
use super::state::Shell;
use crate::{Engine, Error, ErrorKind, Result};

/// What a shell runs without anyone typing.
#[derive(Debug, Clone)]
pub enum Script {
    /// Statements and commands, as after `-c`.
    Text(String),
    /// A file, as after `-f`.
    File(PathBuf),
    /// Standard input to its end.
    Standard,
}

/// Runs scripts one after another. Results go to standard output, messages and errors to standard error.
///
/// The first error ends it unless [`ShellOptions::keep_going`]; in either case the exit code is 1.
///
/// # Errors
/// When a script cannot be read.
pub async fn batch(engine: Engine, scripts: Vec<Script>, options: ShellOptions) -> Result<ExitCode> {
    let mut shell = Shell::new(engine.session(), &options, false);
    let mut code = ExitCode::SUCCESS;
    for script in scripts {
        let (name, text) = read(script)?;
        let source = Source { name: name.as_deref(), text: &text };
        match shell.run(source).await {
            Ok(ended) => {
                if !ended.well {
                    code = ExitCode::FAILURE;
                }
                if ended.quit {
                    break;
                }
            }
            Err(error) if error.kind == ErrorKind::Cancelled => break,
            Err(error) => {
                Shell::complain(&error);
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(code)
}

fn read(script: Script) -> Result<(Option<String>, String)> {
    let (name, text) = match script {
        Script::Text(text) => return Ok((None, text)),
        Script::File(path) => (path.display().to_string(), std::fs::read_to_string(&path)),
        Script::Standard => {
            let mut text = String::new();
            ("standard input".to_owned(), std::io::stdin().read_to_string(&mut text).map(|_| text))
        }
    };
    match text {
        Ok(text) => Ok((Some(name), text)),
        Err(error) => {
            Err(Error::config(error.to_string()).on(name).hint("give a file of SQL in UTF-8 after -f"))
        }
    }
}
