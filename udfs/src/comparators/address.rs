use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::{Result, exec_err};
use hashbrown::HashMap;

use super::column::{Measure, read_ahead, without};
use super::comparator::{Comparator, Context, Key, Level, NONE, Prepared, Role};
use super::dictionary::{Dictionary, Interner};
use super::jaro_winkler::Scratch;
use super::place::Places;
use super::postcode::{Postcodes, append_postcode};
use super::read::intern;
use super::street::append_street;
use super::words::Texts;
use super::{key, level};
use crate::normalize::folding::fold;

const LEVELS: &[Level] = &[
    level("equal", 1.0, "the same street; the same area, or one that is not known"),
    level(
        "nearly_equal",
        0.5,
        "nearly the same street in the same area, or the same street and city with another postcode",
    ),
    level(
        "similar",
        0.0,
        "a similar street in the same area, or nearly the same street and city with another postcode",
    ),
    level("other_area", 0.0, "the same or nearly the same street in another area"),
    level("no_street", 0.0, "the same area; one street is not known"),
    level("same_postcode", 0.0, "another street of the same postcode"),
    level(
        "same_city",
        0.0,
        "another or no street, in the same city or in one of a postcode one edit apart or with the same first three characters",
    ),
    level("different", 0.0, "none of these"),
];

const KEYS: &[&[Key]] = &[
    &[key("normalize_address({c})", 3, 0)],
    &[key("fold_text({c})", 3, 0)],
    &[key("normalize_postcode({c})", 3, 0), key("left(normalize_postcode({c}), 3)", 2, 0)],
];

/// The comparator `address`.
#[derive(Debug)]
pub(super) struct Address;

impl Comparator for Address {
    fn name(&self) -> &'static str {
        "address"
    }

    fn description(&self) -> &'static str {
        "Addresses: street, and city and postcode where there are any, as one piece of evidence, so that a move does not count three times."
    }

    fn role(&self) -> Role {
        Role::Shared
    }

    fn columns(&self) -> &'static [&'static str] {
        &["street", "city", "postcode"]
    }

    fn required_columns(&self) -> usize {
        1
    }

    fn levels(&self) -> &[Level] {
        LEVELS
    }

    fn keys(&self) -> &'static [&'static [Key]] {
        KEYS
    }

    fn prepare(&self, columns: &[ArrayRef], _context: &Context) -> Result<Arc<dyn Prepared>> {
        let (street, city, postcode) = match columns {
            [street] => (street, None, None),
            [street, city] => (street, Some(city), None),
            [street, city, postcode] => (street, Some(city), Some(postcode)),
            other => {
                return exec_err!(
                    "address compares a street, city and postcode, not {} columns",
                    other.len()
                );
            }
        };
        let mut interner = Interner::default();
        let streets = intern(self.name(), street, &mut interner, append_street)?;
        let streets_of = Texts::new(interner);
        let (cities, cities_of) = part(city, streets.len(), fold)?;
        let (postcodes, postcodes_of) = part(postcode, streets.len(), append_postcode)?;
        let mut numbers: HashMap<Parts, u32> = HashMap::new();
        let mut parts = Vec::new();
        let rows = streets.iter().zip(cities).zip(postcodes);
        let rows = rows.map(|((street, city), postcode)| Parts { street: *street, city, postcode });
        let all = rows.map(|row| match row.is_empty() {
            true => NONE,
            false => *numbers.entry(row).or_insert_with(|| {
                parts.push(row);
                parts.len() as u32 - 1
            }),
        });
        let all: Vec<u32> = all.collect();
        let values = all.iter().zip(&streets).map(|(all, street)| if *street == NONE { NONE } else { *all });
        let values = values.collect();
        let addresses = Addresses {
            parts,
            streets: streets_of,
            cities: Places(cities_of),
            postcodes: Postcodes(postcodes_of),
        };
        Ok(Arc::new(Column { all, values, addresses: Arc::new(addresses) }))
    }
}

/// The numbers of a part of all addresses, and its dictionary.
fn part(
    column: Option<&ArrayRef>,
    rows: usize,
    normalize: impl FnMut(&str, &mut String),
) -> Result<(Vec<u32>, Dictionary)> {
    let mut interner = Interner::default();
    let numbers = match column {
        Some(column) => intern("address", column, &mut interner, normalize)?,
        None => vec![NONE; rows],
    };
    Ok((numbers, interner.finish()))
}

/// The addresses of the records.
#[derive(Debug)]
struct Column {
    /// The address of each record, also without a street.
    all: Vec<u32>,
    /// The address of each record that has a street: others may be equal without being one address.
    values: Vec<u32>,
    addresses: Arc<Addresses>,
}

/// Distinct addresses.
#[derive(Debug)]
struct Addresses {
    parts: Vec<Parts>,
    streets: Texts,
    cities: Places,
    postcodes: Postcodes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Parts {
    street: u32,
    city: u32,
    postcode: u32,
}

impl Parts {
    fn is_empty(self) -> bool {
        self.street == NONE && self.city == NONE && self.postcode == NONE
    }
}

/// What city and postcode of two addresses say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Area {
    /// Not known of one of them.
    Unknown,
    /// Of the same postcode, or one that differs by a slip in the same city.
    Postcode,
    /// Of the same city; a postcode is not known.
    City,
    /// Of the same city or of like postcodes.
    Near,
    Different,
}

impl Prepared for Column {
    fn compare(&self, left: &[u32], right: &[u32], levels: &mut [u8]) {
        let mut scratch = Scratch::new();
        for (level, (a, b)) in levels.iter_mut().zip(read_ahead(&self.all, left, right)) {
            *level = if a == NONE || b == NONE { 0 } else { self.addresses.level(&mut scratch, a, b) };
        }
    }

    fn values(&self) -> &[u32] {
        &self.values
    }

    fn distinct(&self) -> usize {
        self.addresses.parts.len()
    }

    fn without(&self, values: &[u32]) -> Arc<dyn Prepared> {
        Arc::new(Self {
            all: without(&self.all, values, self.distinct()),
            values: without(&self.values, values, self.distinct()),
            addresses: Arc::clone(&self.addresses),
        })
    }

    fn text(&self, value: u32) -> String {
        let Addresses { parts, streets, cities, postcodes } = &*self.addresses;
        let Parts { street, city, postcode } = parts[value as usize];
        let texts = [
            (street != NONE).then(|| streets.text(street)),
            (city != NONE).then(|| cities.text(city)),
            (postcode != NONE).then(|| postcodes.text(postcode)),
        ];
        texts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl Addresses {
    fn level(&self, scratch: &mut Scratch, a: u32, b: u32) -> u8 {
        let (a, b) = (self.parts[a as usize], self.parts[b as usize]);
        let street = level_of(&self.streets, scratch, a.street, b.street);
        let area = self.area(scratch, a, b);
        match (street, area) {
            (0, Area::Unknown) => 0,
            (0, Area::Postcode) => 5,
            (1..=3, Area::Postcode | Area::City | Area::Unknown) => street,
            (1 | 2, Area::Near) => street + 1,
            (1 | 2, Area::Different) => 4,
            (_, Area::Postcode) => 6,
            (_, Area::City | Area::Near) => 7,
            (_, Area::Unknown | Area::Different) => 8,
        }
    }

    fn area(&self, scratch: &mut Scratch, a: Parts, b: Parts) -> Area {
        let postcode = level_of(&self.postcodes, scratch, a.postcode, b.postcode);
        if postcode == 1 {
            return Area::Postcode;
        }
        match (level_of(&self.cities, scratch, a.city, b.city), postcode) {
            (0, 0) => Area::Unknown,
            (1 | 2, 0) => Area::City,
            (1 | 2, 2) => Area::Postcode,
            (1 | 2, _) | (_, 2 | 3) => Area::Near,
            _ => Area::Different,
        }
    }
}

/// The level of a part of two addresses.
fn level_of(measure: &impl Measure, scratch: &mut Scratch, a: u32, b: u32) -> u8 {
    if a == NONE || b == NONE {
        0
    } else if a == b {
        1
    } else {
        measure.level(scratch, a, b)
    }
}
