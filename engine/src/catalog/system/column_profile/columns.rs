//! The figures of one table's columns: one pass for the counts, one for each column whose values repeat.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Float64Builder, Int64Array, Int64Builder,
    ListBuilder, RecordBatch, StringArray, StringBuilder, StructBuilder,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef, Float64Type, Int64Type, SchemaRef};

use super::{frequent, kind, meaning};
use crate::Result;
use crate::catalog::SessionCatalog;
use crate::identity::matching::auto::sample::is_flat;
use crate::identity::rules::quoted;

/// So many frequent values are listed.
const LISTED: usize = 5;

/// Of these shares of the values the greatest is told.
const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// The columns of a table.
#[derive(Debug)]
pub(super) struct Table<'a> {
    pub(super) catalog: &'a SessionCatalog,
    pub(super) source: &'a str,
    pub(super) name: &'a str,
    pub(super) fields: Vec<FieldRef>,
}

/// What is known of a column.
#[derive(Debug, Default)]
pub(super) struct Described {
    texts: [Option<String>; 8],
    rows: i64,
    nulls: i64,
    distinct: Option<i64>,
    average_length: Option<f64>,
    frequent: Option<Vec<(String, i64)>>,
    quantiles: Option<Vec<f64>>,
    is_key: Option<bool>,
}

impl Table<'_> {
    /// What is known of its columns; what takes a pass of its own only where it is asked for.
    pub(super) async fn describe(&self, asked: &(dyn Fn(&str) -> bool + Sync)) -> Result<Vec<Described>> {
        if self.fields.is_empty() {
            return Ok(Vec::new());
        }
        let counted = self.row(&self.counts_sql()).await?;
        let meanings = if asked("meaning") { self.meanings().await? } else { Vec::new() };
        let kinds = if asked("kind") { Some(self.row(&self.kinds_sql()).await?) } else { None };
        let whole = |column: &ArrayRef| -> Result<Option<i64>> {
            let column = cast(column, &DataType::Int64)?;
            Ok(column.is_valid(0).then(|| column.as_primitive::<Int64Type>().value(0)))
        };
        let rows = whole(counted.column(0))?.unwrap_or(0);
        let mut out = Vec::new();
        for (n, field) in self.fields.iter().enumerate() {
            let at = |part: usize| counted.column(1 + n * 5 + part);
            let text = |part: usize| -> Result<Option<String>> {
                let column = cast(at(part), &DataType::Utf8)?;
                Ok(column.is_valid(0).then(|| column.as_string::<i32>().value(0).to_owned()))
            };
            let present = whole(at(0))?.unwrap_or(0);
            let distinct = whole(at(1))?.filter(|_| is_plain(field.data_type())).map(|d| d.min(present));
            let length = cast(at(4), &DataType::Float64)?;
            let average_length = length.is_valid(0).then(|| length.as_primitive::<Float64Type>().value(0));
            // Where hardly a value is there twice, there is nothing to list.
            let repeats = distinct.is_some_and(|d| d * 10 <= present * 9);
            let own = [
                Some(self.source.to_owned()),
                Some(self.name.to_owned()),
                Some(field.name().clone()),
                Some(field.data_type().to_string()),
                kinds
                    .as_ref()
                    .and_then(|k| kind::of(field.data_type(), &k.columns()[n * kind::KINDS.len()..])),
                meanings.get(n).copied().flatten().map(str::to_owned),
                text(2)?,
                text(3)?,
            ];
            let quantiles = match asked("quantiles") && field.data_type().is_numeric() {
                true => self.quantiles(field).await?,
                false => None,
            };
            // The count of different values is near enough to tell what is worth counting.
            let may_be_key = rows > 0 && present == rows && distinct.is_some_and(|d| d * 10 >= rows * 9);
            let is_key = match asked("is_key") {
                true => Some(may_be_key && self.is_key(field).await?),
                false => None,
            };
            let listed =
                if asked("frequent_values") && repeats { Some(self.frequent(field).await?) } else { None };
            out.push(Described {
                texts: own,
                rows,
                nulls: rows - present,
                distinct,
                average_length,
                frequent: listed,
                quantiles,
                is_key,
            });
        }
        Ok(out)
    }

    fn relation(&self) -> String {
        format!("{}.{}", quoted(self.source), quoted(self.name))
    }

    fn counts_sql(&self) -> String {
        let of = |(n, field): (usize, &FieldRef)| -> String {
            let column = quoted(field.name());
            let text = format!("CAST({column} AS VARCHAR)");
            let null = || "NULL".to_owned();
            let parts = if is_plain(field.data_type()) {
                [
                    format!("count({column})"),
                    format!("approx_distinct({text})"),
                    format!("CAST(min({column}) AS VARCHAR)"),
                    format!("CAST(max({column}) AS VARCHAR)"),
                    format!("avg(character_length({text}))"),
                ]
            } else {
                [format!("count({column})"), null(), null(), null(), null()]
            };
            parts.iter().enumerate().map(|(part, expr)| format!(", {expr} AS c{n}_{part}")).collect()
        };
        let columns: String = self.fields.iter().enumerate().map(of).collect();
        format!("SELECT count(*) AS rows{columns} FROM {}", self.relation())
    }

    fn kinds_sql(&self) -> String {
        let shares: Vec<String> =
            self.fields.iter().enumerate().flat_map(|(n, field)| kind::shares(field, n)).collect();
        let names: Vec<String> = self.fields.iter().map(|f| quoted(f.name())).collect();
        format!(
            "SELECT {} FROM (SELECT {} FROM {} LIMIT {}) AS t",
            shares.join(", "),
            names.join(", "),
            self.relation(),
            kind::SAMPLE
        )
    }

    /// What each of the columns means.
    async fn meanings(&self) -> Result<Vec<Option<&'static str>>> {
        let looked_at: Vec<&FieldRef> = self.fields.iter().filter(|f| is_flat(f.data_type())).collect();
        if looked_at.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<String> = looked_at.iter().map(|f| quoted(f.name())).collect();
        let text = format!("SELECT {} FROM {} LIMIT {}", names.join(", "), self.relation(), kind::SAMPLE);
        let mut found = meaning::of(&looked_at, &self.rows(&text).await?)?.into_iter();
        let of = |f: &FieldRef| if is_flat(f.data_type()) { found.next().flatten() } else { None };
        Ok(self.fields.iter().map(of).collect())
    }

    /// About the values that 5, 25, 50, 75 and 95 of 100 are not above.
    async fn quantiles(&self, field: &FieldRef) -> Result<Option<Vec<f64>>> {
        let column = quoted(field.name());
        let part = |share: f64| format!("approx_percentile_cont(CAST({column} AS DOUBLE), {share})");
        let parts: Vec<String> = QUANTILES.iter().map(|share| part(*share)).collect();
        let row = self.row(&format!("SELECT {} FROM {}", parts.join(", "), self.relation())).await?;
        let value =
            |column: &ArrayRef| column.is_valid(0).then(|| column.as_primitive::<Float64Type>().value(0));
        Ok(row.columns().iter().map(value).collect())
    }

    /// Whether every row has a value of its own.
    async fn is_key(&self, field: &FieldRef) -> Result<bool> {
        let column = quoted(field.name());
        let text = format!("SELECT count(DISTINCT {column}) = count(*) FROM {}", self.relation());
        Ok(self.row(&text).await?.column(0).as_boolean().value(0))
    }

    /// The most frequent values, the most frequent first.
    async fn frequent(&self, field: &FieldRef) -> Result<Vec<(String, i64)>> {
        let column = quoted(field.name());
        let text = format!(
            "SELECT CAST({column} AS VARCHAR) AS value, count(*) AS n FROM {} WHERE {column} IS NOT NULL \
             GROUP BY {column} ORDER BY n DESC, value LIMIT {LISTED}",
            self.relation()
        );
        let mut out = Vec::new();
        for batch in self.rows(&text).await? {
            let values = cast(batch.column(0), &DataType::Utf8)?;
            let counts = batch.column(1).as_primitive::<Int64Type>();
            let rows = values.as_string::<i32>().iter().zip(counts.values());
            out.extend(rows.map(|(value, count)| (value.unwrap_or_default().to_owned(), *count)));
        }
        Ok(out)
    }

    async fn row(&self, text: &str) -> Result<RecordBatch> {
        let rows = self.rows(text).await?.into_iter().find(|batch| batch.num_rows() > 0);
        rows.ok_or_else(|| crate::Error::internal("an aggregate gave no row").on(self.relation()))
    }

    async fn rows(&self, text: &str) -> Result<Vec<RecordBatch>> {
        let view = self.catalog.view_text(text).await?;
        let context = datafusion::prelude::SessionContext::new_with_state(self.catalog.state()?);
        Ok(context.read_table(view)?.collect().await?)
    }
}

/// Whether values can be compared and shown as text.
fn is_plain(r#type: &DataType) -> bool {
    !r#type.is_nested()
        && !matches!(r#type, DataType::Null | DataType::Binary | DataType::LargeBinary)
        && !matches!(r#type, DataType::BinaryView | DataType::FixedSizeBinary(_) | DataType::Interval(_))
}

/// The rows of the table.
pub(super) fn batch(schema: &SchemaRef, described: &[Described]) -> Result<RecordBatch> {
    let text = |n: usize| -> ArrayRef {
        Arc::new(described.iter().map(|d| d.texts[n].as_deref()).collect::<StringArray>())
    };
    let count = |of: &dyn Fn(&Described) -> Option<i64>| -> ArrayRef {
        Arc::new(described.iter().map(of).collect::<Int64Array>())
    };
    let lengths: Float64Array = described.iter().map(|d| d.average_length).collect();
    Ok(RecordBatch::try_new(
        Arc::clone(schema),
        vec![
            text(0),
            text(1),
            text(2),
            text(3),
            text(4),
            text(5),
            Arc::new(described.iter().map(|d| d.is_key).collect::<BooleanArray>()),
            count(&|d| Some(d.rows)),
            count(&|d| Some(d.nulls)),
            count(&|d| d.distinct),
            text(6),
            text(7),
            quantiles(described),
            Arc::new(lengths),
            lists(described),
        ],
    )?)
}

fn quantiles(described: &[Described]) -> ArrayRef {
    let mut list = ListBuilder::new(Float64Builder::new());
    for column in described {
        column.quantiles.iter().flatten().for_each(|value| list.values().append_value(*value));
        list.append(column.quantiles.is_some());
    }
    Arc::new(list.finish())
}

fn lists(described: &[Described]) -> ArrayRef {
    let builders: Vec<Box<dyn arrow::array::ArrayBuilder>> =
        vec![Box::new(StringBuilder::new()), Box::new(Int64Builder::new())];
    let mut list = ListBuilder::new(StructBuilder::new(frequent(), builders));
    for column in described {
        for (value, count) in column.frequent.iter().flatten() {
            if let Some(values) = list.values().field_builder::<StringBuilder>(0) {
                values.append_value(value);
            }
            if let Some(counts) = list.values().field_builder::<Int64Builder>(1) {
                counts.append_value(*count);
            }
            list.values().append(true);
        }
        list.append(column.frequent.is_some());
    }
    Arc::new(list.finish())
}
