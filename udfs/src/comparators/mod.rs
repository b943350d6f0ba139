//! Comparators: how alike two values of a field are, as one of a few ordered levels.
//!
//! One file per comparator, named by its SQL word. A comparator reads whole columns once, gives each distinct
//! normalised value a number, and then compares pairs of records by those numbers: equal numbers are equal values,
//! and each similarity of the others is computed at most once, and only if a bound of it can reach a level.
//!
//! | file | what it has |
//! |---|---|
//! | `comparator` | what a comparator is |
//! | `read`, `dictionary`, `numbers` | columns as numbers of distinct values |
//! | `column` | a comparator of one column |
//! | `edits`, `jaro_winkler` | the two measures of text |
//! | `names`, `words` | levels of names, and of texts of several words |
//! | `person_name` | given and family name at once, in either order |
//! | `function` | comparators as SQL functions |

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::{Result, exec_err};

mod address;
mod birth_date;
mod category;
mod column;
mod comparator;
mod dictionary;
mod edits;
mod email;
mod examples;
mod family_name;
mod full_name;
pub(crate) mod function;
mod given_name;
mod identifier;
mod jaro_winkler;
mod names;
mod number;
mod numbers;
mod organization;
mod person_name;
mod phone;
mod place;
mod point;
mod postcode;
mod read;
mod street;
mod text;
mod words;

pub use column::without;
pub use comparator::{Comparator, Context, Key, Level, NONE, Prepared, Role};
pub use person_name::PersonNames;

/// All comparators, sorted by name.
pub fn all() -> Vec<Arc<dyn Comparator>> {
    vec![
        Arc::new(address::Address),
        Arc::new(birth_date::BirthDate),
        Arc::new(category::Category),
        Arc::new(email::Email),
        Arc::new(family_name::FamilyName),
        Arc::new(full_name::FullName),
        Arc::new(given_name::GivenName),
        Arc::new(identifier::Identifier),
        Arc::new(number::Number),
        Arc::new(organization::Organization),
        Arc::new(phone::Phone),
        Arc::new(place::Place),
        Arc::new(point::Point),
        Arc::new(postcode::Postcode),
        Arc::new(street::Street),
        Arc::new(text::Text),
    ]
}

/// The comparator of a name.
pub fn get(name: &str) -> Option<Arc<dyn Comparator>> {
    all().into_iter().find(|comparator| comparator.name() == name)
}

const fn level(name: &'static str, term_frequency: f64, description: &'static str) -> Level {
    Level { name: Cow::Borrowed(name), description: Cow::Borrowed(description), term_frequency }
}

const fn key(sql: &'static str, rank: u8, chain: u8) -> Key {
    Key { sql, rank, chain }
}

/// The only column of a comparator of one.
fn only<'a>(comparator: &str, columns: &'a [ArrayRef]) -> Result<&'a ArrayRef> {
    match columns {
        [column] => Ok(column),
        other => exec_err!("{comparator} compares one column, not {}", other.len()),
    }
}
