//! Given and family names as distinct words, and their levels.

use super::column::Measure;
use super::dictionary::{Dictionary, Interner, Word};
use super::jaro_winkler::{Scratch, Similarity};
use crate::normalize::nicknames::formal_names;

/// From this similarity on names differ by a slip of the pen.
const TYPO: f64 = 0.93;

/// From this similarity on names are alike.
const SIMILAR: f64 = 0.8;

/// Names need this many letters for one edit to be a typing error: Ann and Dan are different names.
const TYPO_LETTERS: usize = 4;

/// A nickname that is the beginning of a name has this many letters at least.
const PREFIX_LETTERS: usize = 3;

/// Distinct names, each with the formal names that it stands for.
#[derive(Debug)]
pub(super) struct Names {
    dictionary: Dictionary,
    /// The formal names of those that have some; a word's tag is one more than its position here.
    formal: Vec<&'static [u16]>,
}

impl Names {
    pub(super) fn new(interner: Interner) -> Self {
        let mut dictionary = interner.finish();
        let mut formal = Vec::new();
        dictionary.set_tags(|name| match formal_names(main_name(name)) {
            [] => 0,
            names => {
                formal.push(names);
                formal.len() as u32
            }
        });
        Self { dictionary, formal }
    }

    pub(super) fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// The level of two different given names.
    pub(super) fn given_level(&self, scratch: &mut Scratch, a: u32, b: u32) -> u8 {
        let (a, b) = (self.dictionary.word(a), self.dictionary.word(b));
        let mut similarity = Similarity::new(a, b);
        if is_typo(&mut similarity, scratch, a, b) {
            2
        } else if self.is_nickname(a, b) || is_beginning(a, b) {
            3
        } else if is_initial(a, b) {
            4
        } else if similarity.is_at_least(SIMILAR, scratch) {
            5
        } else {
            6
        }
    }

    /// The level of two different family names.
    pub(super) fn family_level(&self, scratch: &mut Scratch, a: u32, b: u32) -> u8 {
        let (a, b) = (self.dictionary.word(a), self.dictionary.word(b));
        let mut similarity = Similarity::new(a, b);
        if is_typo(&mut similarity, scratch, a, b) {
            2
        } else if similarity.is_at_least(SIMILAR, scratch) || is_part(a, b) {
            3
        } else {
            4
        }
    }

    /// Whether a name is a single letter.
    pub(super) fn is_letter(&self, name: u32) -> bool {
        self.dictionary.word(name).bytes.len() == 1
    }

    fn is_nickname(&self, a: Word<'_>, b: Word<'_>) -> bool {
        if a.tag == 0 || b.tag == 0 {
            return false;
        }
        let (a, b) = (self.formal[a.tag as usize - 1], self.formal[b.tag as usize - 1]);
        a.iter().any(|name| b.contains(name))
    }
}

/// A given name without initials after it: `robert` of `robert j`.
fn main_name(name: &[u8]) -> &str {
    let name = str::from_utf8(name).unwrap_or_default();
    match name.split_once(' ') {
        Some((first, rest)) if rest.split(' ').all(|word| word.len() == 1) => first,
        _ => name,
    }
}

#[inline]
fn is_typo(similarity: &mut Similarity<'_>, scratch: &mut Scratch, a: Word<'_>, b: Word<'_>) -> bool {
    a.bytes.len().min(b.bytes.len()) >= TYPO_LETTERS
        && (similarity.edits(1, scratch) <= 1 || similarity.is_at_least(TYPO, scratch))
}

#[inline]
fn is_beginning(a: Word<'_>, b: Word<'_>) -> bool {
    a.bytes.len().min(b.bytes.len()) >= PREFIX_LETTERS && (a.starts_with(&b) || b.starts_with(&a))
}

#[inline]
fn is_initial(a: Word<'_>, b: Word<'_>) -> bool {
    a.bytes.len().min(b.bytes.len()) == 1 && a.bytes.first() == b.bytes.first()
}

/// Whether one is part of the other, as of a double name.
#[inline]
fn is_part(a: Word<'_>, b: Word<'_>) -> bool {
    a.bytes.len().min(b.bytes.len()) >= TYPO_LETTERS && (a.contains(&b) || b.contains(&a))
}

/// The measure of given names.
#[derive(Debug)]
pub(super) struct GivenNames(pub(super) Names);

impl Measure for GivenNames {
    fn distinct(&self) -> usize {
        self.0.dictionary.len()
    }

    fn text(&self, value: u32) -> String {
        self.0.dictionary.text(value)
    }

    fn level(&self, scratch: &mut Scratch, a: u32, b: u32) -> u8 {
        self.0.given_level(scratch, a, b)
    }
}

/// The measure of family names.
#[derive(Debug)]
pub(super) struct FamilyNames(pub(super) Names);

impl Measure for FamilyNames {
    fn distinct(&self) -> usize {
        self.0.dictionary.len()
    }

    fn text(&self, value: u32) -> String {
        self.0.dictionary.text(value)
    }

    fn level(&self, scratch: &mut Scratch, a: u32, b: u32) -> u8 {
        self.0.family_level(scratch, a, b)
    }
}
