//! What Flight SQL tells of a column in its metadata, beside the Arrow type.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::xdbc_types::type_name;
use crate::serve::plain;

const TYPE_NAME: &str = "ARROW:FLIGHT:SQL:TYPE_NAME";
const PRECISION: &str = "ARROW:FLIGHT:SQL:PRECISION";
const SCALE: &str = "ARROW:FLIGHT:SQL:SCALE";
const CATALOG: &str = "ARROW:FLIGHT:SQL:CATALOG_NAME";
const SCHEMA: &str = "ARROW:FLIGHT:SQL:SCHEMA_NAME";
const TABLE: &str = "ARROW:FLIGHT:SQL:TABLE_NAME";
const REMARKS: &str = "ARROW:FLIGHT:SQL:REMARKS";

/// The columns of a result as they are sent.
pub(super) fn of_result(schema: &Schema) -> SchemaRef {
    let plain = plain::schema(schema);
    let fields = plain.fields().iter().map(|field| typed(field, HashMap::new()));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The columns of a relation, with what is said of them.
pub(super) fn of_relation(
    schema: &Schema,
    (in_schema, relation): (&str, &str),
    comment: impl Fn(&str) -> Option<String>,
) -> SchemaRef {
    let plain = plain::schema(schema);
    let fields = plain.fields().iter().map(|field| {
        let mut about = HashMap::from([
            (CATALOG.to_owned(), crate::catalog::CATALOG.to_owned()),
            (SCHEMA.to_owned(), in_schema.to_owned()),
            (TABLE.to_owned(), relation.to_owned()),
        ]);
        if let Some(comment) = comment(field.name()) {
            about.insert(REMARKS.to_owned(), comment);
        }
        typed(field, about)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn typed(field: &Field, mut about: HashMap<String, String>) -> Field {
    about.insert(TYPE_NAME.to_owned(), type_name(field.data_type()).to_owned());
    if let DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale) = field.data_type()
    {
        about.insert(PRECISION.to_owned(), precision.to_string());
        about.insert(SCALE.to_owned(), scale.to_string());
    }
    Field::new(field.name(), field.data_type().clone(), field.is_nullable()).with_metadata(about)
}
