//! Errors of the layers below, said as what the user can do about them.

use std::error::Error as StdError;
use std::io;

use crate::error::Error;

/// The causes with a remedy of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    DiskFull,
    Denied,
    NoCredentials,
    Other,
}

/// An error about `object` in the warehouse at `location`.
pub(super) fn failure(object: &str, location: &str, error: &(dyn StdError + 'static)) -> Error {
    let text = error.to_string();
    match cause(error, &text) {
        Cause::DiskFull => Error::storage("the disk of the warehouse is full").hint(format!(
            "free space under {location}, or set warehouse.location in onefold.toml to a larger disk, and run again; \
             the state before this run is unchanged"
        )),
        Cause::Denied => Error::storage(format!("no permission: {text}"))
            .hint(format!("give this user the right to read and write under {location}")),
        Cause::NoCredentials => Error::storage(text).hint(format!(
            "{location} refused the credentials; set them in the environment or in the options of the warehouse"
        )),
        Cause::Other => Error::storage(text),
    }
    .on(object)
}

fn cause(error: &(dyn StdError + 'static), text: &str) -> Cause {
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(current) = next {
        match current.downcast_ref::<object_store::Error>() {
            Some(object_store::Error::PermissionDenied { .. }) => return Cause::Denied,
            Some(object_store::Error::Unauthenticated { .. }) => return Cause::NoCredentials,
            _ => {}
        }
        next = current.source();
        if let Some(io) = current.downcast_ref::<io::Error>() {
            match io.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => return Cause::DiskFull,
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => return Cause::Denied,
                _ => {}
            }
            next = io.get_ref().map(|inner| inner as &(dyn StdError + 'static)).or(next);
        }
    }
    // Some layers keep only the text of the error below.
    if text.contains("No space left on device") {
        Cause::DiskFull
    } else if text.contains("Permission denied") || text.contains("Read-only file system") {
        Cause::Denied
    } else {
        Cause::Other
    }
}
