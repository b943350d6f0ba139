//! The digest and the blocking keys of every record, by which the next run tells what has changed and what it could
//! match without reading all evidence again.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BinaryBuilder, Int64Array, RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};

use super::{count, number};
use crate::Result;
use crate::identity::blocking::keys::Keys;
use crate::identity::profile::{Profile, RECORD_KEY, RECORD_ORDER, SOURCE};
use crate::identity::records::RecordIndex;

/// The relation.
pub const RELATION: &str = "keys";

/// Its columns: the number of the record in its run, its source and key, the digest of all its columns, and the
/// hashed values of the blocking expressions, four bytes each, in the order of the plan.
pub fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new(RECORD_ORDER, DataType::Int64, false),
        Field::new(SOURCE, DataType::Utf8View, false),
        Field::new(RECORD_KEY, DataType::Utf8View, false),
        Field::new("digest", DataType::Int64, false),
        Field::new("keys", DataType::Binary, false),
    ]))
}

/// The rows of some records.
pub fn batch(
    sources: &[String],
    index: &RecordIndex,
    keys: &Keys,
    rows: std::ops::Range<usize>,
) -> Result<RecordBatch> {
    let records = || rows.clone().filter_map(|r| u32::try_from(r).ok());
    let source = |r: u32| sources[usize::from(index.source_of[r as usize])].as_str();
    let mut packed = BinaryBuilder::with_capacity(rows.len(), rows.len() * keys.width() * 4);
    let mut bytes = Vec::new();
    for record in records() {
        bytes.clear();
        bytes.extend(keys.row(record).iter().flat_map(|value| value.to_le_bytes()));
        packed.append_value(&bytes);
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(rows.clone().map(number))),
        Arc::new(StringViewArray::from_iter_values(records().map(source))),
        Arc::new(StringViewArray::from_iter_values(records().map(|r| index.key(r)))),
        Arc::new(Int64Array::from_iter_values(rows.clone().map(|r| index.digests[r].cast_signed()))),
        Arc::new(packed.finish()),
    ];
    Ok(RecordBatch::try_new(schema(), columns)?)
}

/// What was stored of the records of a run.
#[derive(Debug)]
pub struct StoredKeys {
    /// The records.
    pub index: RecordIndex,
    /// Their keys.
    pub keys: Keys,
}

impl StoredKeys {
    /// The records in these batches, whose order is of no matter; `None` if they are not those of a profile with
    /// these sources and of a plan with `width` expressions.
    pub fn read(profile: &Profile, mut batches: Vec<RecordBatch>, width: usize) -> Result<Option<Self>> {
        batches.retain(|b| b.num_rows() > 0);
        batches.sort_by_key(|b| b.column(0).as_primitive::<Int64Type>().value(0));
        let records = batches.iter().map(RecordBatch::num_rows).sum();
        let mut index = RecordIndex::with_sources(profile.sources.len());
        let mut keys = Keys::new(records, width)?;
        for batch in &batches {
            let orders = batch.column(0).as_primitive::<Int64Type>();
            // A reader may split a file, but gives each part of it in order.
            let follows = orders.values().iter().zip(index.len()..).all(|(order, n)| *order == number(n));
            if !follows {
                return Ok(None);
            }
            let packed = batch.column(4).as_binary::<i32>();
            let names = batch.column(1).as_string_view();
            let mut sources = Vec::with_capacity(batch.num_rows());
            for row in 0..batch.num_rows() {
                let Some(source) = profile.source_number(names.value(row)) else { return Ok(None) };
                sources.push(source);
                let bytes = packed.value(row);
                if bytes.len() != width * 4 {
                    return Ok(None);
                }
                let row_keys: Vec<u32> =
                    bytes.as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b)).collect();
                keys.set_row(count(orders.value(row))?, &row_keys);
            }
            let digests = batch.column(3).as_primitive::<Int64Type>();
            index.push(
                sources.into_iter(),
                batch.column(2).as_string_view().clone(),
                digests.values().iter().map(|d| d.cast_unsigned()),
            );
        }
        Ok(Some(Self { index, keys }))
    }
}
