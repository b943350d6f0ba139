//! `splink_model('profile')`: what the profile has learned, as the JSON that Splink takes for settings: one row with the
//! column `model`.

use std::sync::{Arc, Weak};

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::plan_err;
use datafusion::datasource::MemTable;
use datafusion::error::{DataFusionError, Result as DFResult};
use datafusion::physical_plan::ExecutionPlan;
use futures::future::BoxFuture;

use super::{own_session, text_argument};
use crate::catalog::SessionCatalog;
use crate::catalog::boxed::{self, Asked, Relation};
use crate::identity::splink;
use crate::identity::state::learned::Learned;
use crate::{Error, Result};

/// The function.
#[derive(Debug)]
pub(super) struct SplinkModel {
    catalog: Weak<SessionCatalog>,
}

impl SplinkModel {
    pub(super) fn new(catalog: &Arc<SessionCatalog>) -> Self {
        Self { catalog: Arc::downgrade(catalog) }
    }
}

impl TableFunctionImpl for SplinkModel {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> DFResult<Arc<dyn TableProvider>> {
        let [Some(profile)] = args.exprs().iter().map(text_argument).collect::<Vec<_>>()[..] else {
            return plan_err!(
                "splink_model takes the name of a profile, as a text: splink_model('customer')"
            );
        };
        Ok(boxed::relation(Written { catalog: Weak::clone(&self.catalog), profile: profile.to_owned() }))
    }
}

#[derive(Debug)]
struct Written {
    catalog: Weak<SessionCatalog>,
    profile: String,
}

impl Written {
    async fn rows(&self) -> Result<RecordBatch> {
        let session = own_session(&self.catalog)?;
        let learned = Learned::of(&session, &self.profile).await.map_err(Error::elsewhere)?;
        let model: ArrayRef = Arc::new(StringArray::from(vec![splink::write(&learned)?]));
        Ok(RecordBatch::try_new(self.schema(), vec![model])?)
    }
}

impl Relation for Written {
    fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(vec![Field::new("model", DataType::Utf8, false)]))
    }

    fn scan<'a>(&'a self, asked: Asked<'a>) -> BoxFuture<'a, DFResult<Arc<dyn ExecutionPlan>>> {
        Box::pin(async move {
            let rows = self.rows().await.map_err(DataFusionError::from)?;
            asked.of(&MemTable::try_new(self.schema(), vec![vec![rows]])?).await
        })
    }
}
