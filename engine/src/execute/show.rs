//! `SHOW SOURCES`, `SHOW PROFILES`, …, `SHOW CONNECTORS`, `SHOW FUNCTIONS`.

use super::{datafusion, text_rows};
use crate::Result;
use crate::session::{Response, Session};
use crate::sql::{Show, Shown};

pub(super) async fn execute(session: &Session, show: &Show) -> Result<Response> {
    let filter = |column: &str| match &show.like {
        Some(pattern) => format!(" AND {column} LIKE '{}'", pattern.replace('\'', "''")),
        None => String::new(),
    };
    let text = match show.what {
        Shown::Objects(kind) => format!(
            "SELECT name, status, refreshed_at, rows, file FROM system.objects WHERE kind = '{}'{} ORDER BY name",
            kind.to_string().to_lowercase(),
            filter("name")
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
    datafusion::rows(session.frame(&text).await?).await
}
