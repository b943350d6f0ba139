//! Progress of a run: bars when standard error is a terminal, a line per step when it is not.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, MultiProgress, ProgressBar, ProgressStyle};

use crate::refresh::{Event, Observer, Status, StepRecord};

/// Shows a run on standard error.
#[derive(Debug)]
pub(super) struct RunProgress {
    bars: Option<MultiProgress>,
    going: Mutex<HashMap<(String, String), ProgressBar>>,
}

impl RunProgress {
    pub(super) fn new() -> Self {
        let bars = std::io::stderr().is_terminal().then(MultiProgress::new);
        Self { bars, going: Mutex::default() }
    }

    fn say(&self, line: &str) {
        match &self.bars {
            // A line that cannot be written to the terminal is no reason to stop a run.
            Some(bars) => drop(bars.println(line)),
            None => eprintln!("{line}"),
        }
    }
}

impl Observer for RunProgress {
    fn event(&self, event: &Event) {
        let mut going = self.going.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started { object, step } if !step.is_empty() => {
                if let Some(bars) = &self.bars {
                    let bar = bars.add(ProgressBar::new_spinner());
                    if let Ok(style) = ProgressStyle::with_template("  {spinner} {msg} {elapsed}") {
                        bar.set_style(style);
                    }
                    bar.set_message(format!("{object} · {step}"));
                    bar.enable_steady_tick(Duration::from_millis(120));
                    going.insert((object.clone(), step.clone()), bar);
                }
            }
            Event::Started { .. } => {}
            Event::Progress { object, step, rows } => {
                if let Some(bar) = going.get(&(object.clone(), step.clone())) {
                    bar.set_message(format!("{object} · {step} · {} rows", HumanCount(*rows)));
                }
            }
            Event::Finished(record) => {
                if let Some(bar) = going.remove(&(record.object.clone(), record.step.clone())) {
                    bar.finish_and_clear();
                }
                if let Some(line) = line(record) {
                    self.say(&line);
                }
            }
        }
    }
}

/// The line of an ended step; none for what the summary tells better.
fn line(record: &StepRecord) -> Option<String> {
    if record.step.is_empty() {
        return match record.status {
            Status::Failed => {
                let error = record.error.as_deref().unwrap_or("failed");
                Some(match error.starts_with(&record.object) {
                    true => format!("✗ {error}"),
                    false => format!("✗ {}: {error}", record.object),
                })
            }
            Status::Skipped => {
                Some(format!("- {} skipped: {}", record.object, record.error.as_deref().unwrap_or_default()))
            }
            _ => None,
        };
    }
    if record.status != Status::Done {
        return None;
    }
    let rows = record.rows.map_or(String::new(), |n| HumanCount(n).to_string());
    let seconds = record.finished_at.map_or(0.0, |end| (end - record.started_at).as_seconds_f64());
    let bytes = record.bytes.map_or(String::new(), |n| format!(" · {}", HumanBytes(n)));
    let detail = record.detail.as_ref().map_or(String::new(), |d| format!(" · {d}"));
    Some(format!("  {:<22} {:<34} {rows:>12} {seconds:>8.2} s{bytes}{detail}", record.object, record.step))
}
