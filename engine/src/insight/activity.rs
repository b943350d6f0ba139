//! An activity: records of what a person did, found through the links by source and key, so that ids may merge
//! and split without anything being rewritten.

use std::sync::Arc;

use datafusion::catalog::TableProvider;

use crate::catalog::object::folded;
use crate::catalog::{ObjectRef, SessionCatalog};
use crate::identity::rules::quoted;
use crate::sql::{CreateActivity, ObjectKind, Statement, sql_text};
use crate::{Error, Result};

/// The query's columns, with the person's id first. Records that belong to nobody are in `activities.unlinked`.
pub async fn relation(
    catalog: &SessionCatalog,
    object: &ObjectRef,
    create: &CreateActivity,
) -> Result<Arc<dyn TableProvider>> {
    let at = |e: Error| e.on(object.to_string());
    let columns = check(catalog, create).await.map_err(at)?;
    let profile = folded(&create.profile);
    let selected: Vec<String> = columns.iter().map(|c| format!("a.{}", quoted(c))).collect();
    let text = format!(
        "SELECT k.{id}, {} FROM ({}) AS a JOIN {} AS k ON k.record_key = CAST(a.{} AS VARCHAR)",
        selected.join(", "),
        sql_text(&create.query),
        links_of_source(create),
        quoted(&folded(&create.link)),
        id = quoted(&format!("{profile}_id")),
    );
    catalog.view_text(&text).await.map_err(at)
}

/// The links of the record source that an activity names.
pub fn links_of_source(create: &CreateActivity) -> String {
    let profile = folded(&create.profile);
    format!(
        "(SELECT record_key, {} FROM profiles.{} WHERE source = '{}')",
        quoted(&format!("{profile}_id")),
        quoted(&format!("{profile}_links")),
        folded(&create.record_source).replace('\'', "''"),
    )
}

/// Checks that the profile, its record source and the columns exist; gives the query's columns.
pub async fn check(catalog: &SessionCatalog, create: &CreateActivity) -> Result<Vec<String>> {
    let snapshot = catalog.snapshot();
    let profile = folded(&create.profile);
    let definition = snapshot.require(ObjectKind::Profile, &profile)?;
    if let Statement::CreateProfile(p) = &definition.statement {
        let sources: Vec<String> = p.sources.iter().map(|s| folded(&s.name)).collect();
        let source = folded(&create.record_source);
        if !sources.contains(&source) {
            return Err(Error::invalid(format!("profile {profile} has no record source {source}"))
                .hint(format!("LINK … TO one of {}", sources.join(", "))));
        }
    }
    let schema = catalog.view(&create.query).await?.schema();
    let columns: Vec<String> = schema.fields().iter().map(|f| f.name().clone()).collect();
    for (clause, ident) in [("KEY", &create.key), ("LINK", &create.link), ("AT", &create.at)] {
        let name = folded(ident);
        if !columns.contains(&name) {
            return Err(Error::invalid(format!("{clause} names {name}, which the query does not select"))
                .hint(format!("the query selects {}", columns.join(", "))));
        }
    }
    let at = schema.field_with_name(&folded(&create.at))?;
    if !at.data_type().is_temporal() {
        let message = format!("AT names {}, which is {} and no time", at.name(), at.data_type());
        return Err(
            Error::invalid(message).hint("convert it in the query, as in to_timestamp(column, '%d.%m.%Y')")
        );
    }
    let id = format!("{profile}_id");
    if columns.contains(&id) {
        return Err(Error::invalid(format!("the query selects a column named {id}"))
            .hint("that name belongs to the activity; give the column another with AS"));
    }
    Ok(columns)
}
