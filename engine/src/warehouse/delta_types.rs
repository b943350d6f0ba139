//! The types of DataFusion as those of Delta.
//!
//! | Arrow | stored as |
//! |---|---|
//! | Boolean, Int8 … Int64, Float32, Float64, Utf8, Binary, Date32 | the same |
//! | LargeUtf8, Utf8View; LargeBinary, BinaryView, FixedSizeBinary | Utf8; Binary |
//! | UInt8, UInt16, UInt32 | Int16, Int32, Int64 |
//! | UInt64 | Int64; a value over 2^63-1 is an error |
//! | Float16, Date64 | Float32, Date32 |
//! | Decimal of any width, up to 38 digits | Decimal128 |
//! | Timestamp with a zone | microseconds in UTC |
//! | Timestamp without a zone | microseconds, Delta's `timestampNtz` (reader version 3) |
//! | Null | Utf8 |
//! | Dictionary, RunEndEncoded | the type of the values |
//! | List, LargeList, FixedSizeList, ListView | List |
//! | Struct, Map | the same, recursively |
//! | Time, Duration, Interval, Union | an error that names the column and the cast |
//!
//! Every column is nullable: in DataFusion the absence of NULL is a promise of the plan, which a source may break.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::{CastOptions, can_cast_types, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit};
use deltalake_core::kernel::StructType;
use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel;

use crate::error::{Error, Result};

/// Characters that Delta refuses in names of columns and fields.
const REFUSED: &[char] = &[' ', ',', ';', '{', '}', '(', ')', '\n', '\t', '='];

/// The digits of Delta's widest decimal.
const DECIMAL_DIGITS: u8 = 38;

/// Whether rows of these columns can be stored.
pub fn storable(schema: &Schema) -> bool {
    Conversion::new("", schema).is_ok()
}

/// How the batches of one schema become those of a Delta table.
#[derive(Debug)]
pub(super) struct Conversion {
    relation: String,
    /// The schema of the files.
    pub(super) arrow: SchemaRef,
    /// The same for Delta's log.
    pub(super) delta: StructType,
    /// Whether a column is of Delta's `timestampNtz`.
    pub(super) has_local_timestamps: bool,
}

impl Conversion {
    /// Plans the conversion for `relation`, which errors name.
    pub(super) fn new(relation: &str, schema: &Schema) -> Result<Self> {
        let mut fields = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            let converted = convert_field(field, field.name()).map_err(|e| e.on(relation))?;
            if !can_cast_types(field.data_type(), converted.data_type()) {
                return Err(unsupported(field.name(), field.data_type(), "VARCHAR").on(relation));
            }
            fields.push(converted);
        }
        check_names(schema.fields(), "").map_err(|e| e.on(relation))?;
        let arrow = Schema::new(fields);
        let delta: StructType = (&arrow)
            .try_into_kernel()
            .map_err(|e| Error::internal(format!("no Delta schema for {arrow}: {e}")).on(relation))?;
        let has_local_timestamps = arrow.fields().iter().any(|f| has_local_timestamp(f.data_type()));
        Ok(Self { relation: relation.to_owned(), arrow: Arc::new(arrow), delta, has_local_timestamps })
    }

    /// Converts a batch; a column that needs nothing is shared, not copied.
    pub(super) fn convert(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let columns: Vec<ArrayRef> = batch
            .columns()
            .iter()
            .zip(self.arrow.fields())
            .map(|(column, field)| {
                if column.data_type() == field.data_type() {
                    return Ok(Arc::clone(column));
                }
                let options = CastOptions { safe: false, ..CastOptions::default() };
                cast_with_options(column, field.data_type(), &options).map_err(|e| {
                    Error::invalid(format!("column {} does not fit {}: {e}", field.name(), field.data_type()))
                        .on(&self.relation)
                        .hint(format!(
                            "cast it in the query, as in {}",
                            wider(column.data_type(), field.name())
                        ))
                })
            })
            .collect::<Result<_>>()?;
        RecordBatch::try_new(Arc::clone(&self.arrow), columns)
            .map_err(|e| Error::internal(format!("a batch does not fit its schema: {e}")).on(&self.relation))
    }
}

fn wider(from: &DataType, name: &str) -> String {
    let to = match from {
        DataType::UInt64 => "DECIMAL(20, 0)",
        _ => "VARCHAR",
    };
    format!("CAST({name} AS {to})")
}

fn convert_field(field: &Field, path: &str) -> Result<Field> {
    Ok(Field::new(field.name(), convert_type(field.data_type(), path)?, true))
}

fn convert_type(from: &DataType, path: &str) -> Result<DataType> {
    Ok(match from {
        DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::Float32
        | DataType::Float64
        | DataType::Utf8
        | DataType::Binary
        | DataType::Date32 => from.clone(),
        DataType::UInt8 => DataType::Int16,
        DataType::UInt16 => DataType::Int32,
        DataType::UInt32 | DataType::UInt64 => DataType::Int64,
        DataType::Float16 => DataType::Float32,
        DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => DataType::Binary,
        DataType::Date64 => DataType::Date32,
        DataType::Timestamp(_, zone) => {
            DataType::Timestamp(TimeUnit::Microsecond, zone.as_ref().map(|_| "UTC".into()))
        }
        DataType::Decimal32(p, s)
        | DataType::Decimal64(p, s)
        | DataType::Decimal128(p, s)
        | DataType::Decimal256(p, s) => {
            // 12E3 with scale -3 is the whole number 12000: three digits more, none after the point.
            let digits = p.saturating_add(u8::try_from(-i16::from(*s)).unwrap_or(0));
            if digits > DECIMAL_DIGITS {
                return Err(unsupported(path, from, "DECIMAL(38, 10)"));
            }
            DataType::Decimal128(digits, (*s).max(0))
        }
        DataType::Dictionary(_, values) => convert_type(values, path)?,
        DataType::RunEndEncoded(_, values) => convert_type(values.data_type(), path)?,
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::ListView(item)
        | DataType::LargeListView(item) => {
            DataType::List(Arc::new(Field::new("element", convert_type(item.data_type(), path)?, true)))
        }
        DataType::Struct(fields) if fields.is_empty() => return Err(unsupported(path, from, "VARCHAR")),
        DataType::Struct(fields) => {
            let converted: Result<Fields> =
                fields.iter().map(|f| convert_field(f, &format!("{path}.{}", f.name()))).collect();
            DataType::Struct(converted?)
        }
        DataType::Map(entries, _) => convert_map(entries, path)?,
        DataType::Time32(_) | DataType::Time64(_) => return Err(unsupported(path, from, "VARCHAR")),
        DataType::Duration(_) => return Err(unsupported(path, from, "BIGINT")),
        DataType::Interval(_) | DataType::Union(..) => return Err(unsupported(path, from, "VARCHAR")),
    })
}

fn convert_map(entries: &FieldRef, path: &str) -> Result<DataType> {
    let DataType::Struct(pair) = entries.data_type() else {
        return Err(Error::internal(format!("the entries of the map {path} are no pairs")));
    };
    let [key, value] = pair.as_ref() else {
        return Err(Error::internal(format!("the entries of the map {path} are no pairs")));
    };
    let pair = Fields::from(vec![
        Field::new("key", convert_type(key.data_type(), path)?, false),
        Field::new("value", convert_type(value.data_type(), path)?, true),
    ]);
    Ok(DataType::Map(Arc::new(Field::new("key_value", DataType::Struct(pair), false)), false))
}

fn unsupported(path: &str, from: &DataType, to: &str) -> Error {
    let name = path.split('.').next().unwrap_or(path);
    Error::invalid(format!("column {path} is of type {from}, which cannot be stored"))
        .hint(format!("cast it in the query, as in CAST({name} AS {to}) AS {name}"))
}

/// Delta tells names apart without regard to case.
fn check_names(fields: &Fields, parent: &str) -> Result<()> {
    let mut seen: Vec<(String, &str)> = Vec::with_capacity(fields.len());
    for field in fields {
        let name = field.name();
        let path = if parent.is_empty() { name.clone() } else { format!("{parent}.{name}") };
        if name.is_empty() || name.contains(REFUSED) {
            return Err(Error::invalid(format!("column \"{path}\" has a name that cannot be stored")).hint(
                format!(
                    "give it another without spaces and any of ,;{{}}()=, as in \"{name}\" AS {}",
                    plain(name)
                ),
            ));
        }
        let folded = name.to_lowercase();
        if let Some((_, other)) = seen.iter().find(|(seen, _)| *seen == folded) {
            return Err(Error::invalid(format!("columns {other} and {path} have the same name"))
                .hint(format!("leave one out, or give it another name, as in {name} AS {}_2", plain(name))));
        }
        check_nested(field.data_type(), &path)?;
        seen.push((folded, name));
    }
    Ok(())
}

fn check_nested(data_type: &DataType, path: &str) -> Result<()> {
    match data_type {
        DataType::Struct(fields) => check_names(fields, path),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::Map(item, _) => check_nested(item.data_type(), path),
        _ => Ok(()),
    }
}

fn plain(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let plain = plain.trim_matches('_');
    if plain.is_empty() { "name".to_owned() } else { plain.to_owned() }
}

fn has_local_timestamp(data_type: &DataType) -> bool {
    match data_type {
        DataType::Timestamp(_, None) => true,
        DataType::List(item) | DataType::Map(item, _) => has_local_timestamp(item.data_type()),
        DataType::Struct(fields) => fields.iter().any(|f| has_local_timestamp(f.data_type())),
        _ => false,
    }
}
