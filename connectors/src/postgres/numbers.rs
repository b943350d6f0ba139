//! Columns of values of one size.

use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowPrimitiveType, NullBufferBuilder, PrimitiveArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType;

use super::decode::{Decoded, malformed};
use super::fields::{Fields, length};

/// An array of numbers that grows.
pub(super) struct Numbers<T: ArrowPrimitiveType> {
    values: Vec<T::Native>,
    valid: NullBufferBuilder,
    data_type: DataType,
    rows: usize,
}

impl<T: ArrowPrimitiveType> Numbers<T> {
    /// For so many rows at first.
    pub(super) fn new(data_type: &DataType, rows: usize) -> Self {
        Self { values: Vec::new(), valid: NullBufferBuilder::new(rows), data_type: data_type.clone(), rows }
    }

    /// Takes values of `N` bytes.
    pub(super) fn take<const N: usize>(
        &mut self,
        fields: Fields<'_>,
        read: impl Fn([u8; N]) -> T::Native,
    ) -> Decoded {
        self.reserve();
        let (bytes, mut wrong) = (fields.bytes(), false);
        // Without a branch on NULL, which cannot be foreseen.
        self.values.extend(fields.places().map(|place| {
            let length = length(bytes, place).unwrap_or(-1);
            let value = bytes.get(place + 4..).and_then(|b| b.first_chunk()).unwrap_or(&[0; N]);
            wrong |= length >= 0 && length as usize != N;
            if length < 0 { T::Native::default() } else { read(*value) }
        }));
        if wrong {
            return Err(malformed());
        }
        append_validity(&mut self.valid, fields);
        Ok(())
    }

    /// Takes values that may not be readable.
    pub(super) fn try_take(
        &mut self,
        fields: Fields<'_>,
        read: impl Fn(&[u8]) -> Decoded<T::Native>,
    ) -> Decoded {
        self.reserve();
        for value in fields.values() {
            self.values.push(value.map(&read).transpose()?.unwrap_or_default());
        }
        append_validity(&mut self.valid, fields);
        Ok(())
    }

    fn reserve(&mut self) {
        if self.values.capacity() == 0 {
            self.values.reserve(self.rows);
        }
    }

    /// The array of what was taken since the last.
    pub(super) fn finish(&mut self) -> ArrayRef {
        let values = std::mem::take(&mut self.values);
        let array = PrimitiveArray::<T>::new(values.into(), self.valid.finish());
        Arc::new(array.with_data_type(self.data_type.clone()))
    }
}

/// Notes which fields are NULL.
pub(super) fn append_validity(valid: &mut NullBufferBuilder, fields: Fields<'_>) {
    let found = NullBuffer::new(fields.bits(|bytes, place| length(bytes, place).is_some_and(|n| n >= 0)));
    match found.null_count() {
        0 => valid.append_n_non_nulls(fields.len()),
        _ => valid.append_buffer(&found),
    }
}
