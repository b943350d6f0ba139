use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::Result;
use deunicode::deunicode;

use super::column::{read_ahead, without};
use super::comparator::{Comparator, Context, Key, Level, NONE, Prepared, Role};
use super::dictionary::{Dictionary, Interner};
use super::jaro_winkler::{Scratch, Similarity};
use super::read::{Numbering, intern, numbers};
use super::{key, level, only};
use crate::normalize::email::append_email;
use crate::normalize::folding::fold;

const LEVELS: &[Level] = &[
    level("equal", 1.0, "equal as normalize_email gives them"),
    level(
        "same_user",
        0.0,
        "the same user part without dots, or at most two edits apart with the same digits before the @",
    ),
    level(
        "similar_user",
        0.0,
        "a Jaro-Winkler similarity of the user parts from 0.88 on, or at most two edits apart; no evidence when both user parts have the name of their holder in them",
    ),
    level("different", 0.0, "none of these"),
];

const KEYS: &[&[Key]] =
    &[&[key("normalize_email({c})", 3, 0), key("replace(email_user({c}), '.', '')", 2, 0)]];

/// From this similarity on user parts are similar.
const SIMILAR: f64 = 0.88;

/// Shorter names occur in user parts by chance.
const NAME_LETTERS: usize = 3;

/// The comparator `email`.
#[derive(Debug)]
pub(super) struct Email;

impl Comparator for Email {
    fn name(&self) -> &'static str {
        "email"
    }

    fn description(&self) -> &'static str {
        "E-mail addresses."
    }

    fn role(&self) -> Role {
        Role::Personal
    }

    fn columns(&self) -> &'static [&'static str] {
        &["email"]
    }

    fn levels(&self) -> &[Level] {
        LEVELS
    }

    fn keys(&self) -> &'static [&'static [Key]] {
        KEYS
    }

    fn prepare(&self, columns: &[ArrayRef], context: &Context) -> Result<Arc<dyn Prepared>> {
        let mut emails = Emails::default();
        let values = numbers(self.name(), only(self.name(), columns)?, &mut emails)?;
        let emails = emails.finish();
        let mut is_named = vec![false; values.len()];
        for names in [&context.given_name, &context.family_name].into_iter().flatten() {
            emails.find_names(&values, names, &mut is_named)?;
        }
        Ok(Arc::new(Column { values, is_named: is_named.into(), emails: Arc::new(emails) }))
    }
}

/// The addresses of the records.
#[derive(Debug)]
struct Column {
    values: Vec<u32>,
    /// Whether the user part has the name of the record's person in it.
    is_named: Arc<[bool]>,
    emails: Arc<Addresses>,
}

/// Distinct addresses; the tag of each is the number of its user part, or [`NONE`].
#[derive(Debug)]
struct Addresses {
    addresses: Dictionary,
    /// Distinct user parts; the tag of each is the number that it has without dots.
    users: Dictionary,
}

impl Prepared for Column {
    fn compare(&self, left: &[u32], right: &[u32], levels: &mut [u8]) {
        let mut scratch = Scratch::new();
        let values = read_ahead(&self.values, left, right);
        for (((left, right), level), (a, b)) in left.iter().zip(right).zip(levels).zip(values) {
            *level = match self.emails.level(&mut scratch, a, b) {
                3 if self.is_named[*left as usize] && self.is_named[*right as usize] => 0,
                level => level,
            };
        }
    }

    fn values(&self) -> &[u32] {
        &self.values
    }

    fn distinct(&self) -> usize {
        self.emails.addresses.len()
    }

    fn without(&self, values: &[u32]) -> Arc<dyn Prepared> {
        Arc::new(Self {
            values: without(&self.values, values, self.distinct()),
            is_named: Arc::clone(&self.is_named),
            emails: Arc::clone(&self.emails),
        })
    }

    fn text(&self, value: u32) -> String {
        self.emails.addresses.text(value)
    }
}

impl Addresses {
    /// Notes the records whose user part has their name in it.
    fn find_names(&self, values: &[u32], names: &ArrayRef, is_named: &mut [bool]) -> Result<()> {
        let mut interner = Interner::default();
        let numbers = intern("email", names, &mut interner, |text, name| {
            fold(text, name);
            name.retain(|character| character != ' ');
        })?;
        let names = interner.finish();
        for ((value, name), is_named) in values.iter().zip(numbers).zip(is_named) {
            if *value == NONE || name == NONE {
                continue;
            }
            let (user, name) = (self.addresses.word(*value).tag, names.word(name));
            let long = name.bytes.len() >= NAME_LETTERS;
            *is_named |= long && user != NONE && self.users.word(user).contains(&name);
        }
        Ok(())
    }

    fn level(&self, scratch: &mut Scratch, a: u32, b: u32) -> u8 {
        if a == NONE || b == NONE {
            return 0;
        }
        if a == b {
            return 1;
        }
        let (a, b) = (self.addresses.word(a), self.addresses.word(b));
        let has_users = a.tag != NONE && b.tag != NONE;
        if has_users && (a.tag == b.tag || self.users.tag(a.tag) == self.users.tag(b.tag)) {
            2
        } else if Similarity::new(a, b).edits(2, scratch) <= 2 {
            if digits(a.bytes).eq(digits(b.bytes)) { 2 } else { 3 }
        } else if has_users && self.are_similar_users(scratch, a.tag, b.tag) {
            3
        } else {
            4
        }
    }

    #[inline]
    fn are_similar_users(&self, scratch: &mut Scratch, a: u32, b: u32) -> bool {
        Similarity::new(self.users.word(a), self.users.word(b)).is_at_least(SIMILAR, scratch)
    }
}

/// Addresses while they are read.
#[derive(Debug, Default)]
struct Emails {
    addresses: Interner,
    users: Interner,
    /// Of each address the number of its user part, or [`NONE`], and how many dots that has.
    user_of: Vec<(u32, u32)>,
    address: String,
    user: String,
}

impl Numbering for Emails {
    /// One that is not valid counts as it is in lower case if it has an @ or a dot.
    fn number(&mut self, text: &str) -> u32 {
        let (text, address) = (text.trim(), &mut self.address);
        address.clear();
        if append_email(text, address).is_none() {
            address.clear();
            if text.contains(['@', '.']) {
                address.push_str(text);
                address.make_ascii_lowercase();
            }
        }
        make_ascii(address);
        let number = self.addresses.number(address.as_bytes());
        if number == NONE {
            return NONE;
        }
        // Of the ways to write one address the one with most dots is taken, as jane.doe of janedoe@gmail.com.
        let user = text.split('@').next().unwrap_or_default();
        let user = user.split_once('+').map_or(user, |(name, _)| if name.is_empty() { user } else { name });
        let dots = user.bytes().filter(|byte| *byte == b'.').count() as u32;
        let known = self.user_of.get(number as usize).copied();
        if known.is_some_and(|(_, known)| dots < known) {
            return number;
        }
        lower(user, &mut self.user);
        let user = self.user.as_bytes();
        match (known, self.user_of.get_mut(number as usize)) {
            (Some((known, most)), Some(user_of)) => {
                if dots > most || known == NONE || self.users.bytes(known) < user {
                    *user_of = (self.users.number(user), dots);
                }
            }
            _ => self.user_of.push((self.users.number(user), dots)),
        }
        number
    }

    fn reserve(&mut self, more: usize) {
        self.addresses.reserve(more);
        self.users.reserve(more);
        self.user_of.reserve(more);
    }
}

impl Emails {
    fn finish(self) -> Addresses {
        let (mut addresses, mut users) = (self.addresses.finish(), self.users.finish());
        let mut numbers = self.user_of.iter().map(|(user, _)| *user);
        addresses.set_tags(|_| numbers.next().unwrap_or(NONE));
        let (mut without_dots, mut part) = (Interner::default(), Vec::new());
        without_dots.reserve(users.len());
        users.set_tags(|user| {
            part.clear();
            part.extend(user.iter().filter(|byte| **byte != b'.'));
            without_dots.number(&part)
        });
        Addresses { addresses, users }
    }
}

/// The text in lower case and ASCII, instead of what is there.
fn lower(text: &str, lower: &mut String) {
    lower.clear();
    if text.is_ascii() {
        lower.push_str(text);
        lower.make_ascii_lowercase();
    } else {
        lower.push_str(&text.to_lowercase());
        make_ascii(lower);
    }
}

fn make_ascii(text: &mut String) {
    if !text.is_ascii() {
        *text = deunicode(text).to_ascii_lowercase();
    }
}

/// The digits of the user part.
fn digits(address: &[u8]) -> impl Iterator<Item = &u8> {
    address.iter().take_while(|byte| **byte != b'@').filter(|byte| byte.is_ascii_digit())
}
