//! Printing of answers.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use datafusion::common::runtime::SpawnedTask;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use tokio::sync::mpsc;

use super::format::{Format, Layout, More, Out, Sink};
use super::pager::Pager;
use super::progress::Progress;
use crate::{Error, ErrorKind, Response, Result};

/// How long rows past the limit are counted before it is only said that there are more.
const COUNTING: Duration = Duration::from_secs(2);

/// Where answers go, and how they are shown.
#[derive(Debug)]
pub struct Output {
    pub(super) format: Format,
    /// Whether each row of a table is a block of lines.
    pub(super) expanded: bool,
    /// The most rows of a result that are shown on standard output; all of them without.
    pub(super) rows: Option<usize>,
    /// What shows results that are longer than the screen, instead of a limit on rows.
    pub(super) pager: Option<String>,
    pub(super) target: Target,
    /// Whether messages go to standard error, so that standard output holds rows alone.
    pub(super) messages_apart: bool,
}

/// Where rows go.
#[derive(Debug)]
pub(super) enum Target {
    /// Standard output.
    Standard,
    /// A file, by `\o`.
    File(PathBuf, File),
}

impl Output {
    /// All rows go to standard output, messages to standard error.
    pub fn stdout(format: Format) -> Self {
        Self {
            format,
            expanded: false,
            rows: None,
            pager: None,
            target: Target::Standard,
            messages_apart: true,
        }
    }

    /// Prints an answer: rows as they are made, or a message.
    ///
    /// # Errors
    /// When making the rows fails, or when they cannot be written: as [`ErrorKind::Cancelled`] where the
    /// reader has gone, and otherwise as [`ErrorKind::Storage`].
    pub async fn print(&self, response: Response) -> Result<()> {
        self.show(response, Progress::start()).await
    }

    pub(super) async fn show(&self, response: Response, progress: Progress) -> Result<()> {
        match response {
            Response::Done { message } => {
                drop(progress);
                self.say(&message)
            }
            Response::Rows { stream, .. } => self.rows(stream, progress).await,
        }
    }

    async fn rows(&self, stream: SendableRecordBatchStream, progress: Progress) -> Result<()> {
        let terminal = self.target.is_terminal();
        if self.format == Format::Parquet {
            self.target.takes_parquet()?;
        }
        let layout = Layout {
            width: terminal.then(width).flatten(),
            colour: terminal && std::env::var_os("NO_COLOR").is_none(),
            expanded: self.expanded,
        };
        let pager = self.pager.as_ref().filter(|_| terminal).zip(terminal_size::terminal_size());
        let (out, limit): (Out, _) = match &pager {
            Some((command, (_, height))) => {
                (Box::new(Pager::new((*command).clone(), usize::from(height.0))), None)
            }
            None => (self.target.writer()?, self.rows.filter(|_| matches!(self.target, Target::Standard))),
        };
        let sink = self.format.sink(stream.schema(), out, layout)?;
        match copy(stream, sink, limit, progress, terminal, pager.is_some()).await {
            // Who leaves the pager early has seen enough.
            Err(e) if pager.is_some() && e.kind == ErrorKind::Cancelled => Ok(()),
            other => other,
        }
    }

    /// Prints a message.
    pub(super) fn say(&self, message: &str) -> Result<()> {
        let written = if self.messages_apart {
            writeln!(io::stderr(), "{message}")
        } else {
            writeln!(io::stdout(), "{message}")
        };
        written.map_err(failed)
    }
}

impl Target {
    /// Creates a file for results.
    pub(super) fn file(path: &Path) -> Result<Self> {
        let file =
            File::create(path).map_err(|e| Error::storage(e.to_string()).on(path.display().to_string()))?;
        Ok(Self::File(path.to_owned(), file))
    }

    fn is_terminal(&self) -> bool {
        matches!(self, Self::Standard) && io::stdout().is_terminal()
    }

    fn takes_parquet(&self) -> Result<()> {
        match self {
            Self::Standard if io::stdout().is_terminal() => Err(Error::invalid("Parquet is not for the eye")
                .hint("send it to a file with `\\o FILE`, or redirect the output")),
            Self::File(path, file) if file.metadata().is_ok_and(|m| m.len() > 0) => {
                Err(Error::invalid("a Parquet file holds one result, and this one has its result")
                    .on(path.display().to_string())
                    .hint("name another with `\\o FILE`"))
            }
            _ => Ok(()),
        }
    }

    fn writer(&self) -> Result<Out> {
        Ok(match self {
            Self::Standard => Box::new(BufWriter::new(io::stdout())),
            Self::File(_, file) => Box::new(BufWriter::new(file.try_clone().map_err(failed)?)),
        })
    }
}

/// Writes a stream, at most `limit` rows of it. At a terminal the progress ends when the first rows appear,
/// and before a pager may begin.
/// The stream is read by a task of its own, as in [`apart`].
async fn copy(
    mut stream: SendableRecordBatchStream,
    mut sink: Box<dyn Sink>,
    limit: Option<usize>,
    progress: Progress,
    terminal: bool,
    paged: bool,
) -> Result<()> {
    let mut progress = Some(progress);
    let mut left = limit.unwrap_or(usize::MAX);
    let mut hidden = 0;
    let mut counting = None;
    let mut more = More::None;
    let (sender, mut batches) = mpsc::channel(2);
    let reading = SpawnedTask::spawn(async move {
        while let Some(batch) = stream.next().await {
            if sender.send(batch).await.is_err() {
                break;
            }
        }
    });
    while let Some(batch) = batches.recv().await {
        let batch = batch?;
        if let Some(progress) = &progress {
            progress.add(batch.num_rows());
        }
        let shown = batch.num_rows().min(left);
        left -= shown;
        hidden += batch.num_rows() - shown;
        if shown > 0 {
            if paged || terminal && !sink.holds_back() {
                progress = None;
            }
            sink.write(&batch.slice(0, shown))?;
        }
        if hidden > 0 {
            more = More::Rows(hidden);
            if counting.get_or_insert_with(Instant::now).elapsed() > COUNTING {
                more = More::Unknown;
                break;
            }
        }
    }
    if more != More::Unknown {
        reading.join().await.map_err(|e| died(&e))?;
    }
    drop(progress);
    sink.finish(more)
}

/// Runs a future on a task of its own, so that Ctrl-C is heard while it computes. Dropping ends it.
pub(super) async fn apart<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Result<T> {
    SpawnedTask::spawn(future).join().await.map_err(|e| died(&e))
}

fn died(error: &tokio::task::JoinError) -> Error {
    Error::internal(format!("the statement ended unexpectedly: {error}"))
}

fn width() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}

/// An error of writing. A reader that has gone, such as `head`, wants no more and needs no message.
pub(super) fn failed(error: io::Error) -> Error {
    let gone = error.kind() == io::ErrorKind::BrokenPipe;
    Error::new(if gone { ErrorKind::Cancelled } else { ErrorKind::Storage }, error.to_string()).on("output")
}
