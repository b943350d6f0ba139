//! A file's bytes, decompressed, in pieces.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::{GetOptions, GetRange, GetResultPayload, ObjectMeta, ObjectStore, ObjectStoreExt};

use super::listing::TableFile;
use crate::store::explain;
use crate::{Error, Result};

/// A stream of bytes.
pub(super) type Chunks = BoxStream<'static, Result<Bytes>>;

/// So much of a local file is read at once.
const CHUNK: usize = 256 << 10;

/// Opens a file, at least from one offset to another if these are given; a compressed file is read as a whole.
/// Fails when it is no longer the version that was listed.
pub(super) async fn chunks(
    store: &Arc<dyn ObjectStore>,
    meta: &ObjectMeta,
    compression: FileCompressionType,
    from: Option<u64>,
    until: Option<u64>,
) -> Result<Chunks> {
    if meta.size == 0 {
        return Ok(stream::empty().boxed());
    }
    let offset = from.unwrap_or(0);
    let range = match until {
        Some(until) => Some(GetRange::Bounded(offset..until.min(meta.size))),
        None => from.map(GetRange::Offset),
    };
    let options = GetOptions { if_match: meta.e_tag.clone(), range, ..GetOptions::default() };
    let location = meta.location.clone();
    let result = match store.get_opts(&location, options).await {
        Ok(result) => result,
        Err(object_store::Error::Precondition { .. }) => return Err(changed(location.as_ref())),
        Err(error) => return Err(explain(&error, location.as_ref())),
    };
    let name = location.to_string();
    match result.payload {
        GetResultPayload::File(mut file, _) => {
            if offset > 0 {
                file.seek(SeekFrom::Start(offset)).map_err(|error| broken(&name, &error))?;
            }
            let listed =
                Listed { file: file.try_clone().map_err(|error| broken(&name, &error))?, meta: meta.clone() };
            let file = file.take(meta.size.saturating_sub(offset));
            let reader = compression.convert_read(file).map_err(|error| broken(&name, &error))?;
            Ok(local(reader, listed, name).boxed())
        }
        GetResultPayload::Stream(bytes) => {
            let bytes = bytes.map_err(datafusion::error::DataFusionError::from).boxed();
            let bytes = compression.convert_stream(bytes).map_err(|error| broken(&name, &error))?;
            Ok(bytes.map_err(move |error| broken(&name, &error)).boxed())
        }
    }
}

/// The error of a file that is not what it was when it was listed.
pub(super) fn changed(file: &str) -> Error {
    Error::new(format!("{file} changed while it was read")).hint("run the statement again")
}

/// A local file, which may be written to while it is read.
struct Listed {
    file: File,
    meta: ObjectMeta,
}

impl Listed {
    /// Whether it is still what was listed.
    fn is_unchanged(&self) -> bool {
        let now = self.file.metadata().and_then(|now| Ok((now.len(), now.modified()?)));
        now.is_ok_and(|(size, modified)| {
            size == self.meta.size && DateTime::<Utc>::from(modified) == self.meta.last_modified
        })
    }
}

fn local(
    reader: Box<dyn Read + Send>,
    listed: Listed,
    name: String,
) -> impl futures::Stream<Item = Result<Bytes>> {
    stream::try_unfold((reader, listed, name), |(mut reader, listed, name)| async move {
        let mut chunk = vec![0; CHUNK];
        let mut filled = 0;
        while filled < CHUNK {
            match reader.read(&mut chunk[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) if !listed.is_unchanged() => return Err(changed(&name)),
                Err(error) => return Err(broken(&name, &error)),
            }
        }
        if !listed.is_unchanged() {
            return Err(changed(&name));
        }
        chunk.truncate(filled);
        Ok((filled > 0).then(|| (Bytes::from(chunk), (reader, listed, name))))
    })
}

fn broken(file: &str, error: &dyn std::fmt::Display) -> Error {
    Error::new(format!("{file} cannot be read: {error}"))
}

/// The first bytes of a file, to tell what it is.
pub(super) async fn beginning(store: &Arc<dyn ObjectStore>, file: &TableFile) -> Result<Bytes> {
    let length = file.meta.size.min(16);
    if length == 0 {
        return Ok(Bytes::new());
    }
    let bytes = store.get_range(&file.meta.location, 0..length).await;
    bytes.map_err(|error| explain(&error, &file.path))
}
