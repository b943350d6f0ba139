//! What to offer to whom, from who bought what.

pub mod als;
pub mod item_item;
pub mod popularity;
#[cfg(test)]
mod tests;

/// Who bought what and how often, by customer and by item, both numbered from 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Baskets {
    /// For each customer the items and weights, in order of the items.
    pub by_customer: Vec<Vec<(u32, f32)>>,
    /// How many items there are.
    pub items: usize,
}

impl Baskets {
    /// Adds up the weights of equal pairs of customer and item.
    pub fn new(customers: usize, items: usize, pairs: impl IntoIterator<Item = (u32, u32, f32)>) -> Self {
        let mut by_customer: Vec<Vec<(u32, f32)>> = vec![Vec::new(); customers];
        for (customer, item, weight) in pairs {
            by_customer[customer as usize].push((item, weight));
        }
        for basket in &mut by_customer {
            basket.sort_by_key(|(item, _)| *item);
            basket.dedup_by(|later, kept| {
                let same = later.0 == kept.0;
                if same {
                    kept.1 += later.1;
                }
                same
            });
        }
        Self { by_customer, items }
    }

    /// For each item the customers and weights.
    pub fn by_item(&self) -> Vec<Vec<(u32, f32)>> {
        let mut out = vec![Vec::new(); self.items];
        for (customer, basket) in self.by_customer.iter().enumerate() {
            for (item, weight) in basket {
                out[*item as usize].push((customer as u32, *weight));
            }
        }
        out
    }
}

/// The places of the `count` highest scores among those that are allowed, highest first; of equal ones the first.
pub fn best(scores: &[f32], count: usize, allowed: impl Fn(u32) -> bool) -> Vec<(u32, f32)> {
    let mut out: Vec<(u32, f32)> = Vec::with_capacity(count + 1);
    for (item, score) in scores.iter().enumerate() {
        let full = out.len() >= count;
        if full && out.last().is_some_and(|(_, worst)| score <= worst) || !allowed(item as u32) {
            continue;
        }
        let place = out.partition_point(|(_, known)| known >= score);
        out.insert(place, (item as u32, *score));
        out.truncate(count);
    }
    out
}

/// The share of customers who really bought one of what was offered to them, and the normalised discounted cumulative
/// gain of the offers.
pub fn success(offers: &[Vec<u32>], bought: &[Vec<u32>]) -> (f64, f64) {
    let (mut hit, mut gain, mut count) = (0.0, 0.0, 0.0);
    for (offers, bought) in offers.iter().zip(bought).filter(|(_, bought)| !bought.is_empty()) {
        count += 1.0;
        hit += f64::from(u8::from(offers.iter().any(|item| bought.contains(item))));
        let discount = |place: usize| 1.0 / (place as f64 + 2.0).log2();
        let found: f64 = offers
            .iter()
            .enumerate()
            .filter(|(_, item)| bought.contains(item))
            .map(|(place, _)| discount(place))
            .sum();
        let ideal: f64 = (0..bought.len().min(offers.len().max(1))).map(discount).sum();
        gain += found / ideal;
    }
    if count > 0.0 { (hit / count, gain / count) } else { (0.0, 0.0) }
}
