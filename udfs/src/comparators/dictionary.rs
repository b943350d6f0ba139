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
    /// Where the text starts in the arena, above eight bits with how many the signature has.
    start: u64,
    length: u32,
    tag: u32,
}

impl Entry {
    #[inline]
    fn bytes(self, arena: &[u8]) -> &[u8] {
        let start = (self.start >> 8) as usize;
        &arena[start..start + self.length as usize]
    }
}

/// A text of a dictionary.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    /// Its characters, all ASCII.
    pub(super) bytes: &'a [u8],
    /// A set of its characters; see [`Alphabet`].
    signature: u64,
    /// How many characters the set has.
    size: u32,
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
        let entry = self.entries[number as usize];
        let Entry { signature, prefix, start, tag, .. } = entry;
        Word { bytes: entry.bytes(&self.arena), signature, size: (start & 0xff) as u32, prefix, tag }
    }

    #[inline]
    pub(super) fn tag(&self, number: u32) -> u32 {
        self.entries[number as usize].tag
    }

    pub(super) fn text(&self, number: u32) -> String {
        String::from_utf8_lossy(self.word(number).bytes).into_owned()
    }

    /// Sets the tag of every text from the text.
    pub(super) fn set_tags(&mut self, mut tag: impl FnMut(&[u8]) -> u32) {
        for entry in &mut self.entries {
            entry.tag = tag(entry.bytes(&self.arena));
        }
    }
}

impl Word<'_> {
    /// How many characters of the sets are in both.
    #[inline]
    pub(super) fn common(&self, other: &Word<'_>) -> u32 {
        (self.signature & other.signature).count_ones()
    }

    /// At most so many characters of one have an equal one in the other, where `common` ones of their sets do.
    #[inline]
    pub(super) fn most_matches(&self, other: &Word<'_>, common: u32) -> u32 {
        (self.bytes.len() as u32 - self.size).min(other.bytes.len() as u32 - other.size) + common
    }

    /// At least so many edits are needed to make one of the other, where `common` characters of their sets are in both.
    #[inline]
    pub(super) fn least_edits(&self, other: &Word<'_>, common: u32) -> u32 {
        self.size.max(other.size) - common
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

/// Of which characters a signature tells, and how often. A bit stands for the first, the second … letter a, b … of a
/// text. One that only one of two texts has is a character without a partner in the other.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Alphabet {
    /// Two of each letter, one of each digit.
    #[default]
    Words,
    /// One of each letter, three of each digit.
    Codes,
    /// Six of each digit.
    Digits,
}

impl Alphabet {
    fn signature(self, text: &[u8]) -> u64 {
        let (letters, digits) = match self {
            Self::Words => (2, 1),
            Self::Codes => (1, 3),
            Self::Digits => (0, 6),
        };
        let mut set = 0_u64;
        for byte in text {
            let (first, count) = match byte {
                b'a'..=b'z' => (letters * u32::from(byte - b'a'), letters),
                b'0'..=b'9' => (letters * 26 + digits * u32::from(byte - b'0'), digits),
                _ => continue,
            };
            let places = ((1 << count) - 1) << first;
            set |= ((set & places) << 1 | 1 << first) & places;
        }
        set
    }
}

/// Builds a dictionary.
#[derive(Debug, Default)]
pub(super) struct Interner {
    alphabet: Alphabet,
    hasher: DefaultHashBuilder,
    table: HashTable<Slot>,
    dictionary: Dictionary,
}

/// Half of the hash is enough to tell texts apart without looking at them, and half of the memory that is looked up.
#[derive(Debug, Clone, Copy)]
struct Slot {
    hash: u32,
    number: u32,
}

impl Slot {
    /// What the table is searched by: it takes its places from the lower bits and its tags from the highest.
    fn spread(hash: u32) -> u64 {
        u64::from(hash) << 32 | u64::from(hash)
    }
}

impl Interner {
    pub(super) fn new(alphabet: Alphabet) -> Self {
        Self { alphabet, ..Self::default() }
    }

    /// The number of an ASCII text; [`NONE`] if it is empty.
    pub(super) fn number(&mut self, text: &[u8]) -> u32 {
        if text.is_empty() {
            return NONE;
        }
        let hash = self.hasher.hash_one(text) as u32;
        let spread = Slot::spread(hash);
        let Dictionary { entries, arena } = &mut self.dictionary;
        let is_same = |slot: &Slot| slot.hash == hash && entries[slot.number as usize].bytes(arena) == text;
        if let Some(slot) = self.table.find(spread, is_same) {
            return slot.number;
        }
        let number = entries.len() as u32;
        let signature = self.alphabet.signature(text);
        let start = (arena.len() as u64) << 8 | u64::from(signature.count_ones());
        entries.push(Entry { signature, prefix: prefix(text), start, length: text.len() as u32, tag: 0 });
        arena.extend_from_slice(text);
        self.table.insert_unique(spread, Slot { hash, number }, |slot| Slot::spread(slot.hash));
        number
    }

    /// Makes room for so many texts more.
    pub(super) fn reserve(&mut self, more: usize) {
        self.table.reserve(more, |slot| Slot::spread(slot.hash));
        self.dictionary.entries.reserve(more);
    }

    /// A text by its number.
    pub(super) fn bytes(&self, number: u32) -> &[u8] {
        self.dictionary.entries[number as usize].bytes(&self.dictionary.arena)
    }

    pub(super) fn finish(self) -> Dictionary {
        self.dictionary
    }
}

fn prefix(text: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let length = text.len().min(8);
    bytes[..length].copy_from_slice(&text[..length]);
    u64::from_be_bytes(bytes)
}
