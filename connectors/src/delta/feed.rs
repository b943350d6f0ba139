//! Changes by Delta's change data feed.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::view::ViewTable;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Column;
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::{TableType, provider_as_source};
use datafusion::error::{DataFusionError, Result as DFResult};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, cast, col, lit, when};
use datafusion::physical_plan::ExecutionPlan;
use deltalake_core::delta_datafusion::DeltaCdfTableProvider;
use object_store::ObjectStore;
use url::Url;

use super::source::{Known, explain};
use crate::changes::{DELETED, Next, Position, SEQUENCE};
use crate::{Changes, Error, Result};

/// The property of tables that keep books.
const ENABLED: &str = "delta.enableChangeDataFeed";

/// What the feed calls a change, and the version that made it.
const CHANGE: &str = "_change_type";
const VERSION: &str = "_commit_version";

/// The rows that changed between the version of `since` and the one that is known, or all of that.
/// `None` where the table has no feed or lacks a column of the key.
///
/// # Errors
/// The log cannot be read.
pub(super) fn changes(key: &[String], known: &Known, since: Option<&str>) -> Result<Option<Changes>> {
    let state = known.table.snapshot().map_err(|e| explain(&e))?;
    let enabled =
        state.metadata().configuration().get(ENABLED).is_some_and(|v| v.eq_ignore_ascii_case("true"));
    let schema = known.provider.schema();
    if key.is_empty() || !enabled || key.iter().any(|column| schema.index_of(column).is_err()) {
        return Ok(None);
    }
    let id = known.id()?;
    let from = since.and_then(|text| text.split_once(" of ")).filter(|(_, of)| *of == id);
    let from = from.and_then(|(version, _)| version.parse::<u64>().ok()).filter(|v| *v <= known.version);
    let rows: Arc<dyn TableProvider> = match from {
        Some(from) => changed(known, from, &schema)?,
        None => Arc::clone(&known.provider) as _,
    };
    Ok(Some(Changes {
        key: key.to_vec(),
        key_is_sure: false,
        all: from.is_none(),
        rows,
        filter: None,
        next: Next::Told(Position::known(format!("{} of {id}", known.version))),
    }))
}

fn changed(known: &Known, from: u64, schema: &SchemaRef) -> Result<Arc<dyn TableProvider>> {
    if from == known.version {
        let marks = [(DELETED, DataType::Boolean), (SEQUENCE, DataType::Int64)];
        let marks = marks.map(|(name, data_type)| Arc::new(Field::new(name, data_type, false)));
        let fields: Fields = schema.fields().iter().cloned().chain(marks).collect();
        return Ok(Arc::new(EmptyTable::new(Arc::new(Schema::new(fields)))));
    }
    let failed = |e: DataFusionError| Error::new(e.to_string());
    let columns = schema.fields().iter().map(|f| Expr::Column(Column::from_name(f.name())));
    let gone = col(CHANGE).eq(lit("delete")).alias(DELETED);
    // What a commit deletes and inserts is there after it.
    let sequence = (cast(col(VERSION), DataType::Int64) * lit(2_i64)
        + when(col(CHANGE).eq(lit("delete")), lit(0_i64)).otherwise(lit(1_i64)).map_err(failed)?)
    .alias(SEQUENCE);
    let feed = known.table.clone().scan_cdf();
    let feed = feed.with_starting_version(from + 1).with_ending_version(known.version);
    let feed = DeltaCdfTableProvider::try_new(feed).map_err(|e| explain(&e))?;
    let (store, url) = (Arc::clone(&known.provider.store), known.provider.url.clone());
    let feed = Arc::new(Feed { feed, store, url });
    let plan = LogicalPlanBuilder::scan("feed", provider_as_source(feed), None).and_then(|scan| {
        scan.filter(col(CHANGE).not_eq(lit("update_preimage")))?
            .project(columns.chain([gone, sequence]))?
            .build()
    });
    Ok(Arc::new(ViewTable::new(plan.map_err(failed)?, None)))
}

/// The feed with the store that its files are in.
#[derive(Debug)]
struct Feed {
    feed: DeltaCdfTableProvider,
    store: Arc<dyn ObjectStore>,
    url: Url,
}

#[async_trait]
impl TableProvider for Feed {
    fn schema(&self) -> SchemaRef {
        self.feed.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> DFResult<Arc<dyn ExecutionPlan>> {
        session.runtime_env().register_object_store(&self.url, Arc::clone(&self.store));
        self.feed.scan(session, projection, &[], limit).await
    }
}
