//! Who lives together, and what changed for them in the two years that the records tell of.

use super::draws::Draws;
use super::names::{Given, Names};
use super::places::{Address, Places};

/// Minutes of the two years in which records are written.
pub(crate) const MINUTES: u32 = 731 * 24 * 60;

/// Domains reserved for documentation, with how often people have their mailbox there.
const DOMAINS: &[(&str, u32)] = &[
    ("mail.example", 40),
    ("post.example", 20),
    ("example.com", 15),
    ("inbox.example", 11),
    ("example.net", 9),
    ("example.org", 5),
];

/// A value that may have changed once.
#[derive(Debug, Clone)]
pub(crate) struct Changing<T> {
    now: T,
    before: Option<(u32, T)>,
}

impl<T> Changing<T> {
    fn fixed(now: T) -> Self {
        Self { now, before: None }
    }

    /// The value at a minute.
    pub(crate) fn at(&self, minute: u32) -> &T {
        match &self.before {
            Some((until, value)) if minute < *until => value,
            _ => &self.now,
        }
    }
}

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) year: u32,
    pub(crate) month: u32,
    pub(crate) day: u32,
}

/// One person.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) given: Given,
    /// The short form that this person goes by, if any.
    pub(crate) nickname: Option<String>,
    pub(crate) family: Changing<String>,
    pub(crate) birth: Day,
    pub(crate) address: Changing<Address>,
    /// The number that is usually given, and another one.
    pub(crate) phone: Changing<u64>,
    pub(crate) other_phone: Option<u64>,
    /// Own mailboxes, the usual one first.
    pub(crate) mailboxes: Vec<String>,
    /// The mailbox of the whole family.
    pub(crate) family_mailbox: Option<String>,
}

/// What names and places there are.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) names: Names,
    pub(crate) places: Places,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { names: Names::new(), places: Places::new() }
    }
}

/// The people of a new household.
pub(crate) fn household(world: &World, draws: &mut Draws) -> Vec<Person> {
    let mut home = Home::new(world, draws);
    match draws.weighted(&[260, 230, 410, 100]) {
        0 => home.single(draws),
        1 => home.couple(draws),
        2 => home.family(draws),
        _ => home.flatmates(draws),
    }
    home.people
}

struct Home<'a> {
    world: &'a World,
    city: usize,
    family: String,
    address: Changing<Address>,
    landline: Option<u64>,
    mailbox: Option<String>,
    people: Vec<Person>,
}

impl<'a> Home<'a> {
    fn new(world: &'a World, draws: &mut Draws) -> Self {
        let city = world.places.city(draws);
        let family = world.names.family(draws).to_owned();
        let now = world.places.address(&world.names, city, draws);
        let before = draws.chance(360).then(|| (middle(draws), former_address(world, city, draws)));
        let landline = draws.chance(450).then(|| telephone(draws));
        let mailbox = draws
            .chance(60)
            .then(|| format!("the.{}s{}@{}", letters(&family), draws.below(1000), domain(draws)));
        let address = Changing { now, before };
        Self { world, city, family, address, landline, mailbox, people: Vec::new() }
    }

    fn single(&mut self, draws: &mut Draws) {
        let (woman, birth) = (draws.chance(500), birthday(1930, 2006, draws));
        let family = self.family.clone();
        self.add(woman, family, birth, draws);
    }

    fn couple(&mut self, draws: &mut Draws) {
        let year = draws.between(1930, 1998);
        self.partners(year, draws);
    }

    fn family(&mut self, draws: &mut Draws) {
        let year = draws.between(1930, 1980);
        if draws.chance(780) {
            self.partners(year, draws);
        } else {
            let family = self.family.clone();
            self.add(draws.below(100) < 80, family, birthday(year, year, draws), draws);
        }
        let children = 1 + draws.weighted(&[38, 38, 17, 7]);
        let mut last = None;
        for _ in 0..children {
            let twin = last.filter(|_| draws.chance(45));
            let birth = twin.unwrap_or_else(|| birthday(year + 20, (year + 40).min(2007), draws));
            let family = self.family.clone();
            self.add(draws.chance(500), family, birth, draws);
            last = Some(birth);
        }
        // A son called after his father.
        if draws.chance(12) && self.people.len() > 2 {
            self.people[2].given = self.people[1].given.clone();
            self.people[2].nickname = self.people[1].nickname.clone();
        }
    }

    fn flatmates(&mut self, draws: &mut Draws) {
        self.mailbox = None;
        for _ in 0..draws.between(2, 5) {
            let (woman, birth) = (draws.chance(500), birthday(1975, 2006, draws));
            let family = self.world.names.family(draws).to_owned();
            self.add(woman, family, birth, draws);
        }
    }

    /// A woman and a man, some of whom keep their own names, some of whom have just changed them.
    fn partners(&mut self, year: u32, draws: &mut Draws) {
        let family = self.family.clone();
        let (low, high) = (year.saturating_sub(5), year + 5);
        let own_name = draws.chance(190);
        let her_name = if own_name { self.world.names.family(draws).to_owned() } else { family.clone() };
        self.add(true, her_name, birthday(low, high, draws), draws);
        self.add(false, family, birthday(low, high, draws), draws);
        if !own_name && draws.chance(560) {
            let at = middle(draws);
            let maiden = self.world.names.family(draws).to_owned();
            let who = usize::from(draws.chance(100));
            let person = &mut self.people[who];
            if draws.chance(80) {
                person.family.now = format!("{maiden}-{}", person.family.now);
            }
            person.family.before = Some((at, maiden));
            // Most move in together when they marry.
            if person.address.before.is_none() && draws.chance(600) {
                person.address.before = Some((at, former_address(self.world, self.city, draws)));
            }
        }
    }

    fn add(&mut self, woman: bool, family: String, birth: Day, draws: &mut Draws) {
        let given = self.world.names.given(woman, draws).clone();
        let nickname = match given.nicknames.len() as u32 {
            0 => None,
            n => Some(given.nicknames[draws.below(n) as usize].clone()),
        };
        let mut address = self.address.clone();
        if address.before.is_none() && draws.chance(330) {
            address.before = Some((middle(draws), former_address(self.world, self.city, draws)));
        }
        let shared = self.landline.filter(|_| draws.chance(520));
        let number = shared.unwrap_or_else(|| telephone(draws));
        let mut phone = Changing::fixed(number);
        if let Some((at, _)) = address.before.as_ref().filter(|_| draws.chance(380)) {
            phone.before = Some((*at, telephone(draws)));
        } else if draws.chance(130) {
            phone.before = Some((middle(draws), telephone(draws)));
        }
        let other_phone = draws.chance(560).then(|| telephone(draws));
        let called = nickname.as_deref().filter(|_| draws.chance(250)).unwrap_or(&given.formal);
        let boxes = 1 + draws.weighted(&[22, 48, 30]);
        let mailboxes = (0..boxes).map(|_| mailbox(called, &family, draws)).collect();
        self.people.push(Person {
            nickname,
            birth,
            address,
            phone,
            other_phone,
            mailboxes,
            family_mailbox: self.mailbox.clone(),
            family: Changing::fixed(family),
            given,
        });
    }
}

fn former_address(world: &World, city: usize, draws: &mut Draws) -> Address {
    let city = if draws.chance(120) { city } else { world.places.city(draws) };
    world.places.address(&world.names, city, draws)
}

/// A minute well inside the two years.
fn middle(draws: &mut Draws) -> u32 {
    draws.between(MINUTES / 4, MINUTES * 3 / 4)
}

fn birthday(low: u32, high: u32, draws: &mut Draws) -> Day {
    Day { year: draws.between(low.min(high), high), month: draws.between(1, 12), day: draws.between(1, 28) }
}

fn telephone(draws: &mut Draws) -> u64 {
    u64::from(draws.between(200, 999)) * 10_000_000 + u64::from(draws.between(2_000_000, 9_999_999))
}

fn mailbox(given: &str, family: &str, draws: &mut Draws) -> String {
    let (given, family) = (letters(given), letters(family));
    let digits = draws.below(10_000);
    let initial = given.get(..1).unwrap_or_default();
    let user = match draws.weighted(&[30, 25, 25, 12, 8]) {
        0 => format!("{given}{digits}"),
        1 => format!("{given}.{family}{}", digits % 100),
        2 => format!("{initial}{family}{digits}"),
        3 => format!("{family}_{given}{}", digits % 1000),
        _ => format!("{given}.{family}"),
    };
    format!("{user}@{}", domain(draws))
}

fn domain(draws: &mut Draws) -> &'static str {
    let weights: Vec<u32> = DOMAINS.iter().map(|(_, weight)| *weight).collect();
    DOMAINS[draws.weighted(&weights)].0
}

fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect()
}
