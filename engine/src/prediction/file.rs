//! The file of a model that was learned elsewhere.

use onefold_connectors::Options;
use onefold_connectors::object::Object;
use sha2::{Digest, Sha256};

use super::method::{Method, find};
use super::options;
use crate::catalog::object::folded;
use crate::engine::Engine;
use crate::sql::CreatePrediction;
use crate::{Error, Result};

/// Larger files are refused.
const MOST: u64 = 1 << 30;

/// A file that was read.
#[derive(Debug)]
pub struct File {
    /// Its path or URL.
    pub path: String,
    /// Its contents.
    pub contents: Vec<u8>,
    /// The SHA-256 digest of its contents.
    pub digest: String,
}

impl File {
    /// Reads the file of a method that has one.
    ///
    /// # Errors
    /// It does not exist or cannot be read.
    pub(super) async fn of(engine: &Engine, method: &dyn Method, options: &Options) -> Result<Option<Self>> {
        let Some((object, path)) = found(engine, method, options)? else { return Ok(None) };
        let contents = object.read(MOST).await.map_err(|e| on(e, method))?;
        let digest = Sha256::digest(&contents).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Some(Self { path, contents, digest }))
    }
}

/// The path of a definition's file, and what changes whenever the file does.
///
/// # Errors
/// It does not exist or cannot be read.
pub async fn version_of_file(engine: &Engine, create: &CreatePrediction) -> Result<Option<(String, String)>> {
    let method = find(&folded(&create.method))?;
    if method.file().is_none() {
        return Ok(None);
    }
    let options = options::check(method, &create.options)?;
    let Some((object, path)) = found(engine, method, &options)? else { return Ok(None) };
    let version = object.version().await.map_err(|e| on(e, method))?;
    Ok(Some((path, version)))
}

fn found(engine: &Engine, method: &dyn Method, options: &Options) -> Result<Option<(Object, String)>> {
    let Some(path) = method.file().and_then(|option| options.text(option)) else { return Ok(None) };
    let object = Object::find(path, &engine.project().dir, options).map_err(|e| on(e, method))?;
    Ok(Some((object, path.to_owned())))
}

fn on(error: onefold_connectors::Error, method: &dyn Method) -> Error {
    Error::from(error).on(format!("option {}", method.file().unwrap_or_default()))
}
