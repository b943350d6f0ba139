//! The trained model with all that was chosen from the data: what `OPTIONS (model 'frozen')` keeps.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use chrono::{DateTime, Utc};
use onefold_udfs::comparators::{self, Comparator};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::catalog::Snapshot;
use crate::identity::blocking::rule::Blocks;
use crate::identity::fields::{Comparison, Fields, layout};
use crate::identity::levels::{self, Levels};
use crate::identity::matching::Matching;
use crate::identity::matching::hubs::{self, Hub};
use crate::identity::matching::plan::{KeyExpr, Plan};
use crate::identity::model::together::Together;
use crate::identity::model::{FieldModel, Model};
use crate::identity::profile::Profile;
use crate::session::Session;
use crate::sql::{ObjectKind, Statement, parse_expr};
use crate::{Error, Result};

/// Raised when a model of before would be misread.
const FORMAT: u32 = 3;

/// The relation, with one row.
pub const RELATION: &str = "learned";

/// What was learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    format: u32,
    /// What it was learned for, see [`belongs_to`].
    of: String,
    /// The run that trained the model.
    pub run_id: String,
    /// When that was.
    pub trained_at: DateTime<Utc>,
    /// The records of that run.
    pub records: u64,
    /// Records that are new, changed or gone since.
    pub changed: u64,
    /// What the run that wrote this has seen of it: see [`Seen`].
    pub seen: Seen,
    /// Whether the comparisons were chosen.
    chosen: bool,
    /// Whether the blocking rules were.
    chosen_rules: bool,
    comparisons: Vec<LearnedComparison>,
    /// The blocking rules, each as its expressions.
    rules: Vec<Vec<KeyExpr>>,
    /// Comparisons that say nothing that another one does not.
    left_out: Vec<String>,
    /// Values that are no evidence.
    pub hubs: Vec<Hub>,
    /// Given names that were found to be forms of one name.
    pub nicknames: Vec<(String, String)>,
    /// The fields of the model in the order of the pattern.
    pub fields: Vec<LearnedField>,
    /// How often each level of each field occurred in the pairs of one person.
    pub levels: Vec<Vec<u64>>,
    lambda: [f64; 3],
    /// Fields that change together.
    together: Vec<Together>,
    iterations: usize,
}

/// What the last run has seen, with this model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// The statement, as a digest.
    pub definition: String,
    /// The stewards' decisions, as a digest.
    pub stewards: u64,
    /// For each blocking rule the keys of the blocks that were over the limit.
    pub over_limit: Vec<(String, Vec<u64>)>,
}

/// The keys of the blocks over the limit, rule by rule.
pub fn over_limit(blocks: &[Blocks]) -> Vec<(String, Vec<u64>)> {
    let of = |blocks: &Blocks| {
        let mut keys: Vec<u64> = blocks.over_limit_keys().iter().copied().collect();
        keys.sort_unstable();
        (blocks.rule.text.clone(), keys)
    };
    blocks.iter().filter(|b| !b.over_limit_keys().is_empty()).map(of).collect()
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct LearnedComparison {
    name: String,
    comparator: String,
    arguments: Vec<String>,
    /// For each level from 1 the exponent of the term frequency.
    term_frequency: Vec<f64>,
    columns: Vec<String>,
    reads: BTreeSet<String>,
}

impl LearnedComparison {
    fn comparator(&self) -> Option<Arc<dyn Comparator>> {
        if self.comparator != levels::NAME {
            return comparators::get(&self.comparator);
        }
        let arguments =
            self.arguments.iter().map(|text| parse_expr(text).ok()).collect::<Option<Vec<_>>>()?;
        let levels = Levels::of(&arguments).ok()?;
        Some(Arc::new(levels.with_term_frequencies(self.term_frequency.clone())))
    }
}

/// The probabilities of the levels of a field from 0, and what they were counted from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearnedField {
    /// Its name.
    pub name: String,
    /// In pairs of one person.
    pub m: Vec<f64>,
    /// In pairs of one household.
    pub h: Vec<f64>,
    /// In unrelated pairs.
    pub u: Vec<f64>,
    /// The values of all records, those that are missing left out: what frequencies are shares of.
    pub values: u64,
}

impl Learned {
    /// What a run that trained a model has learned.
    pub fn new(profile: &Profile, matching: &Matching, run_id: &str, at: DateTime<Utc>) -> Self {
        let Matching { plan, fields, model, .. } = matching;
        let own = matching.blocks.iter().filter(|b| b.refines.is_none());
        let rules = own.map(|b| b.rule.keys.iter().map(|k| plan.keys[*k].clone()).collect());
        let comparison = |c: &Comparison| LearnedComparison {
            name: c.name.clone(),
            comparator: c.comparator.name().to_owned(),
            arguments: c.arguments.clone(),
            term_frequency: c.comparator.levels().iter().map(|l| l.term_frequency).collect(),
            columns: c.columns.clone(),
            reads: c.reads.clone(),
        };
        let field = |(place, field): (usize, &FieldModel)| LearnedField {
            name: field.name.clone(),
            m: field.m.clone(),
            h: field.h.clone(),
            u: field.u.clone(),
            values: fields.value_counts(place).into_iter().map(u64::from).sum(),
        };
        Self {
            format: FORMAT,
            of: belongs_to(profile),
            run_id: run_id.to_owned(),
            trained_at: at,
            records: matching.keys.records() as u64,
            changed: 0,
            seen: Seen::default(),
            chosen: plan.chosen,
            chosen_rules: plan.blocks.is_empty(),
            comparisons: plan.comparisons.iter().map(comparison).collect(),
            rules: rules.collect(),
            left_out: (0..fields.fields.len())
                .filter(|f| fields.is_left_out(*f))
                .map(|f| fields.fields[f].name.clone())
                .collect(),
            hubs: matching.hubs.clone(),
            nicknames: matching.nicknames.clone(),
            fields: model.fields.iter().enumerate().map(field).collect(),
            levels: matching.levels(),
            lambda: model.lambda,
            together: model.together.clone(),
            iterations: model.iterations,
        }
    }

    /// The columns of the relation.
    pub fn schema() -> SchemaRef {
        Arc::new(Schema::new(vec![Field::new("document", DataType::Utf8, false)]))
    }

    /// What the profile of this name has learned.
    ///
    /// # Errors
    /// If there is no such profile, if it compares nothing, or if it has not been refreshed since its definition.
    pub async fn of(session: &Session, name: &str) -> Result<Self> {
        let snapshot = session.snapshot();
        let definition = snapshot.require(ObjectKind::Profile, name)?;
        let Statement::CreateProfile(create) = &definition.statement else {
            return Err(Error::internal("is no profile").on(name));
        };
        let profile = Profile::compile(session.catalog(), create).await?;
        Self::current(session, &snapshot, &profile).await.map_err(|e| e.on(profile.object()))
    }

    /// What a profile has learned for its present definition.
    ///
    /// # Errors
    /// If it compares nothing, or if it has not been refreshed since its definition.
    pub async fn current(session: &Session, snapshot: &Snapshot, profile: &Profile) -> Result<Self> {
        if !profile.compares() {
            return Err(Error::invalid("compares nothing: its rules know only certain matches")
                .hint("add COMPARE items or AUTO to its MATCH"));
        }
        Self::load(session, snapshot, profile).await?.ok_or_else(|| stale(profile))
    }

    /// Reads what a profile has learned; `None` if nothing, or for another MATCH than it has now, or with other
    /// comparators than there are now.
    ///
    /// # Errors
    /// If the relation cannot be read.
    pub async fn load(session: &Session, snapshot: &Snapshot, profile: &Profile) -> Result<Option<Self>> {
        let Some(batches) = super::read(session, snapshot, &profile.name, RELATION, &Self::schema()).await?
        else {
            return Ok(None);
        };
        let text = batches.iter().find(|b| b.num_rows() > 0).map(|b| b.column(0).as_string::<i32>().value(0));
        // A document of another version of the program is as good as none: it is learned again.
        let learned = text.and_then(|text| serde_json::from_str::<Self>(text).ok());
        Ok(learned.filter(|l| l.format == FORMAT && l.of == belongs_to(profile) && l.is_complete()))
    }

    /// The one row of the relation.
    pub fn batch(&self) -> Result<RecordBatch> {
        let text = serde_json::to_string(self).map_err(|e| Error::internal(e.to_string()))?;
        let document: ArrayRef = Arc::new(StringArray::from(vec![text]));
        Ok(RecordBatch::try_new(Self::schema(), vec![document])?)
    }

    fn is_complete(&self) -> bool {
        let Ok(comparisons) = self.comparisons() else { return false };
        let fields = layout(&comparisons);
        fields.len() == self.fields.len()
            && fields.iter().zip(&self.fields).all(|(field, learned)| {
                let levels = field.term_frequency.len();
                field.name == learned.name
                    && [&learned.m, &learned.h, &learned.u].iter().all(|p| p.len() == levels)
            })
    }

    /// The comparisons.
    ///
    /// # Errors
    /// If a comparator is no longer there.
    pub fn comparisons(&self) -> Result<Vec<Comparison>> {
        let comparison = |c: &LearnedComparison| {
            Some(Comparison {
                name: c.name.clone(),
                comparator: c.comparator()?,
                arguments: c.arguments.clone(),
                columns: c.columns.clone(),
                reads: c.reads.clone(),
            })
        };
        let comparisons = self.comparisons.iter().map(comparison).collect::<Option<_>>();
        comparisons.ok_or_else(|| Error::internal("a comparator of the model is not there"))
    }

    /// The plan with what was chosen.
    ///
    /// # Errors
    /// If a comparator is no longer there.
    pub fn plan(&self, accept: f64) -> Result<Plan> {
        Ok(Plan::with(self.comparisons()?, &self.rules, self.chosen, self.chosen_rules, accept))
    }

    /// The blocking rules.
    pub fn rules(&self) -> &[Vec<KeyExpr>] {
        &self.rules
    }

    /// The share of pairs of one person, of one household, and of unrelated people.
    pub fn lambda(&self) -> [f64; 3] {
        self.lambda
    }

    /// The model.
    pub fn model(&self, fields: &Fields) -> Model {
        let models = fields.fields.iter().zip(&self.fields).map(|(field, learned)| FieldModel {
            name: field.name.clone(),
            kind: field.kind,
            term_frequency: field.term_frequency.clone(),
            m: learned.m.clone(),
            h: learned.h.clone(),
            u: learned.u.clone(),
        });
        Model::new(models.collect(), self.lambda, self.iterations).with_together(self.together.clone())
    }

    /// Reads the fields as training did, but for the frequencies.
    pub(super) fn apply(&self, plan: &Plan, fields: &mut Fields) {
        for field in (0..self.fields.len()).filter(|f| self.left_out.contains(&self.fields[*f].name)) {
            fields.leave_out(field);
        }
        hubs::remove_known(plan, fields, None, &self.hubs);
        if let Some([given, ..]) = fields.person_names() {
            let numbers = super::numbers(fields, given);
            let number = |name: &String| numbers.get(name).copied();
            let forms: Vec<(u32, u32)> =
                self.nicknames.iter().filter_map(|(a, b)| number(a).zip(number(b))).collect();
            fields.take_for_forms(&forms);
        }
    }

    /// The keys of the blocks of a rule that were over the limit.
    pub fn over_limit(&self, rule: &str) -> &[u64] {
        self.seen.over_limit.iter().find(|(text, _)| text == rule).map_or(&[], |(_, keys)| keys)
    }
}

/// Nothing is stored for the present definition of a profile.
pub fn stale(profile: &Profile) -> Error {
    Error::invalid("has not been refreshed with its present definition")
        .hint(format!("REFRESH PROFILE {}", profile.name))
}

/// What a model belongs to: the MATCH items and the columns of a profile. It is of no use to another one.
fn belongs_to(profile: &Profile) -> String {
    let items = profile.create.matching.iter().map(ToString::to_string);
    let columns = profile.columns.iter().map(|c| format!("{} {}", c.name(), c.data_type()));
    let imported = profile.imported.iter().map(|imported| imported.digest.clone());
    let parts: Vec<String> =
        items.chain(columns).chain(profile.sources.iter().cloned()).chain(imported).collect();
    digest_of(parts.iter().map(String::as_str))
}

/// A digest of some texts.
pub fn digest_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update(text);
        hasher.update([0]);
    }
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
