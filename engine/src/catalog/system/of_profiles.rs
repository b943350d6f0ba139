//! Tables of `system` whose rows each profile keeps with its relations.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::SchemaRef;

use crate::Result;
use crate::catalog::SessionCatalog;
use crate::identity::profile::Profile;
use crate::sql::ObjectKind;

/// The rows of a relation of all profiles into whose records the session may look, with the profile's name before the
/// columns.
pub(super) async fn rows(
    catalog: &SessionCatalog,
    relation: &str,
    schema: &SchemaRef,
) -> Result<Vec<ArrayRef>> {
    let snapshot = catalog.snapshot();
    let mut batches = vec![RecordBatch::new_empty(Arc::clone(schema))];
    for definition in snapshot.of_kind(ObjectKind::Profile) {
        let name = &definition.object.name;
        if catalog.rights().require_profile(name).is_err() {
            continue;
        }
        let path = Profile::path(name, relation);
        let Some(stored) = snapshot.state.relations.get(&path) else { continue };
        let provider = catalog.engine().warehouse().relation(&path).provider(stored.version).await?;
        let ctx = datafusion::prelude::SessionContext::new_with_state(catalog.state()?);
        for batch in ctx.read_table(provider)?.collect().await? {
            let profile: ArrayRef = Arc::new(StringArray::from(vec![name.as_str(); batch.num_rows()]));
            let mut columns = vec![profile];
            for (place, field) in schema.fields()[1..].iter().enumerate() {
                // What an earlier version of the program has stored may lack the last columns.
                columns.push(match batch.columns().get(place) {
                    Some(column) => cast(column, field.data_type())?,
                    None => new_null_array(field.data_type(), batch.num_rows()),
                });
            }
            batches.push(RecordBatch::try_new(Arc::clone(schema), columns)?);
        }
    }
    Ok(concat_batches(schema, &batches)?.columns().to_vec())
}
