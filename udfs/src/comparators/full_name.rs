use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::Result;

use super::column::{Column, Measure};
use super::comparator::{Comparator, Context, Key, Level, NONE, Prepared, Role};
use super::dictionary::{Dictionary, Interner};
use super::jaro_winkler::{Scratch, Similarity};
use super::names::Names;
use super::read::intern;
use super::{key, level, only};
use crate::normalize::folding::fold;

const LEVELS: &[Level] = &[
    level("equal", 1.0, "equal after folding"),
    level(
        "same_words",
        0.5,
        "the same words in another order, or words one edit apart or of a Jaro-Winkler similarity from 0.93 on",
    ),
    level(
        "compatible",
        0.0,
        "each word of the shorter name has an equal or nearly equal one, a nickname, a beginning or an initial in the longer one, and one of them is a whole word",
    ),
    level("partial", 0.0, "a common word, or a Jaro-Winkler similarity from 0.85 on"),
    level("different", 0.0, "none of these"),
];

const KEYS: &[&[Key]] = &[&[
    key("fold_text({c})", 3, 0),
    key("array_to_string(array_sort(string_to_array(fold_text({c}), ' ')), ' ')", 2, 2),
    key("split_part(fold_text({c}), ' ', 1)", 1, 0),
    key("split_part(fold_text({c}), ' ', -1)", 1, 1),
]];

/// How many words of a name are compared.
const WORDS: usize = 8;

/// From this level of given names on words are not paired.
const NO_PAIR: u8 = 5;

/// From this similarity on whole names have something in common.
const SIMILAR: f64 = 0.85;

/// The comparator `full_name`.
#[derive(Debug)]
pub(super) struct FullName;

impl Comparator for FullName {
    fn name(&self) -> &'static str {
        "full_name"
    }

    fn description(&self) -> &'static str {
        "Whole names of people, with words in any order, nicknames and initials."
    }

    fn role(&self) -> Role {
        Role::Personal
    }

    fn columns(&self) -> &'static [&'static str] {
        &["full_name"]
    }

    fn levels(&self) -> &[Level] {
        LEVELS
    }

    fn keys(&self) -> &'static [&'static [Key]] {
        KEYS
    }

    fn prepare(&self, columns: &[ArrayRef], _context: &Context) -> Result<Arc<dyn Prepared>> {
        let mut names = Interner::default();
        let values = intern(self.name(), only(self.name(), columns)?, &mut names, fold)?;
        Ok(Column::prepared(values, FullNames::new(names)))
    }
}

/// Distinct whole names, and their words as names.
#[derive(Debug)]
struct FullNames {
    names: Dictionary,
    /// The words of each name, then [`NONE`].
    words_of: Vec<[u32; WORDS]>,
    words: Names,
}

impl FullNames {
    fn new(names: Interner) -> Self {
        let mut names = names.finish();
        let (mut words, mut words_of) = (Interner::default(), Vec::with_capacity(names.len()));
        names.set_tags(|name| {
            let mut numbers = [NONE; WORDS];
            for (number, word) in numbers.iter_mut().zip(name.split(|byte| *byte == b' ')) {
                *number = words.number(word);
            }
            words_of.push(numbers);
            count(&numbers) as u32
        });
        Self { names, words_of, words: Names::new(words) }
    }

    /// Pairs the words of the shorter name with those of the longer one, the most alike first: how many words are
    /// paired at each level of a given name, and, first, how many equal ones are only a letter.
    fn pair(&self, scratch: &mut Scratch, shorter: &[u32], longer: &[u32]) -> [usize; 5] {
        let (mut levels, mut is_paired, mut is_taken) = ([[0; WORDS]; WORDS], [false; WORDS], [false; WORDS]);
        let mut pairs = [0; 5];
        for (a, is_paired) in shorter.iter().zip(&mut is_paired) {
            for (b, is_taken) in longer.iter().zip(&mut is_taken) {
                if a == b && !*is_paired && !*is_taken {
                    (*is_paired, *is_taken) = (true, true);
                    pairs[usize::from(!self.words.is_letter(*a))] += 1;
                }
            }
        }
        let mut best = NO_PAIR;
        for a in (0..shorter.len()).filter(|a| !is_paired[*a]) {
            for b in (0..longer.len()).filter(|b| !is_taken[*b]) {
                levels[a][b] = self.words.given_level(scratch, shorter[a], longer[b]);
                best = best.min(levels[a][b]);
            }
        }
        for wanted in best..NO_PAIR {
            for a in 0..shorter.len() {
                for b in 0..longer.len() {
                    if levels[a][b] == wanted && !is_paired[a] && !is_taken[b] {
                        (is_paired[a], is_taken[b]) = (true, true);
                        pairs[usize::from(wanted)] += 1;
                    }
                }
            }
        }
        pairs
    }
}

/// How many words there are.
fn count(words: &[u32; WORDS]) -> usize {
    words.iter().take_while(|word| **word != NONE).count()
}

impl Measure for FullNames {
    fn distinct(&self) -> usize {
        self.names.len()
    }

    fn text(&self, value: u32) -> String {
        self.names.text(value)
    }

    fn level(&self, scratch: &mut Scratch, a: u32, b: u32) -> u8 {
        let (word_a, word_b) = (self.names.word(a), self.names.word(b));
        // Which words are paired could depend on which name is first, so that is settled by the names themselves.
        let is_ordered =
            (word_a.tag, word_a.prefix, word_a.bytes) <= (word_b.tag, word_b.prefix, word_b.bytes);
        let (a, b) = (&self.words_of[a as usize], &self.words_of[b as usize]);
        let (shorter, longer) = if is_ordered { (a, b) } else { (b, a) };
        let (shorter, longer) = (&shorter[..count(shorter)], &longer[..count(longer)]);
        let [letters, equal, nearly_equal, nickname, initial] = self.pair(scratch, shorter, longer);
        let whole = equal + nearly_equal;
        if letters + whole == longer.len() {
            2
        } else if whole > 0 && shorter.len() > 1 && letters + whole + nickname + initial == shorter.len() {
            3
        } else if whole > 0 || Similarity::new(word_a, word_b).is_at_least(SIMILAR, scratch) {
            4
        } else {
            5
        }
    }
}
