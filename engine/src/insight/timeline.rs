//! `activities.timeline`: everything that everybody did, and `activities.unlinked`: what belongs to nobody.

use std::sync::Arc;

use datafusion::catalog::TableProvider;

use super::activity;
use crate::Result;
use crate::catalog::object::folded;
use crate::catalog::{ObjectRef, SessionCatalog};
use crate::identity::rules::quoted;
use crate::sql::{CreateActivity, ObjectKind, Statement, sql_text};

/// The relation of all linked activities.
pub const TIMELINE: &str = "timeline";
/// The relation of activity records whose link leads to no record of the profile.
pub const UNLINKED: &str = "unlinked";

/// One row per record of every activity, of those that belong to somebody or of those that do not.
pub async fn relation(catalog: &SessionCatalog, linked: bool) -> Result<Arc<dyn TableProvider>> {
    let snapshot = catalog.snapshot();
    let mut parts = Vec::new();
    for definition in snapshot.of_kind(ObjectKind::Activity) {
        if let Statement::CreateActivity(create) = &definition.statement {
            parts.push(part(catalog, &definition.object, create, linked).await?);
        }
    }
    if parts.is_empty() {
        let person = if linked { "CAST(NULL AS VARCHAR) AS id, " } else { "" };
        parts.push(format!(
            "SELECT {person}CAST(NULL AS VARCHAR) AS profile, CAST(NULL AS VARCHAR) AS activity, \
             CAST(NULL AS VARCHAR) AS type, CAST(NULL AS VARCHAR) AS key, CAST(NULL AS TIMESTAMP) AS time, \
             CAST(NULL AS VARCHAR) AS title, CAST(NULL AS VARCHAR) AS detail, CAST(NULL AS VARCHAR) AS url, \
             CAST(NULL AS VARCHAR) AS attributes, CAST(NULL AS VARCHAR) AS source, \
             CAST(NULL AS VARCHAR) AS record_key WHERE false"
        ));
    }
    catalog.view_text(&parts.join(" UNION ALL ")).await
}

async fn part(
    catalog: &SessionCatalog,
    object: &ObjectRef,
    create: &CreateActivity,
    linked: bool,
) -> Result<String> {
    let columns = activity::check(catalog, create).await.map_err(|e| e.on(object.to_string()))?;
    let profile = folded(&create.profile);
    let (key, link, at) = (folded(&create.key), folded(&create.link), folded(&create.at));
    let text =
        |expr: Option<String>| format!("CAST({} AS VARCHAR)", expr.unwrap_or_else(|| "NULL".to_owned()));
    let literal = |value: &str| format!("'{}'", value.replace('\'', "''"));
    let kind = create.activity_type.as_ref().map_or_else(|| object.name.clone(), folded);
    let rest: Vec<String> = columns
        .iter()
        .filter(|c| ![&key, &link, &at].contains(c))
        .map(|c| format!("{}, {}", literal(c), quoted(c)))
        .collect();
    let attributes = if rest.is_empty() {
        "NULL".to_owned()
    } else {
        format!("to_json(named_struct({}))", rest.join(", "))
    };
    let title = create.title.as_ref().map(sql_text).or_else(|| Some(literal(&object.name)));
    let inner = format!(
        "SELECT {} AS profile, {} AS activity, {} AS type, {} AS key, CAST({} AS TIMESTAMP) AS time, \
         {} AS title, {} AS detail, {} AS url, {} AS attributes, {} AS source, {} AS record_key FROM ({}) AS q",
        literal(&profile),
        literal(&object.name),
        literal(&kind),
        text(Some(quoted(&key))),
        quoted(&at),
        text(title),
        text(create.detail.as_ref().map(sql_text)),
        text(create.url.as_ref().map(sql_text)),
        text(Some(attributes)),
        literal(&folded(&create.record_source)),
        text(Some(quoted(&link))),
        sql_text(&create.query),
    );
    let shown = "a.profile, a.activity, a.type, a.key, a.time, a.title, a.detail, a.url, a.attributes, a.source, \
                 a.record_key";
    let links = activity::links_of_source(create);
    let id = quoted(&format!("{profile}_id"));
    Ok(if linked {
        format!(
            "SELECT k.{id} AS id, {shown} FROM ({inner}) AS a JOIN {links} AS k ON k.record_key = a.record_key"
        )
    } else {
        format!(
            "SELECT {shown} FROM ({inner}) AS a LEFT JOIN {links} AS k ON k.record_key = a.record_key \
             WHERE k.record_key IS NULL"
        )
    })
}
