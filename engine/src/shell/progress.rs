//! A sign of life on standard error while a statement takes longer than a second.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

/// Counts rows and shows them with the time; gone from the terminal when dropped.
#[derive(Debug)]
pub(super) struct Progress {
    rows: Arc<AtomicU64>,
    shown: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins; nothing is shown where standard error is no terminal.
    pub(super) fn start() -> Self {
        let rows = Arc::new(AtomicU64::new(0));
        let shown = std::io::stderr().is_terminal().then(|| {
            let (sender, receiver) = channel();
            let rows = Arc::clone(&rows);
            // A thread of its own, since a query may keep all of the runtime's busy.
            (sender, std::thread::spawn(move || show(&receiver, &rows)))
        });
        Self { rows, shown }
    }

    /// Nothing is shown.
    pub(super) fn none() -> Self {
        Self { rows: Arc::default(), shown: None }
    }

    /// Counts rows.
    pub(super) fn add(&self, rows: usize) {
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.shown.take() {
            drop(sender);
            drop(thread.join());
        }
    }
}

fn show(ended: &Receiver<()>, rows: &AtomicU64) {
    let waits = |time| matches!(ended.recv_timeout(time), Err(RecvTimeoutError::Timeout));
    if !waits(Duration::from_secs(1)) {
        return;
    }
    let style = ProgressStyle::with_template("{spinner} {elapsed_precise} {msg}");
    let bar = ProgressBar::new_spinner().with_elapsed(Duration::from_secs(1));
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    while waits(Duration::from_millis(100)) {
        match rows.load(Ordering::Relaxed) {
            0 => bar.set_message("Ctrl-C cancels"),
            n => bar.set_message(format!("{} rows", HumanCount(n))),
        }
        bar.tick();
    }
    bar.finish_and_clear();
}
