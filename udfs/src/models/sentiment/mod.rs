//! The sentiment of a text by the rules of VADER: Hutto and Gilbert, "VADER: a parsimonious rule-based model for
//! sentiment analysis of social media text" (2014). English only.
//!
//! `lexicon.tsv` and `emoji.tsv` are VADER's word list and names of emoji (MIT licence, `LICENSE-vader.txt`).

pub mod aspects;
mod lexicon;
#[cfg(test)]
mod tests;
mod valence;

use self::lexicon::lexicon;

/// Words of a text that count, as in the product reviews and feedback that this is made for.
pub const WORDS: usize = 128;
/// Shorter texts tell too little of their language.
const TELLING: usize = 4;
/// What keeps the sum of valences apart from its bounds.
const SPREAD: f64 = 15.0;

/// The sentiment of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Sentiment {
    /// From −1 to 1.
    pub compound: f64,
    /// The words with a part in it and their valences, in the order of the text.
    pub words: Vec<(String, f64)>,
}

impl Sentiment {
    /// From −5 to 5, with two decimals.
    pub fn score(&self) -> f64 {
        (self.compound * 500.0).round() / 100.0
    }

    /// `negative` up to −1, `positive` from 1 on, else `neutral`.
    pub fn label(&self) -> &'static str {
        match self.score() {
            score if score <= -1.0 => "negative",
            score if score >= 1.0 => "positive",
            _ => "neutral",
        }
    }
}

/// The sentiment of a text, all of it, in whatever language it is.
pub fn sentiment(text: &str) -> Sentiment {
    let text = lexicon().without_emoji(text);
    let text = text.trim();
    let words: Vec<&str> = text.split_whitespace().map(bare).collect();
    let valences = valence::valences(lexicon(), &words);
    let mut sum: f64 = valences.iter().sum();
    let emphasis = emphasis(text);
    if sum > 0.0 {
        sum += emphasis;
    } else if sum < 0.0 {
        sum -= emphasis;
    }
    let compound = (sum / (sum * sum + SPREAD).sqrt()).clamp(-1.0, 1.0);
    let told = words.iter().zip(&valences).filter(|(_, valence)| **valence != 0.0);
    let words = told.map(|(word, valence)| ((*word).to_owned(), *valence)).collect();
    Sentiment { compound, words }
}

/// The beginning of a text that counts: at most [`WORDS`] words.
pub fn beginning(text: &str) -> &str {
    let mut words = text.split_whitespace();
    match words.nth(WORDS - 1) {
        Some(last) if words.next().is_some() => {
            let end = last.as_ptr() as usize - text.as_ptr() as usize + last.len();
            &text[..end]
        }
        _ => text,
    }
}

/// Whether a text is in English, or too short to tell.
pub fn is_english(text: &str) -> bool {
    let letters = |word: &&str| word.chars().any(char::is_alphabetic);
    if text.split_whitespace().filter(letters).count() < TELLING {
        return text.chars().filter(|c| c.is_alphabetic()).all(|c| c.is_ascii());
    }
    whichlang::detect_language(text) == whichlang::Lang::Eng
}

/// A word without the punctuation round it; an emoticon keeps its own.
fn bare(word: &str) -> &str {
    let bare = word.trim_matches(|c: char| c.is_ascii_punctuation());
    if bare.chars().count() <= 2 { word } else { bare }
}

/// What exclamation and question marks add.
fn emphasis(text: &str) -> f64 {
    let count = |mark: char| text.chars().filter(|c| *c == mark).count();
    let exclaimed = 0.292 * count('!').min(4) as f64;
    let asked = match count('?') {
        0 | 1 => 0.0,
        marks @ (2 | 3) => 0.18 * marks as f64,
        _ => 0.96,
    };
    exclaimed + asked
}
