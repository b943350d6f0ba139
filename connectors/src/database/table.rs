//! A remote table.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::TableDescription;

/// A table or view of a database.
#[derive(Debug, Clone)]
pub(crate) struct RemoteTable {
    /// The schema that it is in; empty where the database has none.
    pub(crate) schema: String,
    /// Its name there.
    pub(crate) name: String,
    /// What stands after `FROM`.
    pub(crate) from: String,
    /// Its columns, in their order.
    pub(crate) columns: Vec<RemoteColumn>,
    /// What the database says of it. The tables of foreign keys are written as [`RemoteTable::full_name`].
    pub(crate) description: TableDescription,
    /// An estimate of its rows.
    pub(crate) rows: Option<usize>,
    /// Whether every value surely has its column's type. Where not, filters are checked here again.
    pub(crate) typed: bool,
    /// By what it can be read in ranges side by side.
    pub(crate) ranges: Option<RangeKey>,
}

/// What cuts a table into ranges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RangeKey {
    /// Physical places: the table's number in the database.
    Place(u32),
    /// A whole-number key, quoted.
    Key(String),
}

/// A column of a remote table.
#[derive(Debug, Clone)]
pub(crate) struct RemoteColumn {
    /// Its name there.
    pub(crate) name: String,
    /// Its type here.
    pub(crate) data_type: DataType,
    /// Whether it may be NULL.
    pub(crate) nullable: bool,
    /// The SQL that yields the value: the quoted name, or a cast of it.
    pub(crate) read: String,
    /// What may be compared there.
    pub(crate) compare: Compare,
    /// The driver's own number of the type in which `read` is sent.
    pub(crate) wire: u32,
}

/// What comparisons of a column mean the same there and here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compare {
    /// Only whether it is NULL.
    Nulls,
    /// Whole numbers.
    Integer,
    /// Binary floating point.
    Float,
    /// Decimals.
    Decimal,
    /// Truth.
    Boolean,
    /// Text.
    Text(Collation),
    /// Days.
    Date,
    /// Points in time.
    Timestamp,
    /// UUIDs, which are text here: canonical ones are ordered alike.
    Uuid,
}

/// What a column's own collation says of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Collation {
    /// Equal texts are equal bytes, and the order is that of the bytes.
    Bytes,
    /// Equal texts are equal bytes; the order is that of a language.
    Language,
    /// Different texts may be equal.
    Loose,
}

impl RemoteTable {
    /// Its columns as they are here.
    pub(crate) fn arrow_schema(&self) -> SchemaRef {
        let field = |c: &RemoteColumn| Field::new(&c.name, c.data_type.clone(), c.nullable);
        Arc::new(Schema::new(self.columns.iter().map(field).collect::<Vec<_>>()))
    }

    /// The places of the columns of its primary key, if it has one.
    pub(crate) fn key(&self) -> Option<Vec<usize>> {
        let place = |name: &String| self.columns.iter().position(|column| column.name == *name);
        let key: Option<Vec<usize>> = self.description.primary_key.iter().map(place).collect();
        key.filter(|key| !key.is_empty())
    }

    /// `schema.name`, or the name alone where there are no schemas.
    pub(crate) fn full_name(&self) -> String {
        full_name(&self.schema, &self.name)
    }
}

/// `schema.name`, or the name alone where there are no schemas.
pub(crate) fn full_name(schema: &str, name: &str) -> String {
    if schema.is_empty() { name.to_owned() } else { format!("{schema}.{name}") }
}
