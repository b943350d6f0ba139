//! Declared columns: `columns.orders 'order_id bigint, "Placed On" date, total decimal(10, 2)'`.

use std::collections::BTreeMap;

use super::types::{TYPE_WORDS, Type};
use crate::nearest::did_you_mean;
use crate::{Error, Result};

/// A column and its declared type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declared {
    pub(super) name: String,
    pub(super) r#type: Type,
}

/// The declarations of a source, by table.
#[derive(Debug, Clone, Default)]
pub(super) struct Declarations(BTreeMap<String, Vec<Declared>>);

impl Declarations {
    pub(super) fn new<'a>(given: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let read = |(table, text): (&str, &str)| {
            let columns = parse(text).map_err(|error| error.on(format!("option columns.{table}")))?;
            Ok((table.to_owned(), columns))
        };
        Ok(Self(given.map(read).collect::<Result<_>>()?))
    }

    /// The declared columns of a table, in their order.
    pub(super) fn of(&self, table: &str) -> &[Declared] {
        self.0.get(table).map(Vec::as_slice).unwrap_or_default()
    }

    /// The tables that have declarations.
    pub(super) fn tables(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl Declared {
    /// Finds the declared type of a column; names are compared without regard to case.
    pub(super) fn find<'a>(declared: &'a [Self], column: &str) -> Option<&'a Self> {
        declared.iter().find(|declared| declared.name.eq_ignore_ascii_case(column))
    }

    /// Checks that every declared column is one of the table's.
    pub(super) fn check(declared: &[Self], columns: &[&str]) -> Result<()> {
        let unknown = declared
            .iter()
            .find(|declared| !columns.iter().any(|column| column.eq_ignore_ascii_case(&declared.name)));
        match unknown {
            None => Ok(()),
            Some(unknown) => {
                let known = columns.iter().copied();
                Err(Error::new(format!(
                    "a type is declared for {}, but there is no such column",
                    unknown.name
                ))
                .hint(did_you_mean(&unknown.name, "the columns are", known)))
            }
        }
    }
}

fn parse(text: &str) -> Result<Vec<Declared>> {
    let mut declared: Vec<Declared> = vec![];
    for part in split_outside_parentheses(text) {
        let part = part.trim();
        let (name, r#type) = match part.strip_prefix('"') {
            Some(rest) => rest.split_once('"').unwrap_or((rest, "")),
            None => part.split_once(char::is_whitespace).unwrap_or((part, "")),
        };
        let r#type = r#type.trim();
        if name.is_empty() || r#type.is_empty() {
            return Err(Error::new(format!("'{part}' is not a column and its type"))
                .hint("write: 'name type, name type', as in 'id bigint, born date'"));
        }
        let r#type: Type = r#type.parse().map_err(|()| {
            Error::new(format!("the column {name} is declared {type}, which is not a type"))
                .hint(did_you_mean(r#type, "the types are", TYPE_WORDS.iter().copied()))
        })?;
        if Declared::find(&declared, name).is_some() {
            return Err(Error::new(format!("the column {name} is declared twice")));
        }
        declared.push(Declared { name: name.to_owned(), r#type });
    }
    Ok(declared)
}

fn split_outside_parentheses(text: &str) -> Vec<&str> {
    let mut depth = 0i32;
    let parts = text.split(move |char| {
        match char {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        char == ',' && depth == 0
    });
    let parts: Vec<_> = parts.collect();
    match parts.as_slice() {
        [first @ .., last] if last.trim().is_empty() => first.to_vec(),
        _ => parts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_types() {
        let declared = parse("id bigint, \"Placed On\" date, total decimal(10, 2),").unwrap();
        let shown: Vec<_> =
            declared.iter().map(|column| format!("{}: {}", column.name, column.r#type)).collect();
        assert_eq!(shown, ["id: bigint", "Placed On: date", "total: decimal(10, 2)"]);
    }

    #[test]
    fn slips_are_explained() {
        let message = |text| parse(text).unwrap_err().to_string();
        assert!(message("id bigimt").contains("did you mean `bigint`?"));
        assert!(message("id").contains("'id' is not a column and its type"));
        assert!(message("id int, ID text").contains("declared twice"));
        let error = Declared::check(&parse("emial text").unwrap(), &["id", "email"]).unwrap_err();
        assert!(error.to_string().contains("did you mean `email`?"), "{error}");
    }
}
