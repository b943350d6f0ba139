//! Columns of texts.

use std::sync::Arc;

use arrow::array::{ArrayRef, LargeStringArray, NullBufferBuilder, StringViewArray};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};

use super::decode::{Decoded, Wrong, malformed};
use super::fields::{Fields, length};
use super::numbers::append_validity;

/// So many bytes are copied at once. Most texts are not longer, so that their lengths make no difference.
const BLOCK: usize = 32;

/// What stands for a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The text.
    Plain,
    /// 16 bytes.
    Uuid,
    /// A version, which is 1, and the text.
    Jsonb,
}

/// An array of texts that grows, one behind the other. Whether they are UTF-8 is looked at when it is finished, in all of
/// them at once.
pub(super) struct Texts {
    form: Form,
    ends: Vec<i64>,
    data: Vec<u8>,
    valid: NullBufferBuilder,
    rows: usize,
}

impl Texts {
    /// For so many rows at first.
    pub(super) fn new(form: Form, rows: usize) -> Self {
        Self { form, ends: vec![0], data: Vec::new(), valid: NullBufferBuilder::new(rows), rows }
    }

    /// Takes values.
    pub(super) fn take(&mut self, fields: Fields<'_>) -> Decoded {
        if self.ends.len() == 1 {
            self.ends.reserve(self.rows);
        }
        match self.form {
            Form::Plain => self.take_plain(fields),
            Form::Uuid => self.take_each(fields, |data, value| {
                data.extend_from_slice(&uuid(value.try_into().map_err(|_| malformed())?));
                Ok(())
            })?,
            Form::Jsonb => self.take_each(fields, |data, value| match value {
                [1, json @ ..] => {
                    data.extend_from_slice(json);
                    Ok(())
                }
                _ => Err(malformed()),
            })?,
        }
        append_validity(&mut self.valid, fields);
        Ok(())
    }

    fn take_plain(&mut self, fields: Fields<'_>) {
        let bytes = fields.bytes();
        for place in fields.places() {
            let length = length(bytes, place).map_or(0, |length| length.max(0) as usize);
            let after = bytes.get(place + 4..).unwrap_or_default();
            match after.first_chunk::<BLOCK>() {
                Some(block) if length <= BLOCK => {
                    let end = self.data.len() + length;
                    self.data.extend_from_slice(block);
                    self.data.truncate(end);
                }
                _ => self.data.extend_from_slice(&after[..length]),
            }
            self.ends.push(self.data.len() as i64);
        }
    }

    fn take_each(&mut self, fields: Fields<'_>, take: impl Fn(&mut Vec<u8>, &[u8]) -> Decoded) -> Decoded {
        for value in fields.values() {
            value.map(|value| take(&mut self.data, value)).transpose()?;
            self.ends.push(self.data.len() as i64);
        }
        Ok(())
    }

    /// The array of what was taken since the last.
    pub(super) fn finish(&mut self) -> Decoded<ArrayRef> {
        let (data, ends) = (std::mem::take(&mut self.data), std::mem::replace(&mut self.ends, vec![0]));
        // The next texts are about as long.
        self.data.reserve(data.len() + data.len() / 8);
        let ends = OffsetBuffer::new(ScalarBuffer::from(ends));
        let texts = LargeStringArray::try_new(ends, data.into(), self.valid.finish());
        let texts = texts.map_err(|_| Wrong("has a text that is not UTF-8".to_owned(), None))?;
        Ok(Arc::new(StringViewArray::from(&texts)))
    }
}

fn uuid(bytes: [u8; 16]) -> [u8; 36] {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let (mut out, mut place) = ([b'-'; 36], 0);
    for (number, byte) in bytes.into_iter().enumerate() {
        place += usize::from(matches!(number, 4 | 6 | 8 | 10));
        out[place] = HEX[usize::from(byte >> 4)];
        out[place + 1] = HEX[usize::from(byte & 15)];
        place += 2;
    }
    out
}
