//! Where a part of a statement stood in the text.

use crate::Position;

/// The place that a part of a statement was read from. It is no part of the meaning: all origins are equal,
/// so that a statement equals its canonical text read back.
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin(
    /// Line and column in the text that was parsed; zeros if the part was made by a program.
    pub Position,
);

impl PartialEq for Origin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Origin {}
