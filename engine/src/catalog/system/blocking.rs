//! `system.blocking`: the rules and blocking rules of the profiles' last refresh, with the pairs that each gave and left
//! out, and its largest blocks.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, of_profiles, schema_of};
use crate::Result;
use crate::catalog::SessionCatalog;

#[derive(Debug)]
pub(super) struct Blocking;

impl SystemTable for Blocking {
    fn name(&self) -> &'static str {
        "blocking"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("profile", DataType::Utf8),
            ("rule_number", DataType::Int64),
            ("kind", DataType::Utf8),
            ("rule", DataType::Utf8),
            ("refines", DataType::Int64),
            ("blocks", DataType::Int64),
            ("pairs", DataType::Int64),
            ("new_pairs", DataType::Int64),
            ("pairs_over_limit", DataType::Int64),
            ("largest_block", DataType::Int64),
            ("largest_block_record", DataType::Utf8),
            ("largest_blocks", DataType::Utf8),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move { of_profiles::rows(catalog, "blocking", &self.schema()).await })
    }
}
