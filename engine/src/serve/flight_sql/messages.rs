//! Batches as messages of gRPC whose bytes are the buffers of the columns. tonic would write each buffer twice: into the
//! body of a `FlightData`, and that into the body of the answer.

use arrow::array::{Array, RecordBatch};
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::{IpcWriteOptions, StreamEncoder};
use arrow_flight::{FlightData, SchemaAsIpc};
use bytes::{BufMut, Bytes, BytesMut};
use prost::Message as _;
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint, key_len};

use crate::{Error, Result};

/// The fields of `FlightData`, by `Flight.proto`.
const DATA_HEADER: u32 = 2;
const DATA_BODY: u32 = 1000;

/// A message of gRPC begins with whether it is compressed, and its length.
const PREFIX: usize = 5;

/// A message of the stream format of Arrow begins with a marker and the length of its header.
const MARKER: usize = 8;

/// Shorter buffers are copied: each piece becomes a frame of its own.
const SHORT: usize = 4096;

/// Clients refuse messages that are much larger.
const LARGEST: usize = 2 << 20;

/// The bytes of a message, piece after piece.
pub(super) type Message = Vec<Bytes>;

/// Writes the batches of one answer.
pub(super) struct Encoder(StreamEncoder);

impl Encoder {
    /// For plain columns; a dictionary would be a message that nobody sends.
    ///
    /// # Errors
    /// If a column cannot be sent.
    pub(super) fn new(schema: &SchemaRef) -> Result<Self> {
        let mut encoder = StreamEncoder::try_new(schema)?;
        // The first batch would come with the schema.
        encoder.encode(&RecordBatch::new_empty(SchemaRef::clone(schema)))?;
        Ok(Self(encoder))
    }

    /// The message before all batches.
    ///
    /// # Errors
    /// If its length has no place in a message.
    pub(super) fn schema(&self, schema: &SchemaRef) -> Result<Message> {
        let options = IpcWriteOptions::default();
        let data = FlightData::from(SchemaAsIpc::new(schema, &options));
        let mut message = BytesMut::with_capacity(PREFIX + data.encoded_len());
        prefix(&mut message, data.encoded_len())?;
        data.encode_raw(&mut message);
        Ok(vec![message.freeze()])
    }

    /// The messages of a batch; none if it has no rows.
    ///
    /// # Errors
    /// If a row is larger than a message can be.
    pub(super) fn batches(&mut self, batch: &RecordBatch) -> Result<Vec<Message>> {
        let size = |column: &dyn Array| column.to_data().get_slice_memory_size();
        let sizes = batch.columns().iter().map(|column| size(column)).sum::<Result<usize, _>>()?;
        let rows = batch.num_rows().div_ceil(sizes.div_ceil(LARGEST).max(1));
        let starts = (0..batch.num_rows()).step_by(rows.max(1));
        starts.map(|start| self.batch(&batch.slice(start, rows.min(batch.num_rows() - start)))).collect()
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<Message> {
        let mut buffers = self.0.encode(batch)?.into_iter();
        let marker = buffers.next();
        let length = marker.as_deref().and_then(|marker| marker.get(MARKER / 2..MARKER));
        let length = length.and_then(|length| length.try_into().ok()).map(u32::from_le_bytes);
        let Some(length) = length else {
            return Err(Error::internal("a batch has no header"));
        };
        let header_len = length as usize;
        let mut header = Vec::with_capacity(header_len);
        while header.len() < header_len {
            let Some(piece) = buffers.next() else { break };
            header.extend_from_slice(&piece);
        }
        let body: Vec<Buffer> = buffers.collect();
        message(&header, body)
    }
}

struct Owned(Buffer);

impl AsRef<[u8]> for Owned {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// A `FlightData` of a header and a body.
fn message(header: &[u8], body: Vec<Buffer>) -> Result<Message> {
    let body_len = body.iter().map(Buffer::len).sum::<usize>();
    let field_len = |tag, len: usize| key_len(tag) + encoded_len_varint(len as u64) + len;
    let len = field_len(DATA_HEADER, header.len()) + field_len(DATA_BODY, body_len);
    let mut pieces = Vec::with_capacity(body.len() + 1);
    let mut short = BytesMut::with_capacity(PREFIX + len - body_len + SHORT);
    prefix(&mut short, len)?;
    encode_key(DATA_HEADER, WireType::LengthDelimited, &mut short);
    encode_varint(header.len() as u64, &mut short);
    short.put_slice(header);
    encode_key(DATA_BODY, WireType::LengthDelimited, &mut short);
    encode_varint(body_len as u64, &mut short);
    for buffer in body {
        if buffer.len() < SHORT {
            short.put_slice(&buffer);
        } else {
            if !short.is_empty() {
                pieces.push(short.split().freeze());
            }
            pieces.push(Bytes::from_owner(Owned(buffer)));
        }
    }
    if !short.is_empty() {
        pieces.push(short.freeze());
    }
    Ok(pieces)
}

fn prefix(message: &mut BytesMut, len: usize) -> Result<()> {
    let Ok(len) = u32::try_from(len) else {
        return Err(Error::invalid("a row is larger than 4 GB").hint("ask for less of it"));
    };
    message.put_u8(0);
    message.put_u32(len);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, BooleanArray, Int64Array, ListArray, StringArray};
    use arrow::datatypes::Int32Type;
    use arrow_flight::decode::FlightRecordBatchStream;
    use futures::TryStreamExt;

    use super::*;

    /// What a client reads of messages.
    async fn received(messages: Vec<Message>) -> Vec<RecordBatch> {
        let data = messages.into_iter().map(|message| {
            let bytes = message.concat();
            let len = u32::from_be_bytes(bytes[1..PREFIX].try_into().unwrap()) as usize;
            assert_eq!((bytes[0], len), (0, bytes.len() - PREFIX));
            Ok(FlightData::decode(&bytes[PREFIX..]).unwrap())
        });
        let data = futures::stream::iter(data.collect::<Vec<_>>());
        FlightRecordBatchStream::new_from_flight_data(data).try_collect().await.unwrap()
    }

    fn batch(rows: i64) -> RecordBatch {
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter((0..rows).map(|n| (n % 7 > 0).then_some(n))));
        let texts = (0..rows).map(|n| (n % 5 > 0).then(|| format!("text no. {n} é")));
        let lists = (0..rows).map(|n| Some((0..n % 3).map(|n| Some(n as i32)).collect::<Vec<_>>()));
        RecordBatch::try_from_iter_with_nullable([
            ("n", numbers, true),
            ("t", Arc::new(StringArray::from_iter(texts)) as ArrayRef, true),
            ("b", Arc::new(BooleanArray::from_iter((0..rows).map(|n| Some(n % 2 > 0)))), true),
            ("l", Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists)), true),
        ])
        .unwrap()
    }

    #[tokio::test]
    async fn a_client_reads_what_was_sent() {
        let rows = batch(200_000);
        // Slices whose bits do not begin with a byte, without rows, and larger than a message.
        let sent = [rows.slice(3, 10_001), rows.slice(5, 0), rows.slice(77, 1), rows.clone()];
        let mut encoder = Encoder::new(&rows.schema()).unwrap();
        let mut messages = vec![encoder.schema(&rows.schema()).unwrap()];
        for batch in &sent {
            messages.extend(encoder.batches(batch).unwrap());
        }
        assert!(
            messages.iter().all(|message| message.iter().map(Bytes::len).sum::<usize>() < LARGEST * 5 / 4)
        );
        assert_eq!(messages.len(), 1 + 1 + 1 + 4);
        let back = received(messages).await;
        let schema = rows.schema();
        let back = arrow::compute::concat_batches(&schema, &back).unwrap();
        assert_eq!(back, arrow::compute::concat_batches(&schema, &sent).unwrap());
    }

    #[tokio::test]
    async fn rows_without_columns_are_counted() {
        let schema = SchemaRef::new(arrow::datatypes::Schema::empty());
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(3));
        let rows = RecordBatch::try_new_with_options(Arc::clone(&schema), Vec::new(), &options).unwrap();
        let mut encoder = Encoder::new(&schema).unwrap();
        let mut messages = vec![encoder.schema(&schema).unwrap()];
        messages.extend(encoder.batches(&rows).unwrap());
        assert_eq!(received(messages).await[0].num_rows(), 3);
    }
}
