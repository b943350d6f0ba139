//! Hubs: mailboxes, phones and identifiers that far more records share than a person or a household explains, such
//! as `info@…` or a dummy number. They are found from the data and count as missing.

use std::collections::HashSet;

use onefold_udfs::comparators::NONE;
use serde::{Deserialize, Serialize};

use super::plan::Plan;
use crate::identity::blocking::keys::Keys;
use crate::identity::fields::Fields;

/// A value that is no evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hub {
    /// The field.
    pub field: String,
    /// The value.
    pub value: String,
    /// How many records have it.
    pub records: u32,
}

/// No value with this many records or fewer is a hub.
const LEAST: f64 = 20.0;
/// A hub has more records than this times the number that 999 of 1000 values stay below.
const FACTOR: f64 = 5.0;
const QUANTILE: f64 = 0.999;

/// Finds the hubs and takes them out of the fields and the keys. The most frequent come first.
pub fn remove(plan: &Plan, fields: &mut Fields, keys: &mut Keys) -> Vec<Hub> {
    let mut out = Vec::new();
    for field in fields.identifying(&plan.comparisons) {
        let counts = fields.value_counts(field);
        let limit = limit(&counts);
        let values: Vec<u32> =
            (0..).zip(&counts).filter(|(_, n)| f64::from(**n) > limit).map(|(value, _)| value).collect();
        if values.is_empty() {
            continue;
        }
        let hub = |value: &u32| Hub {
            field: fields.fields[field].name.clone(),
            value: fields.text(field, *value),
            records: counts[*value as usize],
        };
        out.extend(values.iter().map(hub));
        take_out(plan, fields, Some(keys), field, &values);
    }
    out.sort_by(|a, b| b.records.cmp(&a.records).then_with(|| a.value.cmp(&b.value)));
    out
}

/// Takes hubs that were found before out of the fields, and out of the keys if there are any.
pub fn remove_known(plan: &Plan, fields: &mut Fields, mut keys: Option<&mut Keys>, hubs: &[Hub]) {
    for field in fields.identifying(&plan.comparisons) {
        let known: HashSet<&str> = hubs
            .iter()
            .filter(|hub| hub.field == fields.fields[field].name)
            .map(|hub| hub.value.as_str())
            .collect();
        if known.is_empty() {
            continue;
        }
        let Some((of_records, _)) = fields.values(field) else { continue };
        let mut values: Vec<u32> = of_records.iter().copied().filter(|v| *v != NONE).collect();
        values.sort_unstable();
        values.dedup();
        values.retain(|value| known.contains(fields.text(field, *value).as_str()));
        if !values.is_empty() {
            take_out(plan, fields, keys.as_deref_mut(), field, &values);
        }
    }
}

fn take_out(plan: &Plan, fields: &mut Fields, keys: Option<&mut Keys>, field: usize, values: &[u32]) {
    let reads = fields.fields[field].comparison.map(|c| &plan.comparisons[c].reads);
    let read: Vec<usize> = (0..plan.keys.len())
        .filter(|key| reads.is_some_and(|reads| !reads.is_disjoint(&plan.keys[*key].reads)))
        .collect();
    if let Some((of_records, _)) = fields.values(field)
        && let Some(keys) = keys
    {
        keys.clear(&read, of_records, values);
    }
    fields.ignore(field, values);
}

/// The number of records above which a value is a hub. The quantile is interpolated.
fn limit(counts: &[u32]) -> f64 {
    let mut counts: Vec<u32> = counts.iter().copied().filter(|n| *n > 0).collect();
    if counts.is_empty() {
        return f64::INFINITY;
    }
    counts.sort_unstable();
    let place = QUANTILE * (counts.len() - 1) as f64;
    let (low, part) = (place.floor(), place.fract());
    let at = |place: f64| f64::from(counts[(place as usize).min(counts.len() - 1)]);
    let quantile = at(low) + part * (at(low + 1.0) - at(low));
    LEAST.max(FACTOR * quantile)
}
