//! Builds a column from texts.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Float32Builder, Float64Builder, Int16Builder,
    Int32Builder, Int64Builder, StringViewBuilder, TimestampMicrosecondBuilder,
};

use super::pattern::Patterns;
use super::types::{Type, boolean, date, decimal, timestamp};

/// A column under construction.
#[derive(Debug)]
pub(super) enum ColumnBuilder {
    Boolean(BooleanBuilder),
    Smallint(Int16Builder),
    Int(Int32Builder),
    Bigint(Int64Builder),
    Real(Float32Builder),
    Double(Float64Builder),
    Decimal(Decimal128Builder, u8, i8),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    Text(StringViewBuilder),
}

impl ColumnBuilder {
    pub(super) fn new(r#type: Type, capacity: usize) -> Self {
        match r#type {
            Type::Boolean => Self::Boolean(BooleanBuilder::with_capacity(capacity)),
            Type::Smallint => Self::Smallint(Int16Builder::with_capacity(capacity)),
            Type::Int => Self::Int(Int32Builder::with_capacity(capacity)),
            Type::Bigint => Self::Bigint(Int64Builder::with_capacity(capacity)),
            Type::Real => Self::Real(Float32Builder::with_capacity(capacity)),
            Type::Double => Self::Double(Float64Builder::with_capacity(capacity)),
            Type::Decimal(precision, scale) => {
                let builder = Decimal128Builder::with_capacity(capacity);
                Self::Decimal(builder.with_data_type(r#type.data_type()), precision, scale)
            }
            Type::Date => Self::Date(Date32Builder::with_capacity(capacity)),
            Type::Timestamp | Type::TimestampTz => {
                let builder = TimestampMicrosecondBuilder::with_capacity(capacity);
                Self::Timestamp(builder.with_data_type(r#type.data_type()))
            }
            Type::Text => Self::Text(StringViewBuilder::with_capacity(capacity)),
        }
    }

    /// Adds a value, `None` for NULL. Tells whether the value fits; one that does not is NULL.
    pub(super) fn append(&mut self, value: Option<&str>, patterns: &Patterns) -> bool {
        fn read<T>(value: Option<&str>, read: impl FnOnce(&str) -> Option<T>) -> (Option<T>, bool) {
            match value {
                None => (None, true),
                Some(text) => {
                    let read = read(text.trim_ascii());
                    let fits = read.is_some();
                    (read, fits)
                }
            }
        }
        macro_rules! append {
            ($builder:expr, $read:expr) => {{
                let (value, fits) = read(value, $read);
                $builder.append_option(value);
                fits
            }};
        }
        match self {
            Self::Boolean(builder) => append!(builder, boolean),
            Self::Smallint(builder) => append!(builder, |text| text.parse().ok()),
            Self::Int(builder) => append!(builder, |text| text.parse().ok()),
            Self::Bigint(builder) => append!(builder, |text| text.parse().ok()),
            Self::Real(builder) => append!(builder, |text| text.parse().ok()),
            Self::Double(builder) => append!(builder, |text| text.parse().ok()),
            Self::Decimal(builder, precision, scale) => {
                append!(builder, |text| decimal(text, *precision, *scale))
            }
            Self::Date(builder) => append!(builder, |text| date(text, patterns)),
            Self::Timestamp(builder) => append!(builder, |text| timestamp(text, patterns)),
            Self::Text(builder) => {
                builder.append_option(value);
                true
            }
        }
    }

    /// The column; the builder begins anew.
    pub(super) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Smallint(builder) => Arc::new(builder.finish()),
            Self::Int(builder) => Arc::new(builder.finish()),
            Self::Bigint(builder) => Arc::new(builder.finish()),
            Self::Real(builder) => Arc::new(builder.finish()),
            Self::Double(builder) => Arc::new(builder.finish()),
            Self::Decimal(builder, ..) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Timestamp(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
        }
    }
}
