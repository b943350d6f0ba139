//! The keys of all records: each value of a blocking expression as a number.

use onefold_udfs::comparators::NONE;

use crate::{Error, Result};

/// At most so many expressions: a set of them is a bit mask.
pub const MAX_KEYS: usize = 64;

/// The hashed values of the blocking expressions, record by record; 0 is no value. With 32 bits, two different
/// values are taken for one about once in four thousand million, which costs a comparison and loses no pair.
#[derive(Debug, Default)]
pub struct Keys {
    width: usize,
    values: Vec<u32>,
}

impl Keys {
    /// No values yet, for so many records and expressions.
    ///
    /// # Errors
    /// If there are more than [`MAX_KEYS`] expressions.
    pub fn new(records: usize, width: usize) -> Result<Self> {
        if width > MAX_KEYS {
            return Err(Error::invalid(format!("{width} blocking expressions are more than {MAX_KEYS}"))
                .hint("give fewer BLOCK ON items, or let them share expressions"));
        }
        Ok(Self { width, values: vec![0; records * width] })
    }

    /// The number of records.
    pub fn records(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// The number of expressions.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The value that a hash makes: its upper half, and 0 is taken.
    #[inline]
    pub fn value(hash: u64) -> u32 {
        ((mix(hash) >> 32) as u32).max(1)
    }

    /// Sets the values of a record.
    pub fn set_row(&mut self, record: usize, values: &[u32]) {
        self.values[record * self.width..(record + 1) * self.width].copy_from_slice(values);
    }

    /// The values of some of the expressions, in this order.
    #[must_use]
    pub fn of(&self, keys: &[usize]) -> Self {
        let rows = self.values.chunks(self.width.max(1));
        Self { width: keys.len(), values: rows.flat_map(|row| keys.iter().map(|k| row[*k])).collect() }
    }

    /// Takes the values of some expressions away from the records whose value of a field is listed.
    pub fn clear(&mut self, keys: &[usize], field: &[u32], values: &[u32]) {
        let Some(largest) = values.iter().max() else { return };
        let mut listed = vec![false; *largest as usize + 1];
        for value in values {
            listed[*value as usize] = true;
        }
        for (record, value) in field.iter().enumerate() {
            if *value != NONE && listed.get(*value as usize).copied().unwrap_or(false) {
                for key in keys {
                    self.values[record * self.width + key] = 0;
                }
            }
        }
    }

    /// The values of one record.
    #[inline]
    pub fn row(&self, record: u32) -> &[u32] {
        let start = record as usize * self.width;
        &self.values[start..start + self.width]
    }

    /// Which of the first `count` expressions give two records the same value, as a bit mask.
    #[inline]
    pub fn agreement(&self, left: u32, right: u32, count: usize) -> u64 {
        let mut mask = 0;
        for (key, (a, b)) in self.row(left)[..count].iter().zip(&self.row(right)[..count]).enumerate() {
            mask |= u64::from(a == b && *a != 0) << key;
        }
        mask
    }

    /// The values of some expressions as one number; `None` if one is missing.
    #[inline]
    pub fn combined(&self, record: u32, keys: &[usize]) -> Option<u64> {
        let row = self.row(record);
        let mut hash = 0x9e37_79b9_7f4a_7c15_u64;
        for key in keys {
            let value = row[*key];
            if value == 0 {
                return None;
            }
            hash = mix(hash ^ u64::from(value));
        }
        Some(hash)
    }

    /// The chance that two different records agree on an expression.
    pub fn chance(&self, key: usize) -> f64 {
        let mut values: Vec<u32> =
            self.values.iter().skip(key).step_by(self.width.max(1)).copied().filter(|v| *v != 0).collect();
        values.sort_unstable();
        let pairs: f64 =
            values.chunk_by(|a, b| a == b).map(|run| run.len() as f64 * (run.len() - 1) as f64).sum();
        let n = self.records() as f64;
        if n < 2.0 { 0.0 } else { pairs / (n * (n - 1.0)) }
    }
}

/// The finaliser of splitmix64: every bit of the input moves every bit of the output.
#[inline]
pub fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
