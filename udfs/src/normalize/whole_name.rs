//! The parts of a whole name.

const TITLES: &[&str] = &[
    "dame",
    "doctor",
    "dr",
    "frau",
    "herr",
    "madame",
    "miss",
    "mister",
    "mme",
    "mr",
    "mrs",
    "ms",
    "prof",
    "professor",
    "rev",
    "senor",
    "senora",
    "sir",
];

const SUFFIXES: &[&str] = &["dds", "esq", "ii", "iii", "iv", "jr", "junior", "md", "phd", "senior", "sr"];

/// Words that belong to the family name after them.
const PARTICLES: &[&str] = &[
    "al", "ap", "bin", "da", "das", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "el", "ibn",
    "la", "le", "ten", "ter", "van", "vom", "von", "zu",
];

/// Given and family name of a whole name, each empty if there is none. `Doe, Jane` has the family name first, other names
/// have it last; a name of one word is a family name. Titles and what follows a name, as `Jr`, are left out.
pub(crate) fn parts(text: &str) -> (String, String) {
    if let Some((family, given)) = text.split_once(',') {
        let given = given.split(',').next().unwrap_or_default();
        let (family, given) = (words(family), words(given));
        if given.iter().all(|word| is_in(word, SUFFIXES)) && !family.is_empty() {
            return in_order(family);
        }
        if !family.is_empty() && !given.is_empty() {
            return (given.join(" "), family.join(" "));
        }
        return in_order(given);
    }
    in_order(words(text))
}

fn in_order(mut words: Vec<&str>) -> (String, String) {
    let mut first = words.len().saturating_sub(1);
    while first > 1 && is_in(words[first - 1], PARTICLES) {
        first -= 1;
    }
    let family = words.split_off(first.min(words.len()));
    (words.join(" "), family.join(" "))
}

fn words(text: &str) -> Vec<&str> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    while words.len() > 1 && is_in(words[0], TITLES) {
        words.remove(0);
    }
    while words.len() > 1 && words.last().is_some_and(|word| is_in(word, SUFFIXES)) {
        words.pop();
    }
    words.retain(|word| word.chars().any(char::is_alphanumeric) && !is_in(word, &["jr", "sr"]));
    words
}

fn is_in(word: &str, list: &[&str]) -> bool {
    let word = word.trim_matches(['.', ',']);
    list.iter().any(|known| word.eq_ignore_ascii_case(known))
}
