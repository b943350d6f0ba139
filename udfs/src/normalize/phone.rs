//! Phone numbers in E.164 form.

use std::borrow::Cow;
use std::cell::RefCell;

use deunicode::deunicode;
use hashbrown::HashMap;
use phonenumber::country::{self, Source};
use phonenumber::metadata::{DATABASE, Descriptors};

/// Numbers of a region that a thread remembers. Reading one takes tens of microseconds, and in a column of customers
/// the same ones come again; a full cache is emptied rather than managed.
const CACHE_CAPACITY: usize = 1 << 16;

/// Texts that were read, and their E.164 forms.
type Numbers = HashMap<Box<str>, Option<Box<str>>>;

thread_local! {
    static CACHE: RefCell<HashMap<Option<country::Id>, Numbers>> = RefCell::default();
}

/// Calls `visit` with the E.164 form of a number, or with `None` when the text is not a possible number.
///
/// `region` is that of numbers without a country code.
pub(crate) fn with_e164<T>(
    text: &str,
    region: Option<country::Id>,
    visit: impl FnOnce(Option<&str>) -> T,
) -> T {
    let mut digits = Digits::default();
    if digits.read(text).is_none() {
        return visit(None);
    }
    if let Some(national) = north_american(digits.as_str(), region) {
        let mut number = [b'+', b'1', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        number[2..].copy_from_slice(national.as_bytes());
        return visit(str::from_utf8(&number).ok());
    }
    CACHE.with_borrow_mut(|cache| {
        let numbers = cache.entry(region).or_default();
        if let Some(number) = numbers.get(digits.as_str()) {
            return visit(number.as_deref());
        }
        if numbers.len() >= CACHE_CAPACITY {
            numbers.clear();
        }
        let number = parse(digits.as_str(), region);
        let number = numbers.entry(digits.as_str().into()).insert(number).into_mut();
        visit(number.as_deref())
    })
}

/// A number without its punctuation: digits, after a plus sign when there was one.
#[derive(Default)]
struct Digits {
    bytes: [u8; 24],
    length: usize,
}

impl Digits {
    fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }

    /// Reads the number out of a text without its extension; `None` when there is anything else in it.
    fn read(&mut self, text: &str) -> Option<()> {
        let text = if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(deunicode(text)) };
        let text = text.trim();
        let text = match text.get(..4) {
            Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => &text[4..],
            _ => text,
        };
        for (position, byte) in text.bytes().enumerate() {
            match byte {
                b'0'..=b'9' => self.push(byte)?,
                b'+' if self.length == 0 => self.push(byte)?,
                b' ' | b'-' | b'.' | b'/' | b'(' | b')' | b'\t' => {}
                _ if is_extension(&text[position..]) => break,
                _ => return None,
            }
        }
        Some(())
    }

    fn push(&mut self, byte: u8) -> Option<()> {
        *self.bytes.get_mut(self.length)? = byte;
        self.length += 1;
        Some(())
    }
}

/// Whether this end of a number is an extension: `x9509`, `ext. 7`, `#12`, `;ext=3`, or empty after the mark.
fn is_extension(text: &str) -> bool {
    let digits = text.trim_start_matches(|character: char| !character.is_ascii_digit());
    let mark: String =
        text[..text.len() - digits.len()].chars().filter(|c| c.is_ascii_alphabetic() || *c == '#').collect();
    let known = ["x", "ext", "extn", "extension", "#"];
    known.iter().any(|known| mark.eq_ignore_ascii_case(known))
        && digits.trim().bytes().all(|byte| byte.is_ascii_digit())
}

/// The ten digits of a number of the North American plan, which most numbers of a US company are.
///
/// There, ten digits are a national number whatever they begin with, and customers write the country code
/// with or without a plus sign or an international prefix.
fn north_american(digits: &str, region: Option<country::Id>) -> Option<&str> {
    let at_home = matches!(region, Some(country::US | country::CA));
    let national = match digits.strip_prefix("+1") {
        Some(national) => national,
        None if at_home && digits.len() == 13 => digits.strip_prefix("001")?,
        None if at_home && digits.len() == 11 => digits.strip_prefix('1')?,
        None if at_home => digits,
        None => return None,
    };
    (national.len() == 10 && !national.starts_with('+')).then_some(national)
}

fn parse(digits: &str, region: Option<country::Id>) -> Option<Box<str>> {
    // 00 is the international prefix of most regions, and is written in the others too.
    if let Some(number) = digits.strip_prefix("00").and_then(|number| parse(&format!("+{number}"), None)) {
        return Some(number);
    }
    // The library strips the trunk prefix of the region that it is given, even of a number of another one, so
    // a number with a country code is read without a region.
    let number = match digits.starts_with('+') {
        true => phonenumber::parse(None, digits).ok()?,
        false => {
            let number = phonenumber::parse(region, digits).ok()?;
            match number.code().source() {
                Source::Idd => {
                    let code = digits.find(&number.code().value().to_string())?;
                    phonenumber::parse(None, format!("+{}", &digits[code..])).ok()?
                }
                _ => number,
            }
        }
    };
    let code = number.code().value();
    let national = number.national().to_string();
    // Possible, not assigned: a fictional or a future area code is still evidence that two records agree.
    let regions = DATABASE.by_code(&code)?;
    let possible = regions.iter().any(|region| has_length(region.descriptors(), national.len() as u16));
    possible.then(|| format!("+{code}{national}").into())
}

/// Whether some kind of subscriber has national numbers of this length.
fn has_length(kinds: &Descriptors, length: u16) -> bool {
    let kinds =
        [kinds.fixed_line(), kinds.mobile(), kinds.toll_free(), kinds.personal_number(), kinds.voip()];
    kinds.iter().flatten().any(|kind| kind.possible_length().contains(&length))
}
