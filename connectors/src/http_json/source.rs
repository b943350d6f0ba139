//! An open service.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use tempfile::TempDir;
use tokio::sync::Mutex;
use url::Url;

use super::fetch::{Fetched, fetch};
use super::paging::Paging;
use crate::database::options::positive;
use crate::files::Files;
use crate::files::names::table_name;
use crate::nearest::no_table;
use crate::web::{Client, service};
use crate::{Connector, Error, OpenRequest, Options, RejectedRecord, Result, Source};

/// So many fetches of a table are on disk, the newest and those that queries may still read.
const ON_DISK: usize = 4;

/// A service.
#[derive(Debug)]
pub(super) struct HttpSource {
    name: String,
    client: Client,
    rows: Option<String>,
    paging: Paging,
    keep: Duration,
    /// Options of the connector `files` that hold for what was fetched.
    reading: Vec<(String, String)>,
    tables: BTreeMap<String, Table>,
}

#[derive(Debug)]
struct Table {
    url: Url,
    /// The newest last.
    copies: Mutex<VecDeque<Copy>>,
}

/// What was fetched, as a source of files.
#[derive(Debug)]
struct Copy {
    at: Instant,
    fetched: Fetched,
    files: Arc<dyn Source>,
    _folder: TempDir,
}

impl HttpSource {
    /// Reads the options; nothing is sent.
    pub(super) fn new(request: &OpenRequest) -> Result<Self> {
        let options = &request.options;
        let url = service(options, "https://api.example.com/v1/")?;
        let rows = options.text("rows").filter(|at| !at.is_empty()).map(str::to_owned);
        for option in ["rows", "next"] {
            if options.text(option).is_some_and(|at| !at.is_empty() && !at.starts_with('/')) {
                return Err(Error::new("a JSON pointer begins with /")
                    .on(format!("option {option}"))
                    .hint("write it as '/data/items'"));
            }
        }
        let reading = options
            .with_prefix("columns.")
            .map(|(table, columns)| (format!("columns.{table}"), columns.to_owned()))
            .chain(options.text("header_names").map(|word| ("header_names".to_owned(), word.to_owned())));
        Ok(Self {
            name: request.name.clone(),
            client: Client::new(options, &url)?,
            rows,
            paging: Paging::new(options)?,
            keep: Duration::from_secs(positive(options, "keep")?.unwrap_or(60)),
            reading: reading.collect(),
            tables: tables(options, &url)?,
        })
    }

    fn object(&self, table: &str) -> String {
        format!("{}.{table}", self.name)
    }

    /// What was fetched a short time ago, or else now.
    async fn copy(&self, name: &str, table: &Table) -> Result<(Fetched, Arc<dyn Source>)> {
        let mut copies = table.copies.lock().await;
        if let Some(copy) = copies.back().filter(|copy| copy.at.elapsed() < self.keep) {
            return Ok((copy.fetched, Arc::clone(&copy.files)));
        }
        // Nobody else may read it: it has people's data.
        let mut folder = tempfile::Builder::new();
        folder.prefix("onefold-http-");
        #[cfg(unix)]
        folder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let folder = folder.tempdir();
        let folder = folder.map_err(|e| Error::new(format!("what is fetched cannot be kept: {e}")))?;
        let path = folder.path().join(format!("{name}.ndjson"));
        let fetched = fetch(&self.client, &table.url, self.rows.as_deref(), &self.paging, &path).await?;
        let files = self.files(name, folder.path().to_path_buf()).await?;
        copies.push_back(Copy { at: Instant::now(), fetched, files: Arc::clone(&files), _folder: folder });
        if copies.len() > ON_DISK {
            copies.pop_front();
        }
        Ok((fetched, files))
    }

    async fn files(&self, table: &str, folder: PathBuf) -> Result<Arc<dyn Source>> {
        let own = format!("columns.{table}");
        let is_for_it = |option: &String| *option == own || !option.starts_with("columns.");
        let mut given: Vec<_> =
            self.reading.iter().filter(|(option, _)| is_for_it(option)).cloned().collect();
        given.push(("location".to_owned(), folder.display().to_string()));
        let options = Options::check(Files.options(), &given, &|_| None)?;
        Files.open(OpenRequest { name: self.name.clone(), options, base: folder }).await
    }

    async fn found(&self, name: &str, table: &Table) -> Result<(Fetched, Arc<dyn Source>)> {
        self.copy(name, table).await.map_err(|e| e.on(self.object(name)))
    }
}

fn tables(options: &Options, url: &Url) -> Result<BTreeMap<String, Table>> {
    let table = |url| Table { url, copies: Mutex::default() };
    let mut tables = BTreeMap::new();
    for (name, path) in options.with_prefix("table.") {
        let at = format!("option table.{name}");
        let mut base = url.clone();
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let joined = base.join(path.trim_start_matches('/'));
        let joined = joined.map_err(|e| Error::new(format!("'{path}' is no address: {e}")).on(&at))?;
        if joined.origin() != url.origin() {
            return Err(Error::new("it is at another service than url")
                .on(&at)
                .hint("make a source of its own"));
        }
        if table_name(name) != name {
            return Err(Error::new(format!("{name} is no name of a table"))
                .on(at)
                .hint(format!("write it as table.{}", table_name(name))));
        }
        tables.insert(name.to_owned(), table(joined));
    }
    if tables.is_empty() {
        let last = url.path_segments().and_then(|parts| parts.rev().find(|part| !part.is_empty()));
        let name = table_name(last.unwrap_or("rows").trim_end_matches(".json").trim_end_matches(".ndjson"));
        tables.insert(name, table(url.clone()));
    }
    Ok(tables)
}

#[async_trait]
impl Source for HttpSource {
    async fn tables(&self) -> Result<Vec<String>> {
        Ok(self.tables.keys().cloned().collect())
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some(table) = self.tables.get(name) else { return Ok(None) };
        self.found(name, table).await?.1.table(name).await
    }

    async fn version(&self, name: &str) -> Result<Option<String>> {
        let Some(table) = self.tables.get(name) else {
            let known = self.tables.keys().map(String::as_str);
            return Err(no_table(&self.name, name, known));
        };
        let Fetched { rows, bytes, hash } = self.found(name, table).await?.0;
        Ok(Some(format!("{rows} rows, {bytes} bytes, {hash:016x}")))
    }

    async fn rejected(&self, name: &str) -> Result<Vec<RejectedRecord>> {
        match self.tables.get(name) {
            Some(table) => self.found(name, table).await?.1.rejected(name).await,
            None => Ok(vec![]),
        }
    }
}
