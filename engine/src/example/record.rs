//! How a system writes a person down: with nicknames, typing errors, gaps and other people's mailboxes.

use chrono::{Datelike, NaiveDate};

use super::draws::Draws;
use super::household::{Address, Person};
use super::moment::{Moment, day_of};

/// How often, in a thousand records, something happens at the desk where people are written down.
#[derive(Debug)]
pub(super) struct Habits {
    pub(super) nickname: u32,
    pub(super) initial: u32,
    pub(super) typing_error: u32,
    pub(super) names_swapped: u32,
    pub(super) careless_case: u32,
    pub(super) email: u32,
    pub(super) shared_email: u32,
    pub(super) house_email: u32,
    pub(super) phone: u32,
    pub(super) dummy_phone: u32,
    pub(super) birth: u32,
    pub(super) birth_error: u32,
    pub(super) address: u32,
    /// Whether a telephone number is insisted on where there is no e-mail address.
    pub(super) reachable: bool,
}

/// What was written down; empty text where nothing was.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) birth: Option<NaiveDate>,
    pub(super) street: String,
    pub(super) city: String,
    pub(super) postcode: String,
}

/// Writes a person down at a moment.
pub(super) fn record(person: &Person, at: Moment, habits: &Habits, draws: &mut Draws) -> Record {
    let (mut first_name, mut last_name) = names(person, at, habits, draws);
    if draws.chance(habits.names_swapped) {
        std::mem::swap(&mut first_name, &mut last_name);
    }
    if draws.chance(habits.careless_case) {
        let careless = if draws.chance(700) { str::to_lowercase } else { str::to_uppercase };
        first_name = careless(&first_name);
        last_name = careless(&last_name);
    }
    let (street, city, postcode) = if draws.chance(habits.address) {
        address(person.address.at(at), habits, draws)
    } else {
        Default::default()
    };
    let email = email(person, at, habits, draws);
    let insist = habits.reachable && email.is_empty();
    Record {
        first_name,
        last_name,
        email,
        phone: phone(person, at, if insist { 1000 } else { habits.phone }, habits.dummy_phone, draws),
        birth: birth(person, habits, draws),
        street,
        city,
        postcode,
    }
}

fn names(person: &Person, at: Moment, habits: &Habits, draws: &mut Draws) -> (String, String) {
    let formal = person.given.0;
    let given = if draws.chance(habits.initial) {
        format!("{}.", formal.get(..1).unwrap_or_default())
    } else if draws.chance(habits.nickname) {
        person.nickname.unwrap_or(formal).to_owned()
    } else {
        formal.to_owned()
    };
    let family = person.family.at(at).clone();
    let first_name = if draws.chance(habits.typing_error) { mistype(&given, draws) } else { given };
    let last_name = if draws.chance(habits.typing_error) { mistype(&family, draws) } else { family };
    (first_name, last_name)
}

fn email(person: &Person, at: Moment, habits: &Habits, draws: &mut Draws) -> String {
    if draws.chance(habits.house_email) {
        return "info@roastery.example".to_owned();
    }
    if !draws.chance(habits.email) {
        return String::new();
    }
    let shared = person.shared_email.as_ref().filter(|_| draws.chance(habits.shared_email));
    let Some(address) = shared.or(person.email.at(at).as_ref()) else {
        return String::new();
    };
    match draws.below(100) {
        0..3 => address.to_uppercase(),
        3..8 => capitalised(address),
        8..11 => address.replacen('@', "+shop@", 1),
        11 => mistype(address, draws),
        _ => address.clone(),
    }
}

fn phone(person: &Person, at: Moment, known: u32, dummy: u32, draws: &mut Draws) -> String {
    if draws.chance(dummy) {
        return (*draws.pick(&["000-000-0000", "555-555-5555", "1234567890"])).to_owned();
    }
    if !draws.chance(known) {
        return String::new();
    }
    let number = if draws.chance(200) {
        person.landline.or(*person.mobile.at(at))
    } else {
        person.mobile.at(at).or(person.landline)
    };
    let Some(number) = number else {
        return String::new();
    };
    let (area, exchange, line) = (number / 10_000_000, number / 10_000 % 1000, number % 10_000);
    match draws.below(8) {
        0 | 1 => format!("({area}) {exchange}-{line:04}"),
        2 => format!("{area}-{exchange}-{line:04}"),
        3 => format!("{area}.{exchange}.{line:04}"),
        4 => format!("{number}"),
        5 => format!("+1 {area} {exchange} {line:04}"),
        6 => format!("+1{number}"),
        _ => format!("1-{area}-{exchange}-{line:04}"),
    }
}

fn birth(person: &Person, habits: &Habits, draws: &mut Draws) -> Option<NaiveDate> {
    if !draws.chance(habits.birth) {
        return None;
    }
    let (year, month, day) = (person.birth.year(), person.birth.month(), person.birth.day());
    if !draws.chance(habits.birth_error) {
        return Some(person.birth);
    }
    Some(match draws.below(3) {
        0 if day <= 12 => day_of(year, day, month),
        1 => day_of(year, month, day % 28 + 1),
        _ => day_of(year + 1, month, day),
    })
}

fn address(address: &Address, habits: &Habits, draws: &mut Draws) -> (String, String, String) {
    let kind = if draws.chance(350) { address.kind.1 } else { address.kind.0 };
    let mut street = if draws.chance(habits.typing_error / 2) {
        format!("{} {} {kind}", address.number, mistype(address.street, draws))
    } else {
        format!("{} {} {kind}", address.number, address.street)
    };
    if let Some(unit) = address.unit.filter(|_| draws.chance(700)) {
        let word = draws.pick(&["Apt ", "Unit ", "#"]);
        street = format!("{street} {word}{unit}");
    }
    let city = if draws.chance(970) { address.city.to_owned() } else { String::new() };
    let postcode = if draws.chance(960) { format!("{:05}", address.postcode) } else { String::new() };
    (street, city, postcode)
}

/// One slip of the finger, not on the first letter: two letters swapped, one missing, doubled or wrong.
fn mistype(text: &str, draws: &mut Draws) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() < 4 {
        return text.to_owned();
    }
    let at = 1 + draws.below(letters.len() as u32 - 2) as usize;
    match draws.below(4) {
        0 => letters.swap(at, at + 1),
        1 => drop(letters.remove(at)),
        2 => letters.insert(at, letters[at]),
        _ => letters[at] = *draws.pick(&['a', 'e', 'i', 'o', 'n', 'r', 's', 't']),
    }
    letters.into_iter().collect()
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
