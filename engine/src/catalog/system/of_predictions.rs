//! Tables of `system` that are lists of the predictions' versions.

use crate::Result;
use crate::catalog::SessionCatalog;
use crate::prediction::version::{self, Version};
use crate::sql::ObjectKind;

/// The versions of all predictions that the session's user may read, with the prediction's name.
pub(super) async fn versions(catalog: &SessionCatalog) -> Result<Vec<(String, Version)>> {
    let mut out = Vec::new();
    for definition in catalog.snapshot().of_kind(ObjectKind::Prediction) {
        let name = &definition.object.name;
        if catalog.may_read("predictions", name) {
            let versions = version::load(catalog, name).await?;
            out.extend(versions.into_iter().map(|version| (name.clone(), version)));
        }
    }
    Ok(out)
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
