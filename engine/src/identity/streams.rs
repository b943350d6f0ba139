//! Batches that a refresh has or makes, as the streams that are written.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;

use crate::Result;

/// A stream that makes its batches when they are asked for.
pub fn stream(
    schema: SchemaRef,
    batches: impl IntoIterator<Item = Result<RecordBatch>, IntoIter: Send + 'static>,
) -> SendableRecordBatchStream {
    let batches = batches.into_iter().map(|batch| batch.map_err(DataFusionError::from));
    Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::iter(batches)))
}

/// A stream of one batch.
pub fn one(batch: RecordBatch) -> SendableRecordBatchStream {
    stream(batch.schema(), [Ok(batch)])
}
