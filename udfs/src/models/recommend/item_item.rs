//! What goes with what somebody bought: items alike by their customers, weighed by BM25 (Robertson and Zaragoza 2009).

use serde::{Deserialize, Serialize};

use super::Baskets;

const SATURATION: f32 = 1.2;
const LENGTH: f32 = 0.75;
/// Customers with more items say little of each; they count with a sample of so many.
const LONGEST: usize = 500;

/// The items most alike to each item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemItem {
    /// For each item the likest others and how alike they are, likest first.
    pub neighbours: Vec<Vec<(u32, f32)>>,
}

impl ItemItem {
    /// Learns at most `most` neighbours of each item. `None` if `watch` ended it.
    pub fn fit(baskets: &Baskets, most: usize, watch: &(dyn Fn() -> bool + Sync)) -> Option<Self> {
        let by_item = baskets.by_item();
        let weighed = weighed(baskets, &by_item);
        let mut neighbours = Vec::with_capacity(baskets.items);
        let mut sums = vec![0.0_f32; baskets.items];
        for (item, customers) in by_item.iter().enumerate() {
            if item % 64 == 0 && !watch() {
                return None;
            }
            sums.fill(0.0);
            for (customer, _) in customers {
                let basket = &weighed[*customer as usize];
                let Ok(place) = basket.binary_search_by_key(&(item as u32), |(item, _)| *item) else {
                    continue;
                };
                let own = basket[place].1;
                for (other, weight) in basket {
                    sums[*other as usize] += own * weight;
                }
            }
            let near = super::best(&sums, most, |other| other != item as u32 && sums[other as usize] > 0.0);
            neighbours.push(near);
        }
        Some(Self { neighbours })
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

/// The baskets with the weight of each item: rare ones count more, many of one saturate, large baskets count less.
fn weighed(baskets: &Baskets, by_item: &[Vec<(u32, f32)>]) -> Vec<Vec<(u32, f32)>> {
    let customers = baskets.by_customer.len() as f32;
    let rarity: Vec<f32> =
        by_item.iter().map(|c| (customers / (1.0 + c.len() as f32)).ln().max(0.0)).collect();
    let total: f32 = baskets.by_customer.iter().flatten().map(|(_, weight)| weight).sum();
    let mean = (total / customers.max(1.0)).max(f32::MIN_POSITIVE);
    let weigh = |basket: &Vec<(u32, f32)>| {
        let length: f32 = basket.iter().map(|(_, weight)| weight).sum();
        let norm = 1.0 - LENGTH + LENGTH * length / mean;
        let every = basket.len().div_ceil(LONGEST).max(1);
        let weight = |(item, weight): &(u32, f32)| {
            (*item, weight * (SATURATION + 1.0) / (SATURATION * norm + weight) * rarity[*item as usize])
        };
        basket.iter().step_by(every).map(weight).collect()
    };
    baskets.by_customer.iter().map(weigh).collect()
}
