//! Texts of several words: streets, names of organisations, descriptions.

use super::column::Measure;
use super::dictionary::{Dictionary, Interner};
use super::jaro_winkler::{Scratch, Similarity};

/// From this similarity on texts are nearly equal.
const NEARLY_EQUAL: f64 = 0.95;

/// From this similarity on texts are alike.
const SIMILAR: f64 = 0.85;

/// Distinct texts and the words of each; the tag of a text is the [`Outline`] of its words.
#[derive(Debug)]
pub(super) struct Texts {
    dictionary: Dictionary,
    words: Vec<Words>,
    /// The distinct words of all texts by number, in order within each text.
    numbers: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Words {
    start: usize,
    distinct: u32,
    count: u32,
}

impl Texts {
    pub(super) fn new(interner: Interner) -> Self {
        let mut dictionary = interner.finish();
        let mut vocabulary = Interner::default();
        let (mut words, mut numbers) = (Vec::with_capacity(dictionary.len()), Vec::new());
        let mut of_text = Vec::new();
        dictionary.set_tags(|text| {
            of_text.clear();
            of_text.extend(split(text).map(|word| vocabulary.number(word)));
            let count = of_text.len() as u32;
            of_text.sort_unstable();
            of_text.dedup();
            words.push(Words { start: numbers.len(), distinct: of_text.len() as u32, count });
            numbers.extend_from_slice(&of_text);
            Outline::new(&of_text, count).0
        });
        Self { dictionary, words, numbers }
    }

    /// Whether the texts have at least 60 % of the words of the shorter one in common, and two at least.
    fn share_words(&self, a: u32, b: u32) -> bool {
        let (a, b) = (self.words[a as usize], self.words[b as usize]);
        let needed = needed(a.count, b.count);
        let (a, b) = (self.numbers_of(a), self.numbers_of(b));
        let (mut at, mut shared) = (0, 0);
        for word in a {
            while b.get(at).is_some_and(|other| other < word) {
                at += 1;
            }
            shared += u32::from(b.get(at) == Some(word));
        }
        5 * shared >= needed
    }

    fn numbers_of(&self, words: Words) -> &[u32] {
        &self.numbers[words.start..words.start + words.distinct as usize]
    }
}

/// Five times the words that texts of so many must share.
fn needed(a: u32, b: u32) -> u32 {
    3 * a.min(b).max(2)
}

/// A set of words by number modulo 26, below three bits with how many more words there are than the set has, and
/// three with how many words the text has; seven of either stand for more.
#[derive(Debug, Clone, Copy)]
struct Outline(u32);

impl Outline {
    const SET: u32 = (1 << 26) - 1;

    fn new(distinct: &[u32], count: u32) -> Self {
        let set = distinct.iter().fold(0, |set, word| set | 1_u32 << (word % 26));
        let hidden = distinct.len() as u32 - set.count_ones();
        Self(set | hidden.min(7) << 26 | count.min(7) << 29)
    }

    /// Whether texts of these outlines may have enough words in common.
    #[inline]
    fn may_share(self, other: Self) -> bool {
        let hidden = (self.0 >> 26 & 7).min(other.0 >> 26 & 7);
        let shared = (self.0 & other.0 & Self::SET).count_ones() + hidden;
        hidden == 7 || 5 * shared >= needed(self.0 >> 29, other.0 >> 29)
    }
}

fn split(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b' ')
}

impl Measure for Texts {
    fn distinct(&self) -> usize {
        self.dictionary.len()
    }

    fn text(&self, value: u32) -> String {
        self.dictionary.text(value)
    }

    /// 2 nearly equal, 3 similar or most words shared, 4 different.
    fn level(&self, scratch: &mut Scratch, a: u32, b: u32) -> u8 {
        let (word_a, word_b) = (self.dictionary.word(a), self.dictionary.word(b));
        let mut similarity = Similarity::new(word_a, word_b);
        if similarity.edits(2, scratch) <= 2 || similarity.is_at_least(NEARLY_EQUAL, scratch) {
            2
        } else if Outline(word_a.tag).may_share(Outline(word_b.tag)) && self.share_words(a, b)
            || similarity.is_at_least(SIMILAR, scratch)
        {
            3
        } else {
            4
        }
    }
}
