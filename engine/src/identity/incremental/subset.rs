//! Reads the evidence of some records only.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use datafusion::datasource::MemTable;

use crate::Result;
use crate::identity::blocking::keys::Keys;
use crate::identity::matching::load;
use crate::identity::matching::plan::Plan;
use crate::identity::operator::memory::Memory;
use crate::identity::profile::{Profile, RECORD_ORDER};
use crate::identity::rules::{EVIDENCE, quoted};
use crate::refresh::Job;

/// The evidence of some records, numbered by their place among them.
#[derive(Debug)]
pub struct Subset {
    flat: Vec<ArrayRef>,
    /// Their keys.
    pub keys: Keys,
    _memory: Arc<Memory>,
}

impl Subset {
    /// The columns of each comparison.
    pub fn columns(&self, plan: &Plan) -> Vec<Vec<ArrayRef>> {
        plan.by_comparison(self.flat.iter().cloned())
    }
}

/// Reads the evidence of these records, which are in ascending order.
pub async fn load(job: &Job, profile: &Profile, plan: &Plan, records: &[u32]) -> Result<Subset> {
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(records.iter().map(|r| i64::from(*r))));
    let places: ArrayRef = Arc::new(Int64Array::from_iter_values((0..).take(records.len())));
    let batch = RecordBatch::try_from_iter([("number", numbers), ("place", places)])?;
    job.session.scratch("wanted", Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]])?))?;
    let columns: String = profile.columns.iter().map(|c| format!(", e.{}", quoted(c.name()))).collect();
    let wanted = format!(
        "(SELECT w.place AS {RECORD_ORDER}{columns} FROM scratch.wanted AS w JOIN scratch.{EVIDENCE} AS e \
         ON w.number = e.{RECORD_ORDER}) AS wanted"
    );
    let (loaded, memory) = load::load(&job.session, &job.object, plan, &wanted).await?;
    Ok(Subset { flat: loaded.columns, keys: loaded.keys, _memory: memory })
}
