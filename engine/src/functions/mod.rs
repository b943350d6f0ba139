//! Table functions: what is asked about the objects of the catalog.

mod evaluate_matches;

use std::sync::Arc;

use datafusion::catalog::TableFunctionImpl;

use crate::catalog::SessionCatalog;

/// The table functions with their names, sorted by name.
pub(crate) fn table_functions(
    catalog: &Arc<SessionCatalog>,
) -> Vec<(&'static str, Arc<dyn TableFunctionImpl>)> {
    vec![("evaluate_matches", Arc::new(evaluate_matches::EvaluateMatches::new(catalog)))]
}
