//! `CREATE SOURCE`, `PROFILE`, `ACTIVITY`, `MEASURE`, `SEGMENT`, `PREDICTION`, `VIEW`.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::validate;
use crate::catalog::dependencies::Graph;
use crate::catalog::object::created;
use crate::catalog::{Definition, ObjectRef, Snapshot, StoredObject};
use crate::session::{Response, Session};
use crate::sql::Statement;
use crate::{Error, ErrorKind, Result};

pub(super) async fn execute(session: &Session, statement: &Statement) -> Result<Response> {
    let (object, definition) = define(&session.snapshot(), statement, None, Utc::now())?;
    let (or_replace, if_not_exists) = flags(statement);
    let snapshot = session.snapshot();
    let before = snapshot.get(object.kind, &object.name);
    if before.is_some() && if_not_exists {
        return Ok(Response::done(format!("{object} exists already; it was left as it is")));
    }
    if before.is_some() && !or_replace {
        return Err(Error::new(ErrorKind::AlreadyExists, "exists already")
            .on(object.to_string())
            .hint("use CREATE OR REPLACE, or IF NOT EXISTS to leave it"));
    }
    let draft = Arc::new(snapshot.with(definition.clone()));
    Graph::new(&draft).order()?;
    session.pin(draft);
    validate::definition(session, &definition).await?;
    let stored = definition.stored.clone();
    let changed = session
        .engine()
        .catalog()
        .change(|state| {
            let known = state.objects.get(&object.to_string());
            if known.is_some_and(|k| k.sql == stored.sql) {
                return Ok(());
            }
            if known.is_some() && !or_replace {
                return Err(Error::new(ErrorKind::AlreadyExists, "was made by somebody else just now")
                    .on(object.to_string()));
            }
            state.objects.insert(object.to_string(), stored.clone());
            Ok(())
        })
        .await?;
    session.pin(changed);
    let verb = if before.is_some() { "replaced" } else { "created" };
    Ok(Response::done(format!("{object} {verb}{}", next_step(&definition))))
}

/// The definition that a statement makes, with the text that is stored of it.
pub(super) fn define(
    snapshot: &Snapshot,
    statement: &Statement,
    file: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(ObjectRef, Definition)> {
    let object = created(statement).ok_or_else(|| Error::internal("the statement defines nothing"))?;
    let statement = plain(statement);
    let before = snapshot.get(object.kind, &object.name).map(|d| d.stored.clone());
    let sql = statement.to_string();
    let stored = match before {
        Some(before) if before.sql == sql => {
            StoredObject { file: file.map(str::to_owned).or(before.file.clone()), ..before }
        }
        Some(before) => StoredObject {
            sql,
            file: file.map(str::to_owned),
            created_at: before.created_at,
            changed_at: now,
        },
        None => StoredObject { sql, file: file.map(str::to_owned), created_at: now, changed_at: now },
    };
    Ok((object.clone(), Definition { object, statement, stored }))
}

/// The statement without what says how to meet an existing object.
fn plain(statement: &Statement) -> Statement {
    let mut out = statement.clone();
    if let Some((or_replace, if_not_exists)) = clauses(&mut out) {
        *or_replace = false;
        *if_not_exists = false;
    }
    out
}

/// Whether `OR REPLACE` and `IF NOT EXISTS` are given.
fn flags(statement: &Statement) -> (bool, bool) {
    clauses(&mut statement.clone())
        .map_or((false, false), |(or_replace, if_not_exists)| (*or_replace, *if_not_exists))
}

fn clauses(statement: &mut Statement) -> Option<(&mut bool, &mut bool)> {
    match statement {
        Statement::CreateSource(s) => Some((&mut s.or_replace, &mut s.if_not_exists)),
        Statement::CreateProfile(s) => Some((&mut s.or_replace, &mut s.if_not_exists)),
        Statement::CreateActivity(s) => Some((&mut s.or_replace, &mut s.if_not_exists)),
        Statement::CreateMeasure(s) => Some((&mut s.or_replace, &mut s.if_not_exists)),
        Statement::CreateSegment(s) => Some((&mut s.or_replace, &mut s.if_not_exists)),
        Statement::CreatePrediction(s) => Some((&mut s.or_replace, &mut s.if_not_exists)),
        Statement::CreateView(s) => Some((&mut s.or_replace, &mut s.if_not_exists)),
        _ => None,
    }
}

fn next_step(definition: &Definition) -> String {
    if crate::insight::materialized::is_refreshed(&definition.object, &definition.statement) {
        format!("; REFRESH {} fills it", definition.object)
    } else {
        String::new()
    }
}
