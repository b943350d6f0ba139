//! `onefold init`: a new project in an empty folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{RETAIL_PEOPLE, RETAIL_SEED, generate};
use crate::{Error, ErrorKind, Result};

struct Example {
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
    data: fn(&Path) -> io::Result<()>,
}

const EXAMPLES: &[Example] = &[Example {
    name: "retail",
    files: &[
        ("onefold.toml", include_str!("../../../examples/retail/onefold.toml")),
        ("sources.sql", include_str!("../../../examples/retail/sources.sql")),
        ("customer.sql", include_str!("../../../examples/retail/customer.sql")),
        ("activities.sql", include_str!("../../../examples/retail/activities.sql")),
        ("measures.sql", include_str!("../../../examples/retail/measures.sql")),
        ("predictions.sql", include_str!("../../../examples/retail/predictions.sql")),
        ("segments.sql", include_str!("../../../examples/retail/segments.sql")),
        ("summary.sql", include_str!("../../../examples/retail/summary.sql")),
        ("evaluate.sql", include_str!("../../../examples/retail/evaluate.sql")),
    ],
    data: |dir| generate(dir, RETAIL_PEOPLE, RETAIL_SEED).map(drop),
}];

const MINIMAL: &[(&str, &str)] = &[
    ("onefold.toml", include_str!("minimal/onefold.toml")),
    ("sources.sql", include_str!("minimal/sources.sql")),
    ("profile.sql", include_str!("minimal/profile.sql")),
];

/// Writes a new project into `dir`, minimal or one of the examples, and tells the files written besides data.
///
/// # Errors
/// When `dir` exists and is not an empty folder, when there is no example of that name, or when a file cannot
/// be written.
pub fn init(dir: &Path, example: Option<&str>) -> Result<Vec<PathBuf>> {
    let example = example.map(find).transpose()?;
    let object = format!("project folder {}", dir.display());
    let failed = |error: io::Error| Error::storage(error.to_string()).on(object.clone());
    if dir.exists() {
        let occupied = !dir.is_dir() || fs::read_dir(dir).map_err(failed)?.next().is_some();
        if occupied {
            return Err(Error::new(ErrorKind::AlreadyExists, "exists and is not an empty folder")
                .on(object.clone())
                .hint("choose a new folder, or empty this one; `onefold init` overwrites nothing"));
        }
    }
    let mut written = Vec::new();
    let files = example.map_or(MINIMAL, |example| example.files);
    for (name, text) in files.iter().chain(&[(".gitignore", ".onefold/\n")]) {
        let path = dir.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        fs::write(&path, text).map_err(failed)?;
        written.push(path);
    }
    if let Some(example) = example {
        (example.data)(dir).map_err(failed)?;
    }
    Ok(written)
}

fn find(name: &str) -> Result<&'static Example> {
    EXAMPLES.iter().find(|example| example.name == name).ok_or_else(|| {
        let known = EXAMPLES.iter().map(|example| example.name).collect::<Vec<_>>().join(", ");
        Error::not_found("there is no such example")
            .on(format!("example {name}"))
            .hint(format!("the examples are: {known}"))
    })
}
