//! `ANALYZE SOURCE name [table]`: what the columns hold, from `system.column_profile`.

use super::datafusion;
use crate::Result;
use crate::catalog::nearest;
use crate::catalog::object::folded;
use crate::error::{Error, ErrorKind};
use crate::session::{Response, Session};
use crate::sql::{AnalyzeSource, ObjectKind};

pub(super) async fn execute(session: &Session, analyze: &AnalyzeSource) -> Result<Response> {
    let source = folded(&analyze.source);
    let snapshot = session.snapshot();
    let definition = snapshot.require(ObjectKind::Source, &source)?;
    let text = |name: &str| format!("'{}'", name.replace('\'', "''"));
    let mut sql = format!(
        "SELECT table_name, column_name, data_type, kind, meaning, is_key, rows, nulls, distinct_values, min, max, quantiles, \
         average_length, frequent_values FROM system.column_profile WHERE source = {}",
        text(&source)
    );
    if let Some(table) = analyze.table.as_ref().map(folded) {
        let tables = session.engine().sources().open(definition).await?.tables().await?;
        if !tables.contains(&table) {
            let known: Vec<&str> = tables.iter().map(String::as_str).collect();
            let error = Error::new(ErrorKind::NotFound, format!("there is no table {table}"));
            return Err(error.on(format!("source {source}")).hint(match nearest(&table, &known) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("the tables are {}", known.join(", ")),
            }));
        }
        sql += &format!(" AND table_name = {}", text(&table));
    }
    datafusion::rows(session.frame(&sql).await?).await
}
