//! The distinct values of a column, by number, with what comparing them needs.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::comparator::NONE;

/// Distinct ASCII texts in one arena.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    entries: Vec<Entry>,
    arena: Vec<u8>,
}

/// What is known of a text without looking at it; half a cache line.
#[derive(Debug, Clone, Copy)]
struct Entry {
    signature: u64,
    prefix: u64,
    start: usize,
    length: u32,
    tag: u32,
}

/// A text of a dictionary.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    /// Its characters, all ASCII.
    pub(super) bytes: &'a [u8],
    /// A set of its characters; see [`signature`].
    pub(super) signature: u64,
    /// The first eight characters in big-endian order, the missing ones 0.
    pub(super) prefix: u64,
    /// What the owner of the dictionary notes of it.
    pub(super) tag: u32,
}

impl Dictionary {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    #[inline]
    pub(super) fn word(&self, number: u32) -> Word<'_> {
        let Entry { signature, prefix, start, length, tag } = self.entries[number as usize];
        Word { bytes: &self.arena[start..start + length as usize], signature, prefix, tag }
    }

    pub(super) fn text(&self, number: u32) -> String {
        String::from_utf8_lossy(self.word(number).bytes).into_owned()
    }

    /// Sets the tag of every text from the text.
    pub(super) fn set_tags(&mut self, mut tag: impl FnMut(&[u8]) -> u32) {
        for entry in &mut self.entries {
            entry.tag = tag(&self.arena[entry.start..entry.start + entry.length as usize]);
        }
    }

    /// The numbers of all texts.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> + use<> {
        0..self.entries.len() as u32
    }
}

impl Word<'_> {
    /// How many characters of each must at least be replaced or left out to get the other: a lower bound of
    /// the edit distance.
    #[inline]
    pub(super) fn least_edits(&self, other: &Word<'_>) -> u32 {
        let (only_here, only_there) = self.only(other);
        only_here.max(only_there)
    }

    /// How many characters of each the other certainly has no partner for.
    #[inline]
    pub(super) fn only(&self, other: &Word<'_>) -> (u32, u32) {
        let here = (self.signature & !other.signature).count_ones();
        let there = (other.signature & !self.signature).count_ones();
        (here, there)
    }

    /// Whether this text begins with another.
    #[inline]
    pub(super) fn starts_with(&self, other: &Word<'_>) -> bool {
        let shared = ((self.prefix ^ other.prefix).leading_zeros() / 8) as usize;
        other.bytes.len() <= self.bytes.len()
            && shared >= other.bytes.len().min(8)
            && (other.bytes.len() <= 8 || self.bytes.starts_with(other.bytes))
    }

    /// Whether this text has another within it.
    pub(super) fn contains(&self, other: &Word<'_>) -> bool {
        other.bytes.len() <= self.bytes.len()
            && other.signature & !self.signature == 0
            && self.bytes.windows(other.bytes.len().max(1)).any(|part| part == other.bytes)
    }
}

/// Builds a dictionary.
#[derive(Debug, Default)]
pub(super) struct Interner {
    hasher: DefaultHashBuilder,
    table: HashTable<Slot>,
    dictionary: Dictionary,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    hash: u64,
    number: u32,
}

impl Interner {
    /// The number of an ASCII text; [`NONE`] if it is empty.
    pub(super) fn number(&mut self, text: &[u8]) -> u32 {
        if text.is_empty() {
            return NONE;
        }
        let hash = self.hasher.hash_one(text);
        let Dictionary { entries, arena } = &mut self.dictionary;
        let is_same = |slot: &Slot| {
            let entry = entries[slot.number as usize];
            slot.hash == hash && &arena[entry.start..entry.start + entry.length as usize] == text
        };
        if let Some(slot) = self.table.find(hash, is_same) {
            return slot.number;
        }
        let number = entries.len() as u32;
        let (start, length) = (arena.len(), text.len() as u32);
        entries.push(Entry { signature: signature(text), prefix: prefix(text), start, length, tag: 0 });
        arena.extend_from_slice(text);
        self.table.insert_unique(hash, Slot { hash, number }, |slot| slot.hash);
        number
    }

    pub(super) fn finish(self) -> Dictionary {
        self.dictionary
    }
}

/// A set of the characters of a text: of each letter the first and the second one, of each digit the first. A bit that
/// only one of two texts has is a character without a partner in the other.
fn signature(text: &[u8]) -> u64 {
    let mut set = 0_u64;
    for byte in text {
        let (first, second) = match byte {
            b'a'..=b'z' => (1 << (byte - b'a'), 1 << (byte - b'a' + 26)),
            b'0'..=b'9' => (1 << (byte - b'0' + 52), 0),
            _ => continue,
        };
        set |= if set & first == 0 { first } else { second };
    }
    set
}

fn prefix(text: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let length = text.len().min(8);
    bytes[..length].copy_from_slice(&text[..length]);
    u64::from_be_bytes(bytes)
}
