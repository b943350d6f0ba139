//! Which tables of a database a source shows, and under which names.
//!
//! Tables of the login's own schema keep their names; those of others are called `schema.table`, which SQL writes
//! in quotes: `crm."sales.orders"`. With `schemas 'sales'` the tables of that schema keep their names.

use std::collections::HashMap;

use glob::Pattern;

use super::driver::Catalog;
use super::table::RemoteTable;
use crate::nearest::did_you_mean;
use crate::{Error, Options, Result};

/// The tables that the options `schemas` and `tables` choose.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown {
    schemas: Vec<Chosen>,
    tables: Vec<Chosen>,
}

#[derive(Debug, Clone)]
struct Chosen {
    text: String,
    pattern: Pattern,
}

impl Shown {
    /// Reads the options.
    ///
    /// # Errors
    /// A pattern that is none.
    pub(crate) fn new(options: &Options) -> Result<Self> {
        let read = |option: &str| {
            let words = options.text(option).unwrap_or_default().split(',').map(str::trim);
            let words = words.filter(|word| !word.is_empty());
            let chosen = words.map(|word| {
                let pattern = Pattern::new(word).map_err(|e| {
                    Error::new(format!("'{word}' is not a pattern: {}", e.msg))
                        .on(format!("option {option}"))
                        .hint("* stands for any characters, ? for one, [ab] for a or b")
                })?;
                Ok(Chosen { text: word.to_owned(), pattern })
            });
            chosen.collect::<Result<Vec<_>>>()
        };
        Ok(Self { schemas: read("schemas")?, tables: read("tables")? })
    }

    /// The chosen tables with their names here, and the names by full name.
    ///
    /// # Errors
    /// A choice that chooses nothing.
    #[allow(clippy::type_complexity, reason = "two views of one list")]
    pub(crate) fn names(
        &self,
        catalog: &Catalog,
    ) -> Result<(Vec<(String, RemoteTable)>, HashMap<String, String>)> {
        let in_schemas: Vec<&RemoteTable> = catalog
            .tables
            .iter()
            .filter(|t| self.schemas.is_empty() || self.schemas.iter().any(|c| c.pattern.matches(&t.schema)))
            .collect();
        for chosen in &self.schemas {
            let known = catalog.tables.iter().map(|t| t.schema.as_str());
            require(chosen, "schemas", "schema", known)?;
        }
        let bare = match self.schemas.as_slice() {
            [only] if in_schemas.iter().all(|t| t.schema == only.text) => &only.text,
            _ => &catalog.default_schema,
        };
        let named: Vec<(String, &RemoteTable)> = in_schemas
            .into_iter()
            .map(|t| (if t.schema == *bare { t.name.clone() } else { t.full_name() }, t))
            .collect();
        for chosen in &self.tables {
            require(chosen, "tables", "table", named.iter().map(|(name, _)| name.as_str()))?;
        }
        let wanted =
            |name: &str| self.tables.is_empty() || self.tables.iter().any(|c| c.pattern.matches(name));
        let named = named.into_iter().filter(|(name, _)| wanted(name)).map(|(name, t)| (name, t.clone()));
        let named: Vec<(String, RemoteTable)> = named.collect();
        let by_full_name = named.iter().map(|(name, t)| (t.full_name(), name.clone())).collect();
        Ok((named, by_full_name))
    }
}

fn require<'a>(
    chosen: &Chosen,
    option: &str,
    kind: &str,
    known: impl Iterator<Item = &'a str>,
) -> Result<()> {
    let mut known: Vec<&str> = known.collect();
    if known.iter().any(|name| chosen.pattern.matches(name)) {
        return Ok(());
    }
    known.sort_unstable();
    known.dedup();
    let hint = match known.len() {
        0 => format!("the login sees no {kind}"),
        _ => did_you_mean(&chosen.text, &format!("the login sees the {kind}s"), known),
    };
    Err(Error::new(format!("no {kind} matches '{}'", chosen.text)).on(format!("option {option}")).hint(hint))
}
