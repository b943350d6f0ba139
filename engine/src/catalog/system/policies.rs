//! `system.policies`: who sees which rows and columns of which relation.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, schema_of, texts, time_type, times};
use crate::Result;
use crate::access::StoredPolicy;
use crate::catalog::SessionCatalog;

#[derive(Debug)]
pub(super) struct Policies;

impl SystemTable for Policies {
    fn name(&self) -> &'static str {
        "policies"
    }

    fn schema(&self) -> SchemaRef {
        schema_of(&[
            ("relation", DataType::Utf8),
            ("name", DataType::Utf8),
            ("restricts", DataType::Utf8),
            ("rows", DataType::Utf8),
            ("masks", DataType::Utf8),
            ("created_at", time_type()),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let snapshot = catalog.snapshot();
            let all: Vec<(&String, &String, &StoredPolicy)> = snapshot
                .state
                .policies
                .iter()
                .flat_map(|(relation, own)| own.iter().map(move |(name, policy)| (relation, name, policy)))
                .collect();
            let masks = |policy: &StoredPolicy| -> Option<String> {
                let masks = policy.masks.iter().map(|(column, mask)| format!("{column} AS {mask}"));
                Some(masks.collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty())
            };
            Ok(vec![
                texts(all.iter().map(|p| Some(p.0))),
                texts(all.iter().map(|p| Some(p.1))),
                texts(all.iter().map(|p| Some(p.2.restricted()))),
                texts(all.iter().map(|p| p.2.using.as_ref())),
                texts(all.iter().map(|p| masks(p.2))),
                times(all.iter().map(|p| Some(p.2.created_at))),
            ])
        })
    }
}
