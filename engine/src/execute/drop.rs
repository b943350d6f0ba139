//! `DROP kind name [CASCADE]`.

use crate::catalog::dependencies::Graph;
use crate::catalog::object::folded;
use crate::catalog::{ObjectRef, Snapshot, comments};
use crate::identity::profile::{Profile, STORED};
use crate::insight::{materialized, membership};
use crate::prediction;
use crate::refresh::copies;
use crate::session::{Response, Session};
use crate::sql::{Drop, ObjectKind};
use crate::{Error, ErrorKind, Result};

pub(super) async fn execute(session: &Session, drop: &Drop) -> Result<Response> {
    let snapshot = session.snapshot();
    let object = ObjectRef::new(drop.kind, folded(&drop.name));
    if drop.if_exists && snapshot.get(object.kind, &object.name).is_none() {
        return Ok(Response::done(format!("{object} does not exist")));
    }
    snapshot.require(object.kind, &object.name)?;
    let dependants = Graph::new(&snapshot).dependants(&object)?;
    if !drop.cascade && !dependants.is_empty() {
        let names: Vec<String> = dependants.iter().map(ToString::to_string).collect();
        return Err(Error::new(ErrorKind::Dependency, "other objects stand on it")
            .on(object.to_string())
            .hint(format!("drop these first, in this order, or use CASCADE: {}", names.join(", "))));
    }
    let going: Vec<ObjectRef> = dependants.into_iter().chain([object]).collect();
    let paths: Vec<String> = going.iter().flat_map(|o| stored_paths(&snapshot, o)).collect();
    let changed = session
        .engine()
        .catalog()
        .change(|state| {
            for object in &going {
                state.objects.remove(&object.to_string());
                state.freshness.remove(&object.to_string());
                comments::remove(state, object);
            }
            for path in &paths {
                state.relations.remove(path);
            }
            Ok(())
        })
        .await?;
    session.pin(changed);
    for path in &paths {
        session.engine().warehouse().relation(path).remove().await?;
    }
    let names: Vec<String> = going.iter().map(ToString::to_string).collect();
    Ok(Response::done(format!("dropped {}", names.join(", "))))
}

fn stored_paths(snapshot: &Snapshot, object: &ObjectRef) -> Vec<String> {
    let name = &object.name;
    let possible = match object.kind {
        ObjectKind::Profile => {
            let relations = [""].into_iter().chain(STORED);
            relations.map(|relation| Profile::path(name, relation)).collect()
        }
        ObjectKind::Prediction => {
            vec![prediction::path(name), prediction::factors_path(name), prediction::versions_path(name)]
        }
        ObjectKind::Source => {
            let copies = copies::of_source(&snapshot.state, name);
            copies.map(|(table, ..)| copies::path(name, table)).collect()
        }
        ObjectKind::Segment => vec![materialized::path(object), membership::path(name)],
        _ => vec![materialized::path(object)],
    };
    possible.into_iter().filter(|p| snapshot.state.relations.contains_key(p)).collect()
}
