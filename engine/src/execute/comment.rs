//! `COMMENT ON`.

use datafusion::catalog::SchemaProvider;

use super::validate::unknown_column;
use crate::Result;
use crate::catalog::dependencies::qualified;
use crate::catalog::object::folded;
use crate::catalog::schemas::PUBLIC;
use crate::catalog::{ObjectRef, StoredComment, comments};
use crate::session::{Response, Session};
use crate::sql::{Comment, CommentTarget};
use crate::{Error, ErrorKind};

pub(super) async fn execute(session: &Session, comment: &Comment) -> Result<Response> {
    let path = path(session, comment).await?;
    let changed = session
        .engine()
        .catalog()
        .change(|state| {
            match &comment.text {
                Some(text) => {
                    let stored = StoredComment { text: text.clone(), file: None };
                    state.comments.insert(path.clone(), stored);
                }
                None => {
                    state.comments.remove(&path);
                }
            }
            Ok(())
        })
        .await?;
    session.pin(changed);
    let verb = if comment.text.is_some() { "set" } else { "removed" };
    Ok(Response::done(format!("comment on {path} {verb}")))
}

/// Names what a comment is about, as the catalog keeps it; what it is about exists.
pub(super) async fn path(session: &Session, comment: &Comment) -> Result<String> {
    let found = match &comment.target {
        CommentTarget::Object { kind, name } => {
            let object = ObjectRef::new(*kind, folded(name));
            let known = session.snapshot().require(object.kind, &object.name).map(drop);
            known.map(|()| comments::path_of(&object))
        }
        CommentTarget::Relation(relation) => {
            let (schema, name) = qualified(relation);
            self::relation(session, &schema, &name).await.map(|_| comments::path(&[&schema, &name]))
        }
        CommentTarget::Column { relation, column } => {
            let (schema, name) = qualified(relation);
            let column = folded(column);
            match self::relation(session, &schema, &name).await {
                Ok(columns) if columns.contains(&column) => Ok(comments::path(&[&schema, &name, &column])),
                Ok(columns) => Err(unknown_column(&format!("{schema}.{name}"), &column, &columns)),
                Err(e) => Err(e),
            }
        }
    };
    found.map_err(|e| e.at(comment.origin.0))
}

/// The columns of a relation.
async fn relation(session: &Session, schema: &str, name: &str) -> Result<Vec<String>> {
    let catalog = session.catalog();
    if schema == PUBLIC && catalog.session_tables().table_exist(name) {
        return Err(Error::new(ErrorKind::Invalid, format!("{name} is a table of this session")).hint(
            "comments are kept on what stays: sources, profiles, activities, measures, segments, predictions, views",
        ));
    }
    let table = catalog.require(schema, name).await?;
    Ok(table.schema().fields().iter().map(|f| f.name().clone()).collect())
}
