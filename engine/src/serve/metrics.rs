//! What the server counts, as Prometheus reads it.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use crate::engine::Engine;

/// Upper ends of the histogram of statements, in seconds.
const BUCKETS: [f64; 9] = [0.005, 0.02, 0.1, 0.5, 1.0, 5.0, 20.0, 60.0, 300.0];

/// A protocol of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    FlightSql,
    Postgres,
}

impl Protocol {
    pub(super) const ALL: [Self; 2] = [Self::FlightSql, Self::Postgres];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::FlightSql => "flight_sql",
            Self::Postgres => "postgres",
        }
    }
}

/// The counts.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    open: [AtomicI64; 2],
    opened: [AtomicU64; 2],
    statements: [AtomicU64; 2],
    failed: [AtomicU64; 2],
    rows: [AtomicU64; 2],
    seconds: [AtomicU64; BUCKETS.len() + 1],
    microseconds: AtomicU64,
    logins_failed: AtomicU64,
    /// Those that went well, and those that failed.
    refreshes: [AtomicU64; 2],
}

/// A connection or token that is counted as open for as long as this is there.
#[derive(Debug)]
pub(super) struct OpenConnection(Arc<Metrics>, Protocol);

impl OpenConnection {
    pub(super) fn new(metrics: &Arc<Metrics>, protocol: Protocol) -> Self {
        metrics.open[protocol as usize].fetch_add(1, Ordering::Relaxed);
        metrics.opened[protocol as usize].fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(metrics), protocol)
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.open[self.1 as usize].fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    pub(super) fn open(&self) -> usize {
        let open: i64 = self.open.iter().map(|n| n.load(Ordering::Relaxed)).sum();
        usize::try_from(open).unwrap_or(0)
    }

    pub(super) fn login_failed(&self) {
        self.logins_failed.fetch_add(1, Ordering::Relaxed);
    }

    /// A refresh at a set time has ended.
    pub(super) fn refreshed(&self, well: bool) {
        self.refreshes[usize::from(!well)].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn statement(&self, protocol: Protocol, took: Duration, rows: u64, failed: bool) {
        let of = protocol as usize;
        self.statements[of].fetch_add(1, Ordering::Relaxed);
        self.failed[of].fetch_add(u64::from(failed), Ordering::Relaxed);
        self.rows[of].fetch_add(rows, Ordering::Relaxed);
        let bucket = BUCKETS.iter().position(|end| took.as_secs_f64() <= *end).unwrap_or(BUCKETS.len());
        self.seconds[bucket].fetch_add(1, Ordering::Relaxed);
        self.microseconds.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// The counts in Prometheus' text format.
    pub(super) fn text(&self, engine: &Engine, running: usize) -> String {
        let mut out = String::new();
        let mut family = |name: &str, kind: &str, help: &str, values: &[(String, String)]| {
            let _ = writeln!(out, "# HELP onefold_{name} {help}\n# TYPE onefold_{name} {kind}");
            for (labels, value) in values {
                let _ = writeln!(out, "onefold_{name}{labels} {value}");
            }
        };
        let by = |of: &dyn Fn(usize) -> String| -> Vec<(String, String)> {
            let one = |p: Protocol| (format!("{{protocol=\"{}\"}}", p.word()), of(p as usize));
            Protocol::ALL.map(one).to_vec()
        };
        let counts = |counts: &[AtomicU64; 2]| by(&|n| counts[n].load(Ordering::Relaxed).to_string());
        let one = |value: String| vec![(String::new(), value)];
        let open = by(&|n| self.open[n].load(Ordering::Relaxed).to_string());
        family("connections", "gauge", "Open connections and tokens.", &open);
        family("connections_total", "counter", "Connections and tokens so far.", &counts(&self.opened));
        let refreshes = ["ok", "failed"].into_iter().zip(&self.refreshes);
        let refreshes: Vec<_> = refreshes
            .map(|(result, n)| (format!("{{result=\"{result}\"}}"), n.load(Ordering::Relaxed).to_string()))
            .collect();
        family("refreshes_total", "counter", "Refreshes at set times that ended.", &refreshes);
        family("statements_total", "counter", "Statements that ended.", &counts(&self.statements));
        family("statement_errors_total", "counter", "Statements that failed.", &counts(&self.failed));
        family("rows_total", "counter", "Rows sent.", &counts(&self.rows));
        family("statements_running", "gauge", "Statements that run now.", &one(running.to_string()));
        let failures = self.logins_failed.load(Ordering::Relaxed).to_string();
        family("login_failures_total", "counter", "Wrong passwords.", &one(failures));
        let memory = engine.runtime().memory_pool.reserved().to_string();
        family("memory_bytes", "gauge", "Memory that statements have reserved.", &one(memory));
        let version = engine.catalog().known().version.to_string();
        family("catalog_version", "counter", "Version of the catalog.", &one(version));
        family("statement_seconds", "histogram", "How long statements took.", &self.histogram());
        out
    }

    fn histogram(&self) -> Vec<(String, String)> {
        let mut lines = Vec::new();
        let mut so_far = 0;
        let ends = BUCKETS.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
        for (end, count) in ends.zip(&self.seconds) {
            so_far += count.load(Ordering::Relaxed);
            lines.push((format!("_bucket{{le=\"{end}\"}}"), so_far.to_string()));
        }
        let sum = Duration::from_micros(self.microseconds.load(Ordering::Relaxed)).as_secs_f64();
        lines.push(("_sum".to_owned(), sum.to_string()));
        lines.push(("_count".to_owned(), so_far.to_string()));
        lines
    }
}
