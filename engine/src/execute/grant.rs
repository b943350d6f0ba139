//! `GRANT` and `REVOKE`.

use super::users::require;
use crate::access::{ADMIN, EVERYTHING};
use crate::catalog::dependencies::qualified;
use crate::catalog::object::folded;
use crate::catalog::{CatalogState, comments, nearest, schemas};
use crate::session::{Response, Session};
use crate::sql::{Grant, Granted};
use crate::{Error, Result};

pub(super) async fn execute(session: &Session, grant: &Grant) -> Result<Response> {
    let items = items(session, grant).await?;
    let roles = matches!(grant.granted, Granted::Roles(_));
    let names: Vec<String> = grant.names.iter().map(folded).collect();
    let change = |state: &mut CatalogState| {
        for name in &names {
            for item in &items {
                if roles && *item != ADMIN {
                    let role = require(state, item)?;
                    if role.login {
                        return Err(Error::invalid("is a user; only roles can be granted")
                            .on(format!("user {item}"))
                            .hint(format!("CREATE ROLE, and GRANT it to {item} and {name}")));
                    }
                    if !grant.revoke && reaches(state, item, name) {
                        return Err(Error::invalid(format!("is a member of {name} itself"))
                            .on(format!("role {item}")));
                    }
                }
                let user = require(state, name)?;
                let set = if roles { &mut user.roles } else { &mut user.reads };
                if grant.revoke {
                    set.remove(item);
                } else {
                    set.insert(item.clone());
                }
            }
        }
        Ok(())
    };
    session.pin(session.engine().catalog().change(change).await?);
    let what = match &grant.granted {
        Granted::All => "everything".to_owned(),
        _ => items.join(", "),
    };
    let (done, word) = if grant.revoke { ("revoked", "from") } else { ("granted", "to") };
    Ok(Response::done(format!("{what} {done} {word} {}", names.join(", "))))
}

/// What is granted, as the catalog names it; it exists, or is taken away.
async fn items(session: &Session, grant: &Grant) -> Result<Vec<String>> {
    let mut items = Vec::new();
    match &grant.granted {
        Granted::All => items.push(EVERYTHING.to_owned()),
        Granted::Roles(roles) => items.extend(roles.iter().map(folded)),
        Granted::Schemas(names) => {
            let known = schemas::names(&session.snapshot());
            for name in names {
                let name = folded(name);
                if !grant.revoke && !known.contains(&name) {
                    let error = Error::not_found(format!("there is no schema {name}"));
                    let known: Vec<&str> = known.iter().map(String::as_str).collect();
                    return Err(match nearest(&name, &known) {
                        Some(near) => error.hint(format!("did you mean {near}?")),
                        None => error.hint(format!("the schemas are {}", known.join(", "))),
                    });
                }
                items.push(comments::path(&[&name]));
            }
        }
        Granted::Relations(names) => {
            for name in names {
                let (schema, name) = qualified(name);
                if !grant.revoke {
                    session.catalog().require(&schema, &name).await?;
                }
                items.push(comments::path(&[&schema, &name]));
            }
        }
    }
    Ok(items)
}

/// Whether a role is a member of another, directly or not.
fn reaches(state: &CatalogState, from: &str, to: &str) -> bool {
    from == to
        || state.users.get(from).is_some_and(|role| role.roles.iter().any(|next| reaches(state, next, to)))
}
