//! The names that the shell completes: relations, their columns, functions.

use std::collections::BTreeMap;

use crate::{Result, Session};

use super::format::cells;

/// What there is.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By schema and name, the columns of each relation.
    pub(super) relations: BTreeMap<(String, String), Vec<String>>,
    pub(super) functions: Vec<String>,
}

/// Asks for all names; `None` when they cannot be told now.
pub(super) async fn load(session: &Session) -> Option<Names> {
    let mut names = Names::default();
    let columns = "SELECT table_schema, table_name, column_name FROM information_schema.columns \
                   ORDER BY table_schema, table_name, ordinal_position";
    for row in rows(session, columns).await.ok()? {
        if let [Some(schema), Some(relation), Some(column)] = row.as_slice() {
            names.relations.entry((schema.clone(), relation.clone())).or_default().push(column.clone());
        }
    }
    let functions = "SELECT DISTINCT routine_name FROM information_schema.routines ORDER BY routine_name";
    let functions = rows(session, functions).await.unwrap_or_default();
    names.functions = functions.into_iter().flatten().flatten().collect();
    Some(names)
}

/// The rows of a query as text.
pub(super) async fn rows(session: &Session, query: &str) -> Result<Vec<Vec<Option<String>>>> {
    let mut out = Vec::new();
    for batch in session.query(query).await? {
        out.extend(cells::rows(&batch)?);
    }
    Ok(out)
}
