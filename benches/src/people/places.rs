//! Where people live.

use super::draws::{Draws, Skewed};
use super::names::Names;

/// An address.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) number: u32,
    pub(crate) street: String,
    /// Index into [`KINDS`].
    pub(crate) kind: usize,
    pub(crate) city: String,
    pub(crate) postcode: u32,
}

/// Kinds of street, in full and as people shorten them.
pub(crate) const KINDS: &[(&str, &str)] = &[
    ("Street", "St"),
    ("Avenue", "Ave"),
    ("Road", "Rd"),
    ("Drive", "Dr"),
    ("Lane", "Ln"),
    ("Court", "Ct"),
    ("Place", "Pl"),
];

const CITIES: u32 = 2_500;
const STREETS: u32 = 5_000;
const ENDINGS: &[&str] =
    &["ton", "ville", " City", "field", "burg", " Falls", "ford", " Park", "wood", " Springs"];

/// The towns and streets of a population: large towns have many postcodes, small ones one.
#[derive(Debug)]
pub(crate) struct Places {
    city_law: Skewed,
    street_law: Skewed,
}

impl Places {
    /// The same places in every population.
    pub(crate) fn new() -> Self {
        Self { city_law: Skewed::new(CITIES, 5), street_law: Skewed::new(STREETS, 20) }
    }

    /// A town, by its rank.
    pub(crate) fn city(&self, draws: &mut Draws) -> usize {
        self.city_law.draw(draws)
    }

    /// An address in a town.
    pub(crate) fn address(&self, names: &Names, city: usize, draws: &mut Draws) -> Address {
        // Towns and streets are called after families, in an order of their own.
        let town = names.ranked_family(city * 7 + 11);
        let ending = ENDINGS[(city * 3 + city / 10) % ENDINGS.len()];
        let postcodes = 5 + 500 / (city as u32 + 8);
        let first = (city as u32).wrapping_mul(2_654_435_761) % 89_000;
        let street = names.ranked_family(self.street_law.draw(draws) * 5 + 3);
        Address {
            number: draws.between(1, 999),
            street: street.to_owned(),
            kind: draws.below(KINDS.len() as u32) as usize,
            city: format!("{town}{ending}"),
            postcode: 10_000 + first + draws.below(postcodes),
        }
    }
}
