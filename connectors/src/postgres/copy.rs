//! The rows of `COPY … TO STDOUT (FORMAT binary)` as batches.
//!
//! After a head of 11 bytes, flags and an extension, each row is its number of fields and the fields, each with its
//! length before it; a number of -1 ends the rows. A message is any part of that, mostly some whole rows.

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;

use super::decode::Decoder;
use super::fields::{Fields, length};
use crate::database::driver::Read;
use crate::{Error, Result};

const HEAD: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";

/// So many rows are decoded at a time, column by column, while they are near in memory.
const ROWS: usize = 512;

/// Turns bytes into batches.
pub(super) struct CopyReader {
    schema: SchemaRef,
    columns: Vec<Decoder>,
    batch_size: usize,
    /// Rows that are decoded.
    rows: usize,
    started: bool,
    /// The beginning of a row whose end has not arrived.
    rest: Vec<u8>,
    /// The number of rows that are there and not decoded.
    waiting: usize,
    /// Where their fields begin.
    places: Vec<u32>,
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
            waiting: 0,
            places: Vec::new(),
        })
    }

    /// Takes a message. Batches that became full are added to `out`.
    pub(super) fn push(&mut self, message: &[u8], out: &mut Vec<RecordBatch>) -> Result<()> {
        if self.rest.is_empty() {
            let read = self.read(message, out)?;
            self.rest.extend_from_slice(&message[read..]);
            return Ok(());
        }
        let mut bytes = std::mem::take(&mut self.rest);
        bytes.extend_from_slice(message);
        let read = self.read(&bytes, out)?;
        bytes.drain(..read);
        self.rest = bytes;
        Ok(())
    }

    /// Decodes all whole rows; how many bytes they are.
    fn read(&mut self, bytes: &[u8], out: &mut Vec<RecordBatch>) -> Result<usize> {
        if u32::try_from(bytes.len()).is_err() {
            return Err(Error::new("the answer has a row of more than 4 GB"));
        }
        let mut whole = 0;
        if !self.started {
            let Some(head) = head_length(bytes)? else { return Ok(0) };
            self.started = true;
            whole = head;
        }
        while self.next_row(bytes, &mut whole)? {
            if self.rows + self.waiting == self.batch_size {
                self.decode(bytes)?;
                out.push(self.batch()?);
            } else if self.waiting == ROWS {
                self.decode(bytes)?;
            }
        }
        self.decode(bytes)?;
        Ok(whole)
    }

    /// The rows that are left, if any.
    pub(super) fn finish(&mut self) -> Result<Option<RecordBatch>> {
        if !self.rest.is_empty() {
            return Err(Error::new("the answer ends in the middle of a row"));
        }
        if self.rows == 0 { Ok(None) } else { self.batch().map(Some) }
    }

    /// Notes the places of the fields of the row after `whole`, if all of it is there.
    fn next_row(&mut self, bytes: &[u8], whole: &mut usize) -> Result<bool> {
        let places = &mut self.places;
        let Some(fields) = bytes.get(*whole..).and_then(|b| b.first_chunk()) else {
            return Ok(false);
        };
        let Ok(fields) = usize::try_from(i16::from_be_bytes(*fields)) else {
            *whole = bytes.len();
            return Ok(false);
        };
        let (first, mut end) = (places.len(), *whole + 2);
        places.resize(first + fields, 0);
        for place in &mut places[first..] {
            *place = end as u32;
            // What has no length yet ends behind all that is there.
            end += 4 + length(bytes, end).unwrap_or(0).max(0) as usize;
        }
        let is_whole = end <= bytes.len();
        if is_whole && fields < self.columns.len() {
            return Err(Error::new("the answer has fewer columns than were asked for"));
        }
        places.truncate(if is_whole { first + self.columns.len() } else { first });
        if is_whole {
            *whole = end;
            self.waiting += 1;
        }
        Ok(is_whole)
    }

    fn decode(&mut self, bytes: &[u8]) -> Result<()> {
        let count = self.columns.len();
        for (place, column) in self.columns.iter_mut().enumerate() {
            column.take(Fields::new(bytes, &self.places, count, place))?;
        }
        self.places.clear();
        self.rows += std::mem::take(&mut self.waiting);
        Ok(())
    }

    fn batch(&mut self) -> Result<RecordBatch> {
        let columns = self.columns.iter_mut().map(Decoder::finish).collect::<Result<_>>()?;
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
