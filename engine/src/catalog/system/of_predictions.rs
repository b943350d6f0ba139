//! Tables of `system` that are lists of the predictions' versions.

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, SchemaRef};

use super::{numbers, schema_of, texts};
use crate::Result;
use crate::catalog::SessionCatalog;
use crate::prediction::version::{self, State, Version};
use crate::sql::{ObjectKind, Statement};

/// The versions of all predictions that the session's user may read, with the prediction's name.
pub(super) async fn versions(catalog: &SessionCatalog) -> Result<Vec<(String, Version)>> {
    let mut out = Vec::new();
    for definition in catalog.snapshot().of_kind(ObjectKind::Prediction) {
        let name = &definition.object.name;
        if catalog.may_read("predictions", name) {
            let mut versions = version::load(catalog, name).await?;
            if let Some(pinned) = pinned(&definition.statement)
                && versions.iter().any(|v| v.number == pinned)
            {
                show(&mut versions, pinned);
            }
            out.extend(versions.into_iter().map(|version| (name.clone(), version)));
        }
    }
    Ok(out)
}

/// The version that the option `version` names.
fn pinned(statement: &Statement) -> Option<u64> {
    let Statement::CreatePrediction(create) = statement else { return None };
    let (_, number) = create.options.iter().find(|(key, _)| key.eq_ignore_ascii_case("version"))?;
    number.parse().ok()
}

/// Shows a version as the one that scores.
fn show(versions: &mut [Version], pinned: u64) {
    for version in versions {
        match version.state {
            _ if version.number == pinned => version.state = State::Current,
            State::Current => version.state = State::Replaced,
            State::Replaced | State::Rejected => {}
        }
    }
}

/// The columns of a table whose rows are about versions: those that tell which one, and these.
pub(super) fn schema(own: &[(&str, DataType)]) -> SchemaRef {
    let version = [("prediction", DataType::Utf8), ("version", DataType::Int64)];
    schema_of(&[&version[..], own].concat())
}

/// The items of a list of each version, with the version's prediction and number before `own` columns.
pub(super) async fn columns<T>(
    catalog: &SessionCatalog,
    list: fn(&Version) -> &Vec<T>,
    own: fn(&[&T]) -> Vec<ArrayRef>,
) -> Result<Vec<ArrayRef>> {
    let versions = versions(catalog).await?;
    let rows = listed(&versions, list);
    let mut columns = vec![
        texts(rows.iter().map(|(prediction, _, _)| Some(prediction))),
        numbers(rows.iter().map(|(_, version, _)| Some(*version))),
    ];
    columns.extend(own(&rows.iter().map(|(_, _, item)| *item).collect::<Vec<_>>()));
    Ok(columns)
}

/// The items of a list of each version, with prediction and number.
pub(super) fn listed<T>(
    versions: &[(String, Version)],
    list: impl Fn(&Version) -> &Vec<T>,
) -> Vec<(&String, u64, &T)> {
    let mut out = Vec::new();
    for (name, version) in versions {
        out.extend(list(version).iter().map(|item| (name, version.number, item)));
    }
    out
}
