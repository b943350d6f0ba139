//! Results of measures of other values than text.

use arrow::array::ArrayRef;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};

/// The results as a scalar when all arguments were scalars.
pub(crate) fn finish(results: ArrayRef, args: &ScalarFunctionArgs) -> Result<ColumnarValue> {
    let scalars = args.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
    if scalars && !results.is_empty() {
        Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&results, 0)?))
    } else {
        Ok(ColumnarValue::Array(results))
    }
}
