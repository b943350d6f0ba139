//! The columns of the catalog's relations, and their values.

use std::sync::Arc;

use arrow::array::{ArrayRef, new_empty_array};
use arrow::datatypes::{DataType, Field};
use datafusion::common::ScalarValue;

use crate::Result;
use crate::serve::PG_TYPE;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Oid,
    Name,
    Char,
    Text,
    Int2,
    Int4,
    Int8,
    Float4,
    Bool,
    Int2s,
    Oids,
    Int2Vector,
    OidVector,
    Texts,
    Time,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Is {
    Oid(u32),
    Text(String),
    Int(i64),
    Float(f32),
    Bool(bool),
    Int2s(Vec<i16>),
    Oids(Vec<u32>),
    Null,
}

impl From<&str> for Is {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Of {
    fn data_type(self) -> DataType {
        let list = |item| DataType::List(Arc::new(Field::new_list_field(item, true)));
        match self {
            Self::Oid => DataType::UInt32,
            Self::Name | Self::Char | Self::Text => DataType::Utf8,
            Self::Int2 => DataType::Int16,
            Self::Int4 => DataType::Int32,
            Self::Int8 => DataType::Int64,
            Self::Float4 => DataType::Float32,
            Self::Bool => DataType::Boolean,
            Self::Int2s | Self::Int2Vector => list(DataType::Int16),
            Self::Oids | Self::OidVector => list(DataType::UInt32),
            Self::Texts => list(DataType::Utf8),
            Self::Time => DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, Some("UTC".into())),
        }
    }

    pub(super) fn field(self, name: &str) -> Field {
        let field = Field::new(name, self.data_type(), true);
        let of = match self {
            Self::Name => "name",
            Self::Char => "char",
            Self::Int2Vector => "int2vector",
            Self::OidVector => "oidvector",
            _ => return field,
        };
        field.with_metadata([(PG_TYPE.to_owned(), of.to_owned())].into())
    }

    /// What a column holds where a row says nothing.
    fn default(self) -> Is {
        match self {
            Self::Oid => Is::Oid(0),
            Self::Int2 | Self::Int4 | Self::Int8 => Is::Int(0),
            Self::Float4 => Is::Float(0.0),
            Self::Bool => Is::Bool(false),
            Self::Char | Self::Name => Is::Text(String::new()),
            _ => Is::Null,
        }
    }

    fn scalar(self, value: &Is) -> Result<ScalarValue> {
        let int = |n: i64| -> ScalarValue {
            match self {
                Self::Int2 => ScalarValue::Int16(i16::try_from(n).ok()),
                Self::Int8 => ScalarValue::Int64(Some(n)),
                _ => ScalarValue::Int32(i32::try_from(n).ok()),
            }
        };
        Ok(match value {
            Is::Null => ScalarValue::try_new_null(&self.data_type())?,
            Is::Oid(oid) => ScalarValue::UInt32(Some(*oid)),
            Is::Text(text) => ScalarValue::Utf8(Some(text.clone())),
            Is::Int(n) => int(*n),
            Is::Float(n) => ScalarValue::Float32(Some(*n)),
            Is::Bool(b) => ScalarValue::Boolean(Some(*b)),
            Is::Int2s(items) => {
                let items: Vec<_> = items.iter().map(|n| ScalarValue::Int16(Some(*n))).collect();
                ScalarValue::List(ScalarValue::new_list_nullable(&items, &DataType::Int16))
            }
            Is::Oids(items) => {
                let items: Vec<_> = items.iter().map(|n| ScalarValue::UInt32(Some(*n))).collect();
                ScalarValue::List(ScalarValue::new_list_nullable(&items, &DataType::UInt32))
            }
        })
    }

    /// The column of some rows, each of which says what it knows.
    pub(super) fn array(self, name: &str, rows: &[Row]) -> Result<ArrayRef> {
        if rows.is_empty() {
            return Ok(new_empty_array(&self.data_type()));
        }
        let value = |row: &Row| {
            let said = row.iter().find(|(column, _)| *column == name).map(|(_, value)| value.clone());
            self.scalar(&said.unwrap_or_else(|| self.default()))
        };
        let values = rows.iter().map(value).collect::<Result<Vec<_>>>()?;
        Ok(ScalarValue::iter_to_array(values)?)
    }
}

/// What a row says of its columns; the others have their defaults.
pub(super) type Row = Vec<(&'static str, Is)>;
