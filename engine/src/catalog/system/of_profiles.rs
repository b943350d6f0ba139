//! Tables of `system` whose rows each profile keeps with its relations.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::SchemaRef;

use crate::Result;
use crate::catalog::SessionCatalog;
use crate::identity::profile::Profile;
use crate::sql::ObjectKind;

/// The rows of a relation of all profiles, with the profile's name before the columns.
pub(super) async fn rows(
    catalog: &SessionCatalog,
    relation: &str,
    schema: &SchemaRef,
) -> Result<Vec<ArrayRef>> {
    let snapshot = catalog.snapshot();
    let mut batches = vec![RecordBatch::new_empty(Arc::clone(schema))];
    for definition in snapshot.of_kind(ObjectKind::Profile) {
        let name = &definition.object.name;
        let path = Profile::path(name, relation);
        let Some(stored) = snapshot.state.relations.get(&path) else { continue };
        let provider = catalog.engine().warehouse().relation(&path).provider(stored.version).await?;
        let ctx = datafusion::prelude::SessionContext::new_with_state(catalog.state()?);
        for batch in ctx.read_table(provider)?.collect().await? {
            let profile: ArrayRef = Arc::new(StringArray::from(vec![name.as_str(); batch.num_rows()]));
            let mut columns = vec![profile];
            for (column, field) in batch.columns().iter().zip(&schema.fields()[1..]) {
                columns.push(cast(column, field.data_type())?);
            }
            batches.push(RecordBatch::try_new(Arc::clone(schema), columns)?);
        }
    }
    Ok(concat_batches(schema, &batches)?.columns().to_vec())
}
