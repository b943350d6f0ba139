//! Fields that another one determines, as a postcode its city: together they would count one agreement twice.

use super::plan::Plan;
use crate::identity::fields::{Fields, Scratch};
use crate::identity::model::{FieldKind, level};

/// A place is determined by the postcode when this part of the pairs of strangers with one postcode share it.
const DETERMINED: f64 = 0.5;
/// Fewer pairs of strangers say nothing.
const LEAST_PAIRS: usize = 50;
/// More are not looked at.
const MOST_PAIRS: usize = 200_000;
/// Levels up to this one are agreement.
const AGREES: usize = 2;

/// Leaves out the places that the postcode determines. Strangers are pairs that agree in no other field.
pub fn leave_out(plan: &Plan, fields: &mut Fields) {
    let of = |name: &str| -> Vec<usize> {
        let is = |c: usize| plan.comparisons[c].comparator.name() == name;
        (0..fields.fields.len()).filter(|f| fields.fields[*f].comparison.is_some_and(is)).collect()
    };
    let (postcodes, places) = (of("postcode"), of("place"));
    let ([postcode], false) = (postcodes.as_slice(), places.is_empty()) else { return };
    let (left, right) = pairs_of_one_value(fields, *postcode);
    let (mut scratch, mut patterns) = (Scratch::default(), Vec::new());
    fields.compare(&left, &right, &mut scratch, &mut patterns);
    let tells =
        |f: &usize| f != postcode && !places.contains(f) && fields.fields[*f].kind != FieldKind::Order;
    let others: Vec<usize> = (0..fields.fields.len()).filter(tells).collect();
    patterns.retain(|p| others.iter().all(|f| level(*p, *f) == 0 || level(*p, *f) > AGREES));
    for place in places {
        let known: Vec<usize> = patterns.iter().map(|p| level(*p, place)).filter(|l| *l > 0).collect();
        let same = known.iter().filter(|l| **l <= AGREES).count();
        if known.len() >= LEAST_PAIRS && same as f64 >= DETERMINED * known.len() as f64 {
            fields.leave_out(place);
        }
    }
}

/// Pairs of records with the same value of a field: each record with the next one of its value, and the one after
/// that, up to a few.
fn pairs_of_one_value(fields: &Fields, field: usize) -> (Vec<u32>, Vec<u32>) {
    let Some((values, distinct)) = fields.values(field) else { return (Vec::new(), Vec::new()) };
    const STEPS: usize = 3;
    let mut last: Vec<[u32; STEPS]> = vec![[u32::MAX; STEPS]; distinct];
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for (record, value) in (0..).zip(values) {
        let Some(last) = last.get_mut(*value as usize) else { continue };
        for before in last.iter().filter(|b| **b != u32::MAX) {
            left.push(*before);
            right.push(record);
        }
        last.rotate_right(1);
        last[0] = record;
        if left.len() >= MOST_PAIRS {
            break;
        }
    }
    (left, right)
}
