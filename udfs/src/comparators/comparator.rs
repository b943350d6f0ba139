//! What a comparator is.

use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::ArrayRef;
use datafusion::common::Result;

/// What agreement of a field says of people who live together. It answers: would a spouse have the same value?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// No: members of a household agree by chance, as in a birth date.
    Personal,
    /// Often: how often is learned from the data, as for an address.
    Shared,
    /// It speaks of records, not of people: it cannot tell a person from his household.
    Neutral,
}

/// One level of a comparator: how alike two values are.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Its name, as `equal` or `one_edit`.
    pub name: Cow<'static, str>,
    /// When it holds, in a few words.
    pub description: Cow<'static, str>,
    /// How much of a value's rarity counts at this level: 1 where the values are equal, a half where they are
    /// nearly equal, else 0. The chance of agreement is multiplied by (frequency of the value ÷ mean
    /// frequency) to this power.
    pub term_frequency: f64,
}

/// A form of a value by which records can be blocked: records that agree on it are worth comparing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// SQL over one column, which is written `{c}`, as in `left(fold_text({c}), 3)`. NULL or empty is no key.
    pub sql: &'static str,
    /// Keys of one column with a higher rank imply those with a lower one: equal names have equal initials.
    /// Keys of the same `chain` only.
    pub rank: u8,
    /// Which keys imply each other; a date has the chains year and day of the year.
    pub chain: u8,
}

/// Maps pairs of values to a small ordered level: 0 is no evidence, because a value is missing; 1 is equal;
/// greater is less alike.
pub trait Comparator: Debug + Send + Sync {
    /// Its word in SQL.
    fn name(&self) -> &'static str;

    /// What it compares, in a sentence.
    fn description(&self) -> &'static str;

    /// What agreement says of households.
    fn role(&self) -> Role;

    /// The columns that it takes, in order, as `["street", "city", "postcode"]`.
    fn columns(&self) -> &'static [&'static str];

    /// How many of [`Self::columns`] must be given at least.
    fn required_columns(&self) -> usize {
        self.columns().len()
    }

    /// Its levels from 1 on; at most 14.
    fn levels(&self) -> &[Level];

    /// The keys for blocking on each of its columns, finest first: `keys()[i]` are those of column `i`.
    fn keys(&self) -> &'static [&'static [Key]];

    /// Reads the columns of all records, each of the same length, and keeps what comparing needs.
    ///
    /// # Errors
    /// If a column has a type that it cannot compare; the message names the types that it can.
    fn prepare(&self, columns: &[ArrayRef], context: &Context) -> Result<Arc<dyn Prepared>>;
}

/// Other columns of the same records that some comparators take into account.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Given names.
    pub given_name: Option<ArrayRef>,
    /// Family names.
    pub family_name: Option<ArrayRef>,
}

/// The value number of a record without a value.
pub const NONE: u32 = u32::MAX;

/// The columns of a comparator, ready to be compared. Memory is linear in records.
pub trait Prepared: Debug + Send + Sync {
    /// The level of each pair of records `left[i]`, `right[i]`, written to `levels[i]`. All three have one length.
    fn compare(&self, left: &[u32], right: &[u32], levels: &mut [u8]);

    /// The number of each record's normalised value, or [`NONE`]: equal numbers are equal values. Numbers are
    /// below [`Self::distinct`].
    fn values(&self) -> &[u32];

    /// How many distinct values there are.
    fn distinct(&self) -> usize;

    /// The same column with some values, by number, treated as missing: mailboxes and phones that too many share.
    fn without(&self, values: &[u32]) -> Arc<dyn Prepared>;

    /// A value as text, for messages; by number.
    fn text(&self, value: u32) -> String;

    /// What went wrong in [`Self::compare`]; pairs that it failed for are at level 0.
    ///
    /// # Errors
    /// The first failure.
    fn failure(&self) -> Result<()> {
        Ok(())
    }
}
