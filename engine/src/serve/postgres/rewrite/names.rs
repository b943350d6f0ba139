//! Relations without a schema.

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

use crate::catalog::schemas::{PG_CATALOG, pg_catalog};

/// Gives a relation its schema: that of the catalog for one of the catalog's names, else the first of the search path, if
/// that is another than `public`.
pub(super) fn resolve(relation: &mut ObjectName, search_path: &[String], tables: &[Ident]) {
    let [ObjectNamePart::Identifier(name)] = relation.0.as_slice() else { return };
    let folded = if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() };
    if tables.iter().any(|table| table.value.eq_ignore_ascii_case(&folded)) {
        return;
    }
    let schema = if pg_catalog::has(&folded) {
        PG_CATALOG
    } else {
        match search_path.first().map(String::as_str) {
            None | Some("public" | PG_CATALOG) => return,
            // Which relations the other schemas have is not known here; the first schema is meant.
            Some(first) => first,
        }
    };
    if schema == PG_CATALOG || search_path.len() == 1 {
        let ident = if schema == PG_CATALOG { Ident::new(schema) } else { Ident::with_quote('"', schema) };
        relation.0.insert(0, ObjectNamePart::Identifier(ident));
    }
}
