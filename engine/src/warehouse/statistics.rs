//! What Delta's log says of a file: rows, and for each flat column NULLs, and for whole numbers and dates the
//! smallest and the largest value.
//!
//! Of other types Delta stores no exact bounds: text is cut, times are rounded, and a float may be NaN.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{cast, max, min, sum};
use arrow::datatypes::{DataType, Date32Type, Int64Type, SchemaRef};
use chrono::{Datelike, NaiveDate};
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::errors::Result;
use parquet::file::metadata::ParquetMetaData;
use serde_json::{Map, Value, json};

/// The statistics as Delta has them, in JSON.
pub(super) fn statistics(schema: &SchemaRef, file: &ParquetMetaData) -> Result<String> {
    let (mut nulls, mut lowest, mut highest) = (Map::new(), Map::new(), Map::new());
    for field in schema.fields().iter().filter(|f| !f.data_type().is_nested()) {
        let columns = file.file_metadata().schema_descr();
        let column = StatisticsConverter::try_new(field.name(), schema, columns)?;
        let groups = || file.row_groups().iter();
        let null_counts = column.row_group_null_counts(groups())?;
        if null_counts.null_count() == 0 {
            nulls.insert(field.name().clone(), sum(&null_counts).unwrap_or(0).into());
        }
        // A row group without bounds has only NULLs, or none that are exact.
        let rows = groups().map(|group| u64::try_from(group.num_rows()).unwrap_or(0));
        let only_nulls: Vec<bool> = rows.zip(null_counts.iter()).map(|(n, nulls)| nulls == Some(n)).collect();
        let bound = |values: ArrayRef, largest: bool| {
            let known = (0..values.len()).all(|group| values.is_valid(group) || only_nulls[group]);
            if known { extreme(&values, largest) } else { None }
        };
        let low = bound(column.row_group_mins(groups())?, false);
        let high = bound(column.row_group_maxes(groups())?, true);
        if let (Some(low), Some(high)) = (low, high) {
            lowest.insert(field.name().clone(), low);
            highest.insert(field.name().clone(), high);
        }
    }
    let rows = file.file_metadata().num_rows();
    let all = json!({ "numRecords": rows, "minValues": lowest, "maxValues": highest, "nullCount": nulls });
    Ok(all.to_string())
}

fn extreme(values: &ArrayRef, largest: bool) -> Option<Value> {
    match values.data_type() {
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => {
            let values = cast(values, &DataType::Int64).ok()?;
            let values = values.as_primitive::<Int64Type>();
            if largest { max(values) } else { min(values) }.map(Value::from)
        }
        DataType::Date32 => {
            let values = values.as_primitive::<Date32Type>();
            let days = if largest { max(values) } else { min(values) }?;
            let date = NaiveDate::default().checked_add_signed(chrono::Duration::days(days.into()))?;
            (0..=9999).contains(&date.year()).then(|| date.to_string().into())
        }
        _ => None,
    }
}
