//! The command line, one file per command.

mod check;
mod plan;
mod progress;
mod run;
mod serve;
mod sql;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::shell::Format;
use crate::{Engine, Error, Project, Result, example};

/// Customer data from every system, unified into profiles that you query with SQL.
#[derive(Debug, Parser)]
#[command(name = "onefold", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// More about what is done: -v steps, -vv everything. `RUST_LOG` overrules it.
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    verbose: u8,
}

#[derive(Debug, clap::Args)]
struct ProjectArgs {
    /// The project's folder.
    #[arg(long, value_name = "DIR", default_value = ".", env = "ONEFOLD_PROJECT")]
    project: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new project.
    Init {
        /// The folder to make; it must be empty or absent.
        dir: PathBuf,
        /// Begin with a complete example: retail.
        #[arg(long, value_name = "NAME")]
        example: Option<String>,
    },
    /// Apply the project's definitions, refresh what is stale and answer its queries.
    Run {
        #[command(flatten)]
        project: ProjectArgs,
        /// Refresh what is fresh, too.
        #[arg(long)]
        full: bool,
        /// How the answers to the project's queries are printed.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
    /// Show what `run` would do and why, without doing it.
    Plan {
        #[command(flatten)]
        project: ProjectArgs,
    },
    /// Parse and plan the project's definitions without storing or refreshing anything.
    Check {
        #[command(flatten)]
        project: ProjectArgs,
    },
    /// Answer over Arrow Flight SQL and the PostgreSQL protocol, until Ctrl-C.
    Serve(serve::ServeArgs),
    /// The SQL shell; with -c, -f or piped input, run statements and leave.
    Sql(sql::SqlArgs),
}

/// Reads the arguments of the process, does what they say and tells how it went: 0 when all went well, 1 when
/// something failed, 2 when the arguments are wrong.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    logging(cli.verbose);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => return fail(&[Error::internal(e.to_string())]),
    };
    let result = runtime.block_on(command(cli.command));
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    match result {
        Ok(code) => code,
        Err(errors) => fail(&errors),
    }
}

async fn command(command: Command) -> Result<ExitCode, Vec<Error>> {
    match command {
        Command::Init { dir, example } => init(&dir, example.as_deref()).map_err(one),
        Command::Run { project, full, format } => run::run(open(&project).await?, full, format).await,
        Command::Plan { project } => plan::plan(open(&project).await?).await,
        Command::Check { project } => check::check(open(&project).await?).await,
        Command::Serve(args) => serve::serve(args).await,
        Command::Sql(args) => sql::sql(args).await,
    }
}

fn one(error: Error) -> Vec<Error> {
    vec![error]
}

async fn open(args: &ProjectArgs) -> Result<Engine, Vec<Error>> {
    let project = Project::open(&args.project).map_err(one)?;
    Engine::open(project).await.map_err(one)
}

fn init(dir: &std::path::Path, example: Option<&str>) -> Result<ExitCode> {
    let files = example::init(dir, example)?;
    println!("made {} files in {}", files.len(), dir.display());
    println!("next: onefold run --project {}", dir.display());
    Ok(ExitCode::SUCCESS)
}

fn fail(errors: &[Error]) -> ExitCode {
    for error in errors {
        eprintln!("error: {error}");
    }
    ExitCode::FAILURE
}

fn logging(verbose: u8) {
    let level = match verbose {
        // What Delta's kernel warns of, it also says in its error.
        0 => "warn,buoyant_kernel=off",
        1 => "onefold=info,onefold_connectors=info,warn",
        _ => "onefold=debug,onefold_connectors=debug,info",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(terminal);
    log.with_writer(std::io::stderr).init();
}
