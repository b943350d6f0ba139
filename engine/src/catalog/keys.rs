//! The keys of the relations that the engine makes and of the tables of sources: primary keys, and foreign keys that
//! lead to them. Nothing checks them when rows are written; they hold by the way the rows are made, or are what a
//! statement or a source declares.

use futures::future::BoxFuture;

use super::object::{ObjectRef, folded};
use super::provider::SessionCatalog;
use super::unique::is_unique;
use crate::Result;
use crate::prediction::method;
use crate::sql::{CreateActivity, CreatePrediction, ObjectKind, Statement};

/// A primary or a foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The schema of its relation.
    pub schema: String,
    /// The relation.
    pub relation: String,
    /// Its columns, in their order.
    pub columns: Vec<String>,
    /// Where a foreign key leads; `None` for a primary key.
    pub references: Option<Referenced>,
    /// Whether the engine vouches for it; otherwise a statement or a source declares it.
    pub enforced: bool,
}

/// The primary key that a foreign key leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referenced {
    /// The schema of its relation.
    pub schema: String,
    /// The relation.
    pub relation: String,
    /// Its columns, in their order.
    pub columns: Vec<String>,
}

impl Key {
    /// The name of the constraint, as PostgreSQL would give it: `customer_pkey`, `customer_links_customer_id_fkey`.
    pub fn name(&self) -> String {
        match self.references {
            None => format!("{}_pkey", self.relation),
            Some(_) => format!("{}_{}_fkey", self.relation, self.columns.join("_")),
        }
    }

    /// The primary key that a foreign key leads to.
    pub fn referenced(&self) -> Option<Self> {
        let to = self.references.clone()?;
        let Referenced { schema, relation, columns } = to;
        Some(Self { schema, relation, columns, references: None, enforced: true })
    }

    fn primary(schema: &str, relation: &str, columns: &[&str]) -> Self {
        let columns = columns.iter().map(ToString::to_string).collect();
        Self {
            schema: schema.to_owned(),
            relation: relation.to_owned(),
            columns,
            references: None,
            enforced: true,
        }
    }

    fn to(self, schema: &str, relation: &str, columns: &[&str]) -> Self {
        let columns = columns.iter().map(ToString::to_string).collect();
        let references = Referenced { schema: schema.to_owned(), relation: relation.to_owned(), columns };
        Self { references: Some(references), ..self }
    }
}

/// The keys of all relations that can be planned now and that the session's user may read.
pub fn all(catalog: &SessionCatalog) -> BoxFuture<'_, Result<Vec<Key>>> {
    Box::pin(find(catalog))
}

async fn find(catalog: &SessionCatalog) -> Result<Vec<Key>> {
    let snapshot = catalog.snapshot();
    let mut keys = system();
    for definition in snapshot.all() {
        let found = match (&definition.statement, definition.object.kind) {
            (Statement::CreateActivity(create), _) => activity(&definition.object, create),
            (Statement::CreatePrediction(create), _) => prediction(&definition.object, create),
            (_, ObjectKind::Profile) => profile(&definition.object.name),
            (_, ObjectKind::Source) => source(catalog, &definition.object.name),
            (_, ObjectKind::Measure | ObjectKind::Segment) => {
                match insight(catalog, &definition.object).await {
                    Ok(found) => found,
                    Err(e) => {
                        tracing::warn!("the keys of {} are left out: {e}", definition.object);
                        continue;
                    }
                }
            }
            _ => continue,
        };
        keys.extend(found);
    }
    keys.retain(|key| {
        let to = key.references.as_ref();
        catalog.may_read(&key.schema, &key.relation)
            && to.is_none_or(|to| catalog.may_read(&to.schema, &to.relation))
    });
    Ok(keys)
}

fn profile(name: &str) -> Vec<Key> {
    const SCHEMA: &str = "profiles";
    const RECORD: [&str; 2] = ["source", "record_key"];
    let id = format!("{name}_id");
    let of = |suffix: &str| format!("{name}_{suffix}");
    let primary = |suffix: &str, columns: &[&str]| Key::primary(SCHEMA, &of(suffix), columns);
    let person = |suffix: &str, column: &str| primary(suffix, &[column]).to(SCHEMA, name, &[&id]);
    let record = |suffix: &str, columns: &[&str]| primary(suffix, columns).to(SCHEMA, &of("links"), &RECORD);
    let lineage = [id.as_str(), "column_name", "source", "record_key"];
    vec![
        Key::primary(SCHEMA, name, &[&id]),
        primary("records", &RECORD),
        record("records", &RECORD),
        primary("links", &RECORD),
        person("links", &id),
        primary("pairs", &["left_source", "left_key", "right_source", "right_key"]),
        record("pairs", &["left_source", "left_key"]),
        record("pairs", &["right_source", "right_key"]),
        primary("households", &[&id]),
        person("households", &id),
        person("households", "household_id"),
        person("history", "current_id"),
        primary("lineage", &lineage),
        person("lineage", &id),
        record("lineage", &RECORD),
        primary("360", &[&id]),
        person("360", &id),
    ]
}

/// What the source says; the engine does not vouch for it.
fn source(catalog: &SessionCatalog, name: &str) -> Vec<Key> {
    let sources = catalog.engine().sources();
    let mut keys = Vec::new();
    for table in sources.known_tables(name) {
        let Some(description) = sources.known(name, &table) else { continue };
        let of = |columns: &[String], references| Key {
            schema: name.to_owned(),
            relation: table.clone(),
            columns: columns.to_vec(),
            references,
            enforced: false,
        };
        if !description.primary_key.is_empty() {
            keys.push(of(&description.primary_key, None));
        }
        for key in &description.foreign_keys {
            let (schema, relation, columns) = (name.to_owned(), key.table.clone(), key.references.clone());
            keys.push(of(&key.columns, Some(Referenced { schema, relation, columns })));
        }
    }
    keys
}

fn activity(object: &ObjectRef, create: &CreateActivity) -> Vec<Key> {
    let profile = folded(&create.profile);
    let id = format!("{profile}_id");
    let key = Key::primary("activities", &object.name, &[&folded(&create.key)]);
    let person = Key::primary("activities", &object.name, &[&id]).to("profiles", &profile, &[&id]);
    vec![Key { enforced: false, ..key }, person]
}

/// Scores and their reasons are about people; a person has several rows only where the method ranks something.
fn prediction(object: &ObjectRef, create: &CreatePrediction) -> Vec<Key> {
    const SCHEMA: &str = "predictions";
    let profile = folded(&create.profile);
    let id = format!("{profile}_id");
    let factors = format!("{}_factors", object.name);
    let person = |relation: &str| Key::primary(SCHEMA, relation, &[&id]).to("profiles", &profile, &[&id]);
    let mut keys =
        vec![person(&object.name), person(&factors), Key::primary(SCHEMA, &factors, &[&id, "rank"])];
    if method::find(&folded(&create.method)).is_ok_and(|method| method.first().is_none()) {
        keys.push(Key::primary(SCHEMA, &object.name, &[&id]));
    }
    keys.into_iter().map(|key| Key { enforced: key.references.is_some(), ..key }).collect()
}

/// A measure or a segment is about the people whose ids it has; they are its key if its query has each once.
async fn insight(catalog: &SessionCatalog, object: &ObjectRef) -> Result<Vec<Key>> {
    let snapshot = catalog.snapshot();
    let schema = object.kind.schema().unwrap_or_default();
    let Some(definition) = snapshot.get(object.kind, &object.name) else { return Ok(Vec::new()) };
    let query = match &definition.statement {
        Statement::CreateMeasure(create) => &create.query,
        Statement::CreateSegment(create) => &create.query,
        _ => return Ok(Vec::new()),
    };
    let view = catalog.view(query).await?;
    let columns = view.schema();
    let profile_keys = |schema: &str, relation: &str, column: &str| {
        let of = |name: &str| {
            column == format!("{name}_id")
                && ["".to_owned(), "_360".to_owned(), "_households".to_owned()]
                    .iter()
                    .any(|suffix| relation == format!("{name}{suffix}"))
        };
        schema == "profiles" && snapshot.of_kind(ObjectKind::Profile).any(|d| of(&d.object.name))
    };
    let mut keys = Vec::new();
    for profile in snapshot.of_kind(ObjectKind::Profile) {
        let profile = &profile.object.name;
        let id = format!("{profile}_id");
        let Some((place, _)) = columns.column_with_name(&id) else { continue };
        let key = Key::primary(schema, &object.name, &[&id]);
        let known = view.get_logical_plan();
        if keys.is_empty() && known.is_some_and(|plan| is_unique(&plan, place, &profile_keys)) {
            keys.push(key.clone());
        }
        keys.push(key.to("profiles", profile, &[&id]));
    }
    Ok(keys)
}

fn system() -> Vec<Key> {
    let own = |relation: &str, columns: &[&str]| Key::primary("system", relation, columns);
    vec![
        own("objects", &["kind", "name"]),
        own("objects", &["run_id"]).to("system", "runs", &["run_id"]),
        own("runs", &["run_id"]),
        own("run_steps", &["run_id"]).to("system", "runs", &["run_id"]),
        Key::primary("segments", "membership", &["segment", "id", "entered_at"]),
    ]
}
