//! `TYPE delta`: tables of Delta Lake, in folders and object stores.
//!
//! The log and the files are read by delta-rs: deletion vectors, renamed columns and partitions are honoured, and a table
//! that needs more than that is refused. A plan reads one version of a table from its beginning to its end.

mod feed;
mod plain;
mod source;
mod table;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use self::source::{DeltaSource, Place};
use crate::OptionType::{Integer, Text};
use crate::options::joined;
use crate::store::{OPTIONS as STORE, store_name};
use crate::{Connector, Error, OpenRequest, OptionSpec, Options, Result, Source};

const OWN: [OptionSpec; 4] = [
    OptionSpec::new(
        "location",
        Text,
        "The folder of a table, or a folder of tables, relative to the project; or an `s3://`, `gs://` or `az://` URL.",
    )
    .required(),
    OptionSpec::new("version", Integer, "The version to read; by default the newest, looked up by each query."),
    OptionSpec::new(
        "timestamp",
        Text,
        "Reads the newest version that was there at this time, as `2026-01-31` or `2026-01-31 18:00:00`, in UTC.",
    ),
    OptionSpec::new(
        "key",
        Text,
        "The columns, separated by commas, that tell the rows of a table apart. Of tables that have them and Delta's change \
         data feed, a refresh reads what changed only.",
    ),
];

const OPTIONS: &[OptionSpec] = &joined::<4, { STORE.len() }, { 4 + STORE.len() }>(OWN, STORE);

/// The connector.
#[derive(Debug, Clone, Copy)]
pub struct Delta;

/// Which version of each table is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Newest,
    Version(u64),
    Time(DateTime<Utc>),
}

#[async_trait]
impl Connector for Delta {
    fn name(&self) -> &'static str {
        "delta"
    }

    fn description(&self) -> &'static str {
        "Tables of Delta Lake in local folders and object stores."
    }

    fn options(&self) -> &'static [OptionSpec] {
        OPTIONS
    }

    async fn open(&self, request: OpenRequest) -> Result<Arc<dyn Source>> {
        let on = |error: Error| error.on(format!("source {}", request.name));
        let at = at(&request.options).map_err(on)?;
        let scheme = format!("onefold-delta-{}", store_name(&request));
        let location = request.options.text("location").unwrap_or_default();
        let place = Place::new(location, &request.base, &request.options, scheme).map_err(on)?;
        let key = request.options.text("key").unwrap_or_default().split(',').map(str::trim);
        let key = key.filter(|column| !column.is_empty()).map(str::to_owned).collect();
        Ok(Arc::new(DeltaSource::new(request.name, place, at, key)))
    }
}

fn at(options: &Options) -> Result<At> {
    let version = options.integer("version");
    match (version, options.text("timestamp")) {
        (Some(_), Some(_)) => {
            Err(Error::new("version and timestamp are both given").hint("leave one of them out"))
        }
        (Some(version), None) => match u64::try_from(version) {
            Ok(version) => Ok(At::Version(version)),
            Err(_) => Err(Error::new(format!("{version} is no version")).on("option version")),
        },
        (None, Some(text)) => time(text).map(At::Time).ok_or_else(|| {
            Error::new(format!("'{text}' is no time"))
                .on("option timestamp")
                .hint("write it as '2026-01-31 18:00:00', in UTC, or as '2026-01-31T18:00:00+01:00'")
        }),
        (None, None) => Ok(At::Newest),
    }
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    let formats = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let time = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let day = || text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0);
    time.or_else(day).map(|time| time.and_utc())
}
