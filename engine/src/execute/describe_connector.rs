//! `DESCRIBE CONNECTOR name`: its options.

use super::text_rows;
use crate::Result;
use crate::catalog::object::folded;
use crate::session::Response;
use crate::sql::DescribeConnector;

pub(super) fn execute(describe: &DescribeConnector) -> Result<Response> {
    let connector = onefold_connectors::connector(&folded(&describe.name))?;
    let rows = connector.options().iter().map(|option| {
        let yes = |is: bool| Some(if is { "YES" } else { "NO" }.to_owned());
        [
            Some(option.name.to_owned()),
            Some(option.r#type.to_string()),
            option.default.map(str::to_owned),
            yes(option.required),
            yes(option.secret),
            Some(option.description.to_owned()),
        ]
    });
    text_rows(["option", "type", "default", "is_required", "is_secret", "description"], rows.collect())
}
