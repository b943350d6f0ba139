//! What a run would do and why.

use std::collections::{BTreeMap, BTreeSet};

use super::inputs::{NOW, inputs};
use crate::Result;
use crate::catalog::dependencies::Graph;
use crate::catalog::{ObjectRef, Snapshot};
use crate::engine::Engine;
use crate::insight::materialized::is_refreshed;

/// What a run would do with an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Refresh it, for these reasons.
    Refresh(Vec<String>),
    /// Leave it: nothing that it reads has changed.
    Fresh,
    /// It cannot be told, because something that it reads cannot be read.
    Unknown(String),
}

/// One object of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedObject {
    /// The object.
    pub object: ObjectRef,
    /// What it waits for: the refreshed objects that it stands on.
    pub after: BTreeSet<ObjectRef>,
    /// What would be done.
    pub action: Action,
}

/// The objects that a run refreshes if they are stale, each after those of them that it stands on.
pub(super) fn ordered(
    snapshot: &Snapshot,
    targets: Option<&BTreeSet<ObjectRef>>,
) -> Result<Vec<(ObjectRef, BTreeSet<ObjectRef>)>> {
    let graph = Graph::new(snapshot);
    let mut out: Vec<(ObjectRef, BTreeSet<ObjectRef>)> = Vec::new();
    for object in graph.order()? {
        let Some(definition) = snapshot.get(object.kind, &object.name) else { continue };
        if !is_refreshed(&object, &definition.statement) || targets.is_some_and(|t| !t.contains(&object)) {
            continue;
        }
        let upstream = graph.upstream(&object);
        let after = out.iter().map(|(object, _)| object.clone()).filter(|o| upstream.contains(o)).collect();
        out.push((object, after));
    }
    Ok(out)
}

/// The objects that have something to refresh, each after all that it stands on.
pub async fn plan(
    engine: &Engine,
    snapshot: &Snapshot,
    targets: Option<&BTreeSet<ObjectRef>>,
    full: bool,
) -> Result<Vec<PlannedObject>> {
    let mut out: Vec<PlannedObject> = Vec::new();
    for (object, after) in ordered(snapshot, targets)? {
        let definition = snapshot.require(object.kind, &object.name)?;
        let changed: Vec<String> = out
            .iter()
            .filter(|p| after.contains(&p.object) && matches!(p.action, Action::Refresh(_)))
            .map(|p| format!("{} is refreshed before it", p.object))
            .collect();
        let action = match inputs(engine, snapshot, definition, None).await.map(|inputs| inputs.parts) {
            Err(e) => Action::Unknown(e.to_string()),
            Ok(now) => {
                let before = snapshot.state.freshness.get(&object.to_string()).map(|f| &f.inputs);
                let mut reasons = reasons(before, &now);
                reasons.extend(changed);
                if full && reasons.is_empty() {
                    reasons.push("a full refresh was asked for".to_owned());
                }
                if reasons.is_empty() { Action::Fresh } else { Action::Refresh(reasons) }
            }
        };
        out.push(PlannedObject { object, after, action });
    }
    Ok(out)
}

/// Why what was read before is not what would be read now.
pub(super) fn reasons(
    before: Option<&BTreeMap<String, String>>,
    now: &BTreeMap<String, String>,
) -> Vec<String> {
    let Some(before) = before else { return vec!["it was never refreshed".to_owned()] };
    let mut out = Vec::new();
    for (part, version) in now {
        match before.get(part) {
            _ if part == NOW => out.push("it depends on the time".to_owned()),
            Some(known) if known == version => {}
            Some(_) => out.push(format!("{part} has changed")),
            None => out.push(format!("it reads {part} now")),
        }
    }
    out.extend(before.keys().filter(|p| !now.contains_key(*p)).map(|p| format!("it no longer reads {p}")));
    out
}
