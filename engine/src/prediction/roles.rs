//! Columns by role: which column of the query is the time, the amount and so on.

use std::collections::BTreeMap;

use arrow::datatypes::{DataType, Schema};
use onefold_connectors::Options;

use crate::identity::rules::quoted;
use crate::{Error, Result};

/// What a column may be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleType {
    /// A date or a time.
    Time,
    /// A number.
    Number,
    /// True or false.
    Flag,
    /// A text.
    Text,
    /// Anything.
    Any,
}

impl RoleType {
    fn fits(self, data_type: &DataType) -> bool {
        let text = matches!(
            data_type,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(_, _)
        );
        match self {
            Self::Time => data_type.is_temporal(),
            Self::Number => data_type.is_numeric(),
            Self::Flag => *data_type == DataType::Boolean,
            Self::Text => text,
            Self::Any => true,
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Time => "a date or a time",
            Self::Number => "a number",
            Self::Flag => "true or false",
            Self::Text => "a text",
            Self::Any => "any type",
        }
    }
}

/// A column that a method wants.
#[derive(Debug, Clone, Copy)]
pub struct Role {
    /// Its name, which is an option, too: `OPTIONS (time 'purchased_at')`.
    pub name: &'static str,
    /// What it may be of.
    pub r#type: RoleType,
    /// Words by which a column is recognised: its name is one of them or ends in `_word`. A role of type
    /// [`RoleType::Time`] also takes the only column of its type.
    pub words: &'static [&'static str],
    /// Whether the method cannot do without.
    pub required: bool,
    /// What it is.
    pub description: &'static str,
}

/// The columns of a query by role.
#[derive(Debug, Clone, Default)]
pub struct Bound {
    columns: BTreeMap<&'static str, String>,
}

impl Bound {
    /// Finds the columns.
    ///
    /// # Errors
    /// What is missing, or of another type than it has to be.
    pub fn of(roles: &[Role], options: &Options, schema: &Schema, id: &str) -> Result<Self> {
        let names = || schema.fields().iter().map(|f| f.name().as_str()).collect::<Vec<_>>().join(", ");
        if schema.field_with_name(id).is_err() {
            return Err(Error::invalid(format!("the query does not select {id}"))
                .hint(format!("it says whom a row is about; the query selects {}", names())));
        }
        let mut columns = BTreeMap::new();
        for role in roles {
            let found = match options.text(role.name) {
                Some(given) => Some(named(role, given, schema)?),
                None => recognised(role, schema, id),
            };
            match found {
                Some(column) => drop(columns.insert(role.name, column)),
                None if role.required => {
                    return Err(Error::invalid(format!(
                        "no column of the query is the {}: {}",
                        role.name, role.description
                    ))
                    .hint(format!(
                        "select {} named {}, or name it: OPTIONS ({} '…'); the query selects {}",
                        role.r#type.noun(),
                        role.words.join(" or "),
                        role.name,
                        names()
                    )));
                }
                None => {}
            }
        }
        Ok(Self { columns })
    }

    /// The column of a role.
    pub fn column(&self, role: &str) -> Option<&str> {
        self.columns.get(role).map(String::as_str)
    }

    /// The column of a role as SQL.
    pub fn sql(&self, role: &str) -> Option<String> {
        self.column(role).map(quoted)
    }

    /// Roles and their columns.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.columns.iter().map(|(role, column)| (*role, column.as_str()))
    }
}

fn named(role: &Role, column: &str, schema: &Schema) -> Result<String> {
    let field = schema.field_with_name(column).map_err(|_| {
        let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
        Error::invalid(format!("the query does not select {column}"))
            .on(format!("option {}", role.name))
            .hint(format!("it selects {}", names.join(", ")))
    })?;
    if role.r#type.fits(field.data_type()) {
        return Ok(column.to_owned());
    }
    Err(Error::invalid(format!("{column} is {} and not {}", field.data_type(), role.r#type.noun()))
        .on(format!("option {}", role.name))
        .hint("convert it in the query"))
}

fn recognised(role: &Role, schema: &Schema, id: &str) -> Option<String> {
    let fitting = || schema.fields().iter().filter(|f| f.name() != id && role.r#type.fits(f.data_type()));
    let is_named = |name: &str, word: &str| {
        name.strip_suffix(word).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
    };
    let by_word = role.words.iter().find_map(|word| fitting().find(|f| is_named(f.name(), word)));
    let only = || {
        let mut fields = fitting();
        match (fields.next(), fields.next()) {
            (Some(field), None) if role.r#type == RoleType::Time => Some(field),
            _ => None,
        }
    };
    by_word.or_else(only).map(|field| field.name().clone())
}
