//! `profiles`: for each profile its people, their records, links, pairs, history and lineage, and the 360° view.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::datasource::empty::EmptyTable;

use super::stored;
use crate::Result;
use crate::catalog::dependencies::profile_relation;
use crate::catalog::provider::SessionCatalog;
use crate::catalog::snapshot::Snapshot;
use crate::identity::history;
use crate::identity::lineage::{LineageInput, lineage_sql};
use crate::identity::matching::auto;
use crate::identity::matching::plan::Plan;
use crate::identity::pairs::Names;
use crate::identity::profile::Profile;
use crate::identity::rules;
use crate::identity::survivorship::{MergeInput, cluster_fields, id_fields, merge_sql};
use crate::insight::customer_360;
use crate::sql::{CreateProfile, ObjectKind, Statement};

/// What follows `<profile>_` in the names of a profile's relations.
pub const RELATIONS: [&str; 7] = ["records", "links", "pairs", "households", "history", "lineage", "360"];

pub(super) fn names(snapshot: &Snapshot) -> Vec<String> {
    let of = |name: &str| {
        let name = name.to_owned();
        let rest = RELATIONS.map(|r| format!("{name}_{r}"));
        [name].into_iter().chain(rest)
    };
    snapshot.of_kind(ObjectKind::Profile).flat_map(|d| of(&d.object.name)).collect()
}

pub(super) async fn table(catalog: &SessionCatalog, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
    let snapshot = catalog.snapshot();
    let Some((profile, relation)) = profile_relation(&snapshot, name) else { return Ok(None) };
    let Some(definition) = snapshot.get(ObjectKind::Profile, profile) else { return Ok(None) };
    let Statement::CreateProfile(create) = &definition.statement else { return Ok(None) };
    match relation {
        "" | "records" | "links" | "pairs" | "households" | "history" => {}
        "lineage" => {
            let profile = Profile::compile(catalog, create).await?;
            return catalog
                .view_text(&lineage_sql(&profile, &LineageInput::stored(&profile))?)
                .await
                .map(Some);
        }
        "360" => return customer_360::relation(catalog, profile).await.map(Some),
        _ => return Ok(None),
    }
    let path = Profile::path(profile, relation);
    let schema = match snapshot.state.relations.contains_key(&path) {
        true => Arc::new(arrow::datatypes::Schema::empty()),
        false => schema_of(catalog, create, relation).await?,
    };
    stored(catalog, &path, &definition.object.to_string(), schema).await.map(Some)
}

/// The columns that a relation of a profile will have.
async fn schema_of(catalog: &SessionCatalog, create: &CreateProfile, relation: &str) -> Result<SchemaRef> {
    let profile = Profile::compile(catalog, create).await?;
    let id = profile.id_column();
    Ok(match relation {
        "records" => profile.records_schema(),
        "links" => history::links_schema(&id),
        "pairs" => {
            let plan = Plan::of(&profile, &auto::expected(&profile))?;
            Names::new(&profile, &rules::compile(&profile)?, plan.as_ref()).schema()
        }
        "households" => history::households_schema(&id),
        "history" => history::schema(&id),
        _ => merged_schema(catalog, &profile).await?,
    })
}

/// The columns of the merged profile.
pub async fn merged_schema(catalog: &SessionCatalog, profile: &Profile) -> Result<SchemaRef> {
    let input = MergeInput {
        records: "scratch.planned_records",
        clusters: "scratch.planned_clusters",
        ids: "scratch.planned_ids",
    };
    let empty = |schema| Arc::new(EmptyTable::new(schema));
    catalog.scratch("planned_records", empty(profile.records_schema()))?;
    catalog.scratch("planned_clusters", empty(cluster_fields()))?;
    catalog.scratch("planned_ids", empty(id_fields(&profile.id_column())))?;
    Ok(catalog.view_text(&merge_sql(profile, input)?).await?.schema())
}
