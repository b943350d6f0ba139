//! Values of some records, as text.

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use futures::TryStreamExt;

use crate::Result;
use crate::identity::profile::{Profile, RECORD_ORDER, SOURCE};
use crate::identity::rules::{EVIDENCE, quoted};
use crate::session::Session;
use crate::stopping;

/// Records that are looked at, about; every n-th of all.
const RECORDS: usize = 20_000;

/// Values of some records of a profile, in the order of the records.
#[derive(Debug)]
pub struct Sample {
    columns: Vec<(String, DataType)>,
    batches: Vec<Vec<StringViewArray>>,
    sources: Vec<usize>,
}

impl Sample {
    /// Reads the columns that can be compared from `scratch.evidence`, which has so many records.
    pub async fn read(session: &Session, profile: &Profile, records: usize) -> Result<Self> {
        let step = records.div_ceil(RECORDS).max(1);
        let columns = candidates(profile);
        let list: Vec<String> = columns.iter().map(|(name, _)| quoted(name)).collect();
        let list = if list.is_empty() { String::new() } else { format!(", {}", list.join(", ")) };
        let text = format!(
            "SELECT {SOURCE}{list} FROM scratch.{EVIDENCE} WHERE {RECORD_ORDER} % {step} = 0 ORDER BY {RECORD_ORDER}"
        );
        let mut stream = stopping::stream(session.frame(&text).await?).await?;
        let mut out = Self { columns, batches: Vec::new(), sources: Vec::new() };
        while let Some(batch) = stream.try_next().await? {
            out.add(profile, &batch)?;
        }
        Ok(out)
    }

    /// Records of one source, in batches with these columns.
    ///
    /// # Errors
    /// If a column cannot be read as text.
    pub fn of_table(columns: Vec<(String, DataType)>, batches: &[RecordBatch]) -> Result<Self> {
        let texts = |batch: &RecordBatch| -> Result<Vec<StringViewArray>> {
            let text = |column: &ArrayRef| Ok(cast(column, &DataType::Utf8View)?.as_string_view().clone());
            batch.columns().iter().map(text).collect()
        };
        let records = batches.iter().map(RecordBatch::num_rows).sum();
        let batches = batches.iter().map(texts).collect::<Result<_>>()?;
        Ok(Self { columns, batches, sources: vec![0; records] })
    }

    /// No records.
    pub fn none(profile: &Profile) -> Self {
        Self { columns: candidates(profile), batches: Vec::new(), sources: Vec::new() }
    }

    fn add(&mut self, profile: &Profile, batch: &RecordBatch) -> Result<()> {
        let text = |column: usize| -> Result<StringViewArray> {
            Ok(cast(batch.column(column), &DataType::Utf8View)?.as_string_view().clone())
        };
        let names = text(0)?;
        let number = |name: Option<&str>| {
            name.and_then(|name| profile.source_number(name)).map_or(usize::MAX, usize::from)
        };
        self.sources.extend(names.iter().map(number));
        self.batches.push((1..batch.num_columns()).map(text).collect::<Result<_>>()?);
        Ok(())
    }

    /// The number of records.
    pub fn records(&self) -> usize {
        self.sources.len()
    }

    /// The number of the source of each record.
    pub fn sources(&self) -> impl Iterator<Item = usize> {
        self.sources.iter().copied()
    }

    /// The names of the columns.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// The type of a column.
    pub fn data_type(&self, column: usize) -> &DataType {
        &self.columns[column].1
    }

    /// The value of each record in a column.
    pub fn values(&self, column: usize) -> impl Iterator<Item = Option<&str>> {
        self.batches.iter().flat_map(move |batch| batch[column].iter())
    }
}

/// The columns that can be compared, but for the keys.
pub fn candidates(profile: &Profile) -> Vec<(String, DataType)> {
    let columns = profile.columns.iter().filter(|column| !profile.keys.contains(column.name()));
    let columns = columns.filter(|column| is_flat(column.data_type()));
    columns.map(|column| (column.name().clone(), column.data_type().clone())).collect()
}

/// Whether values of a type are looked at.
pub fn is_flat(data_type: &DataType) -> bool {
    data_type.is_string()
        || data_type.is_numeric()
        || matches!(
            data_type,
            DataType::Boolean | DataType::Date32 | DataType::Date64 | DataType::Timestamp(..)
        )
}
