//! `SHOW CREATE kind name`: the stored text, with secrets as they are stored.

use super::text_rows;
use crate::Result;
use crate::catalog::object::folded;
use crate::session::{Response, Session};
use crate::sql::{AlterUser, CreateUser, NewPassword, ShowCreate, Statement};

pub(super) fn execute(session: &Session, show: &ShowCreate) -> Result<Response> {
    let snapshot = session.snapshot();
    let definition = snapshot.require(show.kind, &folded(&show.name))?;
    text_rows(["definition"], vec![[Some(redacted(&definition.statement))]])
}

/// A statement's text in which literal secrets are hidden.
pub fn redacted(statement: &Statement) -> String {
    let hidden = || Some("***".to_owned());
    let mut create = match statement {
        Statement::CreateSource(create) => create.clone(),
        Statement::CreateUser(create) if create.password.is_some() => {
            return CreateUser { password: hidden(), ..create.clone() }.to_string();
        }
        Statement::AlterUser(alter) if matches!(alter.password, Some(NewPassword::Text(_))) => {
            let password = hidden().map(NewPassword::Text);
            return AlterUser { password, ..alter.clone() }.to_string();
        }
        _ => return statement.to_string(),
    };
    if let Ok(connector) = onefold_connectors::connector(&create.connector.value) {
        create.options = onefold_connectors::Options::redact(connector.options(), &create.options);
    }
    Statement::CreateSource(create).to_string()
}
