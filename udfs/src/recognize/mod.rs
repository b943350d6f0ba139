//! What kind of thing a text is, judged by itself. A column is of the kind that most of its values are; so none of
//! these needs to know every name or place, and each may err on some.

use std::collections::HashSet;
use std::sync::LazyLock;

pub use crate::normalize::date::DateOrder;
use crate::normalize::date::read;
use crate::normalize::folding;
use crate::normalize::nicknames::formal_names;

mod family_names;
mod places;
mod words;

/// A text in lower case, transliterated to ASCII, its words separated by single spaces.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    folding::fold(text, &mut folded);
    folded
}

/// Whether a folded word is a given name or a form of one.
pub fn is_given_name(word: &str) -> bool {
    word.len() > 1 && !formal_names(word).is_empty()
}

/// Whether a folded word is one of the family names that are frequent somewhere.
pub fn is_family_name(word: &str) -> bool {
    static NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| words_of(family_names::NAMES));
    NAMES.contains(word)
}

/// Whether a folded text is a large city, a state or a country.
pub fn is_place(text: &str) -> bool {
    static NAMES: LazyLock<HashSet<&str>> =
        LazyLock::new(|| [places::CITIES, places::REGIONS].concat().into_iter().collect());
    NAMES.contains(text)
}

/// Whether a folded text is a code of a state or a country, of two or three letters.
pub fn is_region_code(text: &str) -> bool {
    static CODES: LazyLock<HashSet<&str>> = LazyLock::new(|| words_of(places::CODES));
    CODES.contains(text)
}

/// Whether a folded text names an organisation: it has a legal form or a word such as `hospital`.
pub fn is_organization(text: &str) -> bool {
    static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| words_of(words::ORGANIZATIONS));
    text.split(' ').any(|word| WORDS.contains(word))
}

/// Whether a folded text is a street address: a number beside the name of a street, or a post-office box.
pub fn is_street(text: &str) -> bool {
    static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| words_of(words::STREETS));
    let is_type = |word: &str| {
        WORDS.contains(word)
            || word.len() > 6
                && (word.ends_with("strasse")
                    || word.ends_with("str")
                    || word.ends_with("gade")
                    || word.ends_with("gatan")
                    || word.ends_with("straat")
                    || word.ends_with("weg"))
    };
    let has_number = text.bytes().any(|byte| byte.is_ascii_digit());
    let mut words = text.split(' ').peekable();
    let starts_with_number =
        words.peek().is_some_and(|word| word.bytes().next().is_some_and(|byte| byte.is_ascii_digit()));
    text.contains("po box")
        || text.contains("p o box")
        || text.contains(' ') && words.any(is_type) && (has_number || starts_with_number)
}

/// Whether a folded text has a word of a street in it, such as `road`.
pub fn has_street_word(text: &str) -> bool {
    static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| words_of(words::STREETS));
    text.contains(' ') && text.split(' ').any(|word| WORDS.contains(word))
}

/// Whether a text is an e-mail address.
pub fn is_email(text: &str) -> bool {
    let text = text.trim();
    text.split_once('@').is_some_and(|(user, domain)| {
        !user.is_empty() && !domain.contains('@') && domain.contains('.') && !text.contains(' ')
    })
}

/// Whether a text is written as a phone number is: 7 to 15 digits, with signs between them or a plus before them.
pub fn is_phone(text: &str) -> bool {
    let text = text.trim();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let main = text.split(['x', 'X', 'e', 'E']).next().unwrap_or(text);
    let plain = main.bytes().all(|byte| byte.is_ascii_digit() || b"+-./() ".contains(&byte));
    let signs = main.trim().bytes().filter(|byte| b"+-./() ".contains(byte)).count();
    plain && (7..=18).contains(&digits) && signs > 0 && !is_date(text) && !is_decimal(text)
}

fn is_decimal(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'.').count() == 1 && text.parse::<f64>().is_ok()
}

/// Whether a text is an address on the web.
pub fn is_url(text: &str) -> bool {
    let text = text.trim();
    ["http://", "https://", "www.", "ftp://"]
        .iter()
        .any(|start| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
}

/// Whether a text is a universally unique identifier or a hash of 32 or more digits.
pub fn is_uuid(text: &str) -> bool {
    let text = text.trim().trim_matches(['{', '}']);
    let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
    digits >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// Whether a text is a postcode that is nothing else, as those of the United Kingdom, Canada and the Netherlands, or a
/// ZIP+4 code.
pub fn is_postcode(text: &str) -> bool {
    let shape: String = text
        .trim()
        .chars()
        .filter(|c| *c != ' ')
        .map(|c| match c {
            c if c.is_ascii_digit() => '9',
            c if c.is_ascii_alphabetic() => 'a',
            c => c,
        })
        .collect();
    const SHAPES: &[&str] = &[
        "a99aa",
        "a999aa",
        "aa99aa",
        "aa999aa",
        "a9a9aa",
        "aa9a9aa",
        "a9a9a9",
        "9999aa",
        "99999-9999",
        "99-999",
        "aa-9999",
        "a-9999",
        "a-99999",
        "99999-999",
        "999-9999",
    ];
    SHAPES.contains(&shape.as_str())
}

/// How the parts of a date stand; `None` if a text is no date of the years 1850 to 2100 with at least a month. Numbers
/// of eight digits are dates, too.
pub fn date_order(text: &str) -> Option<DateOrder> {
    let (date, order) = read(text, false)?;
    (date.month > 0 && (1850..=2100).contains(&date.year)).then_some(order)
}

/// The year of a date, if a text is one.
pub fn date_year(text: &str) -> Option<u32> {
    read(text, false).map(|(date, _)| date.year)
}

/// Whether a text is a date of at least a month and a year.
pub fn is_date(text: &str) -> bool {
    date_order(text).is_some()
}

/// Whether a folded text says that something is not known.
pub fn is_placeholder(text: &str) -> bool {
    const PLACEHOLDERS: &[&str] = &[
        "",
        "n a",
        "na",
        "nan",
        "nil",
        "none",
        "not available",
        "not known",
        "null",
        "unbekannt",
        "unk",
        "unknown",
    ];
    PLACEHOLDERS.contains(&text)
}

fn words_of(lines: &[&'static str]) -> HashSet<&'static str> {
    lines.iter().flat_map(|line| line.split(' ')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_apart() {
        for phone in ["+1 (425) 555-0100", "310/246-1501", "0171-555 01 00", "425.555.0100"] {
            assert!(is_phone(phone), "{phone}");
        }
        for other in ["1985-03-04", "04.03.1985", "4255550100", "12.5000001", "ab-123456"] {
            assert!(!is_phone(other), "{other}");
        }
        for street in ["12 main st", "435 s la cienega blv", "hauptstrasse 5", "po box 12", "calle mayor 3"] {
            assert!(is_street(street), "{street}");
        }
        for other in ["green lane", "los angeles", "apple 12 gb", "weg"] {
            assert!(!is_street(other), "{other}");
        }
        for postcode in ["SW1A 1AA", "k1a0b1", "1012 AB", "98052-6399"] {
            assert!(is_postcode(postcode), "{postcode}");
        }
        assert!(!is_postcode("98052") && !is_postcode("4255550100"));
    }

    #[test]
    fn dates_are_read_in_the_order_that_they_allow() {
        let order = |text| date_order(text);
        assert_eq!(order("1985-03-04"), Some(DateOrder::Certain));
        assert_eq!(order("1985-03-04T10:11:12"), Some(DateOrder::Certain));
        assert_eq!(order("2024-01-02 03:04:05+00:00"), Some(DateOrder::Certain));
        assert_eq!(order("19850304"), Some(DateOrder::Certain));
        assert_eq!(order("04/03/1985"), Some(DateOrder::Either));
        assert_eq!(order("24.3.85"), Some(DateOrder::DayFirst));
        assert_eq!(order("3/24/1985"), Some(DateOrder::MonthFirst));
        assert_eq!(order("24031985"), Some(DateOrder::DayFirst));
        assert_eq!(order("4th of March"), None);
        assert_eq!(order("Mar 4, 1985"), Some(DateOrder::Certain));
        assert_eq!(order("1985"), None);
        assert_eq!(order("99/99/1985"), None);
        assert_eq!(order("425-555-0100"), None);
    }
}
