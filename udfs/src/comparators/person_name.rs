//! Given and family name compared at once, in either order.

use arrow::array::{Array, ArrayRef};
use datafusion::common::{Result, exec_err};
use hashbrown::HashSet;

use super::column::read_ahead;
use super::comparator::NONE;
use super::dictionary::Interner;
use super::family_name::append_family_name;
use super::jaro_winkler::{Scratch, Similarity};
use super::names::Names;
use super::read::intern;
use crate::normalize::folding::fold;

/// From this similarity on a given and a family name can be one name.
const FITS: f64 = 0.85;

/// The similarity of a name and its initial: enough to fit, not enough to show that names are exchanged.
const INITIAL: f64 = 0.86;

/// Given and family names of all records as numbers of one dictionary of names, so that those which stand in each
/// other's field are found.
#[derive(Debug)]
pub struct PersonNames {
    given: Vec<u32>,
    family: Vec<u32>,
    names: Names,
    /// Given names that are known from the data to be forms of one name, the smaller number first.
    forms: HashSet<(u32, u32)>,
}

/// The level of given names that are forms of one name.
const NICKNAME: u8 = 3;

impl PersonNames {
    /// Reads the given and the family names of all records, two columns of one length.
    ///
    /// # Errors
    /// Columns of different lengths, or of types that cannot be read as text.
    pub fn prepare(given: &ArrayRef, family: &ArrayRef) -> Result<Self> {
        if given.len() != family.len() {
            return exec_err!("{} given names and {} family names", given.len(), family.len());
        }
        let mut names = Interner::default();
        let given = intern("given_name", given, &mut names, fold)?;
        let family = intern("family_name", family, &mut names, append_family_name)?;
        Ok(Self { given, family, names: Names::new(names), forms: HashSet::new() })
    }

    /// The levels of each pair of records `left[i]`, `right[i]`: of the comparators `given_name` and `family_name`, and
    /// the order of the names: 0 if a record has none, 1 as they stand, 2 exchanged. All slices have one length.
    ///
    /// Names are exchanged if they fit crosswise and not as they stand; the names of the right record are then
    /// exchanged before they are compared.
    pub fn compare(
        &self,
        left: &[u32],
        right: &[u32],
        given: &mut [u8],
        family: &mut [u8],
        order: &mut [u8],
    ) {
        let mut scratch = Scratch::new();
        let levels = given.iter_mut().zip(family).zip(order);
        let names = read_ahead(&self.given, left, right).zip(read_ahead(&self.family, left, right));
        for (((given, family), order), (givens, families)) in levels.zip(names) {
            let a = Record { given: givens.0, family: families.0 };
            let b = Record { given: givens.1, family: families.1 };
            (*given, *family, *order) = self.levels(&mut scratch, a, b);
        }
    }

    /// Takes these given names, by number, for forms of one name from now on: they are nicknames of each other, unless
    /// they are closer.
    pub fn take_for_forms(&mut self, pairs: impl IntoIterator<Item = (u32, u32)>) {
        self.forms.extend(pairs.into_iter().map(|(a, b)| (a.min(b), a.max(b))));
    }

    /// The number of each record's given name, or [`NONE`].
    pub fn given(&self) -> &[u32] {
        &self.given
    }

    /// The number of each record's family name, or [`NONE`].
    pub fn family(&self) -> &[u32] {
        &self.family
    }

    /// How many distinct names there are.
    pub fn distinct(&self) -> usize {
        self.names.dictionary().len()
    }

    /// A name as text, for messages; by number.
    pub fn text(&self, value: u32) -> String {
        self.names.dictionary().text(value)
    }

    #[inline]
    fn levels(&self, scratch: &mut Scratch, a: Record, b: Record) -> (u8, u8, u8) {
        let is_swapped = self.is_swapped(scratch, a, b);
        let b = if is_swapped { Record { given: b.family, family: b.given } } else { b };
        let given = level(a.given, b.given, |a, b| {
            let level = self.names.given_level(scratch, a, b);
            let is_form =
                level > NICKNAME && !self.forms.is_empty() && self.forms.contains(&(a.min(b), a.max(b)));
            if is_form { NICKNAME } else { level }
        });
        let family = level(a.family, b.family, |a, b| self.names.family_level(scratch, a, b));
        let order = if a.is_empty() || b.is_empty() { 0 } else { 1 + u8::from(is_swapped) };
        (given, family, order)
    }

    /// Whether the names fit crosswise and not as they stand.
    fn is_swapped(&self, scratch: &mut Scratch, a: Record, b: Record) -> bool {
        if is_equal(a.given, b.given) || is_equal(a.family, b.family) {
            return false;
        }
        let Some(one) = self.fit(scratch, a.given, b.family) else { return false };
        let Some(other) = self.fit(scratch, a.family, b.given) else { return false };
        one.max(other) > INITIAL
            && self.fit(scratch, a.given, b.given).is_none_or(f64::is_sign_negative)
            && self.fit(scratch, a.family, b.family).is_none_or(f64::is_sign_negative)
    }

    /// The similarity of two names that can be one: -1 if one is not known, `None` if they do not fit.
    #[inline]
    fn fit(&self, scratch: &mut Scratch, a: u32, b: u32) -> Option<f64> {
        if a == NONE || b == NONE {
            return Some(-1.0);
        }
        if a == b && self.names.dictionary().word(a).bytes.len() > 1 {
            return Some(1.0);
        }
        let (a, b) = (self.names.dictionary().word(a), self.names.dictionary().word(b));
        if a.bytes.len().min(b.bytes.len()) == 1 {
            return (a.bytes.first() == b.bytes.first()).then_some(INITIAL);
        }
        let mut similarity = Similarity::new(a, b);
        similarity.is_at_least(FITS, scratch).then(|| similarity.value(scratch))
    }
}

/// The names of a record.
#[derive(Debug, Clone, Copy)]
struct Record {
    given: u32,
    family: u32,
}

impl Record {
    fn is_empty(self) -> bool {
        self.given == NONE && self.family == NONE
    }
}

fn is_equal(a: u32, b: u32) -> bool {
    a == b && a != NONE
}

#[inline]
fn level(a: u32, b: u32, of_others: impl FnOnce(u32, u32) -> u8) -> u8 {
    if a == NONE || b == NONE {
        0
    } else if a == b {
        1
    } else {
        of_others(a, b)
    }
}
