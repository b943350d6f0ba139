//! Words with a valence, names of emoji, words that strengthen, weaken or negate, and phrases.

use std::collections::HashMap;
use std::sync::OnceLock;

/// What a word that strengthens adds.
const STRONGER: f64 = 0.293;

const STRENGTHEN: &str = "absolutely amazingly awfully completely considerable considerably decidedly deeply effing \
    enormous enormously entirely especially exceptional exceptionally extreme extremely fabulously flipping flippin \
    frackin fracking fricking frickin frigging friggin fully fuckin fucking fuggin fugging greatly hella highly hugely \
    incredible incredibly intensely major majorly more most particularly purely quite really remarkably so \
    substantially thoroughly total totally tremendous tremendously uber unbelievably unusually utter utterly very";
const WEAKEN: &str = "almost barely hardly kinda kindof kind-of less little marginal marginally occasional \
    occasionally partly scarce scarcely slight slightly somewhat sorta sortof sort-of";
const WEAKENING_PHRASES: [&str; 3] = ["just enough", "kind of", "sort of"];
const NEGATE: &str = "aint arent cannot cant couldnt darent didnt doesnt dont hadnt hasnt havent isnt mightnt mustnt \
    neither neednt never none nope nor not nothing nowhere oughtnt shant shouldnt uhuh uh-uh wasnt werent without wont \
    wouldnt rarely seldom despite";
const PHRASES: [(&str, f64); 9] = [
    ("the shit", 3.0),
    ("the bomb", 3.0),
    ("bad ass", 1.5),
    ("badass", 1.5),
    ("bus stop", 0.0),
    ("yeah right", -2.0),
    ("kiss of death", -1.5),
    ("to die for", 3.0),
    ("beating heart", 3.5),
];

/// All of it, by lower-case words.
pub(super) struct Lexicon {
    valences: HashMap<&'static str, f64>,
    emoji: HashMap<char, &'static str>,
    degrees: HashMap<&'static str, f64>,
    negations: std::collections::HashSet<&'static str>,
}

/// The lexicon, read once.
pub(super) fn lexicon() -> &'static Lexicon {
    static LEXICON: OnceLock<Lexicon> = OnceLock::new();
    LEXICON.get_or_init(Lexicon::read)
}

impl Lexicon {
    fn read() -> Self {
        let pairs = |text: &'static str| text.lines().filter_map(|line| line.split_once('\t'));
        let valences = pairs(include_str!("lexicon.tsv"))
            .filter_map(|(word, valence)| Some((word, valence.parse().ok()?)));
        let emoji =
            pairs(include_str!("emoji.tsv")).filter_map(|(emoji, name)| Some((emoji.chars().next()?, name)));
        let stronger = STRENGTHEN.split_whitespace().map(|word| (word, STRONGER));
        let weaker = WEAKEN.split_whitespace().chain(WEAKENING_PHRASES).map(|word| (word, -STRONGER));
        Self {
            valences: valences.collect(),
            emoji: emoji.collect(),
            degrees: stronger.chain(weaker).collect(),
            negations: NEGATE.split_whitespace().collect(),
        }
    }

    /// The valence of a word.
    pub(super) fn valence(&self, word: &str) -> Option<f64> {
        self.valences.get(word).copied()
    }

    /// What a word or phrase of degree adds to a positive valence.
    pub(super) fn degree(&self, words: &str) -> Option<f64> {
        self.degrees.get(words).copied()
    }

    /// The valence of a phrase, whatever its words have.
    pub(super) fn phrase(&self, words: &str) -> Option<f64> {
        PHRASES.iter().find(|(phrase, _)| *phrase == words).map(|(_, valence)| *valence)
    }

    /// Whether a word negates.
    pub(super) fn negates(&self, word: &str) -> bool {
        self.negations.contains(word) || word.contains("n't")
    }

    /// The text with the names of emoji in their places.
    pub(super) fn without_emoji(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut blank_before = true;
        for c in text.chars() {
            match self.emoji.get(&c) {
                Some(name) => {
                    if !blank_before {
                        out.push(' ');
                    }
                    out.push_str(name);
                    blank_before = false;
                }
                None => {
                    out.push(c);
                    blank_before = c == ' ';
                }
            }
        }
        out
    }
}
