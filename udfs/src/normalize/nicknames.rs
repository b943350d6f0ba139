//! Nicknames and the names that they stand for.

use std::collections::HashMap;
use std::iter::once;
use std::sync::LazyLock;

mod arabic_turkish;
mod germanic;
mod hebrew_greek;
mod indian_african;
mod men_a_e;
mod men_f_l;
mod men_m_z;
mod romance;
mod slavic;
mod usual;
mod women_a_e;
mod women_f_l;
mod women_m_z;

/// Names and their short forms, pet forms and spellings, folded. Two forms of a name can be names of one person.
/// A form of several names is listed with each of them, and a name of several languages has its own forms in each.
/// Translations (Juan, John) are names of their own, but for those that emigrants commonly take.
const NICKNAMES: &[&[(&str, &str)]] = &[
    men_a_e::NAMES,
    men_f_l::NAMES,
    men_m_z::NAMES,
    women_a_e::NAMES,
    women_f_l::NAMES,
    women_m_z::NAMES,
    romance::NAMES,
    germanic::NAMES,
    slavic::NAMES,
    hebrew_greek::NAMES,
    arabic_turkish::NAMES,
    indian_african::NAMES,
];

/// Each entry by its number, with its name and its forms.
fn entries() -> impl Iterator<Item = (u16, &'static str, &'static str)> {
    (0..).zip(NICKNAMES.iter().copied().flatten()).map(|(number, (name, forms))| (number, *name, *forms))
}

/// The canonical name of each form: what it usually stands for; itself, if it is a name; the first of its names.
static CANONICAL: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let mut canonical = HashMap::new();
    for (name, forms) in usual::NAMES {
        canonical.extend(forms.split(' ').map(|form| (form, *name)));
    }
    for (_, name, _) in entries() {
        canonical.entry(name).or_insert(name);
    }
    for (_, name, forms) in entries() {
        let name = canonical.get(name).copied().unwrap_or(name);
        for form in forms.split(' ') {
            canonical.entry(form).or_insert(name);
        }
    }
    canonical
});

/// The entries of each word, by their number.
static FORMAL: LazyLock<HashMap<&str, Vec<u16>>> = LazyLock::new(|| {
    let mut formal: HashMap<&str, Vec<u16>> = HashMap::new();
    for (number, name, forms) in entries() {
        for word in forms.split(' ').chain(once(name)) {
            formal.entry(word).or_default().push(number);
        }
    }
    formal
});

/// The canonical name of one folded word: itself, unless it is only a form of another name.
pub(crate) fn canonical(word: &str) -> &str {
    CANONICAL.get(word).copied().unwrap_or(word)
}

/// Whether two folded words can be names of one person: they are equal, one stands for the other, or both
/// stand for a third.
pub(crate) fn same_name(left: &str, right: &str) -> bool {
    left == right || formal_names(left).iter().any(|name| formal_names(right).contains(name))
}

/// The formal names that a folded word stands for, by number: two words can be names of one person if they have one
/// in common.
pub(crate) fn formal_names(word: &str) -> &'static [u16] {
    FORMAL.get(word).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn lists_are_folded_and_sorted_without_repetition() {
        for list in NICKNAMES.iter().copied().chain([usual::NAMES]) {
            assert!(list.is_sorted_by(|(a, _), (b, _)| a < b));
            for (name, forms) in list {
                let mut seen = HashSet::from([*name]);
                assert!(forms.split(' ').all(|form| seen.insert(form)), "a form of {name} comes again");
                assert!(
                    seen.iter()
                        .all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()) && !word.is_empty()),
                    "{name} is folded"
                );
            }
        }
    }

    #[test]
    fn canonical_names_are_their_own() {
        for (name, forms) in usual::NAMES {
            assert!(forms.split(' ').all(|form| same_name(form, name)), "forms of {name}");
        }
        for (form, name) in CANONICAL.iter() {
            assert_eq!(canonical(name), *name, "what {form} stands for");
        }
    }

    #[test]
    fn names_of_one_person() {
        for (left, right) in [
            ("bob", "robert"),
            ("peggy", "margaret"),
            ("jack", "john"),
            ("hans", "johannes"),
            ("paco", "francisco"),
            ("pepe", "jose"),
            ("sandro", "alessandro"),
            ("sasha", "aleksandr"),
            ("gosia", "malgorzata"),
            ("muhammad", "mohamed"),
            ("steven", "stephen"),
            ("yannis", "ioannis"),
            ("catherine", "kathryn"),
            ("molly", "mary"),
            ("nell", "ellen"),
            ("jeff", "geoffrey"),
            ("yossi", "yosef"),
            ("venkat", "venkatesh"),
        ] {
            assert!(same_name(left, right) && same_name(right, left), "{left} and {right}");
        }
    }

    #[test]
    fn names_of_two_people() {
        for (left, right) in [
            ("mary", "margaret"),
            ("anna", "hannah"),
            ("emma", "emily"),
            ("juan", "john"),
            ("mary", "ann"),
            ("alexander", "alexandra"),
            ("john", "james"),
            ("laura", "lauren"),
            ("paul", "peter"),
            ("dorothy", "theodora"),
            ("rose", "mary"),
            ("eric", "derek"),
            ("susan", "hannah"),
            ("mark", "martin"),
            ("julia", "jill"),
            ("francis", "franklin"),
            ("thomas", "timothy"),
        ] {
            assert!(!same_name(left, right), "{left} and {right}");
        }
    }
}
