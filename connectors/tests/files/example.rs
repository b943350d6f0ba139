//! A calendar: one table, `days`, with a row for each day of some years.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Int32Array, RecordBatch};
use async_trait::async_trait;
use chrono::{Datelike, NaiveDate};
use datafusion::catalog::{MemTable, TableProvider};
use onefold_connectors::{Connector, Error, OpenRequest, OptionSpec, OptionType, Result, Source};

#[derive(Debug)]
pub(crate) struct Calendar;

#[async_trait]
impl Connector for Calendar {
    fn name(&self) -> &'static str {
        "calendar"
    }

    fn description(&self) -> &'static str {
        "The days of some years."
    }

    fn options(&self) -> &'static [OptionSpec] {
        const {
            &[
                OptionSpec::new("first_year", OptionType::Integer, "The first year.").required(),
                OptionSpec::new("years", OptionType::Integer, "How many years.").default("1"),
            ]
        }
    }

    async fn open(&self, request: OpenRequest) -> Result<Arc<dyn Source>> {
        let first = request.options.integer("first_year").unwrap_or_default();
        let years = request.options.integer("years").unwrap_or(1);
        let day = |year: i64| NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, 1, 1);
        match (day(first), day(first.saturating_add(years))) {
            (Some(first), Some(end)) if first < end => {
                Ok(Arc::new(CalendarSource { name: request.name, first, end }))
            }
            _ => Err(Error::new(format!("there are no {years} years from {first} on"))
                .on(format!("source {}", request.name))
                .hint("choose other values for first_year and years")),
        }
    }
}

#[derive(Debug)]
struct CalendarSource {
    name: String,
    first: NaiveDate,
    end: NaiveDate,
}

#[async_trait]
impl Source for CalendarSource {
    async fn tables(&self) -> Result<Vec<String>> {
        Ok(vec!["days".to_owned()])
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        if name != "days" {
            return Ok(None);
        }
        let days: Vec<NaiveDate> = self.first.iter_days().take_while(|day| *day < self.end).collect();
        let epoch = |day: &NaiveDate| day.signed_duration_since(NaiveDate::default()).num_days() as i32;
        let week = |day: &NaiveDate| day.iso_week().week() as i32;
        let columns: [(&str, ArrayRef); 2] = [
            ("day", Arc::new(Date32Array::from_iter_values(days.iter().map(epoch)))),
            ("week", Arc::new(Int32Array::from_iter_values(days.iter().map(week)))),
        ];
        let at =
            |error: &dyn std::fmt::Display| Error::new(error.to_string()).on(format!("{}.{name}", self.name));
        let rows = RecordBatch::try_from_iter(columns).map_err(|e| at(&e))?;
        Ok(Some(Arc::new(MemTable::try_new(rows.schema(), vec![vec![rows]]).map_err(|e| at(&e))?)))
    }

    // The days of a year do not change.
    async fn version(&self, _table: &str) -> Result<Option<String>> {
        Ok(Some(format!("{} to {}", self.first, self.end)))
    }
}
