//! Where the files of a source are.

use std::path::{Path as LocalPath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use url::Url;

use crate::nearest::nearest;
use crate::store::{self, Remote, answer, explain};
use crate::{Error, Options, Result};

/// The place that the option `location` names.
#[derive(Debug)]
pub(super) enum Location {
    /// A path of this machine: a file, a folder, or, when there is no such file, a glob within a folder.
    Local { path: PathBuf, glob: Option<(PathBuf, glob::Pattern)>, shown: String },
    /// A place in an object store, and a glob within it.
    Remote { remote: Remote, glob: Option<glob::Pattern>, shown: String },
}

/// The files of a location at a moment.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) store: Arc<dyn ObjectStore>,
    /// The location as the user wrote it.
    pub(super) shown: String,
    /// The folder's own name, for a table of the whole folder.
    pub(super) folder: String,
    /// All files, by path, with their paths relative to the folder.
    pub(super) files: Vec<(String, ObjectMeta)>,
    /// How the location names them.
    pub(super) kind: Kind,
}

/// How a location names files.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    File,
    Folder,
    /// The pattern, relative to the folder.
    Glob(glob::Pattern),
}

impl Location {
    /// Reads the option; does not look whether anything is there.
    pub(super) fn new(text: &str, base: &LocalPath, options: &Options) -> Result<Self> {
        if text.trim().is_empty() {
            return Err(Error::new("the location is empty").hint("name a file, a folder or a URL"));
        }
        let shown = text.to_owned();
        let (folder, glob) = match split_glob(text) {
            Some((folder, glob)) => (folder, Some(pattern(glob, text)?)),
            None => (text, None),
        };
        match text.split_once("://") {
            None | Some(("file", _)) => {
                let local = |text: &str| base.join(text.strip_prefix("file://").unwrap_or(text));
                let glob = glob.map(|glob| (local(folder), glob));
                Ok(Self::Local { path: local(text), glob, shown })
            }
            Some((scheme, _)) => {
                // In an address of the web a question mark begins a query.
                let (text, glob) = if scheme.starts_with("http") { (text, None) } else { (folder, glob) };
                let url = Url::parse(text);
                let url = url.map_err(|error| Error::new(format!("'{text}' is not a URL: {error}")))?;
                let shown = if glob.is_some() { shown } else { store::shown(&url) };
                Ok(Self::Remote { remote: store::remote(&url, options)?, glob, shown })
            }
        }
    }

    /// Lists the files.
    ///
    /// # Errors
    /// There is no such file or folder, or it cannot be read.
    pub(super) async fn find(&self) -> Result<Found> {
        match self {
            Self::Local { path, glob, shown } => find_local(path, glob.as_ref(), shown).await,
            Self::Remote { remote, glob, shown } => find_remote(remote, glob.as_ref(), shown).await,
        }
    }
}

/// Splits a path at the first component that has glob characters.
fn split_glob(path: &str) -> Option<(&str, &str)> {
    let magic = path.find(['*', '?', '['])?;
    let folder = path[..magic].rfind('/').map_or(0, |slash| slash + 1);
    Some((&path[..folder], &path[folder..]))
}

fn pattern(text: &str, shown: &str) -> Result<glob::Pattern> {
    glob::Pattern::new(text.trim_end_matches('/'))
        .map_err(|error| Error::new(format!("the location '{shown}' is not a glob: {error}")))
}

async fn find_local(path: &LocalPath, glob: Option<&(PathBuf, glob::Pattern)>, shown: &str) -> Result<Found> {
    let missing = |path: &LocalPath| Error::new(format!("'{shown}' does not exist")).hint(neighbours(path));
    let (folder, file, kind) = match glob {
        Some((folder, glob)) if !path.exists() => (folder.clone(), None, Kind::Glob(glob.clone())),
        _ if path.is_file() => {
            let folder = path.parent().unwrap_or(LocalPath::new("")).to_path_buf();
            (folder, path.file_name().map(|name| name.to_string_lossy().into_owned()), Kind::File)
        }
        _ => (path.to_path_buf(), None, Kind::Folder),
    };
    let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
    if !folder.is_dir() {
        return Err(missing(&folder));
    }
    let store = store::local(&folder)?;
    let files = match file {
        Some(name) => {
            let path = Path::from(name.as_str());
            vec![(name, store.head(&path).await.map_err(|error| explain(&error, shown))?)]
        }
        None => list(&store, &Path::default(), shown, Duration::MAX).await?,
    };
    let absolute = folder.canonicalize().unwrap_or(folder);
    let folder = absolute.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Found { store, shown: shown.to_owned(), folder, files, kind })
}

async fn find_remote(remote: &Remote, glob: Option<&glob::Pattern>, shown: &str) -> Result<Found> {
    let store = Arc::clone(&remote.store);
    let found = |folder: &Path, files, kind| {
        let folder = folder.filename().unwrap_or(&remote.bucket).to_owned();
        Ok(Found { store: Arc::clone(&store), shown: shown.to_owned(), folder, files, kind })
    };
    let raw = remote.path.as_ref();
    if let Some(glob) = glob {
        let files = list(&store, &remote.path, shown, remote.patience).await?;
        return found(&remote.path, files, Kind::Glob(glob.clone()));
    }
    if !raw.is_empty() && !shown.ends_with('/') {
        match answer(remote.patience, shown, store.head(&remote.path)).await? {
            Ok(meta) => {
                let name = remote.path.filename().unwrap_or(raw).to_owned();
                return found(&remote.path, vec![(name, meta)], Kind::File);
            }
            Err(object_store::Error::NotFound { .. }) if remote.lists => {}
            Err(error) => return Err(explain(&error, shown)),
        }
    }
    if !remote.lists {
        let error = Error::new(format!("'{shown}' is a folder, which https:// cannot list"));
        return Err(error.hint("name a file"));
    }
    let files = list(&store, &remote.path, shown, remote.patience).await?;
    if files.is_empty() {
        return Err(Error::new(format!("'{shown}' does not exist or is empty"))
            .hint("check the bucket and the path; a name is case-sensitive"));
    }
    found(&remote.path, files, Kind::Folder)
}

/// Lists a folder; the store may take so long for each of its answers.
async fn list(
    store: &Arc<dyn ObjectStore>,
    folder: &Path,
    shown: &str,
    patience: Duration,
) -> Result<Vec<(String, ObjectMeta)>> {
    let mut listed: Vec<ObjectMeta> = vec![];
    let mut answers =
        store.list(Some(folder).filter(|folder| !folder.as_ref().is_empty())).ready_chunks(1000);
    while let Some(objects) = answer(patience, shown, answers.next()).await? {
        for object in objects {
            listed.push(object.map_err(|error| explain(&error, shown))?);
        }
    }
    let relative = |meta: ObjectMeta| {
        let parts = meta.location.prefix_match(folder)?;
        let name = parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/");
        (!name.is_empty()).then_some((name, meta))
    };
    let mut files: Vec<_> = listed.into_iter().filter_map(relative).collect();
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(files)
}

/// What there is where something was looked for.
pub(crate) fn neighbours(path: &LocalPath) -> String {
    let mut folder = path;
    let mut wanted = String::new();
    while !folder.is_dir() {
        wanted = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match folder.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => folder = parent,
            _ => return "check the path; a relative one starts from the project's folder".to_owned(),
        }
    }
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    if let Some(near) = nearest(&wanted, names.iter().map(String::as_str)) {
        return format!("did you mean {}?", folder.join(near).display());
    }
    if names.is_empty() {
        return format!("the folder {} is empty", folder.display());
    }
    let more = if names.len() > 10 { ", …" } else { "" };
    names.truncate(10);
    format!("the folder {} has: {}{more}", folder.display(), names.join(", "))
}
