//! `CREATE USER`, `CREATE ROLE`, `ALTER USER`, `DROP USER`, `DROP ROLE`.

use chrono::Utc;

use crate::access::scram::Verifier;
use crate::access::{ADMIN, StoredUser};
use crate::catalog::object::folded;
use crate::catalog::{CatalogState, nearest};
use crate::session::{Response, Session};
use crate::sql::{AlterUser, CreateUser, DropUser, UserKind};
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
    let user = StoredUser::new(create.kind == UserKind::User, verifier, Utc::now());
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
    let named = format!("user {name}");
    let verifier = alter.password.as_deref().map(|p| verifier(&named, p)).transpose()?;
    let change = |state: &mut CatalogState| {
        let user = require(state, &name)?;
        if !user.login {
            return Err(Error::invalid("is a role and has no password").on(format!("role {name}")));
        }
        user.verifier = verifier.clone();
        Ok(())
    };
    session.pin(session.engine().catalog().change(change).await?);
    let what = if alter.password.is_some() { "set" } else { "removed; it cannot connect any more" };
    Ok(Response::done(format!("password of {named} {what}")))
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
        let noun = require(state, &name)?.noun();
        if noun != word {
            return Err(Error::invalid(format!("is a {noun}")).on(&name).hint(format!("DROP {noun} {name}")));
        }
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
