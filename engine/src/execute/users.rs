//! `CREATE USER`, `CREATE ROLE`, `ALTER USER`, `ALTER ROLE`, `DROP USER`, `DROP ROLE`.

use chrono::Utc;

use crate::access::scram::Verifier;
use crate::access::{ADMIN, Limits, StoredUser};
use crate::catalog::object::folded;
use crate::catalog::{CatalogState, nearest};
use crate::session::{Response, Session};
use crate::sql::{AlterUser, CreateUser, DropUser, NewPassword, UserKind};
use crate::{Error, ErrorKind, Result};

/// Passwords have at least so many characters.
const SHORTEST: usize = 8;

pub(super) async fn create(session: &Session, create: &CreateUser) -> Result<Response> {
    let name = folded(&create.name);
    let named = format!("{} {name}", create.kind.word().to_lowercase());
    if name == ADMIN {
        let error = Error::new(ErrorKind::AlreadyExists, "is always there").on(format!("role {ADMIN}"));
        return Err(error.hint(format!("make somebody a member of it: GRANT {ADMIN} TO name")));
    }
    let verifier = create.password.as_deref().map(|p| verifier(&named, p)).transpose()?;
    let limits = Limits::default().with(&create.options).map_err(|e| e.on(&named))?;
    let user = StoredUser { limits, ..StoredUser::new(create.kind == UserKind::User, verifier, Utc::now()) };
    let known = session.snapshot().state.users.get(&name).map(StoredUser::noun);
    if let (Some(noun), true) = (known, create.if_not_exists) {
        return Ok(Response::done(format!("{noun} {name} exists already; it was left as it is")));
    }
    let change = |state: &mut CatalogState| {
        if let Some(known) = state.users.get(&name) {
            return Err(Error::new(ErrorKind::AlreadyExists, "exists already")
                .on(format!("{} {name}", known.noun()))
                .hint("users and roles share their names; use another, or IF NOT EXISTS"));
        }
        state.users.insert(name.clone(), user.clone());
        Ok(())
    };
    session.pin(session.engine().catalog().change(change).await?);
    let next = match (create.kind, &create.password) {
        (UserKind::User, None) => "; without a password it cannot connect",
        _ => "",
    };
    Ok(Response::done(format!("{named} created{next}")))
}

pub(super) async fn alter(session: &Session, alter: &AlterUser) -> Result<Response> {
    let name = folded(&alter.name);
    let word = alter.kind.word().to_lowercase();
    let named = format!("{word} {name}");
    let verifier = match &alter.password {
        Some(NewPassword::Text(password)) => Some(verifier(&named, password)?),
        _ => None,
    };
    // Whether the options are right is known without the catalog.
    Limits::default().with(&alter.options).map_err(|e| e.on(&named))?;
    let change = |state: &mut CatalogState| {
        let user = require_kind(state, &name, &word)?;
        if alter.password.is_some() {
            user.verifier.clone_from(&verifier);
        }
        user.limits = user.limits.with(&alter.options)?;
        Ok(())
    };
    session.pin(session.engine().catalog().change(change).await?);
    let mut done = Vec::new();
    match alter.password {
        Some(NewPassword::Text(_)) => done.push(format!("password of {named} set")),
        Some(NewPassword::Null) => {
            done.push(format!("password of {named} removed; it cannot connect any more"))
        }
        None => {}
    }
    if !alter.options.is_empty() {
        let limits = session.snapshot().state.users.get(&name).and_then(|user| user.limits.text());
        done.push(format!("limits of {named}: {}", limits.as_deref().unwrap_or("none")));
    }
    Ok(Response::done(done.join("; ")))
}

pub(super) async fn drop(session: &Session, drop: &DropUser) -> Result<Response> {
    let name = folded(&drop.name);
    let word = drop.kind.word().to_lowercase();
    if name == ADMIN {
        return Err(Error::invalid("cannot be dropped").on(format!("role {ADMIN}")));
    }
    if drop.if_exists && !session.snapshot().state.users.contains_key(&name) {
        return Ok(Response::done(format!("{word} {name} does not exist")));
    }
    let change = |state: &mut CatalogState| {
        require_kind(state, &name, &word)?;
        state.users.remove(&name);
        state.users.values_mut().for_each(|user| {
            user.roles.remove(&name);
        });
        Ok(())
    };
    session.pin(session.engine().catalog().change(change).await?);
    Ok(Response::done(format!("dropped {word} {name}")))
}

/// A user or role to change, or an error that tells near names.
pub(super) fn require<'a>(state: &'a mut CatalogState, name: &str) -> Result<&'a mut StoredUser> {
    if !state.users.contains_key(name) {
        let known: Vec<&str> = state.users.keys().map(String::as_str).collect();
        let error = Error::not_found(format!("there is no user or role {name}"));
        return Err(match nearest(name, &known) {
            Some(near) => error.hint(format!("did you mean {near}?")),
            None if known.is_empty() => error.hint(format!("make one: CREATE USER {name} PASSWORD '…'")),
            None => error.hint(format!("there is {}", known.join(", "))),
        });
    }
    state.users.get_mut(name).ok_or_else(|| Error::internal(format!("the user {name} is gone")))
}

/// The same, of the kind that a statement says.
fn require_kind<'a>(state: &'a mut CatalogState, name: &str, word: &str) -> Result<&'a mut StoredUser> {
    let user = require(state, name)?;
    match user.noun() {
        noun if noun == word => Ok(user),
        noun => Err(Error::invalid(format!("is a {noun}"))
            .on(name)
            .hint(format!("write {} {name}", noun.to_uppercase()))),
    }
}

/// The verifier to store for a password that was written in SQL; a text that is a verifier is one.
fn verifier(user: &str, password: &str) -> Result<String> {
    if let Some(verifier) = Verifier::parse(password) {
        return Ok(verifier.to_string());
    }
    if password.chars().count() < SHORTEST {
        return Err(Error::invalid("the password is too short")
            .on(user)
            .hint(format!("use {SHORTEST} characters or more")));
    }
    Ok(Verifier::of(password).to_string())
}
