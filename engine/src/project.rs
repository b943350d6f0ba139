//! A project: a folder of `.sql` files and an `onefold.toml`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::serve::ServeConfig;
use crate::{Error, Result};

/// A project's folder and its settings.
#[derive(Debug, Clone)]
pub struct Project {
    /// The folder; relative locations start from it.
    pub dir: PathBuf,
    /// What `onefold.toml` says.
    pub config: Config,
}

/// The contents of `onefold.toml`. Every key has a default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where results are stored.
    pub warehouse: WarehouseConfig,
    /// Limits on memory, disk and parallelism.
    pub limits: Limits,
    /// Where and how `onefold serve` listens.
    pub serve: ServeConfig,
}

/// Where results are stored.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WarehouseConfig {
    /// A folder, or a URL with the scheme `s3`, `gs`, `az` or `memory`.
    pub location: String,
    /// Options of the object store; `${NAME}` is taken from the environment.
    pub options: BTreeMap<String, String>,
    /// Days for which replaced files stay readable to other readers of the Delta tables.
    pub keep_days: u64,
}

impl Default for WarehouseConfig {
    fn default() -> Self {
        Self { location: ".onefold/warehouse".to_owned(), options: BTreeMap::new(), keep_days: 7 }
    }
}

/// Limits on memory, disk and parallelism.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Memory for queries and refreshes, as `512MB` or `8GB`; half of the machine's by default.
    pub memory: Option<String>,
    /// The folder that larger steps spill to.
    pub spill: PathBuf,
    /// The most that spilling may take of that folder's disk.
    pub spill_max: String,
    /// Partitions that a query runs in; the number of cores by default.
    pub threads: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: None,
            spill: PathBuf::from(".onefold/spill"),
            spill_max: "100GB".to_owned(),
            threads: None,
        }
    }
}

impl Limits {
    /// The memory limit in bytes.
    pub fn memory_bytes(&self) -> Result<usize> {
        match &self.memory {
            Some(text) => parse_bytes("limits.memory", text),
            None => Ok(physical_memory().unwrap_or(4 << 30) / 2),
        }
    }

    /// The spill limit in bytes.
    pub fn spill_bytes(&self) -> Result<usize> {
        parse_bytes("limits.spill_max", &self.spill_max)
    }

    /// The number of partitions.
    pub fn partitions(&self) -> usize {
        self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)).max(1)
    }
}

/// One `.sql` file of a project.
#[derive(Debug, Clone)]
pub struct SqlFile {
    /// Its path within the project.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl Project {
    /// Opens the project in a folder. A missing `onefold.toml` means the defaults.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self> {
        let dir = dir.into();
        if !dir.is_dir() {
            return Err(Error::config(format!("there is no folder {}", dir.display())).on("project").hint(
                "give the folder of a project with --project DIR, or make one with `onefold init DIR`",
            ));
        }
        let path = dir.join("onefold.toml");
        let config = match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|e| {
                Error::config(e.to_string().trim_end().to_owned()).on(path.display().to_string())
            })?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Config::default(),
            Err(e) => return Err(Error::config(e.to_string()).on(path.display().to_string())),
        };
        Ok(Self { dir, config })
    }

    /// A project without files whose warehouse is in memory.
    pub fn in_memory(dir: impl Into<PathBuf>) -> Self {
        let mut config = Config::default();
        config.warehouse.location = "memory://".to_owned();
        Self { dir: dir.into(), config }
    }

    /// The project's `.sql` files in the order of their paths. Hidden folders are left out.
    pub fn files(&self) -> Result<Vec<SqlFile>> {
        let mut paths = Vec::new();
        collect(&self.dir, &mut paths)?;
        paths.sort();
        paths
            .into_iter()
            .map(|path| {
                let name = path.strip_prefix(&self.dir).unwrap_or(&path).display().to_string();
                let text =
                    fs::read_to_string(&path).map_err(|e| Error::config(e.to_string()).on(name.clone()))?;
                Ok(SqlFile { name, text })
            })
            .collect()
    }

    /// The spill folder.
    pub fn spill_dir(&self) -> PathBuf {
        self.dir.join(&self.config.limits.spill)
    }
}

fn collect(dir: &Path, out: &mut Vec<PathBuf>) -> Result<()> {
    let at = |e: std::io::Error| Error::config(e.to_string()).on(dir.display().to_string());
    for entry in fs::read_dir(dir).map_err(at)? {
        let path = entry.map_err(at)?.path();
        let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if path.is_dir() {
            // A folder of data that this user may not read has no definitions for them.
            if let Err(e) = collect(&path, out) {
                tracing::warn!("{e}; what is in it is left out");
            }
        } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("sql")) {
            out.push(path);
        }
    }
    Ok(())
}

fn parse_bytes(key: &str, text: &str) -> Result<usize> {
    bytes_of(text).ok_or_else(|| {
        Error::config(format!("{key} = '{text}' is not a size")).on("onefold.toml").hint("write 512MB or 8GB")
    })
}

/// The bytes that a text as `512MB` says; `None` if it says none.
pub(crate) fn bytes_of(text: &str) -> Option<usize> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c.is_whitespace());
    let scale = match text[digits.len()..].trim().to_ascii_uppercase().as_str() {
        "" | "B" => 1_usize,
        "K" | "KB" => 1 << 10,
        "M" | "MB" => 1 << 20,
        "G" | "GB" => 1 << 30,
        "T" | "TB" => 1 << 40,
        _ => return None,
    };
    let number = digits.trim().parse::<f64>().ok().filter(|number| *number > 0.0)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    Some((number * scale as f64) as usize)
}

fn physical_memory() -> Option<usize> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|l| l.starts_with("MemTotal:"))?;
    line.split_whitespace().nth(1)?.parse::<usize>().ok().map(|kib| kib << 10)
}
