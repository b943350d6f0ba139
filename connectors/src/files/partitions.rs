//! Folders such as `country=DE/`, whose values are columns.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::datasource::listing::helpers::expr_applicable_for_cols;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;

use super::listing::TableFile;
use crate::{Error, Result, percent};

/// The folder name that stands for NULL.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// The columns that a table's folders make, and their value for each of its files.
#[derive(Debug, Clone, Default)]
pub(super) struct Partitions {
    pub(super) columns: Vec<FieldRef>,
    pub(super) values: Vec<Vec<ScalarValue>>,
}

impl Partitions {
    /// Reads the folders. A column is bigint when all its values are whole numbers, otherwise text.
    ///
    /// # Errors
    /// The files' folders do not have the same keys.
    pub(super) fn new(files: &[TableFile]) -> Result<Self> {
        let pairs: Vec<Vec<(String, Option<String>)>> = files.iter().map(pairs).collect();
        let keys =
            |pairs: &[(String, Option<String>)]| pairs.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
        let first = pairs.first().map(|pairs| keys(pairs)).unwrap_or_default();
        if let Some(odd) = pairs.iter().position(|pairs| keys(pairs) != first) {
            let message = format!(
                "the folders of {} and {} do not have the same keys: {} and {}",
                files[0].path,
                files[odd].path,
                list(&first),
                list(&keys(&pairs[odd]))
            );
            return Err(Error::new(message).hint("move the file, or name a narrower location"));
        }
        let columns = first.into_iter().enumerate().map(|(index, key)| {
            let mut values = pairs.iter().filter_map(|pairs| pairs[index].1.as_deref());
            let whole =
                values.all(|value| value.parse::<i64>().is_ok_and(|number| number.to_string() == value));
            let some = pairs.iter().any(|pairs| pairs[index].1.is_some());
            let r#type = if whole && some { DataType::Int64 } else { DataType::Utf8View };
            Arc::new(Field::new(key, r#type, true))
        });
        let columns: Vec<FieldRef> = columns.collect();
        let typed = |pairs: Vec<(String, Option<String>)>| {
            let values =
                pairs.into_iter().zip(&columns).map(|((_, value), column)| match column.data_type() {
                    DataType::Int64 => ScalarValue::Int64(value.and_then(|value| value.parse().ok())),
                    _ => ScalarValue::Utf8View(value),
                });
            values.collect()
        };
        let values = pairs.into_iter().map(typed).collect();
        Ok(Self { columns, values })
    }

    /// Whether a filter can be decided for a whole file.
    pub(super) fn decides(&self, filter: &Expr) -> bool {
        let names: Vec<_> = self.columns.iter().map(|column| column.name().as_str()).collect();
        !names.is_empty() && expr_applicable_for_cols(&names, filter)
    }

    /// For each file, whether its folders satisfy those of the filters that they decide.
    pub(super) fn keep(&self, session: &dyn Session, filters: &[Expr]) -> DataFusionResult<Vec<bool>> {
        let decided = conjunction(filters.iter().filter(|filter| self.decides(filter)).cloned());
        let Some(filter) = decided else { return Ok(vec![true; self.values.len()]) };
        let schema = Arc::new(Schema::new(self.columns.clone()));
        let arrays = (0..self.columns.len())
            .map(|index| ScalarValue::iter_to_array(self.values.iter().map(|values| values[index].clone())));
        let arrays = arrays.collect::<DataFusionResult<Vec<ArrayRef>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(self.values.len()));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), arrays, &options)?;
        let expression = session.create_physical_expr(filter, &DFSchema::try_from(schema)?)?;
        let kept = expression.evaluate(&batch)?.into_array(batch.num_rows())?;
        let kept = kept.as_boolean();
        Ok((0..kept.len()).map(|row| kept.is_valid(row) && kept.value(row)).collect())
    }
}

fn pairs(file: &TableFile) -> Vec<(String, Option<String>)> {
    let pair = |folder: &String| {
        let (key, value) = folder.split_once('=')?;
        let value = percent::decoded(value).unwrap_or_else(|| value.to_owned());
        Some((key.to_lowercase(), (value != NULL).then_some(value)))
    };
    file.folders.iter().filter_map(pair).collect()
}

fn list(keys: &[String]) -> String {
    if keys.is_empty() { "none".to_owned() } else { keys.join(", ") }
}
