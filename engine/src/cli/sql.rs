//! `onefold sql`.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use super::{ProjectArgs, one, open};
use crate::Error;
use crate::shell::{Format, Script, ShellOptions, batch, interactive};

#[derive(Debug, clap::Args)]
pub(super) struct SqlArgs {
    #[command(flatten)]
    project: ProjectArgs,
    /// Run these statements and leave; may be given more than once.
    #[arg(short, long, value_name = "SQL")]
    command: Vec<String>,
    /// Run the statements of a file and leave; may be given more than once.
    #[arg(short, long, value_name = "FILE")]
    file: Vec<PathBuf>,
    /// How results are printed.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Go on after a statement that failed; the exit code tells of it all the same.
    #[arg(long = "continue")]
    keep_going: bool,
}

pub(super) async fn sql(args: SqlArgs) -> Result<ExitCode, Vec<Error>> {
    let engine = open(&args.project).await?;
    let options = ShellOptions { format: args.format, keep_going: args.keep_going };
    let commands = args.command.into_iter().map(Script::Text);
    let mut scripts: Vec<Script> = commands.chain(args.file.into_iter().map(Script::File)).collect();
    if scripts.is_empty() && std::io::stdin().is_terminal() {
        return interactive(engine, options).await.map_err(one);
    }
    if scripts.is_empty() {
        scripts.push(Script::Standard);
    }
    batch(engine, scripts, options).await.map_err(one)
}
