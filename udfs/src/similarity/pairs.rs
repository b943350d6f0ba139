//! Evaluating a symmetric measure on pairs of texts.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, BooleanArray, PrimitiveArray};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};

use crate::text::Texts;

/// The two text arguments of a symmetric measure.
///
/// A scalar is one row that stands for all, and comes first when only one argument is a scalar, so that
/// what a measure prepares for the first text is prepared once.
#[derive(Debug)]
pub(crate) struct Pairs {
    first: ArrayRef,
    second: ArrayRef,
    first_is_scalar: bool,
    scalars: bool,
}

impl Pairs {
    pub(crate) fn try_new(function: &str, args: &ScalarFunctionArgs) -> Result<Self> {
        let [left, right, ..] = args.args.as_slice() else {
            return exec_err!("{function} compares two texts");
        };
        let (first, second) = match (left, right) {
            (ColumnarValue::Array(_), ColumnarValue::Scalar(_)) => (right, left),
            _ => (left, right),
        };
        Ok(Self {
            first: column(first)?,
            second: column(second)?,
            first_is_scalar: matches!(first, ColumnarValue::Scalar(_)),
            scalars: matches!(second, ColumnarValue::Scalar(_)),
        })
    }

    /// Applies `measure` to each pair; NULL when one of the texts is, or when there is no result.
    pub(crate) fn map<'a, T: ArrowPrimitiveType>(
        &'a self,
        measure: impl FnMut(&'a str, &'a str) -> Option<T::Native>,
    ) -> Result<ColumnarValue> {
        self.finish(Arc::new(self.results(measure)?.collect::<PrimitiveArray<T>>()))
    }

    /// As [`Self::map`], of a predicate.
    pub(crate) fn map_boolean<'a>(
        &'a self,
        predicate: impl FnMut(&'a str, &'a str) -> Option<bool>,
    ) -> Result<ColumnarValue> {
        self.finish(Arc::new(self.results(predicate)?.collect::<BooleanArray>()))
    }

    fn results<'a, T>(
        &'a self,
        mut measure: impl FnMut(&'a str, &'a str) -> Option<T>,
    ) -> Result<impl Iterator<Item = Option<T>>> {
        let (first, second) = (Texts::try_new(&self.first)?, Texts::try_new(&self.second)?);
        Ok((0..self.second.len()).map(move |row| {
            let first = first.get(if self.first_is_scalar { 0 } else { row })?;
            measure(first, second.get(row)?)
        }))
    }

    /// Results of one row per pair, as a scalar when both arguments were.
    fn finish(&self, results: ArrayRef) -> Result<ColumnarValue> {
        Ok(match self.scalars {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&results, 0)?),
            false => ColumnarValue::Array(results),
        })
    }
}

fn column(value: &ColumnarValue) -> Result<ArrayRef> {
    match value {
        ColumnarValue::Array(array) => Ok(Arc::clone(array)),
        ColumnarValue::Scalar(scalar) => scalar.to_array(),
    }
}
