//! Which files make which tables.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use object_store::{ObjectMeta, ObjectStore};

use super::location::{Found, Kind};
use super::names::table_name;
use super::options::{Format, Settings};
use super::text_source::compression;
use crate::nearest::did_you_mean;
use crate::{Error, Result};

/// The tables of a source at a moment.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) tables: BTreeMap<String, TableFiles>,
}

/// The files of a table.
#[derive(Debug)]
pub(super) struct TableFiles {
    pub(super) format: Format,
    pub(super) files: Vec<TableFile>,
    /// The file or folder that gave the table its name.
    origin: String,
}

/// A file of a table.
#[derive(Debug, Clone)]
pub(super) struct TableFile {
    /// The path relative to the location.
    pub(super) path: String,
    pub(super) meta: ObjectMeta,
    pub(super) compression: FileCompressionType,
    /// The folders between the table's folder and the file.
    pub(super) folders: Vec<String>,
    format: Format,
}

impl Listing {
    /// Groups the files of a location into tables.
    ///
    /// # Errors
    /// Nothing to read, two tables of one name, a folder of several formats, or a file of unknown format.
    pub(super) fn new(found: Found, settings: &Settings) -> Result<Self> {
        let Found { store, shown, folder, files, kind } = found;
        let names: Vec<String> = files.iter().map(|(path, _)| path.clone()).collect();
        let mut listing = Self { store, tables: BTreeMap::new() };
        // Which of a Delta table's files count is told by its log alone.
        let delta =
            names.iter().filter_map(|path| Some(path.split_once("_delta_log/")?.0)).collect::<BTreeSet<_>>();
        let partitioned =
            names.iter().any(|path| path.split_once('/').is_some_and(|(first, _)| first.contains('=')));
        for (path, meta) in files {
            if delta.iter().any(|folder| path.starts_with(folder)) {
                continue;
            }
            let parts: Vec<&str> = path.split('/').collect();
            let explicit = matches!(kind, Kind::File | Kind::Glob(_));
            if parts.iter().any(|part| part.starts_with(['.', '_'])) && !matches!(kind, Kind::File) {
                continue;
            }
            let depth = match &kind {
                Kind::File => Some(parts.len()),
                Kind::Folder if partitioned => Some(0),
                Kind::Folder => Some(1),
                Kind::Glob(pattern) => matched(pattern, &parts),
            };
            let Some(depth) = depth else { continue };
            let origin = if depth == 0 { folder.clone() } else { parts[..depth].join("/") };
            let is_file = depth == parts.len();
            let (stem, format, compression) =
                match recognise(parts[parts.len() - 1], settings.format, explicit) {
                    Some(recognised) => recognised,
                    None if matches!(kind, Kind::File) => return Err(unknown(&path)),
                    None => continue,
                };
            let name = if is_file { stem } else { origin.rsplit('/').next().unwrap_or(&origin) };
            let folders = &parts[depth.min(parts.len() - 1)..parts.len() - 1];
            let file = TableFile {
                folders: folders.iter().map(|part| (*part).to_owned()).collect(),
                path: path.clone(),
                meta,
                compression,
                format,
            };
            listing.add(table_name(name), origin, file)?;
        }
        if listing.tables.is_empty() && !delta.is_empty() {
            let error = Error::new(format!("'{shown}' holds a Delta table"));
            return Err(error.hint("its files must not be read one by one; name a location of plain files"));
        }
        if listing.tables.is_empty() {
            return Err(nothing(&shown, &kind, settings.format, &names));
        }
        listing.check_declarations(settings)?;
        Ok(listing)
    }

    fn add(&mut self, name: String, origin: String, file: TableFile) -> Result<()> {
        match self.tables.get_mut(&name) {
            None => {
                let table = TableFiles { format: file.format, origin, files: vec![file] };
                self.tables.insert(name, table);
            }
            Some(table) if table.origin != origin => {
                let message = format!("the files {} and {origin} both make a table {name}", table.origin);
                return Err(Error::new(message).hint("rename one, or name a narrower location"));
            }
            Some(table) if table.format != file.format => {
                let first = table.files.first().map_or("", |file| file.path.as_str());
                let message =
                    format!("the folder {origin} has files of two formats: {first} and {}", file.path);
                return Err(Error::new(message).hint("name one of them by the option format"));
            }
            Some(table) => table.files.push(file),
        }
        Ok(())
    }

    fn check_declarations(&self, settings: &Settings) -> Result<()> {
        for declared in settings.declarations.tables() {
            let Some(table) = self.tables.get(declared) else {
                let message = format!("columns are declared for {declared}, but there is no such table");
                let known = self.tables.keys().map(String::as_str);
                return Err(Error::new(message).hint(did_you_mean(declared, "the tables are", known)));
            };
            if !table.format.is_text() {
                let format = table.format.name();
                let message = format!("columns are declared for {declared}, whose {format} files have types");
                return Err(Error::new(message).hint("leave the declaration out, and CAST in a view"));
            }
        }
        Ok(())
    }
}

/// How many parts of a path a glob matches: the file, or one of its folders.
fn matched(pattern: &glob::Pattern, parts: &[&str]) -> Option<usize> {
    let options = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::default() };
    let whole = pattern.matches_with(&parts.join("/"), options).then_some(parts.len());
    let folder = || (1..parts.len()).find(|depth| pattern.matches_with(&parts[..*depth].join("/"), options));
    whole.or_else(folder)
}

/// A file's name without its extensions, its format and its compression.
fn recognise(
    name: &str,
    format: Option<Format>,
    any_extension: bool,
) -> Option<(&str, Format, FileCompressionType)> {
    let split = |name: &'_ str| {
        name.rfind('.').filter(|dot| *dot > 0).map(|dot| (dot, name[dot + 1..].to_lowercase()))
    };
    let mut stem = name;
    let mut packed = FileCompressionType::UNCOMPRESSED;
    if let Some((dot, extension)) = split(stem)
        && let Some(compression) = compression(&extension)
    {
        (stem, packed) = (&name[..dot], compression);
    }
    let known = split(stem).and_then(|(dot, extension)| {
        let format =
            Format::ALL.into_iter().find(|format| format.extensions().contains(&extension.as_str()))?;
        Some((dot, format))
    });
    let (stem, format) = match (known, format) {
        (Some((dot, found)), None) => (&stem[..dot], found),
        (Some((dot, found)), Some(format)) if found == format || any_extension => (&stem[..dot], format),
        (None, Some(format)) if any_extension => (split(stem).map_or(stem, |(dot, _)| &stem[..dot]), format),
        _ => return None,
    };
    (!packed.is_compressed() || format.is_text()).then_some((stem, format, packed))
}

fn unknown(path: &str) -> Error {
    let extensions = Format::ALL.into_iter().flat_map(Format::extensions);
    let known = extensions.map(|extension| format!(".{extension}")).collect::<Vec<_>>().join(" ");
    Error::new(format!("the format of {path} is unknown"))
        .hint(format!("name it by the option format; the known extensions are {known}"))
}

fn nothing(shown: &str, kind: &Kind, format: Option<Format>, names: &[String]) -> Error {
    let what = format.map_or("file of a known format", |format| match format {
        Format::Csv => "csv file",
        Format::Ndjson => "ndjson file",
        Format::Parquet => "parquet file",
        Format::Arrow => "arrow file",
    });
    let error = match kind {
        Kind::Glob(_) => Error::new(format!("no file matches '{shown}'")),
        _ => Error::new(format!("'{shown}' has no {what}")),
    };
    let more = if names.len() > 10 { ", …" } else { "" };
    let listed = names.iter().take(10).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.is_empty() { error.hint("it is empty") } else { error.hint(format!("there is: {listed}{more}")) }
}
