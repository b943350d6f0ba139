//! The index of a profile: its records in memory as the model sees them, so that a record can be compared with those
//! that share a block with it in milliseconds, without a run. It is built from what the last run stored, when it is
//! first asked for, and kept until another run is published.

pub mod evidence;
mod query;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use futures::TryStreamExt;

use super::blocking::rule::BlockingRule;
use super::matching::block::rules;
use super::matching::load;
use super::matching::plan::{Plan, accept};
use super::profile::Profile;
use super::rules::{evidence_sql, quoted};
use super::state::keys::{self, StoredKeys};
use super::state::learned::{Learned, stale};
use super::state::{self, Known};
use crate::session::Session;
use crate::sql::{ObjectKind, Statement};
use crate::stopping;
use crate::{Error, Result};

pub use self::query::{Match, Question};

/// The records of a profile and what they are weighed by.
#[derive(Debug)]
pub struct Lookup {
    profile: Profile,
    plan: Plan,
    known: Known,
    stored: StoredKeys,
    rules: Vec<BlockingRule>,
    /// For each rule the records that have its keys, in the order of their combined keys.
    by_rule: Vec<Vec<u32>>,
    /// The compared columns of all records, one after the other.
    columns: Vec<ArrayRef>,
    people: People,
}

/// Who the records are.
#[derive(Debug, Default)]
struct People {
    ids: Vec<String>,
    /// For each record its person.
    of_record: Vec<Option<u32>>,
    /// For each person the id of his household.
    household: Vec<Option<String>>,
}

/// The relations whose versions an index is of.
const READ: [&str; 5] = ["records", "links", "households", keys::RELATION, state::learned::RELATION];

impl Lookup {
    /// The index of a profile as it is in the session's snapshot.
    ///
    /// # Errors
    /// If there is no such profile, if it compares nothing, or if it has not been refreshed since its definition.
    pub async fn of(session: &Session, name: &str) -> Result<Arc<Self>> {
        let snapshot = session.snapshot();
        let definition = snapshot.require(ObjectKind::Profile, name)?;
        let versions: Vec<Option<i64>> = READ
            .iter()
            .map(|relation| snapshot.state.relations.get(&Profile::path(name, relation)).map(|r| r.version))
            .collect();
        let version = format!("{versions:?} {}", definition.stored.sql);
        let kept = session.engine().lookups();
        if let Some(lookup) = kept.get(name, &version) {
            return Ok(lookup);
        }
        let Statement::CreateProfile(create) = &definition.statement else {
            return Err(Error::internal("is no profile").on(name));
        };
        let profile = Profile::compile(session.catalog(), create).await?;
        let object = profile.object();
        let lookup = Arc::new(Self::build(session, profile).await.map_err(|e| e.on(object))?);
        kept.put(name, version, Arc::clone(&lookup));
        Ok(lookup)
    }

    async fn build(session: &Session, profile: Profile) -> Result<Self> {
        let snapshot = session.snapshot();
        let stale = || stale(&profile);
        let learned = Learned::current(session, &snapshot, &profile).await?;
        let plan = learned.plan(accept(&profile))?;
        let batches = state::read(session, &snapshot, &profile.name, keys::RELATION, &keys::schema()).await?;
        let stored = StoredKeys::read(&profile, batches.ok_or_else(stale)?, plan.keys.len())?;
        let stored = stored.ok_or_else(stale)?;
        let known = Known::load(session, &snapshot, &profile.name, learned).await?.ok_or_else(stale)?;
        let (rules, _) = rules(&plan, &stored.keys)?;
        let by_rule = rules.iter().map(|rule| sorted(&stored, rule)).collect();
        let columns = columns(session, &profile, &plan, stored.index.len()).await?;
        let people = People::read(session, &profile, &stored).await?;
        Ok(Self { profile, plan, known, stored, rules, by_rule, columns, people })
    }
}

fn sorted(stored: &StoredKeys, rule: &BlockingRule) -> Vec<u32> {
    let records = (0..).take(stored.index.len());
    let mut keyed: Vec<(u64, u32)> =
        records.filter_map(|record| Some((stored.keys.combined(record, &rule.keys)?, record))).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, record)| record).collect()
}

/// What is compared, of all records in their order.
async fn columns(session: &Session, profile: &Profile, plan: &Plan, records: usize) -> Result<Vec<ArrayRef>> {
    let without_keys = Plan { keys: Vec::new(), ..plan.clone() };
    let relation = format!("profiles.{}", quoted(&format!("{}_records", profile.name)));
    let evidence = format!("({})", evidence_sql(profile, &relation));
    let (loaded, _) = load::load(session, &profile.object(), &without_keys, &evidence).await?;
    match loaded.columns.first() {
        Some(column) if column.len() != records => {
            Err(Error::internal(format!("{} of {records} records were read", column.len())))
        }
        _ => Ok(loaded.columns),
    }
}

impl People {
    async fn read(session: &Session, profile: &Profile, stored: &StoredKeys) -> Result<Self> {
        let id = quoted(&profile.id_column());
        let table = |relation: &str| format!("profiles.{}", quoted(&format!("{}_{relation}", profile.name)));
        let mut out = Self { of_record: vec![None; stored.index.len()], ..Self::default() };
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let links = format!("SELECT source, record_key, {id} FROM {}", table("links"));
        let mut stream = stopping::stream(session.frame(&links).await?).await?;
        while let Some(batch) = stream.try_next().await? {
            let text = |n: usize| cast(batch.column(n), &DataType::Utf8View);
            let (sources, keys, ids) = (text(0)?, text(1)?, text(2)?);
            let (sources, keys, ids) =
                (sources.as_string_view(), keys.as_string_view(), ids.as_string_view());
            for row in 0..batch.num_rows() {
                let source = profile.source_number(sources.value(row));
                let Some(record) = source.and_then(|s| stored.index.find(s, keys.value(row))) else {
                    continue;
                };
                let next = u32::try_from(out.ids.len()).unwrap_or(u32::MAX);
                let number = *numbers.entry(ids.value(row).to_owned()).or_insert_with(|| {
                    out.ids.push(ids.value(row).to_owned());
                    next
                });
                out.of_record[record as usize] = Some(number);
            }
        }
        out.household = vec![None; out.ids.len()];
        let households = format!("SELECT {id}, household_id FROM {}", table("households"));
        let mut stream = stopping::stream(session.frame(&households).await?).await?;
        while let Some(batch) = stream.try_next().await? {
            let text = |n: usize| cast(batch.column(n), &DataType::Utf8View);
            let (ids, homes) = (text(0)?, text(1)?);
            for (id, home) in ids.as_string_view().iter().zip(homes.as_string_view()) {
                if let Some(number) = id.and_then(|id| numbers.get(id)) {
                    out.household[*number as usize] = home.map(str::to_owned);
                }
            }
        }
        Ok(out)
    }
}

/// The indexes that are in memory, one per profile.
#[derive(Debug, Default)]
pub struct Lookups(std::sync::Mutex<HashMap<String, (String, Arc<Lookup>)>>);

impl Lookups {
    fn get(&self, profile: &str, version: &str) -> Option<Arc<Lookup>> {
        let kept = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.get(profile).filter(|(of, _)| of == version).map(|(_, lookup)| Arc::clone(lookup))
    }

    fn put(&self, profile: &str, version: String, lookup: Arc<Lookup>) {
        let mut kept = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.insert(profile.to_owned(), (version, lookup));
    }
}
