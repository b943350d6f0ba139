//! The shell: `onefold sql`, at a terminal and without one.
//!
//! ```text
//! interactive ─┐                       ┌─ commands: what begins with a backslash
//!              ├─ script ─ Shell ──────┤
//! batch ───────┘                       └─ statements ─ Session ─ output ─ format/{table,csv,json,…}
//! ```
//!
//! [`interactive()`] is a loop with history, highlighting and completion, in which Ctrl-C cancels a query and not
//! the shell; [`batch()`] runs scripts and tells by its exit code whether all went well.

mod batch;
mod commands;
mod completion;
mod describe;
mod format;
mod help;
mod helper;
mod highlight;
mod history;
mod interactive;
mod interrupt;
mod keywords;
mod names;
mod output;
mod pager;
mod progress;
mod script;
mod state;
#[cfg(test)]
mod tests;

pub use batch::{Script, batch};
pub use format::Format;
pub use interactive::interactive;
pub use output::Output;

/// How a shell begins.
#[derive(Debug, Clone, Default)]
pub struct ShellOptions {
    /// How results are printed; a table by default.
    pub format: Format,
    /// Whether a script goes on after a statement that failed.
    pub keep_going: bool,
}
