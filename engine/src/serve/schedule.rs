//! Refreshes at set times: `[[serve.refresh]]` of `onefold.toml`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::metrics::Metrics;
use crate::engine::Engine;
use crate::sql::{self, Parsed, Statement};
use crate::{Error, Result};

/// What is refreshed, and when.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshConfig {
    /// Minute, hour, day, month and day of the week, as cron has them; with seconds before them if there are six.
    pub at: String,
    /// The time zone that they are in, as `Europe/Stockholm`.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// What stands after `REFRESH`, as `ALL` or `PROFILE customer WITH DEPENDENTS`.
    #[serde(default = "all")]
    pub refresh: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn all() -> String {
    "ALL".to_owned()
}

/// A refresh with its times.
#[derive(Debug, Clone)]
pub(super) struct Scheduled {
    at: Cron,
    zone: Tz,
    statement: Parsed,
    text: String,
}

impl Scheduled {
    /// # Errors
    /// If one of the three cannot be read; the message names the setting.
    pub(super) fn new(config: &RefreshConfig) -> Result<Self> {
        let wrong = |key: &str, value: &str, why: String, hint: &str| {
            Error::config(format!("serve.refresh.{key} = '{value}' {why}"))
                .on("onefold.toml")
                .hint(hint.to_owned())
        };
        let parser = CronParser::builder().seconds(Seconds::Optional).build();
        let at = parser.parse(&config.at).map_err(|e| {
            let hint = "write minute, hour, day, month and day of the week, as in '0 3 * * *' for 3 o'clock";
            wrong("at", &config.at, format!("is no time of cron: {e}"), hint)
        })?;
        let zone = config.time_zone.parse().map_err(|_| {
            let hint = "write it as 'Europe/Stockholm', or UTC";
            wrong("time_zone", &config.time_zone, "is no time zone".to_owned(), hint)
        })?;
        let text = format!("REFRESH {}", config.refresh.trim());
        let hint = "write what stands after REFRESH, as 'ALL' or 'PROFILE customer'";
        let parsed = sql::parse(&text)
            .map_err(|e| wrong("refresh", &config.refresh, format!("cannot be read: {}", e.message), hint))?;
        match <[Parsed; 1]>::try_from(parsed) {
            Ok([statement]) if matches!(statement.statement, Statement::Refresh(_)) => {
                Ok(Self { at, zone, statement, text })
            }
            _ => Err(wrong("refresh", &config.refresh, "is no refresh".to_owned(), hint)),
        }
    }

    /// The first time after `now`; `None` if there is none.
    fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let next = self.at.find_next_occurrence(&now.with_timezone(&self.zone), false).ok()?;
        Some(next.with_timezone(&Utc))
    }
}

/// Refreshes until the server stops. A time that comes while the refresh before it goes on is left out.
pub(super) async fn run(
    engine: Engine,
    scheduled: Scheduled,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
) -> Result<()> {
    while let Some(next) = scheduled.next(Utc::now()) {
        let Scheduled { text, statement, .. } = &scheduled;
        tracing::info!("{text} comes at {}", next.with_timezone(&scheduled.zone));
        // The clock may be set while it waits.
        while let Ok(left) = next.signed_duration_since(Utc::now()).to_std() {
            let step = left.min(std::time::Duration::from_secs(60));
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(step) => {}
            }
        }
        let session = engine.session();
        let ended = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            ended = session.execute(statement) => ended,
        };
        metrics.refreshed(ended.is_ok());
        match ended {
            Ok(_) => tracing::info!("{text} went well"),
            Err(error) => tracing::warn!("{text}: {error}"),
        }
    }
    tracing::warn!("{} has no time to come", scheduled.text);
    stop.cancelled().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(at: &str, time_zone: &str, refresh: &str) -> RefreshConfig {
        RefreshConfig { at: at.to_owned(), time_zone: time_zone.to_owned(), refresh: refresh.to_owned() }
    }

    #[test]
    fn times_are_those_of_the_zone_also_when_its_clock_is_set() {
        let next = |at: &str, zone: &str, now: &str| {
            let scheduled = Scheduled::new(&config(at, zone, "ALL")).unwrap();
            scheduled.next(now.parse().unwrap()).unwrap().to_rfc3339()
        };
        assert_eq!(next("0 3 * * *", "UTC", "2026-11-22T10:00:00Z"), "2026-11-23T03:00:00+00:00");
        assert_eq!(
            next("0 3 * * *", "Europe/Stockholm", "2026-11-22T10:00:00Z"),
            "2026-11-23T02:00:00+00:00"
        );
        assert_eq!(
            next("0 3 * * *", "Europe/Stockholm", "2026-07-22T10:00:00Z"),
            "2026-07-23T01:00:00+00:00"
        );
        assert_eq!(next("*/15 * * * MON-FRI", "UTC", "2026-11-21T10:00:00Z"), "2026-11-23T00:00:00+00:00");
        assert_eq!(next("30 */10 * * * *", "UTC", "2026-11-22T10:00:31Z"), "2026-11-22T10:10:30+00:00");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (at, zone, refresh, expected) in [
            ("3 o'clock", "UTC", "ALL", "serve.refresh.at = '3 o'clock'"),
            ("0 3 * * *", "Sweden/Lund", "ALL", "serve.refresh.time_zone"),
            ("0 3 * * *", "UTC", "EVERYTHING", "serve.refresh.refresh = 'EVERYTHING' cannot be read"),
            ("0 3 * * *", "UTC", "ALL; DROP VIEW x", "is no refresh"),
        ] {
            let error = Scheduled::new(&config(at, zone, refresh)).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("onefold.toml"), "{error}");
        }
    }
}
