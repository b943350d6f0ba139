//! `SHOW SOURCES`, `SHOW PROFILES`, …, `SHOW CONNECTORS`, `SHOW FUNCTIONS`.

use super::{datafusion, text_rows};
use crate::Result;
use crate::session::{Response, Session};
use crate::sql::{ObjectKind, Show, Shown};

pub(super) async fn execute(session: &Session, show: &Show) -> Result<Response> {
    let filter = |column: &str| match &show.like {
        Some(pattern) => format!(" AND {column} LIKE '{}'", pattern.replace('\'', "''")),
        None => String::new(),
    };
    let text = match show.what {
        Shown::Objects(kind) => format!(
            "SELECT name, status, refreshed_at, rows, file FROM system.objects WHERE kind = '{}'{}{} ORDER BY name",
            kind.to_string().to_lowercase(),
            filter("name"),
            readable(session, kind)
        ),
        Shown::Functions => format!(
            "SELECT DISTINCT routine_name AS name, function_type AS type, syntax_example AS syntax, description \
             FROM information_schema.routines WHERE routine_name IS NOT NULL{} ORDER BY name",
            filter("routine_name")
        ),
        Shown::Connectors => {
            let rows = onefold_connectors::connectors()
                .iter()
                .map(|c| [Some(c.name().to_owned()), Some(c.description().to_owned())])
                .collect();
            return text_rows(["name", "description"], rows);
        }
    };
    let session = session.of_the_engine().await?;
    datafusion::rows(session.frame(&text).await?).await
}

/// The condition that leaves out what the session's user may not read.
fn readable(session: &Session, kind: ObjectKind) -> String {
    let rights = session.catalog().rights();
    if rights.everything() {
        return String::new();
    }
    let snapshot = session.snapshot();
    let names = snapshot.of_kind(kind).map(|d| d.object.name.as_str()).filter(|name| match kind.schema() {
        Some(schema) => rights.may_read(schema, name),
        None => rights.may_see(name),
    });
    let names: Vec<String> = names.map(|name| format!("'{}'", name.replace('\'', "''"))).collect();
    if names.is_empty() { " AND false".to_owned() } else { format!(" AND name IN ({})", names.join(", ")) }
}
