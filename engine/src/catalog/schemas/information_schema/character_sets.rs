//! `information_schema.character_sets`: UTF-8. Npgsql asks for it before anything else.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use crate::Result;
use crate::catalog::provider::{CATALOG, SessionCatalog};
use crate::catalog::system::{SystemTable, schema_of, texts};

#[derive(Debug)]
pub(super) struct CharacterSets;

impl SystemTable for CharacterSets {
    fn name(&self) -> &'static str {
        "character_sets"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("character_set_catalog", DataType::Utf8),
            ("character_set_schema", DataType::Utf8),
            ("character_set_name", DataType::Utf8),
            ("character_repertoire", DataType::Utf8),
            ("form_of_use", DataType::Utf8),
            ("default_collate_catalog", DataType::Utf8),
            ("default_collate_schema", DataType::Utf8),
            ("default_collate_name", DataType::Utf8),
        ])
    }

    fn rows<'a>(&'a self, _: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let row = [None, None, Some("UTF8"), Some("UCS"), Some("UTF8"), Some(CATALOG), None, Some("C")];
            Ok(row.map(|value| texts([value])).to_vec())
        })
    }
}
