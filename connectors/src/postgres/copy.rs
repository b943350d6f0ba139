//! The rows of `COPY … TO STDOUT (FORMAT binary)` as batches.
//!
//! After a head of 11 bytes, flags and an extension, each row is its number of fields and the fields, each with its
//! length before it; a number of -1 ends the rows. A message mostly is one row, but need not be.

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;

use super::decode::Decoder;
use crate::database::driver::Read;
use crate::{Error, Result};

const HEAD: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";

/// Turns bytes into batches.
pub(super) struct CopyReader {
    schema: SchemaRef,
    columns: Vec<Decoder>,
    batch_size: usize,
    rows: usize,
    started: bool,
    /// The beginning of a row whose end has not arrived.
    rest: Vec<u8>,
}

impl CopyReader {
    pub(super) fn new(read: &Read) -> Result<Self> {
        let columns = read.columns.iter().map(|column| Decoder::new(column, read.batch_size));
        Ok(Self {
            schema: read.schema.clone(),
            columns: columns.collect::<Result<_>>()?,
            batch_size: read.batch_size,
            rows: 0,
            started: false,
            rest: Vec::new(),
        })
    }

    /// Takes a message. Batches that became full are added to `out`.
    pub(super) fn push(&mut self, message: &[u8], out: &mut Vec<RecordBatch>) -> Result<()> {
        if self.rest.is_empty() {
            let taken = self.take(message, out)?;
            self.rest.extend_from_slice(&message[taken..]);
            return Ok(());
        }
        let mut bytes = std::mem::take(&mut self.rest);
        bytes.extend_from_slice(message);
        let taken = self.take(&bytes, out)?;
        bytes.drain(..taken);
        self.rest = bytes;
        Ok(())
    }

    /// The rows that are left, if any.
    pub(super) fn finish(&mut self) -> Result<Option<RecordBatch>> {
        if !self.rest.is_empty() {
            return Err(Error::new("the answer ends in the middle of a row"));
        }
        if self.rows == 0 { Ok(None) } else { self.batch().map(Some) }
    }

    /// Decodes whole rows, and tells how many bytes these were.
    fn take(&mut self, bytes: &[u8], out: &mut Vec<RecordBatch>) -> Result<usize> {
        let mut taken = 0;
        if !self.started {
            let Some(head) = head_length(bytes)? else { return Ok(0) };
            self.started = true;
            taken = head;
        }
        while let Some((fields, end)) = row(&bytes[taken..]) {
            if fields < 0 {
                return Ok(bytes.len());
            }
            self.decode(&bytes[taken + 2..taken + end])?;
            taken += end;
            if self.rows == self.batch_size {
                out.push(self.batch()?);
            }
        }
        Ok(taken)
    }

    fn decode(&mut self, mut fields: &[u8]) -> Result<()> {
        for column in &mut self.columns {
            let short = || Error::new("the answer has fewer columns than were asked for");
            let (length, after) = fields.split_first_chunk::<4>().ok_or_else(short)?;
            match usize::try_from(i32::from_be_bytes(*length)) {
                Ok(length) => {
                    let (value, after) = after.split_at_checked(length).ok_or_else(short)?;
                    column.push(Some(value))?;
                    fields = after;
                }
                Err(_) => {
                    column.push(None)?;
                    fields = after;
                }
            }
        }
        self.rows += 1;
        Ok(())
    }

    fn batch(&mut self) -> Result<RecordBatch> {
        let columns = self.columns.iter_mut().map(Decoder::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(std::mem::take(&mut self.rows)));
        RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)
            .map_err(|e| Error::new(format!("the rows do not fit their table: {e}")))
    }
}

/// The length of the head, once it is there.
fn head_length(bytes: &[u8]) -> Result<Option<usize>> {
    if bytes.len() < HEAD.len() + 8 {
        return Ok(None);
    }
    if !bytes.starts_with(HEAD) {
        return Err(Error::new("the answer is not in COPY's binary form"));
    }
    let extension = bytes.get(15..19).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes);
    let length = HEAD.len() + 8 + extension.unwrap_or(0) as usize;
    Ok((bytes.len() >= length).then_some(length))
}

/// The number of fields of a row and its end, if all of it is there.
fn row(bytes: &[u8]) -> Option<(i16, usize)> {
    let fields = i16::from_be_bytes(*bytes.first_chunk::<2>()?);
    let mut end = 2;
    for _ in 0..fields.max(0) {
        let length = bytes.get(end..end + 4)?.try_into().ok().map(i32::from_be_bytes)?;
        end += 4 + usize::try_from(length).unwrap_or(0);
    }
    (end <= bytes.len()).then_some((fields, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::table::{Compare, RemoteColumn};
    use crate::postgres::types;
    use arrow::array::AsArray;
    use arrow::datatypes::{DataType, Field, Int32Type, Schema};
    use std::sync::Arc;

    fn answer() -> Vec<u8> {
        let mut bytes = [&HEAD[..], &[0; 8]].concat();
        for number in [Some(7i32), None, Some(-1)] {
            bytes.extend(1i16.to_be_bytes());
            bytes.extend(number.map_or(-1i32, |_| 4).to_be_bytes());
            bytes.extend(number.into_iter().flat_map(i32::to_be_bytes));
        }
        bytes.extend((-1i16).to_be_bytes());
        bytes
    }

    #[test]
    fn messages_may_end_anywhere() {
        let column = RemoteColumn {
            name: "n".to_owned(),
            data_type: DataType::Int32,
            nullable: true,
            read: "n".to_owned(),
            compare: Compare::Integer,
            wire: types::INT4,
        };
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int32, true)]));
        let bytes = answer();
        for size in 1..bytes.len() {
            let read = Read {
                sql: String::new(),
                columns: vec![column.clone()],
                schema: Arc::clone(&schema),
                batch_size: 2,
                snapshot: None,
            };
            let (mut reader, mut batches) = (CopyReader::new(&read).unwrap(), Vec::new());
            bytes.chunks(size).for_each(|chunk| reader.push(chunk, &mut batches).unwrap());
            batches.extend(reader.finish().unwrap());
            let of =
                |batch: &RecordBatch| batch.column(0).as_primitive::<Int32Type>().iter().collect::<Vec<_>>();
            let found: Vec<_> = batches.iter().map(of).collect();
            assert_eq!(found, [vec![Some(7), None], vec![Some(-1)]]);
        }
    }
}
