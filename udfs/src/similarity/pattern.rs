//! Where the characters of a text occur, as bit masks: what the bit-parallel measures compare against.

use std::ptr;

/// Texts of up to this many characters fit into one machine word.
pub(crate) const WORD: usize = 64;

/// The positions of each ASCII character in a text of up to [`WORD`] of them.
///
/// One pattern is reused for all pairs of a batch: the next text clears only what the last one set, and a
/// text that is the same slice as the last one, as a scalar argument is, stays loaded.
#[derive(Debug)]
pub(crate) struct Pattern<'a> {
    masks: [u64; 128],
    text: &'a [u8],
    fits: bool,
}

impl<'a> Pattern<'a> {
    pub(crate) fn new() -> Self {
        Self { masks: [0; 128], text: &[], fits: true }
    }

    /// Loads `text`; returns whether it is ASCII and fits.
    pub(crate) fn load(&mut self, text: &'a str) -> bool {
        let text = text.as_bytes();
        if ptr::eq(self.text, text) {
            return self.fits;
        }
        if self.fits {
            for byte in self.text {
                self.masks[usize::from(*byte)] = 0;
            }
        }
        self.text = text;
        self.fits = text.len() <= WORD && text.is_ascii();
        if self.fits {
            for (position, byte) in text.iter().enumerate() {
                self.masks[usize::from(*byte)] |= 1 << position;
            }
        }
        self.fits
    }

    /// The loaded text.
    pub(crate) fn text(&self) -> &'a [u8] {
        self.text
    }

    /// The positions of an ASCII character in the loaded text.
    #[inline]
    pub(crate) fn positions(&self, character: u8) -> u64 {
        self.masks[usize::from(character & 0x7f)]
    }
}
