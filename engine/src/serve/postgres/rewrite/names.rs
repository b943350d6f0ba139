//! Relations of the catalog without a schema. Others are looked up along the search path, where that is known.

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

use crate::catalog::schemas::{PG_CATALOG, pg_catalog};

/// Gives a relation the catalog's schema if it has one of the catalog's names.
pub(super) fn resolve(relation: &mut ObjectName, tables: &[Ident]) {
    let [ObjectNamePart::Identifier(name)] = relation.0.as_slice() else { return };
    let folded = if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() };
    if pg_catalog::has(&folded) && !tables.iter().any(|table| table.value.eq_ignore_ascii_case(&folded)) {
        relation.0.insert(0, ObjectNamePart::Identifier(Ident::new(PG_CATALOG)));
    }
}
