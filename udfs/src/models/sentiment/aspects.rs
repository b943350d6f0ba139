//! What a text is about, by keywords.

use std::collections::HashMap;

/// The aspect of a text without any keyword.
pub const OTHER: &str = "other";

/// Keywords and their aspects.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Keywords {
    aspects: Vec<String>,
    /// By first word: all words and the place of the aspect.
    phrases: HashMap<String, Vec<(Vec<String>, usize)>>,
}

impl Keywords {
    /// The keywords of retail that stand in `aspects.tsv`.
    pub fn of_retail() -> Self {
        let lines = include_str!("aspects.tsv").lines().filter_map(|line| line.split_once('\t'));
        let pairs = lines.flat_map(|(aspect, keywords)| keywords.split(',').map(move |k| (aspect, k.trim())));
        Self::new(pairs)
    }

    /// Pairs of aspect and keyword; a keyword may have several words. Case does not matter.
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut out = Self::default();
        for (aspect, keyword) in pairs {
            let words = words(keyword);
            let Some(first) = words.first().cloned() else { continue };
            let known = out.aspects.iter().position(|a| a == aspect);
            let place = known.unwrap_or_else(|| {
                out.aspects.push(aspect.to_owned());
                out.aspects.len() - 1
            });
            out.phrases.entry(first).or_default().push((words, place));
        }
        out
    }

    /// The aspects of a text, in the order of the keywords; [`OTHER`] if it has none.
    pub fn aspects(&self, text: &str) -> Vec<&str> {
        let words = words(text);
        let mut found = vec![false; self.aspects.len()];
        for place in 0..words.len() {
            for (phrase, aspect) in self.phrases.get(&words[place]).into_iter().flatten() {
                found[*aspect] |= words[place..].starts_with(phrase);
            }
        }
        let named: Vec<&str> =
            self.aspects.iter().zip(&found).filter(|(_, found)| **found).map(|(a, _)| a.as_str()).collect();
        if named.is_empty() { vec![OTHER] } else { named }
    }
}

/// Words in lower case, with hyphens inside.
fn words(text: &str) -> Vec<String> {
    let inside = |c: char| c.is_alphanumeric() || c == '-' || c == '\'';
    let words = text.split(|c: char| !inside(c)).map(|word| word.trim_matches(['-', '\'']).to_lowercase());
    words.filter(|word| !word.is_empty()).collect()
}
