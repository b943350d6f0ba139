//! `system.users`: users and roles, and what was granted to them. Passwords are not told, and verifiers neither.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, ListBuilder, StringBuilder};
use arrow::datatypes::{DataType, Field, SchemaRef};
use futures::future::BoxFuture;

use super::{SystemTable, schema_of, texts, time_type, times};
use crate::Result;
use crate::catalog::SessionCatalog;

#[derive(Debug)]
pub(super) struct Users;

impl SystemTable for Users {
    fn name(&self) -> &'static str {
        "users"
    }

    fn schema(&self) -> SchemaRef {
        let texts = DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true)));
        schema_of(&[
            ("name", DataType::Utf8),
            ("kind", DataType::Utf8),
            ("can_connect", DataType::Boolean),
            ("roles", texts.clone()),
            ("reads", texts),
            ("limits", DataType::Utf8),
            ("created_at", time_type()),
        ])
    }

    fn rows<'a>(&'a self, catalog: &'a SessionCatalog) -> BoxFuture<'a, Result<Vec<ArrayRef>>> {
        Box::pin(async move {
            let snapshot = catalog.snapshot();
            let users = &snapshot.state.users;
            let connects: BooleanArray =
                users.values().map(|u| Some(u.login && u.verifier.is_some())).collect();
            Ok(vec![
                texts(users.keys().map(Some)),
                texts(users.values().map(|u| Some(u.noun()))),
                Arc::new(connects) as ArrayRef,
                lists(users.values().map(|u| &u.roles)),
                lists(users.values().map(|u| &u.reads)),
                texts(users.values().map(|u| u.limits.text())),
                times(users.values().map(|u| Some(u.created_at))),
            ])
        })
    }
}

fn lists<'a>(sets: impl Iterator<Item = &'a BTreeSet<String>>) -> ArrayRef {
    let mut builder = ListBuilder::new(StringBuilder::new());
    for set in sets {
        set.iter().for_each(|item| builder.values().append_value(item));
        builder.append(true);
    }
    Arc::new(builder.finish())
}
