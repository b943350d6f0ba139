//! Commands of the shell: lines that begin with a backslash.

use std::path::PathBuf;

use super::describe;
use super::format::Format;
use super::help;
use super::output::Target;
use super::script::{Ended, Source};
use super::state::Shell;
use crate::{Error, Result};

/// A command as `\?` lists it.
#[derive(Debug)]
pub(super) struct CommandHelp {
    pub(super) name: &'static str,
    pub(super) argument: &'static str,
    pub(super) description: &'static str,
}

const fn help(name: &'static str, argument: &'static str, description: &'static str) -> CommandHelp {
    CommandHelp { name, argument, description }
}

/// All commands, in the order in which they are listed.
pub(super) const COMMANDS: &[CommandHelp] = &[
    help("\\d", "[NAME]", "list relations, or describe one; NAME may hold `*`, or be a schema"),
    help("\\dt", "[NAME]", "list tables"),
    help("\\dv", "[NAME]", "list views"),
    help("\\dn", "[NAME]", "list schemas"),
    help("\\df", "[NAME]", "list functions"),
    help("\\ds", "[NAME]", "list sources"),
    help("\\timing", "[on|off]", "tell the time of each statement"),
    help("\\x", "[on|off]", "show each row as a block of lines"),
    help("\\set", "[NAME VALUE]", "show settings, or set `rows`, `format`, `timing` or `expanded`"),
    help("\\i", "FILE", "run a file of statements and commands"),
    help("\\o", "[FILE]", "send results to a file; without FILE, to the terminal again"),
    help("\\h", "[STATEMENT]", "tell how statements are written"),
    help("\\?", "", "list commands"),
    help("\\q", "", "leave"),
];

/// A command that was understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    Relations(Option<String>),
    Tables(Option<String>),
    Views(Option<String>),
    Schemas(Option<String>),
    Functions(Option<String>),
    Sources(Option<String>),
    Timing(Option<bool>),
    Expanded(Option<bool>),
    Settings,
    Rows(Option<usize>),
    SetFormat(Format),
    Include(PathBuf),
    Output(Option<PathBuf>),
    Syntax(Option<String>),
    Help,
    Quit,
}

impl Command {
    /// Reads a command. A `;` at its end is overlooked.
    pub(super) fn parse(line: &str) -> Result<Self> {
        let line = line.trim().trim_end_matches(';').trim_end();
        let (name, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let argument = argument.trim();
        let text = (!argument.is_empty()).then(|| argument.to_owned());
        let path = text.as_ref().map(|text| PathBuf::from(text.trim_matches(['\'', '"'])));
        Ok(match name {
            "\\d" => Self::Relations(text),
            "\\dt" => Self::Tables(text),
            "\\dv" => Self::Views(text),
            "\\dn" => Self::Schemas(text),
            "\\df" => Self::Functions(text),
            "\\ds" => Self::Sources(text),
            "\\timing" => Self::Timing(switch(name, argument)?),
            "\\x" => Self::Expanded(switch(name, argument)?),
            "\\set" => setting(argument)?,
            "\\i" => {
                Self::Include(path.ok_or_else(|| Error::invalid("names no file").on(name).hint("\\i FILE"))?)
            }
            "\\o" => Self::Output(path),
            "\\h" => Self::Syntax(text),
            "\\?" => Self::Help,
            "\\q" => Self::Quit,
            _ => return Err(Error::invalid("is no command").on(name).hint("\\? lists the commands")),
        })
    }
}

fn setting(argument: &str) -> Result<Command> {
    if argument.is_empty() {
        return Ok(Command::Settings);
    }
    let (name, value) = argument.split_once([' ', '=']).unwrap_or((argument, ""));
    let value = value.trim();
    let wrong = |what: &str| Error::invalid(format!("'{value}' is not {what}")).on(format!("\\set {name}"));
    Ok(match name {
        "rows" => match value.parse::<usize>() {
            Ok(rows) => Command::Rows((rows > 0).then_some(rows)),
            Err(_) if value == "all" => Command::Rows(None),
            Err(_) => return Err(wrong("a number of rows").hint("write \\set rows 500, or \\set rows all")),
        },
        "format" => Command::SetFormat(value.parse().map_err(|e: Error| e.on("\\set format"))?),
        "timing" => Command::Timing(switch("\\set timing", value)?),
        "expanded" => Command::Expanded(switch("\\set expanded", value)?),
        _ => {
            return Err(Error::invalid("is no setting")
                .on(format!("\\set {name}"))
                .hint("the settings are: rows, format, timing, expanded"));
        }
    })
}

fn switch(name: &str, argument: &str) -> Result<Option<bool>> {
    match argument.to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "on" | "true" => Ok(Some(true)),
        "off" | "false" => Ok(Some(false)),
        _ => Err(Error::invalid(format!("'{argument}' is neither on nor off")).on(name)),
    }
}

impl Shell {
    /// Runs a command.
    pub(super) async fn command(&mut self, command: Command) -> Result<Ended> {
        let mut ended = Ended { well: true, quit: false };
        match command {
            Command::Quit => ended.quit = true,
            Command::Help => self.say(&help::commands())?,
            Command::Syntax(statement) => self.say(&help::statements(statement.as_deref())?)?,
            Command::Relations(name) => describe::relations(self, name.as_deref()).await?,
            Command::Tables(name) => describe::tables(self, "BASE TABLE", name.as_deref()).await?,
            Command::Views(name) => describe::tables(self, "VIEW", name.as_deref()).await?,
            Command::Schemas(name) => describe::schemas(self, name.as_deref()).await?,
            Command::Functions(name) => describe::functions(self, name.as_deref()).await?,
            Command::Sources(name) => describe::sources(self, name.as_deref()).await?,
            Command::Timing(on) => {
                self.timing = on.unwrap_or(!self.timing);
                self.say(&format!("Timing is {}.", word(self.timing)))?;
            }
            Command::Expanded(on) => {
                self.output.expanded = on.unwrap_or(!self.output.expanded);
                self.say(&format!("Expanded display is {}.", word(self.output.expanded)))?;
            }
            Command::Rows(rows) => self.output.rows = rows,
            Command::SetFormat(format) => self.output.format = format,
            Command::Settings => {
                let rows = self.output.rows.map_or_else(|| "all".to_owned(), |rows| rows.to_string());
                let (timing, expanded) = (word(self.timing), word(self.output.expanded));
                let format = self.output.format;
                self.say(&format!("rows {rows}\nformat {format}\ntiming {timing}\nexpanded {expanded}"))?;
            }
            Command::Output(None) => self.output.target = Target::Standard,
            Command::Output(Some(path)) => self.output.target = Target::file(&path)?,
            Command::Include(path) => {
                let name = path.display().to_string();
                let text = std::fs::read_to_string(&path)
                    .map_err(|e| Error::config(e.to_string()).on(name.clone()))?;
                ended = self.run(Source { name: Some(&name), text: &text }).await?;
            }
        }
        Ok(ended)
    }
}

fn word(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}
