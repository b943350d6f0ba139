//! Table functions that look into profiles ask for the rights to what they tell of.

use std::sync::{Arc, Weak};

use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::error::Result as DFResult;

use crate::catalog::SessionCatalog;
use crate::functions::text_argument;

/// The function as a statement of a user calls it.
pub(crate) fn guarded(
    function: Arc<dyn TableFunctionImpl>,
    catalog: &Arc<SessionCatalog>,
) -> Arc<dyn TableFunctionImpl> {
    Arc::new(Guarded { function, catalog: Arc::downgrade(catalog) })
}

#[derive(Debug)]
struct Guarded {
    function: Arc<dyn TableFunctionImpl>,
    catalog: Weak<SessionCatalog>,
}

impl TableFunctionImpl for Guarded {
    /// The first text is a profile and the second, if it is qualified, a relation; other arguments are values.
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> DFResult<Arc<dyn TableProvider>> {
        if let Some(catalog) = self.catalog.upgrade() {
            let rights = catalog.rights();
            let mut texts = args.exprs().iter().filter_map(text_argument);
            match texts.next() {
                Some(profile) => rights.require_profile(profile)?,
                None => rights.require_admin("a table function whose profile is not a text")?,
            }
            if args.exprs().len() == 2
                && let Some(relation) = texts.next()
            {
                let (schema, name) = relation.split_once('.').unwrap_or(("public", relation));
                catalog.require_whole(schema, name)?;
            }
        }
        self.function.call_with_args(args)
    }
}
