//! Applies the files of a project to the catalog: all of them or, when one is wrong, none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::Utc;
use datafusion::sql::parser::Statement as DFStatement;
use sqlparser::ast::Statement as SqlStatement;

use super::create::define;
use super::{comment, validate};
use crate::catalog::dependencies::Graph;
use crate::catalog::object::created;
use crate::catalog::{Definition, ObjectRef, StoredComment};
use crate::project::SqlFile;
use crate::session::Session;
use crate::sql::{self, Comment, Parsed, Statement};
use crate::{Error, ErrorKind, Result};

/// What the files of a project say.
#[derive(Debug, Default)]
pub struct Applied {
    /// Objects that the catalog did not have.
    pub created: Vec<ObjectRef>,
    /// Objects whose definition is another now.
    pub changed: Vec<ObjectRef>,
    /// Objects that are as they were.
    pub unchanged: Vec<ObjectRef>,
    /// Objects that came from a file of the project which no longer has them. They are left in the catalog.
    pub gone: Vec<ObjectRef>,
    /// Sources that cannot be read now, and definitions that cannot be checked because of them.
    pub unreachable: Vec<Error>,
    /// Queries between the definitions, with their files.
    pub queries: Vec<(String, Parsed)>,
}

struct Placed {
    definition: Definition,
    file: SqlFile,
    line: u64,
}

struct Remark {
    comment: Comment,
    file: SqlFile,
    line: u64,
}

/// Checks the files and, if `commit`, stores their definitions. Every error that can be told is in the list.
pub async fn apply(session: &Session, files: &[SqlFile], commit: bool) -> Result<Applied, Vec<Error>> {
    let one = |e: Error| vec![e];
    let snapshot = session.begin().await.map_err(one)?;
    let mut applied = Applied::default();
    let mut errors = Vec::new();
    let mut placed: BTreeMap<ObjectRef, Placed> = BTreeMap::new();
    let mut remarks = Vec::new();
    for file in files {
        let parsed = match sql::parse(&file.text) {
            Ok(parsed) => parsed,
            Err(e) => {
                errors.push(e.in_text(&file.text).in_file(&file.name, 1));
                continue;
            }
        };
        for parsed in parsed {
            if is_query(&parsed.statement) {
                applied.queries.push((file.name.clone(), parsed));
                continue;
            }
            let line = parsed.start.line;
            if let Statement::Comment(comment) = parsed.statement {
                remarks.push(Remark { comment, file: file.clone(), line });
                continue;
            }
            if created(&parsed.statement).is_none() {
                let error =
                    Error::invalid("only definitions, comments and queries can stand in a project's file")
                        .hint("run it in the shell: onefold sql");
                errors.push(error.in_file(&file.name, line));
                continue;
            }
            match define(&snapshot, &parsed.statement, Some(&file.name), Utc::now()) {
                Err(e) => errors.push(e.in_file(&file.name, line)),
                Ok((object, definition)) => {
                    if let Some(other) = placed.get(&object) {
                        let message = format!("is defined in {}:{}, too", other.file.name, other.line);
                        let error = Error::new(ErrorKind::AlreadyExists, message).on(object.to_string());
                        errors.push(error.hint("keep one of the two").in_file(&file.name, line));
                        continue;
                    }
                    placed.insert(object, Placed { definition, file: file.clone(), line });
                }
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }

    let draft = placed.values().fold((*snapshot).clone(), |draft, p| draft.with(p.definition.clone()));
    let graph = Graph::new(&draft);
    let order = graph.order().map_err(one)?;
    session.pin(Arc::new(draft));
    let as_stored = |object: &ObjectRef| {
        let known = snapshot.get(object.kind, &object.name).map(|known| &known.stored.sql);
        placed.get(object).is_none_or(|placed| known == Some(&placed.definition.stored.sql))
    };
    let mut bad: BTreeSet<ObjectRef> = BTreeSet::new();
    for object in order {
        let Some(placed) = placed.get(&object) else { continue };
        let upstream = graph.upstream(&object);
        // What was good when it was stored does not become wrong by what happens at a source: that is for the refresh to
        // tell, which goes on with the rest.
        let was_good = as_stored(&object) && upstream.iter().all(as_stored);
        if upstream.iter().any(|u| bad.contains(u)) || commit && was_good {
            continue;
        }
        if let Err(e) = validate::definition(session, &placed.definition).await {
            bad.insert(object);
            let unreachable = was_good || matches!(e.kind, ErrorKind::Source);
            let error = place(session.catalog().suggest(e), &placed.file, placed.line);
            if unreachable { applied.unreachable.push(error) } else { errors.push(error) }
        }
    }
    let is_known = |remark: &Remark| {
        let stored = snapshot.state.comments.values();
        stored.into_iter().any(|c| {
            remark.comment.text.as_ref() == Some(&c.text) && c.file.as_ref() == Some(&remark.file.name)
        })
    };
    let mut comments: BTreeMap<String, StoredComment> = BTreeMap::new();
    for remark in &remarks {
        match comment::path(session, &remark.comment).await {
            Ok(path) => {
                if let Some(text) = &remark.comment.text {
                    let stored = StoredComment { text: text.clone(), file: Some(remark.file.name.clone()) };
                    comments.insert(path, stored);
                }
            }
            Err(e) if matches!(e.kind, ErrorKind::Source) || is_known(remark) => {
                applied.unreachable.push(place(e, &remark.file, remark.line));
            }
            Err(e) => errors.push(place(e, &remark.file, remark.line)),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }

    for (object, placed) in &placed {
        match snapshot.get(object.kind, &object.name) {
            None => applied.created.push(object.clone()),
            Some(known) if known.stored.sql == placed.definition.stored.sql => {
                applied.unchanged.push(object.clone());
            }
            Some(_) => applied.changed.push(object.clone()),
        }
    }
    applied.gone = snapshot
        .all()
        .filter(|d| d.stored.file.is_some() && !placed.contains_key(&d.object))
        .map(|d| d.object.clone())
        .collect();
    if commit {
        let store = |state: &mut crate::catalog::CatalogState| {
            for (object, placed) in &placed {
                state.objects.insert(object.to_string(), placed.definition.stored.clone());
            }
            state.comments.retain(|_, comment| comment.file.is_none());
            state.comments.extend(comments.clone());
            Ok(())
        };
        let changed = session.engine().catalog().change(store).await.map_err(one)?;
        session.pin(changed);
    }
    Ok(applied)
}

/// An error with the file and the line: of the place that it points to, or else of the statement.
fn place(error: Error, file: &SqlFile, first_line: u64) -> Error {
    let points = error.position.is_some() && error.excerpt.is_none();
    let first_line = if points { 1 } else { first_line };
    let error = if points { error.in_text(&file.text) } else { Error { position: None, ..error } };
    error.in_file(&file.name, first_line)
}

fn is_query(statement: &Statement) -> bool {
    match statement {
        Statement::DataFusion(inner) => match inner.as_ref() {
            DFStatement::Statement(inner) => matches!(inner.as_ref(), SqlStatement::Query(_)),
            DFStatement::Explain(_) => true,
            _ => false,
        },
        _ => false,
    }
}
