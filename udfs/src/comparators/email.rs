use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::Result;
use deunicode::deunicode;

use super::column::without;
use super::comparator::{Comparator, Context, Key, Level, NONE, Prepared, Role};
use super::dictionary::{Dictionary, Interner};
use super::jaro_winkler::{Scratch, Similarity};
use super::read::intern;
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

    fn levels(&self) -> &'static [Level] {
        LEVELS
    }

    fn keys(&self) -> &'static [&'static [Key]] {
        KEYS
    }

    fn prepare(&self, columns: &[ArrayRef], context: &Context) -> Result<Arc<dyn Prepared>> {
        let mut emails = Interner::default();
        let values = intern(self.name(), only(self.name(), columns)?, &mut emails, append_ascii_email)?;
        let emails = Emails::new(emails);
        let mut is_named = vec![false; values.len()];
        for names in [&context.given_name, &context.family_name].into_iter().flatten() {
            emails.find_names(&values, names, &mut is_named)?;
        }
        Ok(Arc::new(Column { values, is_named: is_named.into(), emails: Arc::new(emails) }))
    }
}

/// Appends an address in canonical form and in ASCII, or in lower case if it is no valid one but has an @.
fn append_ascii_email(text: &str, email: &mut String) {
    if append_email(text, email).is_none() {
        email.clear();
        let text = text.trim();
        if text.find('@').is_some_and(|at| at > 0) {
            email.push_str(text);
            email.make_ascii_lowercase();
        }
    }
    if !email.is_ascii() {
        *email = deunicode(email).to_ascii_lowercase();
    }
}

/// The addresses of the records.
#[derive(Debug)]
struct Column {
    values: Vec<u32>,
    /// Whether the user part has the name of the record's person in it.
    is_named: Arc<[bool]>,
    emails: Arc<Emails>,
}

/// Distinct addresses; the tag of each is the number of its user part.
#[derive(Debug)]
struct Emails {
    addresses: Dictionary,
    /// Distinct user parts, without dots.
    users: Dictionary,
}

impl Prepared for Column {
    fn compare(&self, left: &[u32], right: &[u32], levels: &mut [u8]) {
        let mut scratch = Scratch::new();
        for ((left, right), level) in left.iter().zip(right).zip(levels) {
            let (left, right) = (*left as usize, *right as usize);
            let (a, b) = (self.values[left], self.values[right]);
            *level = match self.emails.level(&mut scratch, a, b) {
                3 if self.is_named[left] && self.is_named[right] => 0,
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

impl Emails {
    fn new(addresses: Interner) -> Self {
        let mut addresses = addresses.finish();
        let (mut users, mut user) = (Interner::default(), Vec::new());
        addresses.set_tags(|address| {
            user.clear();
            user.extend(address.iter().take_while(|byte| **byte != b'@').filter(|byte| **byte != b'.'));
            users.number(&user)
        });
        Self { addresses, users: users.finish() }
    }

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
        if a.tag == b.tag {
            return 2;
        }
        if Similarity::new(a, b).edits(2, scratch) <= 2 {
            return if digits(a.bytes).eq(digits(b.bytes)) { 2 } else { 3 };
        }
        if a.tag == NONE || b.tag == NONE {
            return 4;
        }
        let mut users = Similarity::new(self.users.word(a.tag), self.users.word(b.tag));
        if users.is_at_least(SIMILAR, scratch) { 3 } else { 4 }
    }
}

/// The digits of the user part.
fn digits(address: &[u8]) -> impl Iterator<Item = &u8> {
    address.iter().take_while(|byte| **byte != b'@').filter(|byte| byte.is_ascii_digit())
}
