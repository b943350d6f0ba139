//! `CREATE POLICY` and `DROP POLICY`.

use std::collections::BTreeSet;

use chrono::Utc;

use super::users::require;
use crate::access::{ADMIN, seen, stored_policy};
use crate::catalog::dependencies::qualified;
use crate::catalog::object::folded;
use crate::catalog::{CatalogState, comments, nearest};
use crate::session::{Response, Session};
use crate::sql::{CreatePolicy, DropPolicy, PolicyFor, references};
use crate::{Error, ErrorKind, Result};

pub(super) async fn create(session: &Session, create: &CreatePolicy) -> Result<Response> {
    let name = folded(&create.name);
    let (schema, relation) = qualified(&create.relation);
    let path = comments::path(&[&schema, &relation]);
    let on = format!("policy {name} ON {path}");
    let catalog = session.catalog();
    let whole = catalog.require(&schema, &relation).await.map_err(|e| e.at(create.origin.0))?;
    let known: Vec<String> = whole.schema().fields().iter().map(|f| f.name().clone()).collect();
    let mut masked = BTreeSet::new();
    for mask in &create.masks {
        let column = folded(&mask.column);
        if !known.contains(&column) {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let error = Error::not_found(format!("{path} has no column {column}")).on(&on);
            return Err(match nearest(&column, &known) {
                Some(near) => error.hint(format!("did you mean {near}?")),
                None => error.hint(format!("the columns are {}", known.join(", "))),
            });
        }
        if !masked.insert(column.clone()) {
            return Err(Error::invalid(format!("masks {column} twice")).on(&on));
        }
    }
    let exprs = create.using.iter().chain(create.masks.iter().map(|mask| &mask.value));
    let itself = (schema.clone(), relation.clone());
    if exprs.flat_map(references).any(|name| qualified(&name) == itself) {
        return Err(Error::invalid(format!("reads {path} itself"))
            .on(&on)
            .hint("name the columns of the row without their relation"));
    }
    let policy = stored_policy(create, Utc::now());
    // Planned as a user would be restricted by it, so that what does not fit is told now.
    let planned = [(name.clone(), policy.clone())];
    seen(catalog, (&schema, &relation), &whole, "somebody", &planned).await.map_err(|e| e.on(&on))?;

    let (PolicyFor::AllExcept(names) | PolicyFor::Only(names)) = &create.to;
    let names: Vec<String> = names.iter().map(folded).collect();
    let exists = session.snapshot().state.policies.get(&path).is_some_and(|own| own.contains_key(&name));
    let change = |state: &mut CatalogState| {
        for name in names.iter().filter(|name| *name != ADMIN) {
            require(state, name)?;
        }
        let own = state.policies.entry(path.clone()).or_default();
        if own.contains_key(&name) && !create.if_not_exists {
            return Err(Error::new(ErrorKind::AlreadyExists, "exists already")
                .on(&on)
                .hint(format!("DROP POLICY {name} ON {path} first, or use IF NOT EXISTS")));
        }
        own.entry(name.clone()).or_insert_with(|| policy.clone());
        Ok(())
    };
    session.pin(session.engine().catalog().change(change).await?);
    Ok(Response::done(match exists {
        true => format!("{on} exists already; it was left as it is"),
        false => format!("{on} created; it restricts {}", policy.restricted()),
    }))
}

pub(super) async fn drop(session: &Session, drop: &DropPolicy) -> Result<Response> {
    let name = folded(&drop.name);
    let (schema, relation) = qualified(&drop.relation);
    let path = comments::path(&[&schema, &relation]);
    let dropped = session.snapshot().state.policies.get(&path).is_some_and(|own| own.contains_key(&name));
    let change = |state: &mut CatalogState| {
        let own = state.policies.entry(path.clone()).or_default();
        let removed = own.remove(&name).is_some();
        let known: Vec<String> = own.keys().cloned().collect();
        if own.is_empty() {
            state.policies.remove(&path);
        }
        if removed || drop.if_exists {
            return Ok(());
        }
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let error = Error::not_found(format!("{path} has no policy {name}"));
        Err(match nearest(&name, &known) {
            Some(near) => error.hint(format!("did you mean {near}?")),
            None if known.is_empty() => error.hint("SELECT * FROM system.policies shows all"),
            None => error.hint(format!("it has {}", known.join(", "))),
        })
    };
    session.pin(session.engine().catalog().change(change).await?);
    Ok(Response::done(match dropped {
        true => format!("dropped policy {name} ON {path}"),
        false => format!("{path} has no policy {name}"),
    }))
}
