//! Texts of several words: streets, names of organisations, descriptions.

use super::column::Measure;
use super::dictionary::{Dictionary, Interner};
use super::jaro_winkler::{Scratch, Similarity};

/// From this similarity on texts are nearly equal.
const NEARLY_EQUAL: f64 = 0.95;

/// From this similarity on texts are alike.
const SIMILAR: f64 = 0.85;

/// Distinct texts and the words of each.
#[derive(Debug)]
pub(super) struct Texts {
    dictionary: Dictionary,
    words: Vec<Words>,
    /// The distinct words of all texts by number, in order within each text.
    numbers: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Words {
    /// A set of the words, by number modulo 64.
    signature: u64,
    start: usize,
    distinct: u32,
    count: u32,
}

impl Texts {
    pub(super) fn new(interner: Interner) -> Self {
        let dictionary = interner.finish();
        let mut vocabulary = Interner::default();
        let (mut words, mut numbers) = (Vec::with_capacity(dictionary.len()), Vec::new());
        let mut of_text = Vec::new();
        for text in dictionary.numbers() {
            of_text.clear();
            of_text.extend(split(dictionary.word(text).bytes).map(|word| vocabulary.number(word)));
            let count = of_text.len() as u32;
            of_text.sort_unstable();
            of_text.dedup();
            let signature = of_text.iter().fold(0, |set, word| set | 1_u64 << (word % 64));
            words.push(Words { signature, start: numbers.len(), distinct: of_text.len() as u32, count });
            numbers.extend_from_slice(&of_text);
        }
        Self { dictionary, words, numbers }
    }

    /// Whether the texts have at least 60 % of the words of the shorter one in common, and two at least.
    fn share_words(&self, a: u32, b: u32) -> bool {
        let (a, b) = (self.words[a as usize], self.words[b as usize]);
        let needed = 3 * a.count.min(b.count).max(2);
        if a.signature & b.signature == 0 || 5 * a.distinct.min(b.distinct) < needed {
            return false;
        }
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
        let mut similarity = Similarity::new(self.dictionary.word(a), self.dictionary.word(b));
        if similarity.edits(2, scratch) <= 2 || similarity.is_at_least(NEARLY_EQUAL, scratch) {
            2
        } else if self.share_words(a, b) || similarity.is_at_least(SIMILAR, scratch) {
            3
        } else {
            4
        }
    }
}
