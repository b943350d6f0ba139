//! `p_360`: a profile with its measures, whether each segment holds it, and its predictions.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::DFSchemaRef;
use datafusion::datasource::empty::EmptyTable;

use super::profile_of;
use crate::Result;
use crate::catalog::SessionCatalog;
use crate::catalog::object::folded;
use crate::identity::rules::quoted;
use crate::prediction::method::{self, Method};
use crate::prediction::path;
use crate::prediction::task::scores_schema;
use crate::sql::{ObjectKind, Statement};

/// The profile's columns, then a column per figure of each measure that has one row per person, then a boolean
/// `in_<segment>` per segment, then the scores of each prediction: the main one by the prediction's name.
pub async fn relation(catalog: &SessionCatalog, profile: &str) -> Result<Arc<dyn TableProvider>> {
    let snapshot = catalog.snapshot();
    let id = quoted(&format!("{profile}_id"));
    let mut taken: BTreeSet<String> = BTreeSet::new();
    if let Some(table) = catalog.relation("profiles", profile).await? {
        taken.extend(table.schema().fields().iter().map(|f| f.name().clone()));
    }
    let mut columns = vec!["p.*".to_owned()];
    let mut joins = String::new();
    for (number, definition) in snapshot.of_kind(ObjectKind::Measure).enumerate() {
        let name = &definition.object.name;
        let Some(table) = catalog.relation("measures", name).await? else { continue };
        if profile_of(&snapshot, table.as_ref()).as_deref() != Some(profile)
            || !one_row_per_person(catalog, name, &format!("{profile}_id")).await?
        {
            continue;
        }
        let schema = table.schema();
        let figures: Vec<&String> =
            schema.fields().iter().map(|f| f.name()).filter(|n| **n != format!("{profile}_id")).collect();
        for figure in &figures {
            let plain = if figures.len() == 1 { name.clone() } else { (*figure).clone() };
            let shown = if taken.insert(plain.clone()) { plain } else { format!("{name}_{figure}") };
            taken.insert(shown.clone());
            columns.push(format!("m{number}.{} AS {}", quoted(figure), quoted(&shown)));
        }
        joins.push_str(&format!(
            " LEFT JOIN measures.{} AS m{number} ON m{number}.{id} = p.{id}",
            quoted(name)
        ));
    }
    for (number, definition) in snapshot.of_kind(ObjectKind::Segment).enumerate() {
        let name = &definition.object.name;
        let Some(table) = catalog.relation("segments", name).await? else { continue };
        if profile_of(&snapshot, table.as_ref()).as_deref() != Some(profile) {
            continue;
        }
        columns.push(format!("s{number}.member IS NOT NULL AS {}", quoted(&format!("in_{name}"))));
        joins.push_str(&format!(
            " LEFT JOIN (SELECT DISTINCT {id} AS member FROM segments.{}) AS s{number} ON s{number}.member = p.{id}",
            quoted(name)
        ));
    }
    for (number, definition) in snapshot.of_kind(ObjectKind::Prediction).enumerate() {
        let Statement::CreatePrediction(create) = &definition.statement else { continue };
        if folded(&create.profile) != profile {
            continue;
        }
        let name = &definition.object.name;
        let method = method::find(&folded(&create.method))?;
        for (column, _) in method.columns() {
            let plain = if column == method.main() { name.clone() } else { format!("{name}_{column}") };
            let shown = if taken.insert(plain.clone()) { plain } else { format!("{name}_{column}") };
            taken.insert(shown.clone());
            columns.push(format!("q{number}.{} AS {}", quoted(column), quoted(&shown)));
        }
        let from = scores(catalog, name, method, &format!("{profile}_id")).await?;
        let first = method.first().map(|condition| format!(" WHERE {condition}")).unwrap_or_default();
        joins.push_str(&format!(
            " LEFT JOIN (SELECT * FROM {from}{first}) AS q{number} ON q{number}.{id} = p.{id}"
        ));
    }
    let text = format!("SELECT {} FROM profiles.{} AS p{joins}", columns.join(", "), quoted(profile));
    catalog.view_text(&text).await
}

/// The relation of a prediction's scores. Before its first refresh, and before the first one by another method, nobody
/// has a score: one prediction that cannot be trained must not take the whole view away.
async fn scores(
    catalog: &SessionCatalog,
    prediction: &str,
    method: &'static dyn Method,
    id: &str,
) -> Result<String> {
    if catalog.snapshot().state.relations.contains_key(&path(prediction))
        && let Some(stored) = catalog.relation("predictions", prediction).await?
        && method.columns().iter().all(|(column, _)| stored.schema().field_with_name(column).is_ok())
    {
        return Ok(format!("predictions.{}", quoted(prediction)));
    }
    let nobody = format!("no_scores_of_{prediction}");
    catalog.scratch(&nobody, Arc::new(EmptyTable::new(scores_schema(method, id))))?;
    Ok(format!("scratch.{}", quoted(&nobody)))
}

/// Whether the plan of a measure says that an id occurs once: it groups by the id alone.
async fn one_row_per_person(catalog: &SessionCatalog, measure: &str, id: &str) -> Result<bool> {
    let snapshot = catalog.snapshot();
    let Some(definition) = snapshot.get(ObjectKind::Measure, measure) else { return Ok(false) };
    let Statement::CreateMeasure(create) = &definition.statement else { return Ok(false) };
    let view = catalog.view(&create.query).await?;
    let Some(plan) = view.get_logical_plan() else { return Ok(false) };
    Ok(is_key(plan.schema(), id))
}

fn is_key(schema: &DFSchemaRef, id: &str) -> bool {
    let Some(place) = schema.fields().iter().position(|f| f.name() == id) else { return false };
    schema.functional_dependencies().iter().any(|d| d.source_indices == [place])
}
