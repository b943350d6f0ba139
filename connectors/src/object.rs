//! One file, where it is: a path of this machine, or a URL of an object store.

use std::path::Path as LocalPath;
use std::sync::Arc;
use std::time::Duration;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use url::Url;

use crate::files::neighbours;
use crate::store::{self, answer, explain};
use crate::{Error, OptionSpec, Options, Result};

/// The options of stores that are no secrets. Credentials come from the environment.
pub fn options() -> impl Iterator<Item = OptionSpec> {
    store::OPTIONS.into_iter().filter(|option| !option.secret)
}

/// A file.
#[derive(Debug)]
pub struct Object {
    store: Arc<dyn ObjectStore>,
    path: Path,
    shown: String,
    patience: Duration,
}

impl Object {
    /// Finds a file; a relative path starts from `base`. Whether a store has it is seen when it is read.
    ///
    /// # Errors
    /// There is no such local file, or the URL is of no known kind.
    pub fn find(location: &str, base: &LocalPath, options: &Options) -> Result<Self> {
        match location.split_once("://") {
            None | Some(("file", _)) => {
                let path = base.join(location.strip_prefix("file://").unwrap_or(location));
                let shown = location.to_owned();
                let folder = path.parent().unwrap_or(LocalPath::new(""));
                match path.file_name() {
                    Some(name) if path.is_file() => Ok(Self {
                        store: store::local(folder)?,
                        path: Path::from(name.to_string_lossy().as_ref()),
                        shown,
                        patience: Duration::MAX,
                    }),
                    _ if path.is_dir() => {
                        Err(Error::new(format!("'{shown}' is a folder")).hint("name a file"))
                    }
                    _ => Err(Error::new(format!("'{shown}' does not exist")).hint(neighbours(&path))),
                }
            }
            Some(_) => {
                let url = Url::parse(location);
                let url = url.map_err(|error| Error::new(format!("'{location}' is not a URL: {error}")))?;
                let remote = store::remote(&url, options)?;
                let shown = store::shown(&url);
                Ok(Self { store: remote.store, path: remote.path, shown, patience: remote.patience })
            }
        }
    }

    /// What changes whenever the file does, without reading it.
    ///
    /// # Errors
    /// The file does not exist or cannot be read.
    pub async fn version(&self) -> Result<String> {
        let asked = answer(self.patience, &self.shown, self.store.head(&self.path)).await?;
        let meta = asked.map_err(|error| explain(&error, &self.shown))?;
        Ok(meta
            .e_tag
            .unwrap_or_else(|| format!("{} bytes of {}", meta.size, meta.last_modified.to_rfc3339())))
    }

    /// Its contents, of which there may be so many bytes.
    ///
    /// # Errors
    /// The file does not exist, cannot be read or is too large.
    pub async fn read(&self, most: u64) -> Result<Vec<u8>> {
        let asked = answer(self.patience, &self.shown, self.store.get(&self.path)).await?;
        let found = asked.map_err(|error| explain(&error, &self.shown))?;
        if found.meta.size > most {
            return Err(Error::new(format!("{} has {} bytes", self.shown, found.meta.size))
                .hint(format!("a file may have {most} bytes")));
        }
        Ok(found.bytes().await.map_err(|error| explain(&error, &self.shown))?.into())
    }
}
