//! Table functions: what is asked about the objects of the catalog, and stages of the pipeline by themselves.

pub(crate) mod candidate_pairs;
mod cluster_pairs;
mod evaluate_matches;
mod find_matches;
mod splink_model;

pub(crate) use cluster_pairs::{ClusterPairsPlanner, NAME as CLUSTER_PAIRS};

use std::sync::{Arc, Weak};

use datafusion::catalog::TableFunctionImpl;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;

use crate::catalog::SessionCatalog;
use crate::session::Session;
use crate::{Error, ErrorKind, Result};

/// The table functions with their names, sorted by name.
pub(crate) fn table_functions(
    catalog: &Arc<SessionCatalog>,
) -> Vec<(&'static str, Arc<dyn TableFunctionImpl>)> {
    vec![
        ("candidate_pairs", Arc::new(candidate_pairs::CandidatePairs::new(catalog))),
        (cluster_pairs::NAME, Arc::new(cluster_pairs::ClusterPairs)),
        ("evaluate_matches", Arc::new(evaluate_matches::EvaluateMatches::new(catalog))),
        ("find_matches", Arc::new(find_matches::FindMatches::new(catalog))),
        ("splink_model", Arc::new(splink_model::SplinkModel::new(catalog))),
    ]
}

/// A session of its own for a function that reads what a profile has stored, at the snapshot of its caller.
///
/// # Errors
/// If the session that the function was called in has ended.
fn own_session(catalog: &Weak<SessionCatalog>) -> Result<Session> {
    let ended = || Error::new(ErrorKind::Cancelled, "the session has ended");
    let catalog = catalog.upgrade().ok_or_else(ended)?;
    let session = catalog.engine().session();
    session.pin(catalog.snapshot());
    Ok(session)
}

/// An argument that is a text.
pub(crate) fn text_argument(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal(
            ScalarValue::Utf8(Some(text))
            | ScalarValue::LargeUtf8(Some(text))
            | ScalarValue::Utf8View(Some(text)),
            _,
        ) => Some(text),
        _ => None,
    }
}
