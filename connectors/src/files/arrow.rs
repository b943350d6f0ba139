//! Arrow IPC files, of the file format and of the stream format.

use std::io::Cursor;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use arrow::ipc::reader::StreamReader;
use datafusion::datasource::physical_plan::{ArrowSource, FileSource};
use datafusion::datasource::table_schema::TableSchema;
use object_store::{ObjectStore, ObjectStoreExt};

use super::bytes::beginning;
use super::listing::TableFile;
use crate::store::explain;
use crate::{Error, Result};

/// How files of the file format begin; after padding the schema follows as it does in a stream.
const MAGIC: &[u8] = b"ARROW1";

/// The two formats of Arrow files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    File,
    Stream,
}

impl Layout {
    /// The layout and the schema of a table's files.
    ///
    /// # Errors
    /// A file cannot be read, is not Arrow, or differs from the others.
    pub(super) async fn examine(
        store: &Arc<dyn ObjectStore>,
        files: &[TableFile],
    ) -> Result<(Self, SchemaRef)> {
        let mut all: Option<(Self, SchemaRef)> = None;
        for file in files {
            let layout =
                if beginning(store, file).await?.starts_with(MAGIC) { Self::File } else { Self::Stream };
            let found = (layout, Arc::new(schema(store, file, layout).await?));
            match &all {
                None => all = Some(found),
                Some(first) if *first == found => {}
                Some(_) => {
                    let message = format!("{} and {} do not have the same columns", files[0].path, file.path);
                    return Err(
                        Error::new(message).hint("name a narrower location, and UNION the tables in a view")
                    );
                }
            }
        }
        all.ok_or_else(|| Error::new("the table has no files"))
    }

    /// The scan.
    pub(super) fn source(self, schema: TableSchema) -> Arc<dyn FileSource> {
        match self {
            Self::File => Arc::new(ArrowSource::new_file_source(schema)),
            Self::Stream => Arc::new(ArrowSource::new_stream_file_source(schema)),
        }
    }
}

/// Reads as much of a file's beginning as its schema needs.
async fn schema(store: &Arc<dyn ObjectStore>, file: &TableFile, layout: Layout) -> Result<Schema> {
    let mut length = 64 << 10;
    loop {
        let bytes = store.get_range(&file.meta.location, 0..file.meta.size.min(length)).await;
        let bytes = bytes.map_err(|error| explain(&error, &file.path))?;
        let begin = match layout {
            Layout::File => {
                MAGIC.len() + bytes.iter().skip(MAGIC.len()).take_while(|byte| **byte == 0).count()
            }
            Layout::Stream => 0,
        };
        match StreamReader::try_new(Cursor::new(bytes.get(begin..).unwrap_or_default()), None) {
            Ok(reader) => return Ok(reader.schema().as_ref().clone()),
            Err(_) if length < file.meta.size && length < 64 << 20 => length *= 8,
            Err(error) => {
                return Err(Error::new(format!("{} cannot be read as Arrow: {error}", file.path))
                    .hint("check that the file is complete; another format is named by the option format"));
            }
        }
    }
}
