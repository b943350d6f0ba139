//! `onefold plan`.

use std::process::ExitCode;

use crate::execute::apply::{Applied, apply};
use crate::refresh::{self, Action};
use crate::{Engine, Error};

pub(super) async fn plan(engine: Engine) -> Result<ExitCode, Vec<Error>> {
    let files = engine.project().files().map_err(|e| vec![e])?;
    let session = engine.session();
    let applied = apply(&session, &files, false).await?;
    definitions(&applied);
    let planned = refresh::plan(&engine, &session.snapshot(), None, false).await.map_err(|e| vec![e])?;
    for object in &planned {
        match &object.action {
            Action::Fresh => println!("leave    {} (fresh)", object.object),
            Action::Refresh(reasons) => println!("refresh  {}: {}", object.object, reasons.join("; ")),
            Action::Unknown(error) => println!("fail     {}: {error}", object.object),
        }
    }
    let stale = planned.iter().filter(|p| matches!(p.action, Action::Refresh(_))).count();
    println!("{stale} of {} objects to refresh", planned.len());
    Ok(ExitCode::SUCCESS)
}

/// What applying the files changes in the catalog.
pub(super) fn definitions(applied: &Applied) {
    for object in &applied.created {
        println!("create   {object}");
    }
    for object in &applied.changed {
        println!("replace  {object}");
    }
    for object in &applied.gone {
        let kind = object.kind;
        println!("keep     {object}: no file defines it any more; DROP {kind} {} removes it", object.name);
    }
}
