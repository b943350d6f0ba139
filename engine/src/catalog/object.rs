//! What the catalog holds.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use sqlparser::ast::Ident;

use super::publication::Prepared;
use crate::access::{StoredPolicy, StoredUser};
use crate::sql::{ObjectKind, Statement};

/// Names an object. Sources, profiles, … each have their own names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectRef {
    /// Its kind.
    pub kind: ObjectKind,
    /// Its name, folded as SQL folds identifiers.
    pub name: String,
}

impl ObjectRef {
    /// Names an object.
    pub fn new(kind: ObjectKind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into() }
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.to_string().to_lowercase(), self.name)
    }
}

/// One definition as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredObject {
    /// Canonical text of its CREATE statement. Secrets stay `${NAME}` references.
    pub sql: String,
    /// The project file it stands in; `None` when it was made in a session.
    pub file: Option<String>,
    /// When it was first made.
    pub created_at: DateTime<Utc>,
    /// When its definition last changed.
    pub changed_at: DateTime<Utc>,
}

/// A relation's present rows in the warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRelation {
    /// The Delta version that is current.
    pub version: i64,
    /// Rows of that version.
    pub rows: u64,
    /// Bytes of that version.
    pub bytes: u64,
}

/// What a refresh left behind for one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freshness {
    /// What the refresh read, part by part: definitions and versions. Equal parts mean nothing to do.
    pub inputs: BTreeMap<String, String>,
    /// The run that wrote it.
    pub run_id: String,
    /// When that was.
    pub refreshed_at: DateTime<Utc>,
}

/// What `COMMENT ON` said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredComment {
    /// The comment.
    pub text: String,
    /// The project file it stands in; `None` when it was made in a session.
    pub file: Option<String>,
}

/// The persistent state of a catalog: one JSON document per version, replaced as a whole, so that definitions
/// and the versions of all stored relations always agree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogState {
    /// Objects by `kind name`.
    pub objects: BTreeMap<String, StoredObject>,
    /// Stored relations by their path in the warehouse.
    pub relations: BTreeMap<String, StoredRelation>,
    /// Refreshed objects by `kind name`.
    pub freshness: BTreeMap<String, Freshness>,
    /// What runs have refreshed and not published yet, by run and `kind name`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prepared: BTreeMap<String, BTreeMap<String, Prepared>>,
    /// Comments by the [path](super::comments::path) of what they are about.
    #[serde(default)]
    pub comments: BTreeMap<String, StoredComment>,
    /// Users and roles by name.
    #[serde(default)]
    pub users: BTreeMap<String, StoredUser>,
    /// Policies by the [path](super::comments::path) of their relation and by name. They outlive the relation: one of
    /// that name is restricted from the start.
    #[serde(default)]
    pub policies: BTreeMap<String, BTreeMap<String, StoredPolicy>>,
}

/// The object that a statement makes, if it is one of ours that makes something.
pub fn created(statement: &Statement) -> Option<ObjectRef> {
    let (kind, name) = match statement {
        Statement::CreateSource(s) => (ObjectKind::Source, folded(&s.name)),
        Statement::CreateProfile(s) => (ObjectKind::Profile, folded(&s.name)),
        Statement::CreateActivity(s) => (ObjectKind::Activity, folded(&s.name)),
        Statement::CreateMeasure(s) => (ObjectKind::Measure, folded(&s.name)),
        Statement::CreateSegment(s) => (ObjectKind::Segment, folded(&s.name)),
        Statement::CreatePrediction(s) => (ObjectKind::Prediction, folded(&s.name)),
        Statement::CreateView(s) => (ObjectKind::View, folded(&s.name)),
        _ => return None,
    };
    Some(ObjectRef::new(kind, name))
}

/// An identifier as SQL folds it: lower case unless it was quoted.
pub fn folded(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}
