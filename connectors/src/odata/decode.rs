//! Rows of JSON as batches.

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::json::ReaderBuilder;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::types::is_label;
use crate::database::table::RemoteColumn;
use crate::{Error, Result};

/// One page.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Page {
    pub(super) value: Vec<Map<String, Value>>,
    #[serde(rename = "@odata.nextLink", alias = "@nextLink")]
    pub(super) next: Option<String>,
    /// Where the changes after these begin, if they are kept and this is the last page.
    #[serde(rename = "@odata.deltaLink", alias = "@deltaLink")]
    pub(super) delta: Option<String>,
}

impl Page {
    pub(super) fn read(body: &[u8]) -> Result<Self> {
        serde_json::from_slice(body).map_err(|e| {
            // Some services say what went wrong with a status that says that all is well.
            let said = serde_json::from_slice::<Value>(body).ok();
            let said = said.as_ref().and_then(|answer| answer.pointer("/error/message")?.as_str());
            match said {
                Some(message) => Error::new(format!("the service answers with an error: {message}"))
                    .hint("try again later; nothing of the rows before is kept"),
                None => Error::new(format!("the answer is no page of OData: {e}"))
                    .hint("check that the url is the address of an OData v4 service"),
            }
        })
    }
}

/// The rows in the columns of a schema.
///
/// # Errors
/// A value is not of its column's type.
pub(super) fn batch(
    rows: Vec<Map<String, Value>>,
    columns: &[RemoteColumn],
    schema: &SchemaRef,
) -> Result<RecordBatch> {
    let count = rows.len();
    if columns.is_empty() {
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(count));
        return RecordBatch::try_new_with_options(SchemaRef::clone(schema), vec![], &options)
            .map_err(|e| Error::new(e.to_string()));
    }
    let rows: Vec<Map<String, Value>> = rows.into_iter().map(|mut row| of_row(&mut row, columns)).collect();
    let failed = |e: arrow::error::ArrowError| {
        Error::new(format!("a value is not of the type that $metadata says: {e}"))
            .hint("leave the column out, or tell whoever runs the service")
    };
    let mut decoder = ReaderBuilder::new(SchemaRef::clone(schema))
        .with_batch_size(count.max(1))
        .with_coerce_primitive(true)
        .build_decoder()
        .map_err(failed)?;
    decoder.serialize(&rows).map_err(failed)?;
    let batch = decoder.flush().map_err(failed)?;
    Ok(batch.unwrap_or_else(|| RecordBatch::new_empty(SchemaRef::clone(schema))))
}

fn of_row(row: &mut Map<String, Value>, columns: &[RemoteColumn]) -> Map<String, Value> {
    let value = |column: &RemoteColumn| {
        // A column and its label may both be asked for, and neither is taken out of the other's place.
        let value = row.get(column.read.as_str()).cloned().unwrap_or(Value::Null);
        let value = match value {
            value if is_label(column) => value,
            structure @ (Value::Object(_) | Value::Array(_)) if column.data_type == DataType::Utf8 => {
                Value::String(structure.to_string())
            }
            value => value,
        };
        (column.name.clone(), value)
    };
    columns.iter().map(value).collect()
}
