//! Results longer than the screen, in the reader's own pager.

use std::io::{self, Write};
use std::process::{Child, Command, Stdio};

/// Writes to standard output, or to `$PAGER` as soon as there is more than fits on the screen. Dropping it waits
/// until the reader has left the pager.
pub(super) struct Pager {
    command: String,
    /// Lines of the screen.
    height: usize,
    state: State,
}

enum State {
    Held {
        text: Vec<u8>,
        lines: usize,
    },
    Paging(Child),
    /// There is no such pager.
    Plain,
}

/// What pages, if someone looks at a screen and wants it.
pub(super) fn command() -> Option<String> {
    std::env::var("PAGER").ok().filter(|command| !command.trim().is_empty())
}

impl Pager {
    pub(super) fn new(command: String, height: usize) -> Self {
        Self { command, height, state: State::Held { text: Vec::new(), lines: 0 } }
    }

    fn start(&self) -> io::Result<Child> {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(&self.command).stdin(Stdio::piped());
        if std::env::var_os("LESS").is_none() {
            // As other tools set it: colours shown, and what is read stays on the screen.
            shell.env("LESS", "FRX");
        }
        shell.spawn()
    }
}

impl Write for Pager {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.state {
            State::Held { text, lines } => {
                text.extend_from_slice(bytes);
                *lines += bytes.iter().filter(|byte| **byte == b'\n').count();
                if *lines < self.height {
                    return Ok(bytes.len());
                }
                let text = std::mem::take(text);
                self.state = self.start().map_or(State::Plain, State::Paging);
                match &mut self.state {
                    State::Paging(Child { stdin: Some(pager), .. }) => pager.write_all(&text)?,
                    _ => io::stdout().write_all(&text)?,
                }
                Ok(bytes.len())
            }
            State::Paging(Child { stdin: Some(pager), .. }) => pager.write(bytes),
            _ => io::stdout().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.state {
            State::Held { .. } => Ok(()),
            State::Paging(Child { stdin: Some(pager), .. }) => pager.flush(),
            _ => io::stdout().flush(),
        }
    }
}

impl Drop for Pager {
    fn drop(&mut self) {
        match &mut self.state {
            // A terminal that is gone needs no message.
            State::Held { text, .. } => {
                drop(io::stdout().write_all(text).and_then(|()| io::stdout().flush()))
            }
            State::Paging(child) => {
                drop(child.stdin.take());
                drop(child.wait());
            }
            State::Plain => {}
        }
    }
}
