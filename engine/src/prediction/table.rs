//! Rows of a query as the features and texts that models take.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Float64Type, SchemaRef, TimeUnit};
use onefold_udfs::models::features::{Feature, MISSING, Values};

use crate::Result;

/// Rows of a query, column by column.
#[derive(Debug)]
pub struct Table {
    schema: SchemaRef,
    columns: Vec<ArrayRef>,
    rows: usize,
}

impl Table {
    /// The rows of batches.
    ///
    /// # Errors
    /// They are not of the schema.
    pub fn of(schema: SchemaRef, batches: &[RecordBatch]) -> Result<Self> {
        let batch = concat_batches(&schema, batches)?;
        Ok(Self { schema, rows: batch.num_rows(), columns: batch.columns().to_vec() })
    }

    /// A column.
    pub fn column(&self, name: &str) -> Option<&ArrayRef> {
        self.schema.index_of(name).ok().map(|place| &self.columns[place])
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// A column as texts; empty for NULL.
    pub fn texts(&self, name: &str) -> Result<Vec<String>> {
        Ok(self.optional_texts(name)?.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// A column as texts.
    pub fn optional_texts(&self, name: &str) -> Result<Vec<Option<String>>> {
        let Some(column) = self.column(name) else { return Ok(vec![None; self.rows]) };
        let texts = cast(column, &DataType::Utf8)?;
        Ok(texts.as_string::<i32>().iter().map(|v| v.map(str::to_owned)).collect())
    }

    /// A column as numbers; NaN for NULL.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>> {
        self.column(name).map_or_else(|| Ok(vec![f64::NAN; self.rows]), numbers)
    }

    /// Values as numbers; NaN for NULL.
    pub fn as_numbers(column: &ArrayRef) -> Result<Vec<f64>> {
        numbers(column)
    }

    /// Every column but some as a feature.
    pub fn features(&self, but: &[&str]) -> Result<Vec<Feature>> {
        let chosen =
            self.schema.fields().iter().zip(&self.columns).filter(|(f, _)| !but.contains(&f.name().as_str()));
        chosen
            .map(|(field, column)| Ok(Feature { name: field.name().clone(), values: values(column)? }))
            .collect()
    }
}

/// A column as a feature's values: numbers, truth values and times are numbers (times in days since 1970), the rest are
/// categories by their texts.
fn values(column: &ArrayRef) -> Result<Values> {
    let data_type = column.data_type();
    if data_type.is_numeric() || *data_type == DataType::Boolean {
        return Ok(Values::Numbers(numbers(column)?));
    }
    if matches!(data_type, DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, _)) {
        const DAY: f64 = 86_400_000_000.0;
        let micros = cast(column, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
        let micros = numbers(&cast(&micros, &DataType::Int64)?)?;
        return Ok(Values::Numbers(micros.into_iter().map(|m| m / DAY).collect()));
    }
    let texts = cast(column, &DataType::Utf8)?;
    let mut places: HashMap<&str, u32> = HashMap::new();
    let mut labels = Vec::new();
    let texts = texts.as_string::<i32>();
    let codes = texts.iter().map(|text| match text {
        None => MISSING,
        Some(text) => *places.entry(text).or_insert_with(|| {
            labels.push(text.to_owned());
            labels.len() as u32 - 1
        }),
    });
    let codes = codes.collect();
    Ok(Values::Categories { codes, labels })
}

fn numbers(column: &ArrayRef) -> Result<Vec<f64>> {
    let numbers = cast(column, &DataType::Float64)?;
    Ok(numbers.as_primitive::<Float64Type>().iter().map(|v| v.unwrap_or(f64::NAN)).collect())
}
