//! `onefold check`.

use std::process::ExitCode;

use crate::execute::apply::apply;
use crate::{Engine, Error};

pub(super) async fn check(engine: Engine) -> Result<ExitCode, Vec<Error>> {
    let files = engine.project().files().map_err(|e| vec![e])?;
    let session = engine.session();
    let applied = apply(&session, &files, false).await?;
    if !applied.unreachable.is_empty() {
        return Err(applied.unreachable);
    }
    for (file, parsed) in &applied.queries {
        session.check(parsed).await.map_err(|e| vec![e.in_file(file, parsed.start.line)])?;
    }
    let definitions = applied.created.len() + applied.changed.len() + applied.unchanged.len();
    println!("{} files, {definitions} definitions, {} queries: all good", files.len(), applied.queries.len());
    Ok(ExitCode::SUCCESS)
}
