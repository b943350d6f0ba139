//! What relations and columns are, in a sentence: what `COMMENT ON` says, or else what the engine knows of the
//! relations that it makes.

mod insight;
mod profiles;
mod system;

use sqlparser::ast::Ident;

use super::dependencies::profile_relation;
use super::object::{CatalogState, ObjectRef};
use super::schemas::PROFILE_RELATIONS;
use super::snapshot::Snapshot;
use crate::sql::{ObjectKind, Statement, canonical_ident};

/// Names a schema, a relation or a column: `shop`, `profiles.customer`, `profiles.customer.email`, with quotes where
/// they are needed.
pub fn path(parts: &[&str]) -> String {
    let quoted = |part: &&str| canonical_ident(Ident::with_quote('"', *part)).to_string();
    parts.iter().map(quoted).collect::<Vec<_>>().join(".")
}

/// Names what an object is: a schema for a source, else a relation.
pub fn path_of(object: &ObjectRef) -> String {
    match object.kind.schema() {
        Some(schema) => path(&[schema, &object.name]),
        None => path(&[&object.name]),
    }
}

/// What a schema is.
pub fn of_schema(snapshot: &Snapshot, schema: &str) -> Option<String> {
    let own = || match schema {
        "activities" => Some("What people did"),
        "information_schema" => Some("The catalog in the tables of the SQL standard"),
        "measures" => Some("Figures about people"),
        "predictions" => Some("What people will do, by trained models, and why"),
        "profiles" => Some("People, their records, links and history"),
        "public" => Some("Views, and tables of the session"),
        "segments" => Some("Sets of people"),
        "system" => Some("What the engine did and knows"),
        _ => None,
    };
    stored(snapshot, &[schema]).or_else(|| own().map(str::to_owned))
}

/// What a relation is.
pub fn of_relation(snapshot: &Snapshot, schema: &str, relation: &str) -> Option<String> {
    let own = || match schema {
        "profiles" => {
            profile_relation(snapshot, relation).and_then(|(p, suffix)| profiles::relation(p, suffix))
        }
        "activities" | "segments" => insight::relation(snapshot, schema, relation),
        "predictions" => insight::prediction(snapshot, relation),
        "information_schema" | "system" => system::relation(relation).map(str::to_owned),
        _ => None,
    };
    stored(snapshot, &[schema, relation]).or_else(own)
}

/// What a column is.
pub fn of_column(snapshot: &Snapshot, schema: &str, relation: &str, column: &str) -> Option<String> {
    let own = || match schema {
        "profiles" => {
            let (profile, suffix) = profile_relation(snapshot, relation)?;
            let definition = snapshot.get(ObjectKind::Profile, profile)?;
            let Statement::CreateProfile(create) = &definition.statement else { return None };
            // The columns of the 360° view are the profile's first, and what was said of those holds there.
            let of_profile = || (suffix == "360").then(|| stored(snapshot, &[schema, profile, column]))?;
            of_profile().or_else(|| profiles::column(snapshot, create, suffix, column))
        }
        "activities" | "measures" | "predictions" | "segments" => {
            insight::column(snapshot, schema, relation, column)
        }
        "system" => system::column(relation, column).map(str::to_owned),
        _ => None,
    };
    stored(snapshot, &[schema, relation, column]).or_else(own)
}

/// Forgets what was said of an object, its relations and their columns.
pub fn remove(state: &mut CatalogState, object: &ObjectRef) {
    let mut gone = vec![path_of(object)];
    if object.kind == ObjectKind::Profile {
        gone.extend(
            PROFILE_RELATIONS.map(|suffix| path(&["profiles", &format!("{}_{suffix}", object.name)])),
        );
    }
    let of = |name: &str, path: &str| {
        name.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    state.comments.retain(|name, _| !gone.iter().any(|path| of(name, path)));
}

fn stored(snapshot: &Snapshot, parts: &[&str]) -> Option<String> {
    snapshot.state.comments.get(&path(parts)).map(|comment| comment.text.clone())
}
