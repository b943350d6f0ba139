//! The catalog at one version: stored state with its statements parsed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::object::{CatalogState, ObjectRef, StoredObject, created};
use crate::sql::{self, ObjectKind, Statement};
use crate::{Error, Result};

/// One object with its parsed statement.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Its name.
    pub object: ObjectRef,
    /// Its statement.
    pub statement: Statement,
    /// What is stored of it.
    pub stored: StoredObject,
}

/// The catalog at one version. Statements in flight keep the snapshot that they began with.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The version in the catalog log; 0 before the first.
    pub version: u64,
    /// The stored state.
    pub state: CatalogState,
    definitions: BTreeMap<ObjectRef, Arc<Definition>>,
}

impl Snapshot {
    /// Parses a stored state. A text that no longer parses names its object.
    pub fn new(version: u64, state: CatalogState) -> Result<Self> {
        let mut definitions = BTreeMap::new();
        for (key, stored) in &state.objects {
            let parsed = sql::parse(&stored.sql).map_err(|e| e.on(format!("stored definition of {key}")))?;
            let statement = parsed.into_iter().next().map(|p| p.statement);
            let Some((statement, object)) = statement.and_then(|s| created(&s).map(|o| (s, o))) else {
                return Err(Error::internal("is not a definition").on(format!("stored definition of {key}")));
            };
            let definition = Definition { object: object.clone(), statement, stored: stored.clone() };
            definitions.insert(object, Arc::new(definition));
        }
        Ok(Self { version, state, definitions })
    }

    /// The definition of an object.
    pub fn get(&self, kind: ObjectKind, name: &str) -> Option<&Arc<Definition>> {
        self.definitions.get(&ObjectRef::new(kind, name))
    }

    /// The definition of an object, or an error that tells near names.
    pub fn require(&self, kind: ObjectKind, name: &str) -> Result<&Arc<Definition>> {
        self.get(kind, name).ok_or_else(|| {
            let known: Vec<&str> = self.of_kind(kind).map(|d| d.object.name.as_str()).collect();
            let word = kind.to_string().to_lowercase();
            let error = Error::not_found("does not exist").on(format!("{word} {name}"));
            match nearest(name, &known) {
                Some(near) => error.hint(format!("did you mean {near}?")),
                None if known.is_empty() => error.hint(format!("there is no {word} yet")),
                None => error.hint(format!("there is {}", known.join(", "))),
            }
        })
    }

    /// All definitions, ordered by kind and name.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Definition>> {
        self.definitions.values()
    }

    /// All definitions of a kind, ordered by name.
    pub fn of_kind(&self, kind: ObjectKind) -> impl Iterator<Item = &Arc<Definition>> {
        self.definitions.values().filter(move |d| d.object.kind == kind)
    }

    /// This snapshot with one object made or replaced.
    pub fn with(&self, definition: Definition) -> Self {
        let mut out = self.clone();
        out.state.objects.insert(definition.object.to_string(), definition.stored.clone());
        out.definitions.insert(definition.object.clone(), Arc::new(definition));
        out
    }

    /// This snapshot as the steps of a run see it.
    #[must_use]
    pub fn seen_by(&self, run: &str) -> Self {
        Self { state: self.state.seen_by(run), ..self.clone() }
    }

    /// The names of the sources, which are schemas.
    pub fn source_names(&self) -> BTreeSet<&str> {
        self.of_kind(ObjectKind::Source).map(|d| d.object.name.as_str()).collect()
    }
}

/// The known name nearest to a misspelt one.
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|k| (strsim::osa_distance(name, k), *k))
        .filter(|(distance, k)| *distance <= k.len().max(name.len()) / 3)
        .min()
        .map(|(_, k)| k)
}
