//! What stands on what: references of stored statements as a graph of objects.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use sqlparser::ast::{ObjectName, Query};

use super::object::{ObjectRef, folded};
use super::provider::CATALOG;
use super::schemas::PUBLIC;
use super::snapshot::{Definition, Snapshot};
use crate::prediction::relation_of_options;
use crate::sql::{self, MatchItem, ObjectKind, Statement};
use crate::{Error, ErrorKind, Result};

/// A relation by schema and name.
pub type RelationName = (String, String);

/// The relations that a definition names, in order, each once.
pub fn relations(statement: &Statement) -> Vec<RelationName> {
    let mut out = Vec::new();
    let mut add = |name: RelationName| {
        if !out.contains(&name) {
            out.push(name);
        }
    };
    for query in queries(statement) {
        sql::references(query).iter().map(qualified).for_each(&mut add);
        sql::profiles_paired(query).into_iter().for_each(|p| add(("profiles".to_owned(), p)));
    }
    match statement {
        Statement::CreateProfile(profile) => {
            for item in &profile.matching {
                match item {
                    MatchItem::AlwaysIn(item) => add(qualified(&item.relation)),
                    MatchItem::NeverIn(item) => add(qualified(&item.relation)),
                    _ => {}
                }
            }
        }
        Statement::CreateActivity(activity) => {
            add(("profiles".to_owned(), format!("{}_links", folded(&activity.profile))));
        }
        Statement::CreatePrediction(prediction) => {
            if let Some(relation) = relation_of_options(prediction) {
                let (schema, name) = relation.split_once('.').unwrap_or((PUBLIC, relation));
                add((schema.to_owned(), name.to_owned()));
            }
        }
        _ => {}
    }
    out
}

/// The queries inside a definition.
pub fn queries(statement: &Statement) -> Vec<&Query> {
    match statement {
        Statement::CreateProfile(s) => s.sources.iter().map(|r| r.query.as_ref()).collect(),
        Statement::CreateActivity(s) => vec![&s.query],
        Statement::CreateMeasure(s) => vec![&s.query],
        Statement::CreateSegment(s) => vec![&s.query],
        Statement::CreatePrediction(s) => vec![&s.query],
        Statement::CreateView(s) => vec![&s.query],
        _ => Vec::new(),
    }
}

/// An object name as schema and relation: `name`, `schema.name` or `onefold.schema.name`.
pub fn qualified(name: &ObjectName) -> RelationName {
    let mut parts: Vec<String> = name.0.iter().filter_map(|p| p.as_ident().map(folded)).collect();
    if parts.len() == 3 && parts[0] == CATALOG {
        parts.remove(0);
    }
    match parts.len() {
        1 => (PUBLIC.to_owned(), parts.remove(0)),
        _ => (parts.remove(0), parts.join(".")),
    }
}

/// The objects that a relation stands for. A relation that nothing defines gives none.
pub fn objects_of(snapshot: &Snapshot, (schema, name): &RelationName) -> Vec<ObjectRef> {
    let one = |kind, name: &str| snapshot.get(kind, name).map(|d| d.object.clone()).into_iter().collect();
    let every = |kind| snapshot.of_kind(kind).map(|d| d.object.clone()).collect::<Vec<_>>();
    match schema.as_str() {
        PUBLIC => one(ObjectKind::View, name),
        "measures" => one(ObjectKind::Measure, name),
        "segments" if name == "membership" => every(ObjectKind::Segment),
        "segments" => one(ObjectKind::Segment, name),
        "activities" if matches!(name.as_str(), "timeline" | "unlinked") => every(ObjectKind::Activity),
        "activities" => one(ObjectKind::Activity, name),
        "profiles" => {
            let Some((profile, suffix)) = profile_relation(snapshot, name) else { return Vec::new() };
            let mut out = vec![ObjectRef::new(ObjectKind::Profile, profile)];
            if suffix == "360" {
                out.extend(every(ObjectKind::Measure));
                out.extend(every(ObjectKind::Segment));
                out.extend(every(ObjectKind::Prediction));
            }
            out
        }
        "predictions" => {
            let prediction = prediction_relation(snapshot, name).map(|(prediction, _)| prediction);
            prediction.map(|p| ObjectRef::new(ObjectKind::Prediction, p)).into_iter().collect()
        }
        "system" | "information_schema" => Vec::new(),
        source => one(ObjectKind::Source, source),
    }
}

/// Splits the name of a relation in `profiles` into the profile and what follows `profile_`.
pub fn profile_relation<'a>(snapshot: &Snapshot, name: &'a str) -> Option<(&'a str, &'a str)> {
    if snapshot.get(ObjectKind::Profile, name).is_some() {
        return Some((name, ""));
    }
    let (profile, suffix) = name.rsplit_once('_')?;
    snapshot.get(ObjectKind::Profile, profile).map(|_| (profile, suffix))
}

/// Splits the name of a relation in `predictions` into the prediction and what follows `prediction_`.
pub fn prediction_relation<'a>(snapshot: &Snapshot, name: &'a str) -> Option<(&'a str, &'a str)> {
    if snapshot.get(ObjectKind::Prediction, name).is_some() {
        return Some((name, ""));
    }
    let prediction = name.strip_suffix("_factors")?;
    snapshot.get(ObjectKind::Prediction, prediction).map(|_| (prediction, "factors"))
}

/// Which object stands directly on which.
#[derive(Debug, Default)]
pub struct Graph {
    on: BTreeMap<ObjectRef, BTreeSet<ObjectRef>>,
}

impl Graph {
    /// The graph of all definitions.
    pub fn new(snapshot: &Snapshot) -> Self {
        let edges = snapshot.all().map(|d| (d.object.clone(), direct(snapshot, d)));
        Self { on: edges.collect() }
    }

    /// What an object stands on directly.
    pub fn dependencies(&self, object: &ObjectRef) -> impl Iterator<Item = &ObjectRef> {
        self.on.get(object).into_iter().flatten()
    }

    /// Every object after all that it stands on; a cycle is an error that shows it.
    pub fn order(&self) -> Result<Vec<ObjectRef>> {
        let mut out = Vec::new();
        let mut done = HashSet::new();
        for object in self.on.keys() {
            self.visit(object, &mut Vec::new(), &mut done, &mut out)?;
        }
        Ok(out)
    }

    fn visit(
        &self,
        object: &ObjectRef,
        path: &mut Vec<ObjectRef>,
        done: &mut HashSet<ObjectRef>,
        out: &mut Vec<ObjectRef>,
    ) -> Result<()> {
        if done.contains(object) {
            return Ok(());
        }
        if let Some(start) = path.iter().position(|p| p == object) {
            let cycle: Vec<String> = path[start..].iter().chain([object]).map(ToString::to_string).collect();
            return Err(Error::new(
                ErrorKind::Dependency,
                format!("stands on itself: {}", cycle.join(" → ")),
            )
            .on(object.to_string())
            .hint("take one of these references out"));
        }
        path.push(object.clone());
        for next in self.dependencies(object) {
            self.visit(next, path, done, out)?;
        }
        path.pop();
        done.insert(object.clone());
        out.push(object.clone());
        Ok(())
    }

    /// Everything that stands on an object, in the order in which it has to be removed.
    pub fn dependants(&self, object: &ObjectRef) -> Result<Vec<ObjectRef>> {
        let mut reached: HashSet<&ObjectRef> = HashSet::from([object]);
        let order = self.order()?;
        let mut out = Vec::new();
        for candidate in &order {
            if candidate != object && self.dependencies(candidate).any(|d| reached.contains(d)) {
                reached.insert(candidate);
                out.push(candidate.clone());
            }
        }
        out.reverse();
        Ok(out)
    }

    /// Everything that an object stands on, directly or not.
    pub fn upstream(&self, object: &ObjectRef) -> BTreeSet<ObjectRef> {
        let mut out = BTreeSet::new();
        let mut open: Vec<&ObjectRef> = self.dependencies(object).collect();
        while let Some(next) = open.pop() {
            if out.insert(next.clone()) {
                open.extend(self.dependencies(next));
            }
        }
        out
    }

    /// How many steps of the graph are below each object; 0 for a source.
    pub fn levels(&self) -> Result<HashMap<ObjectRef, usize>> {
        let mut levels = HashMap::new();
        for object in self.order()? {
            let level = self.dependencies(&object).filter_map(|d| levels.get(d)).max().map_or(0, |l| l + 1);
            levels.insert(object, level);
        }
        Ok(levels)
    }
}

fn direct(snapshot: &Snapshot, definition: &Definition) -> BTreeSet<ObjectRef> {
    let relations = relations(&definition.statement);
    let mut out: BTreeSet<ObjectRef> =
        relations.iter().flat_map(|relation| objects_of(snapshot, relation)).collect();
    let profile = match &definition.statement {
        Statement::CreateActivity(activity) => Some(&activity.profile),
        Statement::CreatePrediction(prediction) => Some(&prediction.profile),
        _ => None,
    };
    if let Some(profile) = profile {
        let profile = ObjectRef::new(ObjectKind::Profile, folded(profile));
        if snapshot.get(profile.kind, &profile.name).is_some() {
            out.insert(profile);
        }
    }
    out
}
