//! Predictions: a model that a query trains, and the relation of its scores.
//!
//! ```text
//! query ─ columns by role ─┬─ train: candidates, judged on what they have not seen, against a baseline
//!                          │         → version: model, metrics, grade, factors, findings
//!                          └─ score: predictions.x, predictions.x_factors
//! ```
//!
//! A method is one file of `methods/` and one line of [`method::methods`].

mod file;
pub mod findings;
pub mod grade;
pub mod judge;
pub mod method;
mod methods;
pub mod options;
pub mod purchases;
pub mod refresh;
pub mod relation;
pub mod report;
pub mod roles;
pub mod table;
pub mod task;
pub mod version;
pub mod work;

use crate::catalog::SessionCatalog;
use crate::sql::CreatePrediction;
use crate::{Error, Result};

/// Where a prediction's scores are stored.
pub fn path(prediction: &str) -> String {
    format!("predictions/{prediction}")
}

/// Where the reasons of its scores are stored.
pub fn factors_path(prediction: &str) -> String {
    format!("predictions/{prediction}_factors")
}

/// Where its versions are stored.
pub fn versions_path(prediction: &str) -> String {
    format!("predictions/{prediction}_versions")
}

/// The relation that a prediction's options name besides its query.
pub fn relation_of_options(create: &CreatePrediction) -> Option<&str> {
    let named = create.options.iter().find(|(key, _)| key.eq_ignore_ascii_case(methods::sentiment::KEYWORDS));
    named.map(|(_, relation)| relation.as_str())
}

pub use file::version_of_file;

/// Checks a definition: the profile, the method, its options, and that the query has the columns that it needs.
pub async fn check(catalog: &SessionCatalog, create: &CreatePrediction) -> Result<()> {
    let setup = task::Setup::of(catalog, create).await?;
    let name = crate::catalog::object::folded(&create.name);
    match name.strip_suffix("_factors") {
        Some(other) if catalog.snapshot().get(crate::sql::ObjectKind::Prediction, other).is_some() => {
            Err(Error::invalid(format!("its name is that of the factors of the prediction {other}"))
                .hint("give it another name"))
        }
        _ => setup.method.check(&setup),
    }
}
