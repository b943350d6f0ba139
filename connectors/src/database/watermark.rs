//! Changes by a column that tells when a row changed last.
//!
//! ```text
//! SELECT "id", "name", "updated", (SELECT count(*) FROM members) FROM members WHERE "updated" >= newest known - overlap
//! ```
//!
//! Deleted rows do not show. The number of rows, which is of the same state of the database, tells that there are some.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::catalog::TableProvider;
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::{Expr, lit};

use super::dialect::Dialect;
use super::options::UPDATED_AT;
use super::table::{Compare, RemoteColumn, RemoteTable};
use crate::changes::{COUNT, Next};
use crate::{Changes, Error, Options, Result};

const MICROSECONDS: i64 = 1_000_000;
const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;

/// The options `updated_at` and `overlap`.
#[derive(Debug, Clone)]
pub(crate) struct Watermark {
    column: String,
    /// Seconds.
    overlap: i64,
}

impl Watermark {
    /// The watermark of a source's options; `None` when they name no column.
    ///
    /// # Errors
    /// The overlap is negative.
    pub(crate) fn new(options: &Options) -> Result<Option<Self>> {
        let Some(column) = options.text(UPDATED_AT.name) else { return Ok(None) };
        let overlap = options.integer("overlap").unwrap_or_default();
        if overlap < 0 {
            return Err(Error::new(format!("{overlap} is not a number of seconds")).on("option overlap"));
        }
        Ok(Some(Self { column: column.to_owned(), overlap }))
    }

    /// The column of a table, if it has it.
    pub(crate) fn column<'a>(&self, table: &'a RemoteTable) -> Option<&'a RemoteColumn> {
        table.columns.iter().find(|column| column.name == self.column)
    }

    /// The changes of a table, which `provider` makes a table of the engine of. `None` where rows have no key, or times and
    /// numbers cannot be compared and counted there as here.
    ///
    /// # Errors
    /// `since` is no value of the column.
    pub(crate) fn changes(
        &self,
        dialect: &dyn Dialect,
        table: &Arc<RemoteTable>,
        since: Option<&str>,
        provider: impl FnOnce(Arc<RemoteTable>) -> Arc<dyn TableProvider>,
    ) -> Result<Option<Changes>> {
        let comparable =
            |c: &&RemoteColumn| matches!(c.compare, Compare::Integer | Compare::Date | Compare::Timestamp);
        let key = table.description.primary_key.clone();
        let (Some(column), Some(known)) =
            (self.column(table).filter(comparable), dialect.aggregates().filter(|_| table.typed))
        else {
            return Ok(None);
        };
        if key.is_empty() {
            return Ok(None);
        }
        let (mut read, mut filter) = (Arc::clone(table), None);
        if let Some(since) = since {
            let at = Expr::Column(Column::from_name(&column.name));
            let newer = at.clone().gt_eq(lit(self.earlier(since, &column.data_type)?));
            filter = Some(if column.nullable { newer.or(at.is_null()) } else { newer });
            let count = RemoteColumn {
                name: COUNT.to_owned(),
                data_type: DataType::Int64,
                nullable: false,
                read: format!("(SELECT count(*) FROM {})", table.from),
                compare: Compare::Nulls,
                wire: known.whole,
            };
            let columns = table.columns.iter().cloned().chain([count]).collect();
            // Few rows by an index rather than all of them in ranges.
            read = Arc::new(RemoteTable { columns, ranges: None, ..table.as_ref().clone() });
        }
        Ok(Some(Changes {
            key,
            key_is_sure: true,
            all: since.is_none(),
            rows: provider(read),
            filter,
            next: Next::Greatest(column.name.clone()),
        }))
    }

    /// A value of the column, by the overlap earlier.
    fn earlier(&self, since: &str, data_type: &DataType) -> Result<ScalarValue> {
        let value = ScalarValue::try_from_string(since.to_owned(), data_type)
            .map_err(|e| Error::new(format!("'{since}' is no value of {}: {e}", self.column)))?;
        Ok(match value {
            ScalarValue::TimestampMicrosecond(Some(micros), zone) => {
                let overlap = self.overlap.saturating_mul(MICROSECONDS);
                ScalarValue::TimestampMicrosecond(Some(micros.saturating_sub(overlap)), zone)
            }
            ScalarValue::Date32(Some(days)) => {
                let overlap = self.overlap.cast_unsigned().div_ceil(SECONDS_OF_A_DAY.cast_unsigned());
                let overlap = i32::try_from(overlap).unwrap_or(i32::MAX);
                ScalarValue::Date32(Some(days.saturating_sub(overlap)))
            }
            other => other,
        })
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::TimeUnit;

    use super::*;

    #[test]
    fn changes_are_read_from_an_overlap_before_the_newest_that_is_known() {
        let watermark = Watermark { column: "seen".to_owned(), overlap: 600 };
        let zoned = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let earlier = |text: &str, of: &DataType| watermark.earlier(text, of).map(|v| v.to_string());
        assert_eq!(
            watermark.earlier("2026-01-31T18:00:00.25Z", &zoned),
            ScalarValue::try_from_string("2026-01-31T17:50:00.25Z".to_owned(), &zoned)
                .map_err(|e| Error::new(e.to_string()))
        );
        assert_eq!(earlier("2026-03-01", &DataType::Date32), Ok("2026-02-28".to_owned()));
        assert_eq!(earlier("42", &DataType::Int64), Ok("42".to_owned()));
        assert!(earlier("yesterday", &zoned).is_err());
    }
}
