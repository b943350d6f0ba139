//! What most customers bought: the same for everybody.

use super::Baskets;

/// How many customers bought each item.
pub fn popularity(baskets: &Baskets) -> Vec<f32> {
    let mut out = vec![0.0; baskets.items];
    for (item, _) in baskets.by_customer.iter().flatten() {
        out[*item as usize] += 1.0;
    }
    out
}
