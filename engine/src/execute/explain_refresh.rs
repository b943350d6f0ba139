//! `EXPLAIN REFRESH`: the plans by which a refresh would find the pairs of a profile.

use std::sync::Arc;

use datafusion::physical_plan::{ExecutionPlan, displayable};
use datafusion::prelude::DataFrame;

use super::text_rows;
use crate::Result;
use crate::catalog::object::folded;
use crate::identity::matching::{self, auto, plan::Plan};
use crate::identity::operator::certain;
use crate::identity::operator::numbered::NumberedProfile;
use crate::identity::operator::what::What;
use crate::identity::profile::Profile;
use crate::identity::rules::{self, EVIDENCE};
use crate::session::{Response, Session};
use crate::sql::{ExplainRefresh, ObjectKind, Statement};

pub(super) async fn execute(session: &Session, explain: &ExplainRefresh) -> Result<Response> {
    let snapshot = session.snapshot();
    let definition = snapshot.require(ObjectKind::Profile, &folded(&explain.profile))?;
    let mut rows = Vec::new();
    let mut row = |step: &str, plan: &Arc<dyn ExecutionPlan>| {
        let text = displayable(plan.as_ref()).indent(false).to_string();
        rows.push([Some(step.to_owned()), Some(text.trim_end().to_owned())]);
    };
    if let Statement::CreateProfile(create) = &definition.statement {
        let profile = Profile::compile(session.catalog(), create).await?;
        let records = DataFrame::new(session.ctx().state(), profile.union_plan()?);
        row("records", &records.create_physical_plan().await?);

        session.scratch("records", NumberedProfile::relation(&profile)?)?;
        let evidence = rules::evidence_sql(&profile, "scratch.records");
        session.scratch(EVIDENCE, session.catalog().view_text(&evidence).await?)?;
        let compiled = rules::compile(&profile)?;
        if !compiled.is_empty() {
            row("rules", &certain::physical(session, &profile, &compiled, None).await?.1.into_plan());
        }
        let chosen = auto::choose(session, &profile, None).await?;
        if let Some(plan) = Plan::of(&profile, &chosen)? {
            row("evidence", &matching::physical(session, What::of(&profile, plan)).await?.1.into_plan());
        }
    }
    text_rows(["step", "plan"], rows)
}
