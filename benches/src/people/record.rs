//! How a source writes a person down: with nicknames, slips of the finger, gaps and other people's mailboxes.

use super::draws::Draws;
use super::household::{Changing, Day, MINUTES, Person};
use super::places::{Address, KINDS};

/// A record as a source has it; nothing where nothing was written down.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) source: &'static str,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: String,
    pub(crate) birth: Option<Day>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) street: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) postcode: Option<String>,
    /// Minutes since the first record could be written.
    pub(crate) updated: u32,
    pub(crate) person: u64,
    pub(crate) household: u64,
}

/// What is usual in a source. Numbers are out of a thousand records.
struct Habits {
    source: &'static str,
    no_first_name: u32,
    no_birth: u32,
    no_email: u32,
    no_phone: u32,
    no_address: u32,
    nickname: u32,
    initial: u32,
    swapped: u32,
    /// Names in small letters, and in capitals.
    small: u32,
    capital: u32,
    short_street: u32,
    /// Weights of the ways to write a telephone number; see [`written_phone`].
    phones: [u32; 4],
}

const HABITS: [Habits; 3] = [
    // People type for themselves, often all in small letters.
    Habits {
        source: "shop",
        no_first_name: 15,
        no_birth: 230,
        no_email: 90,
        no_phone: 380,
        no_address: 90,
        nickname: 170,
        initial: 30,
        swapped: 20,
        small: 620,
        capital: 20,
        short_street: 40,
        phones: [20, 70, 0, 10],
    },
    // Clerks copy a paper form.
    Habits {
        source: "loyalty",
        no_first_name: 10,
        no_birth: 80,
        no_email: 380,
        no_phone: 230,
        no_address: 100,
        nickname: 130,
        initial: 30,
        swapped: 30,
        small: 250,
        capital: 330,
        short_street: 50,
        phones: [100, 0, 0, 0],
    },
    // Agents note what they hear on the telephone.
    Habits {
        source: "support",
        no_first_name: 38,
        no_birth: 290,
        no_email: 280,
        no_phone: 290,
        no_address: 260,
        nickname: 230,
        initial: 60,
        swapped: 40,
        small: 330,
        capital: 0,
        short_street: 30,
        phones: [30, 0, 50, 20],
    },
];

/// Slips of the finger, out of a thousand values.
const SLIP: u32 = 112;
const STREET_SLIP: u32 = 78;
const EMAIL_SLIP: u32 = 30;
const PHONE_SLIP: u32 = 40;
const BIRTH_SLIP: u32 = 68;
const POSTCODE_SLIP: u32 = 32;

/// Numbers typed where one had to be given.
const DUMMY_PHONES: &[&str] = &["0000000000", "0000000000", "0000000000", "1234567890", "9999999999"];
/// Mailboxes of nobody.
const HOUSE_EMAILS: &[&str] =
    &["info@contoso.example", "info@contoso.example", "info@contoso.example", "noreply@contoso.example"];

/// Writes a person down at any time, in any of the sources.
pub(crate) fn record(person: &Person, ids: (u64, u64), draws: &mut Draws) -> Record {
    let habits = &HABITS[draws.below(3) as usize];
    let at = draws.below(MINUTES);
    let (first_name, last_name) = names(person, at, habits, draws);
    let (street, city, postcode) = address(&person.address, at, habits, draws);
    Record {
        source: habits.source,
        first_name,
        last_name,
        birth: (!draws.chance(habits.no_birth)).then(|| birth(person.birth, draws)),
        email: email(person, habits, draws),
        phone: phone(person, at, habits, draws),
        street,
        city,
        postcode,
        updated: at,
        person: ids.0,
        household: ids.1,
    }
}

fn names(person: &Person, at: u32, habits: &Habits, draws: &mut Draws) -> (Option<String>, String) {
    let formal = &person.given.formal;
    let first = if draws.chance(habits.initial) {
        formal.get(..1).unwrap_or_default().to_owned()
    } else if draws.chance(habits.nickname) {
        slip(person.nickname.as_ref().unwrap_or(formal), SLIP, draws)
    } else {
        slip(formal, SLIP, draws)
    };
    let mut first = (!draws.chance(habits.no_first_name)).then_some(first);
    let mut last = slip(person.family.at(at), SLIP, draws);
    if let Some(first) = first.as_mut().filter(|_| draws.chance(habits.swapped)) {
        std::mem::swap(first, &mut last);
    }
    let letters = draws.below(1000);
    let case = |text: String| {
        if letters < habits.small {
            text.to_lowercase()
        } else if letters < habits.small + habits.capital {
            text.to_uppercase()
        } else {
            text
        }
    };
    (first.map(case), case(last))
}

fn email(person: &Person, habits: &Habits, draws: &mut Draws) -> Option<String> {
    if draws.chance(4) {
        return Some((*draws.pick(HOUSE_EMAILS)).to_owned());
    }
    if draws.chance(habits.no_email) {
        return None;
    }
    let own = if draws.chance(450) { 0 } else { draws.below(person.mailboxes.len() as u32) as usize };
    let address =
        person.family_mailbox.as_ref().filter(|_| draws.chance(200)).or(person.mailboxes.get(own))?;
    let address = slip(address, EMAIL_SLIP, draws);
    Some(if draws.chance(100) { address.to_uppercase() } else { address })
}

fn phone(person: &Person, at: u32, habits: &Habits, draws: &mut Draws) -> Option<String> {
    if draws.chance(8) {
        return Some((*draws.pick(DUMMY_PHONES)).to_owned());
    }
    if draws.chance(habits.no_phone) {
        return None;
    }
    let usual = *person.phone.at(at);
    let number = person.other_phone.filter(|_| draws.chance(280)).unwrap_or(usual);
    let mut digits = number.to_string().into_bytes();
    if draws.chance(PHONE_SLIP) {
        let at = 1 + draws.below(8) as usize;
        if draws.chance(400) {
            digits.swap(at, at + 1);
        } else {
            digits[at] = b'0' + draws.below(10) as u8;
        }
    }
    let digits = String::from_utf8(digits).unwrap_or_default();
    Some(written_phone(&digits, draws.weighted(&habits.phones)))
}

fn written_phone(digits: &str, way: usize) -> String {
    let (area, rest) = digits.split_at_checked(3).unwrap_or((digits, ""));
    let (exchange, line) = rest.split_at_checked(3).unwrap_or((rest, ""));
    match way {
        0 => digits.to_owned(),
        1 => format!("+1 ({area}) {exchange}-{line}"),
        2 => format!("{area}.{exchange}.{line}"),
        _ => format!("{area}-{exchange}-{line}"),
    }
}

fn birth(birth: Day, draws: &mut Draws) -> Day {
    if !draws.chance(BIRTH_SLIP) {
        return birth;
    }
    let Day { year, month, day } = birth;
    match draws.below(4) {
        0 if day <= 12 => Day { year, month: day, day: month },
        1 => Day { year, month: draws.between(1, 12), day },
        2 => Day { year: (year + draws.below(2) * 10 + 1).min(2010), month, day },
        _ => Day { year, month, day: draws.between(1, 28) },
    }
}

type Written = (Option<String>, Option<String>, Option<String>);

fn address(address: &Changing<Address>, at: u32, habits: &Habits, draws: &mut Draws) -> Written {
    if draws.chance(habits.no_address) {
        return (None, None, None);
    }
    let address = address.at(at);
    let kind = KINDS[address.kind];
    let kind = if draws.chance(habits.short_street) { kind.1 } else { kind.0 };
    let street = slip(&format!("{} {} {kind}", address.number, address.street), STREET_SLIP, draws);
    let small = draws.chance(habits.small);
    let case = |text: String| if small { text.to_lowercase() } else { text };
    let mut postcode = address.postcode.to_string();
    if draws.chance(POSTCODE_SLIP) {
        let at = draws.below(5) as usize;
        let digit = char::from(b'0' + draws.below(10) as u8);
        postcode.remove(at);
        if draws.chance(700) {
            postcode.insert(at, digit);
        }
    }
    (Some(case(street)), Some(case(address.city.clone())), Some(postcode))
}

/// At times one slip of the finger: two letters swapped, one missing, one too many or a wrong one. One value in
/// six of those has another.
fn slip(text: &str, often: u32, draws: &mut Draws) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let mut often = often;
    while letters.len() > 2 && draws.chance(often) {
        let at = draws.below(letters.len() as u32 - 1) as usize;
        let letter = char::from(b'a' + draws.below(26) as u8);
        match draws.below(4) {
            0 => letters.swap(at, at + 1),
            1 => drop(letters.remove(at)),
            2 => letters.insert(at + 1, letter),
            _ => letters[at] = letter,
        }
        often = 160;
    }
    letters.into_iter().collect()
}
