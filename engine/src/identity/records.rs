//! Records: all sources in one stream, numbered in order of source and key.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringViewArray, UInt32Array,
};
use arrow::compute::{cast, concat_batches, filter_record_batch, take};
use arrow::datatypes::{DataType, Int32Type, SchemaRef};
use arrow::row::{RowConverter, SortField};
use datafusion::common::hash_utils::{RandomState, create_hashes};
use datafusion::error::Result as DFResult;
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream};
use futures::{Stream, StreamExt};
use onefold_connectors::RejectedRecord;

use super::blocking::keys::mix;
use super::profile::RECORD_KEY;
use crate::{Error, Result};

/// Sources and keys of all records, by record number.
#[derive(Debug, Default, Clone)]
pub struct RecordIndex {
    /// The number of each record's source.
    pub source_of: Vec<u16>,
    /// A digest of all columns of each record: equal digests are equal records.
    pub digests: Vec<u64>,
    keys: Vec<StringViewArray>,
    starts: Vec<usize>,
    sources: usize,
}

impl RecordIndex {
    /// The index of records whose source names and keys are these columns, in order of record number.
    ///
    /// # Errors
    /// If a record is of none of the sources.
    pub fn of(sources: &[String], source: &ArrayRef, keys: &ArrayRef) -> Result<Self> {
        let names = cast(source, &DataType::Utf8View)?;
        let (mut source_of, mut last) = (Vec::with_capacity(names.len()), 0_u16);
        for name in names.as_string_view() {
            let name = name.unwrap_or_default();
            // Records of one source follow each other.
            if sources.get(usize::from(last)).is_none_or(|s| s != name) {
                let found = sources.iter().position(|s| s == name).and_then(|n| u16::try_from(n).ok());
                last = found.ok_or_else(|| Error::internal(format!("{name} is no record source")))?;
            }
            source_of.push(last);
        }
        let keys = cast(keys, &DataType::Utf8View)?.as_string_view().clone();
        Ok(Self { source_of, digests: Vec::new(), keys: vec![keys], starts: vec![0], sources: sources.len() })
    }

    /// The keys of some records. The texts are not copied if the records came in one piece.
    ///
    /// # Errors
    /// If there is no such record.
    pub fn keys_of(&self, records: &UInt32Array) -> Result<ArrayRef> {
        match self.keys.as_slice() {
            [keys] => Ok(take(keys, records, None)?),
            _ => {
                let keys = records.values().iter().map(|r| self.key(*r));
                Ok(Arc::new(StringViewArray::from_iter_values(keys)))
            }
        }
    }

    /// The number of records.
    pub fn len(&self) -> usize {
        self.source_of.len()
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.source_of.is_empty()
    }

    /// The key of a record.
    pub fn key(&self, record: u32) -> &str {
        let record = record as usize;
        let chunk = self.starts.partition_point(|s| *s <= record).saturating_sub(1);
        self.keys[chunk].value(record - self.starts[chunk])
    }

    /// The number of the record with this source and key.
    pub fn find(&self, source: u16, key: &str) -> Option<u32> {
        let mut low = self.source_of.partition_point(|s| *s < source);
        let mut high = self.source_of.partition_point(|s| *s <= source);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.key(u32::try_from(middle).ok()?).cmp(key) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return u32::try_from(middle).ok(),
            }
        }
        None
    }

    /// Records per source.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.sources];
        for source in &self.source_of {
            counts[usize::from(*source)] += 1;
        }
        counts
    }

    /// No records yet, of so many sources.
    pub fn with_sources(sources: usize) -> Self {
        Self { sources, ..Self::default() }
    }

    /// Adds records that follow those before in order of source and key.
    pub fn push(
        &mut self,
        sources: impl Iterator<Item = u16>,
        keys: StringViewArray,
        digests: impl IntoIterator<Item = u64>,
    ) {
        self.starts.push(self.source_of.len());
        self.source_of.extend(sources);
        self.digests.extend(digests);
        self.keys.push(keys.gc());
    }
}

/// What a [`NumberedRecords`] leaves behind when it has been read to its end.
#[derive(Debug, Default)]
pub struct Numbered {
    /// The records that were kept.
    pub index: RecordIndex,
    /// Records without a key, and all but one of those that share one.
    pub rejected: Vec<RejectedRecord>,
}

/// Numbers a stream that is ordered by source and key, and keeps one record per key: the least one in the order
/// of all its columns, so that the choice does not depend on the order of arrival.
pub struct NumberedRecords {
    input: SendableRecordBatchStream,
    schema: SchemaRef,
    sources: Vec<String>,
    pending: Option<RecordBatch>,
    rows: RowConverter,
    out: Arc<Mutex<Numbered>>,
    finished: bool,
}

impl std::fmt::Debug for NumberedRecords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NumberedRecords").field("sources", &self.sources).finish_non_exhaustive()
    }
}

impl NumberedRecords {
    /// `schema` is the schema of `p_records`.
    pub fn new(
        input: SendableRecordBatchStream,
        schema: SchemaRef,
        sources: Vec<String>,
    ) -> Result<(Self, Arc<Mutex<Numbered>>)> {
        let fields = input.schema().fields().iter().map(|f| SortField::new(f.data_type().clone())).collect();
        let rows = RowConverter::new(fields)?;
        let out = Arc::new(Mutex::new(Numbered::default()));
        out.lock().unwrap_or_else(PoisonError::into_inner).index = RecordIndex::with_sources(sources.len());
        let stream =
            Self { input, schema, sources, pending: None, rows, out: Arc::clone(&out), finished: false };
        Ok((stream, out))
    }

    fn accept(&mut self, batch: Option<RecordBatch>) -> Result<Option<RecordBatch>> {
        let last = batch.is_none();
        let whole = match (self.pending.take(), batch) {
            (Some(pending), Some(batch)) => concat_batches(&batch.schema(), [&pending, &batch])?,
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => return Ok(None),
        };
        if whole.num_rows() == 0 {
            return Ok(None);
        }
        let runs = runs(&whole);
        let (ready, kept_runs) = if last {
            (whole, &runs[..])
        } else {
            let start = runs[runs.len() - 1].0;
            self.pending = Some(whole.slice(start, whole.num_rows() - start));
            (whole.slice(0, start), &runs[..runs.len() - 1])
        };
        if ready.num_rows() == 0 { Ok(None) } else { self.number(&ready, kept_runs).map(Some) }
    }

    fn number(&mut self, batch: &RecordBatch, runs: &[(usize, usize)]) -> Result<RecordBatch> {
        let mut keep = vec![true; batch.num_rows()];
        let mut rejected = Vec::new();
        let keys = batch.column(2).as_string_view();
        let source_at = |row: usize| batch.column(0).as_primitive::<Int32Type>().value(row);
        let name = |row: usize| {
            self.sources.get(source_at(row).unsigned_abs() as usize).cloned().unwrap_or_default()
        };
        for &(start, length) in runs {
            if keys.is_null(start) {
                for (row, keep) in keep.iter_mut().enumerate().skip(start).take(length) {
                    *keep = false;
                    rejected.push(reject(name(row), None, "the KEY column is NULL"));
                }
            } else if length > 1 {
                let columns: Vec<ArrayRef> = batch.columns().iter().map(|c| c.slice(start, length)).collect();
                let rows = self.rows.convert_columns(&columns)?;
                let best = (0..length).min_by_key(|i| rows.row(*i)).unwrap_or(0);
                for offset in (0..length).filter(|o| *o != best) {
                    keep[start + offset] = false;
                    let key = keys.value(start).to_owned();
                    let reason = if rows.row(offset) == rows.row(best) {
                        "the same record occurs more than once"
                    } else {
                        "another record has the same KEY"
                    };
                    rejected.push(reject(name(start), Some(key), reason));
                }
            }
        }
        let kept = if rejected.is_empty() {
            batch.clone()
        } else {
            filter_record_batch(batch, &BooleanArray::from(keep))?
        };
        let digests = digests(&kept)?;
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let first = out.index.len();
        if u32::try_from(first + kept.num_rows()).is_err() {
            return Err(Error::invalid("has more than 4,294,967,295 records"));
        }
        let sources = kept.column(0).as_primitive::<Int32Type>();
        out.index.push(
            sources.values().iter().map(|s| u16::try_from(*s).unwrap_or(u16::MAX)),
            kept.column(2).as_string_view().clone(),
            digests,
        );
        out.rejected.append(&mut rejected);
        drop(out);
        let order = (first..first + kept.num_rows()).map(|n| i64::try_from(n).unwrap_or(i64::MAX));
        let mut columns: Vec<ArrayRef> = vec![Arc::new(Int64Array::from_iter_values(order))];
        columns.extend(kept.columns()[1..].iter().cloned());
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}

/// The digest of each row. It does not depend on the run.
fn digests(batch: &RecordBatch) -> Result<Vec<u64>> {
    let state = RandomState::with_seed(0);
    let (mut digests, mut hashes) = (vec![0_u64; batch.num_rows()], vec![0_u64; batch.num_rows()]);
    for column in batch.columns() {
        // What is NULL leaves its hash as it was.
        hashes.fill(0);
        create_hashes([column], &state, &mut hashes)?;
        for (digest, hash) in digests.iter_mut().zip(&hashes) {
            // The place of a value counts: a text that moves from one column to the next is a change.
            *digest = mix(digest.wrapping_add(mix(*hash)).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        }
    }
    Ok(digests)
}

fn reject(location: String, value: Option<String>, reason: &str) -> RejectedRecord {
    let column = Some(RECORD_KEY.to_owned());
    RejectedRecord { location, line: None, column, value, reason: reason.to_owned() }
}

/// Runs of equal source and key, as start and length.
fn runs(batch: &RecordBatch) -> Vec<(usize, usize)> {
    let sources = batch.column(0).as_primitive::<Int32Type>();
    let keys = batch.column(2).as_string_view();
    let same = |a: usize, b: usize| {
        sources.value(a) == sources.value(b)
            && keys.is_null(a) == keys.is_null(b)
            && (keys.is_null(a) || keys.value(a) == keys.value(b))
    };
    let mut out: Vec<(usize, usize)> = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        match out.last_mut() {
            Some((start, length)) if same(*start, row) => *length += 1,
            _ => out.push((row, 1)),
        }
    }
    out
}

impl Stream for NumberedRecords {
    type Item = DFResult<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while !self.finished {
            let batch = match ready!(self.input.poll_next_unpin(cx)) {
                Some(Ok(batch)) => Some(batch),
                Some(Err(e)) => return Poll::Ready(Some(Err(e))),
                None => None,
            };
            self.finished = batch.is_none();
            match self.accept(batch) {
                Ok(Some(out)) => return Poll::Ready(Some(Ok(out))),
                Ok(None) => {}
                Err(e) => return Poll::Ready(Some(Err(e.into()))),
            }
        }
        Poll::Ready(None)
    }
}

impl RecordBatchStream for NumberedRecords {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
