//! What goes with what somebody bought: items alike by their customers, weighed by BM25 (Robertson and Zaragoza 2009).

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use serde::{Deserialize, Serialize};

use super::super::parts::in_parts;
use super::Baskets;

const SATURATION: f32 = 1.2;
const LENGTH: f32 = 0.75;
/// Customers with more items say little of each; they count with a sample of so many.
const LONGEST: usize = 500;
/// Items that are worth a second thread.
const WORTH_IT: usize = 256;
/// Between so many items it is asked whether to go on.
const WATCHED: usize = 64;

/// What BM25 takes for documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Documents {
    /// Baskets: what few buy says more, and a large basket says little of each item.
    Customers,
    /// Items: who buys little says more, and what everybody buys says little.
    Items,
}

/// The items most alike to each item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemItem {
    /// For each item the likest others and how alike they are, likest first.
    pub neighbours: Vec<Vec<(u32, f32)>>,
}

impl ItemItem {
    /// Learns at most `most` neighbours of each item. `None` if `watch` ended it.
    pub fn fit(
        baskets: &Baskets,
        documents: Documents,
        most: usize,
        watch: &(dyn Fn() -> bool + Sync),
    ) -> Option<Self> {
        let by_item = baskets.by_item();
        let weighed = weighed(baskets, &by_item, documents);
        let mut neighbours = vec![Vec::new(); baskets.items];
        let ended = AtomicBool::new(false);
        in_parts(&mut neighbours, 1, WORTH_IT, |first, out| {
            let mut sums = Sums { of: vec![0.0; baskets.items], touched: Vec::new() };
            for (place, out) in out.iter_mut().enumerate() {
                if place % WATCHED == 0 && (ended.load(Relaxed) || !watch()) {
                    return ended.store(true, Relaxed);
                }
                let item = first + place;
                sums.add(item as u32, &by_item[item], &weighed);
                *out = sums.take(item as u32, most);
            }
        });
        (!ended.into_inner()).then_some(Self { neighbours })
    }

    /// Scores of all items for somebody with a basket.
    pub fn scores(&self, basket: &[(u32, f32)]) -> Vec<f32> {
        let mut out = vec![0.0; self.neighbours.len()];
        for (item, weight) in basket {
            for (other, alike) in &self.neighbours[*item as usize] {
                out[*other as usize] += (1.0 + weight).ln() * alike;
            }
        }
        out
    }

    /// What of a basket speaks most for an item.
    pub fn because(&self, basket: &[(u32, f32)], item: u32) -> Option<u32> {
        let part = |(bought, weight): &(u32, f32)| {
            let alike = self.neighbours[*bought as usize].iter().find(|(other, _)| *other == item)?;
            Some(((1.0 + weight).ln() * alike.1, *bought))
        };
        let parts = basket.iter().filter(|(bought, _)| *bought != item).filter_map(part);
        parts.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, bought)| bought)
    }
}

/// How alike an item is to each other.
struct Sums {
    of: Vec<f32>,
    /// Those that are not 0.
    touched: Vec<u32>,
}

impl Sums {
    fn add(&mut self, item: u32, customers: &[(u32, f32)], weighed: &[Vec<(u32, f32)>]) {
        for (customer, _) in customers {
            let basket = &weighed[*customer as usize];
            let Ok(place) = basket.binary_search_by_key(&item, |(item, _)| *item) else { continue };
            let own = basket[place].1;
            for (other, weight) in basket {
                let (sum, more) = (&mut self.of[*other as usize], own * weight);
                if *sum == 0.0 && more > 0.0 {
                    self.touched.push(*other);
                }
                *sum += more;
            }
        }
    }

    /// The highest sums of others, highest first, of equal ones the first; all are 0 afterwards.
    fn take(&mut self, item: u32, most: usize) -> Vec<(u32, f32)> {
        let sums = &mut self.of;
        let all = self.touched.drain(..).map(|other| (other, std::mem::take(&mut sums[other as usize])));
        let mut near: Vec<(u32, f32)> = all.filter(|(other, _)| *other != item).collect();
        let order = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if near.len() > most {
            near.select_nth_unstable_by(most, order);
            near.truncate(most);
        }
        near.sort_unstable_by(order);
        near
    }
}

/// The baskets with the weight of each item: rare words count more, many of one saturate, long documents count less.
fn weighed(baskets: &Baskets, by_item: &[Vec<(u32, f32)>], documents: Documents) -> Vec<Vec<(u32, f32)>> {
    let (rarity, norm) = match documents {
        Documents::Customers => (rarity(by_item, baskets.by_customer.len()), norm(&baskets.by_customer)),
        Documents::Items => (rarity(&baskets.by_customer, baskets.items), norm(by_item)),
    };
    let weigh = |(customer, basket): (usize, &Vec<(u32, f32)>)| {
        let every = basket.len().div_ceil(LONGEST).max(1);
        let weight = |(item, weight): &(u32, f32)| {
            let (word, document) = match documents {
                Documents::Customers => (*item as usize, customer),
                Documents::Items => (customer, *item as usize),
            };
            (*item, weight * (SATURATION + 1.0) / (SATURATION * norm[document] + weight) * rarity[word])
        };
        basket.iter().step_by(every).map(weight).collect()
    };
    baskets.by_customer.iter().enumerate().map(weigh).collect()
}

/// How much each word says, by the documents that have it.
fn rarity(words: &[Vec<(u32, f32)>], documents: usize) -> Vec<f32> {
    words.iter().map(|has| (documents as f32 / (1.0 + has.len() as f32)).ln().max(0.0)).collect()
}

/// How long each document is, beside the mean.
fn norm(documents: &[Vec<(u32, f32)>]) -> Vec<f32> {
    let length = |document: &Vec<(u32, f32)>| document.iter().map(|(_, weight)| weight).sum::<f32>();
    let lengths: Vec<f32> = documents.iter().map(length).collect();
    let mean = (lengths.iter().sum::<f32>() / documents.len().max(1) as f32).max(f32::MIN_POSITIVE);
    lengths.iter().map(|length| 1.0 - LENGTH + LENGTH * length / mean).collect()
}
