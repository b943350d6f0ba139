//! `candidate_pairs('profile')`: every pair of records that the blocking rules of a profile give, compared and weighed
//! now, whether it would link or not. `EXPLAIN` shows the operator that finds them.
//!
//! The columns are those of `p_pairs` without verdict and reason; `rule` is the first blocking rule that gives the
//! pair. The model is that of the last refresh, if the definition is still the same, else it is trained on the way. The
//! records are those of the last refresh if they have the columns of the definition, else those of the
//! sources. A profile without comparisons has the pairs of its rules, certain and without weight.

use std::sync::{Arc, Weak};

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::plan_err;
use datafusion::error::Result as DFResult;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::text_argument;
use crate::catalog::{SessionCatalog, nearest};
use crate::identity::matching::auto;
use crate::identity::matching::load;
use crate::identity::matching::plan::{Plan, accept};
use crate::identity::operator::PairsExec;
use crate::identity::operator::numbered::NumberedProfile;
use crate::identity::operator::output::{Output, named_schema};
use crate::identity::operator::what::What;
use crate::identity::profile::Profile;
use crate::identity::rules::{evidence_sql, quoted};
use crate::identity::state::Known;
use crate::identity::state::learned::Learned;
use crate::sql::{ObjectKind, Statement};
use crate::{Error, Result};

/// The schema under which a session keeps the pairs that a statement asks for. No relation can have this name.
const KEPT: &str = "candidate_pairs()";

/// The function.
#[derive(Debug)]
pub(super) struct CandidatePairs {
    catalog: Weak<SessionCatalog>,
}

impl CandidatePairs {
    pub(super) fn new(catalog: &Arc<SessionCatalog>) -> Self {
        Self { catalog: Arc::downgrade(catalog) }
    }
}

impl TableFunctionImpl for CandidatePairs {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> DFResult<Arc<dyn TableProvider>> {
        let [Some(profile)] = args.exprs().iter().map(text_argument).collect::<Vec<_>>()[..] else {
            return plan_err!(
                "candidate_pairs takes the name of a profile, as a text: candidate_pairs('customer')"
            );
        };
        let Some(catalog) = self.catalog.upgrade() else { return plan_err!("the session has ended") };
        if let Some(table) = catalog.kept(KEPT, profile) {
            return Ok(table);
        }
        let snapshot = catalog.snapshot();
        let known: Vec<&str> =
            snapshot.of_kind(ObjectKind::Profile).map(|d| d.object.name.as_str()).collect();
        let error = match known.contains(&profile) {
            true => Error::invalid("the name of the profile is not known before the query is planned")
                .hint(format!("write the name in the query: candidate_pairs('{profile}')")),
            false => {
                let error = Error::not_found(format!("there is no profile {profile}"));
                match nearest(profile, &known) {
                    Some(near) => error.hint(format!("did you mean {near}?")),
                    None => error.hint("SHOW PROFILES lists them"),
                }
            }
        };
        Err(error.on("candidate_pairs").into())
    }
}

/// Plans what `candidate_pairs` answers for these profiles: DataFusion asks for its columns where nothing can be
/// waited for.
pub(crate) async fn plan(catalog: &SessionCatalog, profiles: &[String]) -> Result<()> {
    for name in profiles {
        if catalog.kept(KEPT, name).is_some() {
            continue;
        }
        let snapshot = catalog.snapshot();
        let Some(definition) = snapshot.get(ObjectKind::Profile, name) else { continue };
        let Statement::CreateProfile(create) = &definition.statement else { continue };
        let profile = Profile::compile(catalog, create).await?;
        let table = CandidateTable::of(catalog, &profile).await.map_err(Error::elsewhere)?;
        catalog.put(KEPT, name, Arc::new(table));
    }
    Ok(())
}

/// The pairs of one profile.
#[derive(Debug)]
struct CandidateTable {
    what: Arc<What>,
    /// What is compared and blocked on.
    evidence: Arc<dyn TableProvider>,
    schema: SchemaRef,
}

impl CandidateTable {
    async fn of(catalog: &SessionCatalog, profile: &Profile) -> Result<Self> {
        let known = known(catalog, profile).await?.map(Arc::new);
        let plan = match &known {
            Some(known) => Some(known.learned.plan(accept(profile))?),
            None => Plan::of(profile, &auto::expected(profile))?,
        };
        let Some(plan) = plan else {
            return Err(Error::invalid("compares nothing, so it has no candidate pairs")
                .on(profile.object())
                .hint(format!("the pairs of its rules are in profiles.{}_pairs", profile.name)));
        };
        let records = records(catalog, profile).await?;
        let text = load::query(&plan, &format!("({})", evidence_sql(profile, &records)), true);
        let evidence = catalog.view_text(&text).await?;
        let what = Arc::new(What { known, ..What::of(profile, plan) });
        Ok(Self { schema: named_schema(&what), what, evidence })
    }
}

/// The model that the last run used, if it is of the present definition; without one a model is trained on the way.
async fn known(catalog: &SessionCatalog, profile: &Profile) -> Result<Option<Known>> {
    let session = catalog.engine().session();
    let snapshot = catalog.snapshot();
    session.pin(Arc::clone(&snapshot));
    match Learned::load(&session, &snapshot, profile).await? {
        Some(learned) => Known::load(&session, &snapshot, &profile.name, learned).await,
        None => Ok(None),
    }
}

/// The relation that has the records of a profile: as they were last stored, or else as they are now.
async fn records(catalog: &SessionCatalog, profile: &Profile) -> Result<String> {
    let name = format!("{}_records", profile.name);
    let stored = Profile::path(&profile.name, "records");
    if catalog.snapshot().state.relations.contains_key(&stored)
        && let Some(records) = catalog.relation("profiles", &name).await?
        && same_columns(&records.schema(), &profile.records_schema())
    {
        return Ok(format!("profiles.{}", quoted(&name)));
    }
    let name = format!("records of {}", profile.name);
    catalog.scratch(&name, NumberedProfile::relation(profile)?)?;
    Ok(format!("scratch.{}", quoted(&name)))
}

fn same_columns(a: &SchemaRef, b: &SchemaRef) -> bool {
    let types = |s: &SchemaRef| -> Vec<_> {
        s.fields().iter().map(|f| (f.name().clone(), f.data_type().clone())).collect()
    };
    types(a) == types(b)
}

#[async_trait]
impl TableProvider for CandidateTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> DFResult<Arc<dyn ExecutionPlan>> {
        let input = self.evidence.scan(state, None, &[], None).await?;
        let columns = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let partitions = state.config().target_partitions();
        let what = Arc::clone(&self.what);
        Ok(Arc::new(PairsExec::new(what, input, Output::Named(columns), f32::NEG_INFINITY, partitions)?))
    }
}
