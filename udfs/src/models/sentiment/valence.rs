//! The valence of each word among the words round it.

use super::lexicon::Lexicon;

/// What capitals add where others are small.
const CAPITALS: f64 = 0.733;
/// What a negation multiplies with.
const NEGATION: f64 = -0.74;
const NEVER_SO: f64 = 1.25;
/// How much of a degree counts at one, two and three words before.
const DISTANCE: [f64; 3] = [1.0, 0.95, 0.9];

/// A text's words as written and in lower case.
struct Words<'a> {
    lexicon: &'a Lexicon,
    written: &'a [&'a str],
    lower: Vec<String>,
    some_are_capitals: bool,
}

/// The valence of each word.
pub(super) fn valences(lexicon: &Lexicon, written: &[&str]) -> Vec<f64> {
    let capitals = written.iter().filter(|word| in_capitals(word)).count();
    let words = Words {
        lexicon,
        written,
        lower: written.iter().map(|word| word.to_lowercase()).collect(),
        some_are_capitals: capitals > 0 && capitals < written.len(),
    };
    let mut out: Vec<f64> = (0..written.len()).map(|place| words.valence(place)).collect();
    weigh_round_but(&words.lower, &mut out);
    out
}

fn in_capitals(word: &str) -> bool {
    word.chars().any(char::is_uppercase) && !word.chars().any(char::is_lowercase)
}

impl Words<'_> {
    /// The word so many places before, in lower case.
    fn before(&self, place: usize, distance: usize) -> Option<&str> {
        place.checked_sub(distance).map(|place| self.lower[place].as_str())
    }

    fn shouted(&self, place: usize) -> bool {
        self.some_are_capitals && in_capitals(self.written[place])
    }

    fn valence(&self, place: usize) -> f64 {
        let word = self.lower[place].as_str();
        let next = self.lower.get(place + 1).map(String::as_str);
        if self.lexicon.degree(word).is_some() || word == "kind" && next == Some("of") {
            return 0.0;
        }
        let Some(own) = self.lexicon.valence(word) else { return 0.0 };
        let mut valence = own;
        if word == "no" && next.is_some_and(|next| self.lexicon.valence(next).is_some()) {
            valence = 0.0;
        }
        if self.follows_no(place) {
            valence = own * NEGATION;
        }
        if self.shouted(place) {
            valence += if valence > 0.0 { CAPITALS } else { -CAPITALS };
        }
        for distance in 1..=3 {
            let Some(earlier) = self.before(place, distance) else { break };
            if self.lexicon.valence(earlier).is_some() {
                continue;
            }
            valence += self.degree(place - distance, valence) * DISTANCE[distance - 1];
            valence *= self.negation(place, distance);
            if distance == 3 {
                valence = self.phrases(place, valence);
            }
        }
        if self.follows_least(place) { valence * NEGATION } else { valence }
    }

    fn follows_no(&self, place: usize) -> bool {
        let is_no = |distance| self.before(place, distance) == Some("no");
        is_no(1) || is_no(2) || is_no(3) && matches!(self.before(place, 1), Some("or" | "nor"))
    }

    fn follows_least(&self, place: usize) -> bool {
        self.before(place, 1) == Some("least")
            && self.lexicon.valence("least").is_none()
            && !matches!(self.before(place, 2), Some("at" | "very"))
    }

    /// What a word of degree adds to a valence.
    fn degree(&self, place: usize, valence: f64) -> f64 {
        let Some(degree) = self.lexicon.degree(&self.lower[place]) else { return 0.0 };
        let degree = if valence < 0.0 { -degree } else { degree };
        match self.shouted(place) {
            true if valence > 0.0 => degree + CAPITALS,
            true => degree - CAPITALS,
            false => degree,
        }
    }

    /// What the word so many places before multiplies with, as far as it negates.
    fn negation(&self, place: usize, distance: usize) -> f64 {
        let word = |distance| self.before(place, distance).unwrap_or_default();
        let is_so = |distance| matches!(word(distance), "so" | "this");
        let (strengthens, excepted) = match distance {
            2 => (word(2) == "never" && is_so(1), word(2) == "without" && word(1) == "doubt"),
            // The second half stands without "never" in the reference implementation, too.
            3 => (
                word(3) == "never" && is_so(2) || is_so(1),
                word(3) == "without" && (word(2) == "doubt" || word(1) == "doubt"),
            ),
            _ => (false, false),
        };
        if strengthens {
            NEVER_SO
        } else if !excepted && self.lexicon.negates(word(distance)) {
            NEGATION
        } else {
            1.0
        }
    }

    /// The valence of a phrase round the word, and degrees of two words before it.
    fn phrases(&self, place: usize, valence: f64) -> f64 {
        let phrase = |first: usize, last: usize| self.lower[first..=last].join(" ");
        let sequences = [
            phrase(place - 1, place),
            phrase(place - 2, place),
            phrase(place - 2, place - 1),
            phrase(place - 3, place - 1),
            phrase(place - 3, place - 2),
        ];
        let mut valence = sequences.iter().find_map(|words| self.lexicon.phrase(words)).unwrap_or(valence);
        for last in [place + 1, place + 2] {
            if last < self.lower.len()
                && let Some(known) = self.lexicon.phrase(&phrase(place, last))
            {
                valence = known;
            }
        }
        let [_, _, two_before, three_before, first_two] = &sequences;
        let degrees = [three_before, first_two, two_before].into_iter();
        valence + degrees.filter_map(|words| self.lexicon.degree(words)).sum::<f64>()
    }
}

/// What stands before the first "but" counts half, what stands after it one and a half times. As in the reference
/// implementation each valence is looked for from the front, so that a later equal one may stand for an earlier.
fn weigh_round_but(lower: &[String], valences: &mut [f64]) {
    let Some(but) = lower.iter().position(|word| word == "but") else { return };
    for place in 0..valences.len() {
        let valence = valences[place];
        let first = valences.iter().position(|v| *v == valence).unwrap_or(place);
        if first < but {
            valences[first] = valence * 0.5;
        } else if first > but {
            valences[first] = valence * 1.5;
        }
    }
}
