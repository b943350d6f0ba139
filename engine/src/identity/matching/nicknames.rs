//! Nicknames that no list has: given names that people go by in turns, learned from pairs of records that all else
//! shows to be one person.

use std::collections::{HashMap, HashSet};

use super::score::Compared;
use crate::identity::fields::Fields;
use crate::identity::model::{Model, level};

/// How sure the other fields must be, in bits: about a hundred to one.
const SURE: f64 = 6.5;
/// So many people, told apart by their family names, must go by both names.
const PEOPLE: usize = 3;
/// And so many times as many as would if names came together by chance, as those of twins and spouses do.
const LIFT: f64 = 5.0;
/// From this level on two given names are different.
const DIFFERENT: usize = 5;
const STRAIGHT: usize = 1;

/// Pairs of given names, by number, the most frequent first.
pub fn learn(fields: &Fields, model: &Model, pairs: &[Compared]) -> Vec<(u32, u32)> {
    let Some([given, family, order]) = fields.person_names() else { return Vec::new() };
    let (Some((given_of, _)), Some((family_of, _))) = (fields.values(given), fields.values(family)) else {
        return Vec::new();
    };
    let mut people: HashMap<(u32, u32), HashSet<u32>> = HashMap::new();
    for pair in pairs {
        if level(pair.pattern, given) < DIFFERENT || level(pair.pattern, order) != STRAIGHT {
            continue;
        }
        let mut evidence = fields.evidence(model, pair.pattern, pair.left, pair.right);
        let frequency = || fields.log_frequency(given, pair.pattern, pair.left, pair.right);
        let own = model.field_evidence(given, level(pair.pattern, given), frequency);
        for (all, own) in evidence.iter_mut().zip(own) {
            *all -= own;
        }
        if model.weights(evidence).0 < SURE {
            continue;
        }
        let (a, b) = (given_of[pair.left as usize], given_of[pair.right as usize]);
        people.entry((a.min(b), a.max(b))).or_default().insert(family_of[pair.left as usize]);
    }
    let mut of_name: HashMap<u32, f64> = HashMap::new();
    let mut total = 0.0;
    for ((a, b), families) in &people {
        let n = families.len() as f64;
        *of_name.entry(*a).or_default() += n;
        *of_name.entry(*b).or_default() += n;
        total += n;
    }
    let by_chance = |a: &u32, b: &u32| of_name[a] * of_name[b] / (2.0 * total);
    let mut found: Vec<(usize, (u32, u32))> = people
        .iter()
        .filter(|((a, b), families)| {
            families.len() >= PEOPLE && families.len() as f64 >= LIFT * by_chance(a, b)
        })
        .map(|(names, families)| (families.len(), *names))
        .collect();
    found.sort_unstable_by_key(|(people, names)| (std::cmp::Reverse(*people), *names));
    found.into_iter().map(|(_, names)| names).collect()
}
