//! Who lives together. A household is a function of the seed and its number, so that each system's files can
//! be written in turn without holding the population in memory.

use chrono::{Datelike, NaiveDate};

use super::draws::{Draws, Purpose};
use super::life::{self, Life};
use super::moment::{DAY, END, Moment, day_of};
use super::names::{FAMILIES, FAMILY_HEADS, FAMILY_TAILS, Given, MEN, WOMEN};
use super::places::{CITIES, City, STREET_KINDS, STREETS};

/// Populations up to this many people get telephone numbers of the 555 exchange, which no one has. There are
/// too few of those for larger ones: strangers would share them.
const FICTIONAL_NUMBERS: usize = 10_000;

/// Domains reserved for documentation.
const DOMAINS: &[&str] =
    &["example.com", "mail.example", "example.net", "inbox.example", "example.org", "post.example"];

/// What decides a population.
#[derive(Debug, Clone, Copy)]
pub(super) struct Population {
    /// The seed of all draws.
    pub(super) seed: u64,
    /// About how many people there are.
    pub(super) people: usize,
}

/// A value that may have changed once.
#[derive(Debug, Clone)]
pub(super) struct Changing<T> {
    now: T,
    before: Option<(Moment, T)>,
}

impl<T> Changing<T> {
    fn fixed(now: T) -> Self {
        Self { now, before: None }
    }

    /// The value at a moment.
    pub(super) fn at(&self, moment: Moment) -> &T {
        match &self.before {
            Some((until, value)) if moment < *until => value,
            _ => &self.now,
        }
    }
}

/// Where someone lives.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub(super) number: u32,
    pub(super) street: &'static str,
    pub(super) kind: (&'static str, &'static str),
    pub(super) unit: Option<u32>,
    pub(super) city: &'static str,
    pub(super) postcode: u32,
}

/// One person.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) household_id: String,
    pub(super) given: Given,
    /// The short form of the given name that friends use.
    pub(super) nickname: Option<&'static str>,
    pub(super) family: Changing<String>,
    pub(super) birth: NaiveDate,
    pub(super) address: Changing<Address>,
    pub(super) mobile: Changing<Option<u64>>,
    pub(super) landline: Option<u64>,
    pub(super) email: Changing<Option<String>>,
    /// A mailbox that others read too: the family's or the employer's.
    pub(super) shared_email: Option<String>,
    pub(super) life: Life,
}

/// The people of the household with a number.
pub(super) fn household(population: Population, number: u64) -> Vec<Person> {
    let mut draws = Draws::new(population.seed, Purpose::Household, number);
    let mut home = Home::new(population, number, &mut draws);
    match draws.weighted(&[45, 25, 30]) {
        0 => home.single(&mut draws),
        1 => home.couple(&mut draws),
        _ => home.family(&mut draws),
    }
    let mut lives = Draws::new(population.seed, Purpose::Life, number);
    for person in &mut home.people {
        person.life = life::life(&mut lives);
    }
    home.people
}

struct Home {
    number: u64,
    exchange: Option<u32>,
    city: City,
    family: String,
    address: Changing<Address>,
    landline: Option<u64>,
    mailbox: Option<String>,
    people: Vec<Person>,
}

impl Home {
    fn new(population: Population, number: u64, draws: &mut Draws) -> Self {
        let exchange = (population.people <= FICTIONAL_NUMBERS).then_some(555);
        let city = *draws.pick_front(CITIES);
        let family = family_name(draws);
        let now = address(city, draws);
        let before = draws.chance(90).then(|| {
            let old_city = if draws.chance(600) { city } else { *draws.pick_front(CITIES) };
            (draws.between(60 * DAY, END), address(old_city, draws))
        });
        let landline = draws.chance(380).then(|| telephone(city, exchange, draws));
        let mailbox = draws
            .chance(60)
            .then(|| format!("the.{}s{number}@{}", local_part(&family), draws.pick_front(DOMAINS)));
        Self {
            number,
            exchange,
            city,
            family,
            address: Changing { now, before },
            landline,
            mailbox,
            people: Vec::with_capacity(4),
        }
    }

    fn single(&mut self, draws: &mut Draws) {
        let year = draws.between(1940, 2005);
        let names = if draws.chance(500) { WOMEN } else { MEN };
        let given = *draws.pick_front(names);
        self.add(given, birthday(year, draws), draws);
    }

    fn couple(&mut self, draws: &mut Draws) {
        let year = draws.between(1942, 2000);
        self.pair(year, draws);
    }

    fn family(&mut self, draws: &mut Draws) {
        let year = draws.between(1945, 1980);
        if draws.chance(280) {
            let names = if draws.chance(800) { WOMEN } else { MEN };
            let given = *draws.pick_front(names);
            self.add(given, birthday(year, draws), draws);
        } else {
            self.pair(year, draws);
        }
        let born = (year + draws.between(22, 34)).min(2005);
        let first_birth = birthday(born, draws);
        let son = draws.chance(500);
        let father = self.people.iter().find(|p| MEN.contains(&p.given)).map(|p| p.given);
        let first = match father {
            Some(father) if son && draws.chance(120) => father,
            _ => self.new_name(if son { MEN } else { WOMEN }, draws),
        };
        self.child(first, first_birth, draws);
        if draws.chance(450) {
            let twins = draws.chance(90);
            let later = birthday((born + draws.between(1, 5)).min(2006), draws);
            let second = self.new_name(if draws.chance(500) { MEN } else { WOMEN }, draws);
            self.child(second, if twins { first_birth } else { later }, draws);
        }
    }

    /// Two partners. Most share a name, and some have married while the shop was looking.
    fn pair(&mut self, year: u32, draws: &mut Draws) {
        let given = *draws.pick_front(MEN);
        self.add(given, birthday(year, draws), draws);
        let partner = self.new_name(if draws.chance(950) { WOMEN } else { MEN }, draws);
        let partner_year = (year + draws.below(9)).saturating_sub(4).min(2005);
        let born = birthday(partner_year, draws);
        self.add(partner, born, draws);
        let own = family_name(draws);
        let shares = draws.chance(740);
        let recent = draws.chance(140);
        let wedding = draws.between(120 * DAY, END);
        if let Some(person) = self.people.last_mut() {
            if !shares {
                person.family = Changing::fixed(own);
            } else if recent {
                person.family.before = Some((wedding, own));
            }
        }
    }

    /// A grown child, who bears the family's name and may have moved out.
    fn child(&mut self, given: Given, birth: NaiveDate, draws: &mut Draws) {
        self.add(given, birth, draws);
        let left = draws.chance(380);
        let leaves = draws.between(0, END);
        let city = if draws.chance(500) { self.city } else { *draws.pick_front(CITIES) };
        let own = address(city, draws);
        if let Some(person) = self.people.last_mut().filter(|_| left) {
            let parents = person.address.now.clone();
            person.address = Changing { now: own, before: Some((leaves, parents)) };
            person.landline = None;
            person.household_id = person.id.replace('P', "H");
        }
    }

    fn new_name(&self, names: &[Given], draws: &mut Draws) -> Given {
        loop {
            let given = *draws.pick_front(names);
            let taken = |p: &Person| p.given.0 == given.0 || p.given.1.iter().any(|n| given.1.contains(n));
            if !self.people.iter().any(taken) {
                return given;
            }
        }
    }

    fn add(&mut self, given: Given, birth: NaiveDate, draws: &mut Draws) {
        let member = self.people.len() as u64;
        let tag = self.number * 8 + member;
        let nickname = (!given.1.is_empty() && draws.chance(550)).then(|| *draws.pick_front(given.1));
        let mobile = draws.chance(900).then(|| telephone(self.city, self.exchange, draws));
        let old_mobile = draws
            .chance(70)
            .then(|| (draws.between(0, END), Some(telephone(self.city, self.exchange, draws))));
        let address_of = |draws: &mut Draws| mailbox(given, nickname, &self.family, birth, tag, draws);
        let email = draws.chance(960).then(|| address_of(draws));
        let old_email = draws.chance(110).then(|| (draws.between(0, END), Some(address_of(draws))));
        let employer = draws.chance(25).then(|| employer_mailbox(self.number));
        let shared_email = employer.or_else(|| self.mailbox.clone());
        self.people.push(Person {
            id: format!("P{:06}-{}", self.number, member + 1),
            household_id: format!("H{:06}", self.number),
            given,
            nickname,
            family: Changing::fixed(self.family.clone()),
            birth,
            address: self.address.clone(),
            mobile: Changing { now: mobile, before: old_mobile },
            landline: self.landline,
            email: Changing { now: email, before: old_email },
            shared_email,
            life: Life::default(),
        });
    }
}

fn family_name(draws: &mut Draws) -> String {
    if draws.chance(680) {
        (*draws.pick_front(FAMILIES)).to_owned()
    } else {
        format!("{}{}", draws.pick(FAMILY_HEADS), draws.pick(FAMILY_TAILS))
    }
}

fn birthday(year: u32, draws: &mut Draws) -> NaiveDate {
    day_of(year as i32, draws.between(1, 12), draws.between(1, 28))
}

fn address(city: City, draws: &mut Draws) -> Address {
    Address {
        number: draws.between(1, 60) * draws.between(1, 60) + draws.below(9),
        street: draws.pick_front::<&str>(STREETS),
        kind: *draws.pick_front(STREET_KINDS),
        unit: draws.chance(230).then(|| draws.between(1, 48)),
        city: city.0,
        postcode: city.1 + draws.below(40),
    }
}

fn telephone(city: City, exchange: Option<u32>, draws: &mut Draws) -> u64 {
    let exchange = exchange.unwrap_or_else(|| draws.between(220, 989));
    (u64::from(city.2) * 1000 + u64::from(exchange)) * 10_000 + u64::from(draws.below(10_000))
}

/// A mailbox of one's own: the tag makes it unique.
fn mailbox(
    given: Given,
    nickname: Option<&str>,
    family: &str,
    birth: NaiveDate,
    tag: u64,
    draws: &mut Draws,
) -> String {
    let given = local_part(given.0);
    let family = local_part(family);
    let initial = given.get(..1).unwrap_or_default();
    let called = nickname.map_or_else(|| given.clone(), local_part);
    let local = match draws.below(6) {
        0 | 1 => format!("{given}.{family}{tag}"),
        2 => format!("{initial}{family}{tag}"),
        3 => format!("{called}{}.{tag}", birth.year() % 100),
        4 => format!("{family}.{given}{tag}"),
        _ => format!("{called}.{family}{tag}"),
    };
    format!("{local}@{}", draws.pick_front(DOMAINS))
}

/// The mailbox of a company, whose people live in neighbouring households.
fn employer_mailbox(household: u64) -> String {
    let company = household / 70;
    let tails = FAMILY_TAILS.len() as u64;
    let head = FAMILY_HEADS[(company * 7 % FAMILY_HEADS.len() as u64) as usize].to_lowercase();
    format!("info@{head}{}{company}.example", FAMILY_TAILS[(company % tails) as usize])
}

fn local_part(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect()
}
