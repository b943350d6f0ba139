//! The settings of a connection, as `SET` and `SHOW` know them. Few change anything here; clients ask for all.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use chrono_tz::{TZ_VARIANTS, Tz};

use super::errors::Failure;
use crate::{Error, catalog::nearest};

/// The PostgreSQL whose behaviour is given.
pub(crate) const VERSION: &str = "15.8";

/// Settings that a client may set, with what they are at first.
const SETTABLE: [(&str, &str); 56] = [
    ("application_name", ""),
    ("bytea_output", "hex"),
    ("check_function_bodies", "on"),
    ("client_encoding", "UTF8"),
    ("client_min_messages", "notice"),
    ("cursor_tuple_fraction", "0.1"),
    ("datestyle", "ISO, MDY"),
    ("default_table_access_method", "heap"),
    ("default_tablespace", ""),
    ("default_transaction_deferrable", "off"),
    ("default_transaction_isolation", "read committed"),
    ("default_transaction_read_only", "off"),
    ("enable_bitmapscan", "on"),
    ("enable_hashagg", "on"),
    ("enable_hashjoin", "on"),
    ("enable_indexscan", "on"),
    ("enable_material", "on"),
    ("enable_mergejoin", "on"),
    ("enable_nestloop", "on"),
    ("enable_seqscan", "on"),
    ("enable_sort", "on"),
    ("escape_string_warning", "on"),
    ("extra_float_digits", "1"),
    ("geqo", "on"),
    ("gin_fuzzy_search_limit", "0"),
    ("idle_in_transaction_session_timeout", "0"),
    ("idle_session_timeout", "0"),
    ("intervalstyle", "postgres"),
    ("jit", "off"),
    ("lc_messages", "C.UTF-8"),
    ("lc_monetary", "C.UTF-8"),
    ("lc_numeric", "C.UTF-8"),
    ("lc_time", "C.UTF-8"),
    ("lock_timeout", "0"),
    ("log_statement", "none"),
    ("maintenance_work_mem", "64MB"),
    ("max_parallel_workers_per_gather", "0"),
    ("parallel_leader_participation", "on"),
    ("plan_cache_mode", "auto"),
    ("quote_all_identifiers", "off"),
    ("random_page_cost", "4"),
    ("role", "none"),
    ("row_security", "on"),
    ("search_path", "public"),
    ("seq_page_cost", "1"),
    ("session_authorization", "default"),
    ("standard_conforming_strings", "on"),
    ("statement_timeout", "0"),
    ("synchronize_seqscans", "on"),
    ("tcp_keepalives_idle", "0"),
    ("temp_buffers", "8MB"),
    ("timezone", "UTC"),
    ("transaction_deferrable", "off"),
    ("transaction_isolation", "read committed"),
    ("transaction_read_only", "off"),
    ("work_mem", "4MB"),
];

/// Settings that tell of the server and cannot be set.
const FIXED: [(&str, &str); 20] = [
    ("block_size", "8192"),
    ("config_file", ""),
    ("data_directory", ""),
    ("hba_file", ""),
    ("in_hot_standby", "off"),
    ("integer_datetimes", "on"),
    ("is_superuser", "off"),
    ("lc_collate", "C.UTF-8"),
    ("lc_ctype", "C.UTF-8"),
    ("listen_addresses", ""),
    ("max_connections", "500"),
    ("max_identifier_length", "63"),
    ("max_index_keys", "32"),
    ("password_encryption", "scram-sha-256"),
    ("port", "5433"),
    ("server_encoding", "UTF8"),
    ("server_version", VERSION),
    ("server_version_num", "150008"),
    ("ssl", "off"),
    ("wal_level", "replica"),
];

/// The names that are told with the letters that PostgreSQL writes them with.
const REPORTED: [&str; 11] = [
    "application_name",
    "client_encoding",
    "DateStyle",
    "in_hot_standby",
    "integer_datetimes",
    "IntervalStyle",
    "is_superuser",
    "server_encoding",
    "server_version",
    "standard_conforming_strings",
    "TimeZone",
];

/// The settings of one connection.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// What the client said when it connected.
    started: RwLock<BTreeMap<String, String>>,
    set: RwLock<BTreeMap<String, String>>,
    /// What `SET LOCAL` hides until the transaction ends.
    hidden: RwLock<BTreeMap<String, Option<String>>>,
}

impl Settings {
    /// Keeps what the client said when it connected, of what is a setting.
    pub(super) fn start(&self, name: &str, value: &str) {
        let name = canonical(name);
        if name != "options" && !name.contains('.') && !SETTABLE.iter().any(|(n, _)| *n == name) {
            return;
        }
        let Ok(value) = checked(&name, value) else { return };
        self.started.write().unwrap_or_else(PoisonError::into_inner).insert(name, value);
    }

    /// A setting's value; `None` if there is no such setting.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let name = canonical(name);
        let of = |map: &RwLock<BTreeMap<String, String>>| {
            map.read().unwrap_or_else(PoisonError::into_inner).get(&name).cloned()
        };
        let first = || SETTABLE.iter().chain(&FIXED).find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        of(&self.set).or_else(|| of(&self.started)).or_else(first)
    }

    /// Sets a value, or with `None` the first one again. Answers with what has to be reported to the client.
    ///
    /// # Errors
    /// If there is no such setting, it cannot be set, or the value is wrong.
    pub(super) fn set(
        &self,
        name: &str,
        value: Option<&str>,
        local: bool,
    ) -> Result<Option<(&'static str, String)>, Failure> {
        let name = canonical(name);
        if FIXED.iter().any(|(n, _)| *n == name) {
            return Err(Failure::new("55P02", Error::invalid(format!("{name} cannot be changed"))));
        }
        if !name.contains('.') && !SETTABLE.iter().any(|(n, _)| *n == name) {
            let error = Error::invalid(format!("there is no setting {name}"));
            let known: Vec<&str> = SETTABLE.iter().map(|(n, _)| *n).collect();
            return Err(Failure::new(
                "42704",
                match nearest(&name, &known) {
                    Some(near) => error.hint(format!("did you mean {near}?")),
                    None => error.hint("SHOW ALL lists the settings"),
                },
            ));
        }
        let value = value.map(|value| checked(&name, value)).transpose()?;
        let mut set = self.set.write().unwrap_or_else(PoisonError::into_inner);
        let before = set.get(&name).cloned();
        match value {
            Some(value) => drop(set.insert(name.clone(), value)),
            None => drop(set.remove(&name)),
        }
        drop(set);
        if local {
            self.hidden.write().unwrap_or_else(PoisonError::into_inner).entry(name.clone()).or_insert(before);
        }
        let reported = REPORTED.iter().find(|n| n.eq_ignore_ascii_case(&name));
        Ok(reported.map(|n| (*n, self.get(n).unwrap_or_default())))
    }

    /// Ends what `SET LOCAL` set.
    pub(super) fn end_transaction(&self) {
        let hidden = std::mem::take(&mut *self.hidden.write().unwrap_or_else(PoisonError::into_inner));
        let mut set = self.set.write().unwrap_or_else(PoisonError::into_inner);
        for (name, before) in hidden {
            match before {
                Some(value) => drop(set.insert(name, value)),
                None => drop(set.remove(&name)),
            }
        }
    }

    /// Sets everything back.
    pub(super) fn reset_all(&self) {
        self.set.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.hidden.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// All settings with their values, sorted by name.
    pub(crate) fn all(&self) -> Vec<(String, String)> {
        let mut names: Vec<&str> = SETTABLE.iter().chain(&FIXED).map(|(n, _)| *n).collect();
        names.sort_unstable();
        names.into_iter().map(|n| (display_name(n).to_owned(), self.get(n).unwrap_or_default())).collect()
    }

    /// What a client is told when it connects.
    pub(super) fn reported(&self) -> Vec<(&'static str, String)> {
        REPORTED.iter().map(|n| (*n, self.get(n).unwrap_or_default())).collect()
    }

    /// The zone that times are told in.
    pub(super) fn zone(&self) -> Tz {
        self.get("timezone").and_then(|zone| zone.parse().ok()).unwrap_or(Tz::UTC)
    }

    /// How long a statement may take; `None` for as long as the server allows.
    pub(super) fn statement_timeout(&self) -> Option<Duration> {
        let text = self.get("statement_timeout")?;
        milliseconds(&text).filter(|n| *n > 0).map(Duration::from_millis)
    }

    /// The schemas that names without one are looked up in.
    pub(crate) fn search_path(&self) -> Vec<String> {
        let path = self.get("search_path").unwrap_or_default();
        let names = path.split(',').map(|name| name.trim().trim_matches('"').to_owned());
        names.filter(|name| !name.is_empty() && name != "$user").collect()
    }
}

/// A name as PostgreSQL writes it.
pub(super) fn display_name(name: &str) -> &str {
    REPORTED.iter().copied().find(|n| n.eq_ignore_ascii_case(name)).unwrap_or(name)
}

fn canonical(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// The milliseconds that a text as `5s` or `500` says.
fn milliseconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c.is_whitespace());
    let scale = match text[digits.len()..].trim() {
        "" | "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(scale)
}

/// A value as it is kept.
fn checked(name: &str, value: &str) -> Result<String, Failure> {
    let wrong = |hint: &str| {
        let error = Error::invalid(format!("'{value}' is no value of {name}")).hint(hint);
        Err(Failure::new("22023", error))
    };
    match name {
        "timezone" => match value.parse::<Tz>() {
            Ok(zone) => Ok(zone.name().to_owned()),
            Err(_)
                if matches!(
                    value.to_ascii_uppercase().as_str(),
                    "Z" | "UTC" | "GMT" | "DEFAULT" | "LOCAL"
                ) =>
            {
                Ok("UTC".to_owned())
            }
            Err(_) => match TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(value)) {
                Some(zone) => Ok(zone.name().to_owned()),
                None => wrong("write a name as Europe/Berlin"),
            },
        },
        "client_encoding" => match value.to_ascii_uppercase().replace(['-', '_'], "").as_str() {
            "UTF8" | "UNICODE" | "SQLASCII" | "AUTO" => Ok("UTF8".to_owned()),
            _ => wrong("texts are UTF8"),
        },
        "datestyle" if !value.to_ascii_uppercase().contains("ISO") => {
            match value.to_ascii_uppercase().as_str() {
                "MDY" | "DMY" | "YMD" => Ok(format!("ISO, {}", value.to_ascii_uppercase())),
                _ => wrong("dates are told as ISO"),
            }
        }
        "datestyle" => {
            let upper = value.to_ascii_uppercase();
            let order = ["DMY", "YMD"].into_iter().find(|o| upper.contains(o)).unwrap_or("MDY");
            Ok(format!("ISO, {order}"))
        }
        "statement_timeout" if milliseconds(value).is_none() => {
            wrong("write milliseconds, or a unit as in 500ms, 5s, 1min")
        }
        "bytea_output" if !value.eq_ignore_ascii_case("hex") => wrong("bytes are told as hex"),
        "intervalstyle" if !value.eq_ignore_ascii_case("postgres") => wrong("intervals are told as postgres"),
        "standard_conforming_strings"
            if !matches!(value.to_ascii_lowercase().as_str(), "on" | "true" | "1") =>
        {
            wrong("a backslash in a text stands for itself")
        }
        "standard_conforming_strings" => Ok("on".to_owned()),
        _ => Ok(value.to_owned()),
    }
}
