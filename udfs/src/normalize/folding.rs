//! Folding of text to lower-case ASCII words.

use deunicode::deunicode_char;

/// For each ASCII character: the lower-case letter or digit, or a space for all others.
const FOLDED: [u8; 128] = {
    let mut table = [b' '; 128];
    let mut byte = 0;
    while byte < 128 {
        if (byte as u8).is_ascii_alphanumeric() {
            table[byte] = (byte as u8).to_ascii_lowercase();
        }
        byte += 1;
    }
    table
};

/// Appends the words of `text`, transliterated, in lower case and separated by single spaces.
pub(crate) fn fold(text: &str, folded: &mut String) {
    folded.reserve(text.len());
    if text.is_ascii() {
        append_words(text.bytes().map(fold_ascii), folded);
    } else {
        append_words(fold_chars(text), folded);
    }
}

fn append_words(letters: impl Iterator<Item = char>, folded: &mut String) {
    let start = folded.len();
    let mut separate = false;
    for letter in letters {
        if letter == ' ' {
            separate = folded.len() > start;
        } else {
            if separate {
                folded.push(' ');
                separate = false;
            }
            folded.push(letter);
        }
    }
}

/// The folded characters of `text`; spaces are neither collapsed nor trimmed.
pub(crate) fn fold_chars(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(|character| {
        let (ascii, transliterated) = if character.is_ascii() {
            (Some(fold_ascii(character as u8)), "")
        } else if character.is_whitespace() {
            (Some(' '), "")
        } else {
            (None, deunicode_char(character).unwrap_or(""))
        };
        ascii.into_iter().chain(transliterated.bytes().map(fold_ascii))
    })
}

fn fold_ascii(byte: u8) -> char {
    char::from(FOLDED[usize::from(byte & 0x7f)])
}
