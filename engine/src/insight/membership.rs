//! `segments.membership`: who entered and left which segment, and when, as the runs saw it.

use std::sync::Arc;

use datafusion::catalog::TableProvider;

use super::profile_of;
use crate::catalog::{ObjectRef, SessionCatalog, Snapshot};
use crate::identity::rules::quoted;
use crate::refresh::{Job, Outputs};
use crate::sql::ObjectKind;
use crate::{Error, Result, stopping};

/// Where a segment's membership is stored.
pub fn path(segment: &str) -> String {
    format!("segments/{segment}_membership")
}

const EMPTY: &str = "SELECT CAST(NULL AS VARCHAR) AS segment, CAST(NULL AS VARCHAR) AS id, \
     arrow_cast(NULL, 'Timestamp(Microsecond, Some(\"UTC\"))') AS entered_at, \
     arrow_cast(NULL, 'Timestamp(Microsecond, Some(\"UTC\"))') AS left_at WHERE false";

/// Memberships of all segments.
pub async fn relation(catalog: &SessionCatalog) -> Result<Arc<dyn TableProvider>> {
    let snapshot = catalog.snapshot();
    let mut parts = vec![EMPTY.to_owned()];
    for definition in snapshot.of_kind(ObjectKind::Segment) {
        let name = &definition.object.name;
        let path = path(name);
        if let Some(relation) = snapshot.state.relations.get(&path) {
            let scratch = format!("membership_of_{name}");
            let provider = catalog.engine().warehouse().relation(&path).provider(relation.version).await?;
            catalog.scratch(&scratch, provider)?;
            parts.push(format!("SELECT segment, id, entered_at, left_at FROM scratch.{}", quoted(&scratch)));
        }
    }
    catalog.view_text(&parts.join(" UNION ALL ")).await
}

/// The profile that a segment is of. A segment yields the id of just one.
pub async fn profile(catalog: &SessionCatalog, snapshot: &Snapshot, segment: &ObjectRef) -> Result<String> {
    let table = catalog.relation("segments", &segment.name).await?;
    let table = table.ok_or_else(|| Error::not_found("does not exist").on(segment.to_string()))?;
    profile_of(snapshot, table.as_ref()).ok_or_else(|| {
        let ids: Vec<String> =
            snapshot.of_kind(ObjectKind::Profile).map(|d| format!("{}_id", d.object.name)).collect();
        let error = Error::invalid("does not select the id of one profile").on(segment.to_string());
        match ids.as_slice() {
            [] => error.hint("there is no profile yet; see CREATE PROFILE"),
            ids => error.hint(format!("select {}", ids.join(" or "))),
        }
    })
}

/// Compares who is in a segment now with who was at the last run. Ids that have merged since are followed.
pub async fn refresh(job: &Job, segment: &ObjectRef, out: &mut Outputs) -> Result<()> {
    let profile = profile(job.session.catalog(), &job.snapshot, segment).await?;
    let step = job.log.start(&job.object, "membership");
    let path = path(&segment.name);
    let before = match job.snapshot.state.relations.get(&path) {
        Some(relation) => {
            let provider = job.engine.warehouse().relation(&path).provider(relation.version).await?;
            job.session.scratch("membership_before", provider)?;
            "SELECT id, entered_at, left_at FROM scratch.membership_before".to_owned()
        }
        None => format!("SELECT id, entered_at, left_at FROM ({EMPTY}) AS e"),
    };
    let frame = job.session.frame(&membership_sql(&profile, segment, &before, job)).await?;
    let streams = stopping::streams(frame).await?;
    let written = job.replace(&path, streams, &step, out).await?;
    let members = format!("SELECT count(DISTINCT {}) FROM {}", id(&profile), relation_name(segment));
    let members = count(job, &members).await?;
    step.done(written.rows, Some(written.bytes), Some(format!("{members} members")));
    Ok(())
}

fn id(profile: &str) -> String {
    quoted(&format!("{profile}_id"))
}

fn relation_name(segment: &ObjectRef) -> String {
    format!("segments.{}", quoted(&segment.name))
}

fn membership_sql(profile: &str, segment: &ObjectRef, before: &str, job: &Job) -> String {
    let id = id(profile);
    let now = format!(
        "arrow_cast('{}', 'Timestamp(Microsecond, Some(\"UTC\"))')",
        job.started_at.format("%Y-%m-%dT%H:%M:%S%.6fZ")
    );
    let history = quoted(&format!("{profile}_history"));
    format!(
        "WITH before AS ({before}), \
         moved AS (SELECT DISTINCT {id} AS id, current_id FROM profiles.{history} \
                   WHERE current_id IS NOT NULL AND current_id <> {id}), \
         open AS (SELECT coalesce(m.current_id, b.id) AS id, min(b.entered_at) AS entered_at \
                  FROM before AS b LEFT JOIN moved AS m ON b.id = m.id WHERE b.left_at IS NULL \
                  GROUP BY coalesce(m.current_id, b.id)), \
         members AS (SELECT DISTINCT CAST({id} AS VARCHAR) AS id FROM {} WHERE {id} IS NOT NULL) \
         SELECT '{name}' AS segment, id, entered_at, left_at FROM before WHERE left_at IS NOT NULL \
         UNION ALL \
         SELECT '{name}' AS segment, coalesce(n.id, o.id) AS id, coalesce(o.entered_at, {now}) AS entered_at, \
                CASE WHEN n.id IS NULL THEN {now} END AS left_at \
         FROM open AS o FULL JOIN members AS n ON o.id = n.id",
        relation_name(segment),
        name = segment.name.replace('\'', "''"),
    )
}

async fn count(job: &Job, text: &str) -> Result<i64> {
    use arrow::array::AsArray;
    use arrow::datatypes::Int64Type;
    let rows = job.session.frame(text).await?.collect().await?;
    let first = rows.first().filter(|b| b.num_rows() > 0);
    Ok(first.map_or(0, |b| b.column(0).as_primitive::<Int64Type>().value(0)))
}
