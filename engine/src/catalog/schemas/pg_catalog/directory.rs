//! The objects that a session's user may read, each with a number that stays the same while its name does.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::datatypes::SchemaRef;
use datafusion::datasource::TableType;
use futures::future::BoxFuture;

use crate::Result;
use crate::catalog::comments;
use crate::catalog::keys::{self, Key};
use crate::catalog::provider::SessionCatalog;
use crate::catalog::schemas::{self, PG_CATALOG, PUBLIC};
use crate::sql::ObjectKind;

/// How long a directory is used: what sources have can change without a new version of the catalog.
const FRESH: Duration = Duration::from_secs(5);

/// The number of the one database.
pub(crate) const DATABASE: u32 = 16_384;
/// The number of the owner of everything.
pub(crate) const OWNER: u32 = 10;

/// A relation.
#[derive(Debug)]
pub(crate) struct Relation {
    pub(crate) oid: u32,
    pub(crate) schema: String,
    pub(crate) name: String,
    /// `r` for a table, `v` for a view, `m` for a view that is stored.
    pub(crate) kind: &'static str,
    pub(crate) columns: SchemaRef,
    pub(crate) comment: Option<String>,
    pub(crate) column_comments: Vec<Option<String>>,
    pub(crate) definition: Option<String>,
    pub(crate) rows: Option<u64>,
}

/// A key with its numbers.
#[derive(Debug)]
pub(crate) struct NumberedKey {
    pub(crate) oid: u32,
    /// Of the index that a primary key has.
    pub(crate) index: u32,
    pub(crate) key: Key,
}

/// All objects.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) version: u64,
    pub(crate) made: Instant,
    pub(crate) schemas: Vec<(u32, String, Option<String>)>,
    pub(crate) relations: Vec<Relation>,
    pub(crate) keys: Vec<NumberedKey>,
    pub(crate) users: Vec<(u32, String, bool, bool, Vec<u32>)>,
}

impl Directory {
    pub(crate) fn relation(&self, oid: u32) -> Option<&Relation> {
        self.relations.iter().find(|r| r.oid == oid)
    }

    /// A relation by a name as it is written: `name`, `schema.name`, `"schema"."name"`.
    pub(crate) fn named(&self, text: &str) -> Option<&Relation> {
        let parts: Vec<String> = parts(text);
        let (schema, name) = match parts.as_slice() {
            [name] => (PUBLIC, name),
            [schema, name] | [_, schema, name] => (schema.as_str(), name),
            _ => return None,
        };
        self.relations.iter().find(|r| r.schema == schema && r.name == *name)
    }

    pub(crate) fn schema_oid(&self, name: &str) -> u32 {
        self.schemas.iter().find(|(_, schema, _)| schema == name).map_or(0, |(oid, _, _)| *oid)
    }

    /// The places of columns in a relation, from 1.
    pub(crate) fn places(&self, schema: &str, relation: &str, columns: &[String]) -> Vec<i16> {
        let found = self.relations.iter().find(|r| r.schema == schema && r.name == relation);
        let place = |column: &String| found.and_then(|r| r.columns.index_of(column).ok());
        columns.iter().map(|c| place(c).and_then(|n| i16::try_from(n + 1).ok()).unwrap_or(0)).collect()
    }

    pub(crate) fn oid_of(&self, schema: &str, relation: &str) -> u32 {
        self.relations.iter().find(|r| r.schema == schema && r.name == relation).map_or(0, |r| r.oid)
    }
}

/// The parts of a name with points, folded, without quotes.
pub(crate) fn parts(text: &str) -> Vec<String> {
    let (mut parts, mut part, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                part.push('"');
            }
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(std::mem::take(&mut part)),
            c if quoted => part.push(c),
            c => part.extend(c.to_lowercase()),
        }
    }
    parts.push(part);
    parts
}

/// The directory of a session, made anew when the catalog changed.
pub(crate) fn of(catalog: &SessionCatalog) -> BoxFuture<'_, Result<Arc<Directory>>> {
    Box::pin(find(catalog))
}

async fn find(catalog: &SessionCatalog) -> Result<Arc<Directory>> {
    let snapshot = catalog.snapshot();
    if let Some(known) = catalog.pg_catalog().directory()
        && known.version == snapshot.version
        && known.made.elapsed() < FRESH
    {
        return Ok(known);
    }
    let made = Arc::new(make(catalog).await?);
    catalog.pg_catalog().keep_directory(Arc::clone(&made));
    Ok(made)
}

async fn make(catalog: &SessionCatalog) -> Result<Directory> {
    let snapshot = catalog.snapshot();
    catalog.engine().sources().load_tables(&snapshot).await;
    let rights = catalog.rights();
    let mut names: Vec<String> =
        schemas::names(&snapshot).into_iter().filter(|s| rights.may_see(s)).collect();
    names.push(PG_CATALOG.to_owned());
    let mut numbers = Numbers::default();
    let schema_oids: Vec<u32> = names.iter().map(|name| schema_oid(&mut numbers, name)).collect();
    let mut relations = Vec::new();
    for schema in &names {
        if schema == PG_CATALOG {
            continue;
        }
        for name in catalog.readable(schema) {
            // What cannot be planned now is left out, as in information_schema.
            let table = match catalog.relation(schema, &name).await {
                Ok(Some(table)) => table,
                Ok(None) => continue,
                Err(e) => {
                    tracing::warn!("{schema}.{name} is left out of the catalog: {e}");
                    continue;
                }
            };
            let columns = table.schema();
            let column_comments = columns
                .fields()
                .iter()
                .map(|f| comments::of_column(&snapshot, schema, &name, f.name()))
                .collect();
            let kind = ObjectKind::ALL.into_iter().find(|k| k.schema() == Some(schema.as_str()));
            let defined = kind.and_then(|kind| snapshot.get(kind, &name));
            let view = table.table_type() == TableType::View;
            relations.push(Relation {
                oid: numbers.of(&format!("relation {schema}.{name}")),
                kind: if view { "v" } else { "r" },
                comment: comments::of_relation(&snapshot, schema, &name),
                column_comments,
                definition: defined.filter(|_| view).map(|d| crate::execute::redacted(&d.statement)),
                rows: stored_rows(&snapshot, schema, &name),
                schema: schema.clone(),
                name,
                columns,
            });
        }
    }
    let keys = keys::all(catalog).await?;
    let keys = keys.into_iter().map(|key| {
        let about = format!("{}.{} {}", key.schema, key.relation, key.columns.join(","));
        let kind = if key.references.is_some() { "foreign" } else { "primary" };
        NumberedKey {
            oid: numbers.of(&format!("{kind} key {about}")),
            index: if key.references.is_none() { numbers.of(&format!("index {about}")) } else { 0 },
            key,
        }
    });
    let keys = keys.collect();
    let state = &snapshot.state;
    let user = catalog.user().unwrap_or("onefold").to_owned();
    let numbered: HashMap<&str, u32> =
        state.users.keys().map(|name| (name.as_str(), numbers.of(&format!("role {name}")))).collect();
    // A user sees itself; an administrator everybody.
    let users =
        state.users.iter().filter(|(name, _)| rights.everything() || **name == user).map(|(name, stored)| {
            let roles = stored.roles.iter().filter_map(|r| numbered.get(r.as_str()).copied()).collect();
            (
                numbered[name.as_str()],
                name.clone(),
                stored.login,
                stored.roles.contains(crate::access::ADMIN),
                roles,
            )
        });
    let users = users.collect();
    let schemas = schema_oids.into_iter().zip(names).map(|(oid, name)| {
        let comment = comments::of_schema(&snapshot, &name);
        (oid, name, comment)
    });
    Ok(Directory {
        version: snapshot.version,
        made: Instant::now(),
        schemas: schemas.collect(),
        relations,
        keys,
        users,
    })
}

fn stored_rows(snapshot: &crate::catalog::Snapshot, schema: &str, name: &str) -> Option<u64> {
    let path = format!("{schema}/{name}");
    snapshot.state.relations.get(&path).map(|r| r.rows)
}

fn schema_oid(numbers: &mut Numbers, name: &str) -> u32 {
    match name {
        PG_CATALOG => 11,
        PUBLIC => 2200,
        name => numbers.of(&format!("schema {name}")),
    }
}

/// Numbers from names: a hash, and the next free one where two names have the same.
#[derive(Debug, Default)]
struct Numbers {
    taken: HashMap<u32, String>,
}

impl Numbers {
    fn of(&mut self, name: &str) -> u32 {
        // FNV-1a, between the numbers of PostgreSQL's own objects and those that are negative as signed ones.
        let hash = name
            .bytes()
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        let mut oid = 0x1_0000 + (hash & 0x3fff_ffff);
        while self.taken.get(&oid).is_some_and(|known| known != name) {
            oid += 1;
        }
        self.taken.insert(oid, name.to_owned());
        oid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_parts() {
        assert_eq!(parts("Profiles.Customer"), ["profiles", "customer"]);
        assert_eq!(parts("\"My.Schema\".\"a \"\"b\"\"\""), ["My.Schema", "a \"b\""]);
    }

    #[test]
    fn numbers_stay_and_differ() {
        let mut numbers = Numbers::default();
        let (a, b) = (numbers.of("a"), numbers.of("b"));
        assert_ne!(a, b);
        assert_eq!(a, Numbers::default().of("a"));
        assert_eq!(a, numbers.of("a"));
    }
}
