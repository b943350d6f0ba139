//! How the columns of a file are encoded: by the values that it begins with.
//!
//! A dictionary makes a column small and fast to filter whose values repeat, and is wasted work for keys, digests and
//! weights, where each value is another one.

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::DataType;
use datafusion::common::hash_utils::{RandomState, create_hashes};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use crate::error::{Error, Result};

/// A row group is what a reader takes at a time and skips as a whole: small enough that two cores share a
/// table of a million rows, large enough to compress well.
pub(super) const ROW_GROUP_ROWS: usize = 256 << 10;

/// Wide rows close a row group earlier, so that a writer's memory stays bounded.
const ROW_GROUP_BYTES: usize = 128 << 20;

/// So many values are looked at.
const SAMPLE: usize = 4096;
/// Fewer say too little.
const LEAST_SAMPLE: usize = 512;
/// From this share of different ones on a column has no dictionary.
const DIFFERENT: f64 = 0.7;

/// The properties of a file that begins with this batch.
pub(super) fn properties(first: &RecordBatch) -> Result<WriterProperties> {
    let level = ZstdLevel::try_new(1).map_err(|e| Error::internal(e.to_string()))?;
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_created_by(format!("onefold {}", env!("CARGO_PKG_VERSION")))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_max_row_group_bytes(Some(ROW_GROUP_BYTES));
    for (field, values) in first.schema().fields().iter().zip(first.columns()) {
        if field.data_type().is_nested() || !are_different(values)? {
            continue;
        }
        let column = ColumnPath::new(vec![field.name().clone()]);
        properties = properties.set_column_dictionary_enabled(column.clone(), false);
        if matches!(field.data_type(), DataType::Int32 | DataType::Int64) {
            properties = properties.set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
        }
    }
    Ok(properties.build())
}

/// Whether hardly any value of a column occurs twice.
fn are_different(values: &dyn Array) -> Result<bool> {
    let sample = values.slice(0, values.len().min(SAMPLE));
    let present = sample.len() - sample.null_count();
    if present < LEAST_SAMPLE {
        return Ok(false);
    }
    let mut hashes = vec![0; sample.len()];
    create_hashes([&sample], &RandomState::with_seed(0), &mut hashes)?;
    hashes.sort_unstable();
    hashes.dedup();
    Ok(hashes.len() as f64 >= DIFFERENT * present as f64)
}
