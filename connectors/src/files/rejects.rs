//! The records of a file that do not fit.

use crate::RejectedRecord;

/// So many are listed one by one; the others are only counted, so that a file that is no table at all does not
/// fill the memory.
const LISTED: usize = 100_000;

/// A value is shown up to this many characters.
const SHOWN: usize = 200;

/// What was rejected of a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Rejects {
    records: Vec<u64>,
    listed: Vec<RejectedRecord>,
}

impl Rejects {
    /// Rejects the record of a number; called in the order of the numbers.
    pub(super) fn push(&mut self, record: u64, reject: impl FnOnce() -> RejectedRecord) {
        self.records.push(record);
        if self.listed.len() < LISTED {
            self.listed.push(reject());
        }
    }

    /// The numbers of the rejected records, ascending.
    pub(super) fn numbers(&self) -> &[u64] {
        &self.records
    }

    /// The records for the user, the last of them a count when there are too many to list.
    pub(super) fn list(&self, file: &str) -> Vec<RejectedRecord> {
        let mut list = self.listed.clone();
        let unlisted = self.records.len() - self.listed.len();
        if unlisted > 0 {
            list.push(RejectedRecord {
                location: file.to_owned(),
                line: None,
                column: None,
                value: None,
                reason: format!("{unlisted} more records of this file do not fit"),
            });
        }
        list
    }
}

/// A raw value as it is shown: its beginning, if it is long.
pub(super) fn shown(raw: &str) -> String {
    match raw.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &raw[..end]),
        None => raw.to_owned(),
    }
}
