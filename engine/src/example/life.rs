//! What a person does: asks, registers, buys, complains. Few buy much, most buy little, many stop.

use super::draws::Draws;
use super::moment::{DAY, END, Moment};
use super::products::{COMPLAINTS, PRODUCTS, QUESTIONS, RETURNS};

/// A request for information before the first order.
#[derive(Debug, Clone)]
pub(super) struct Lead {
    pub(super) created_at: Moment,
    pub(super) qualified_at: Option<Moment>,
    pub(super) source: &'static str,
}

/// A purchase of one article.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    pub(super) at: Moment,
    /// Index in the assortment.
    pub(super) product: usize,
    /// Price paid, in cents.
    pub(super) cents: u32,
}

/// A case at the support desk.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) opened_at: Moment,
    pub(super) closed_at: Option<Moment>,
    pub(super) category: &'static str,
    pub(super) subject: String,
}

/// All of a person's dealings, each list by time.
#[derive(Debug, Clone, Default)]
pub(super) struct Life {
    pub(super) lead: Option<Lead>,
    /// When the person opened accounts in the shop.
    pub(super) accounts: Vec<Moment>,
    /// When the person joined the loyalty programme.
    pub(super) joined_at: Option<Moment>,
    pub(super) orders: Vec<Order>,
    pub(super) store_orders: Vec<Order>,
    pub(super) cases: Vec<Case>,
}

/// Draws a life.
pub(super) fn life(draws: &mut Draws) -> Life {
    let mut life = Life::default();
    let (shops, joins) = match draws.weighted(&[80, 330, 230, 360]) {
        0 => (false, false),
        1 => (true, false),
        2 => (false, true),
        _ => (true, true),
    };
    let mut start = draws.below(800 * DAY);
    if (shops && draws.chance(380)) || !(shops || joins) {
        let qualified = draws.chance(if shops { 1000 } else { 250 });
        let qualified_at = start + draws.between(60, 12 * DAY);
        life.lead = Some(Lead {
            created_at: start,
            qualified_at: qualified.then_some(qualified_at),
            source: ["web form", "newsletter", "trade fair", "referral"][draws.weighted(&[50, 25, 10, 15])],
        });
        start = qualified_at + draws.between(30, 20 * DAY);
    }
    let end = if draws.chance(300) { start + draws.below(END - start) } else { END };
    let appetite = draws.weighted(&[56, 30, 11, 3]);
    if shops {
        life.accounts.push(start);
        for further in [130, 30] {
            if draws.chance(further) {
                life.accounts.push(draws.between(start, END));
            }
        }
        life.accounts.sort_unstable();
        life.orders = orders(start, end, appetite, draws);
    }
    if joins {
        let joined_at = if draws.chance(500) { start } else { draws.between(start, END) };
        life.joined_at = Some(joined_at);
        life.store_orders = orders(joined_at, end.max(joined_at), appetite, draws);
        for order in &mut life.store_orders {
            order.at = opening_hour(order.at).max(joined_at);
        }
    }
    life.cases = cases(&life, draws);
    life
}

fn orders(start: Moment, end: Moment, appetite: usize, draws: &mut Draws) -> Vec<Order> {
    let (low, high) = [(0, 2), (2, 5), (5, 14), (14, 40)][appetite];
    let mut orders: Vec<Order> = (0..draws.between(low, high))
        .map(|_| {
            let product = draws.pick_front(&INDEXES);
            let quantity = [1, 2, 3, 6][draws.weighted(&[70, 20, 7, 3])];
            Order { at: draws.between(start, end), product: *product, cents: PRODUCTS[*product].2 * quantity }
        })
        .collect();
    orders.sort_unstable_by_key(|order| order.at);
    orders
}

/// A moment of the same day at which stores are open, from eight to eight.
fn opening_hour(at: Moment) -> Moment {
    at - at % DAY + 8 * 60 + at % DAY / 2
}

fn cases(life: &Life, draws: &mut Draws) -> Vec<Case> {
    let mut cases = Vec::new();
    for order in life.orders.iter().chain(&life.store_orders) {
        if !draws.chance(55) {
            continue;
        }
        let opened_at = order.at + draws.between(DAY, 120 * DAY);
        let closed_at = opened_at + draws.between(120, 30 * DAY);
        let (category, subjects) = [("complaint", COMPLAINTS), ("question", QUESTIONS), ("return", RETURNS)]
            [draws.weighted(&[38, 37, 25])];
        let subject = draws.pick(subjects).replace("{}", PRODUCTS[order.product].0);
        if opened_at < END {
            let closed_at = (closed_at < END).then_some(closed_at);
            cases.push(Case { opened_at, closed_at, category, subject });
        }
    }
    cases.sort_by_key(|case| case.opened_at);
    cases
}

const INDEXES: [usize; PRODUCTS.len()] = {
    let mut indexes = [0; PRODUCTS.len()];
    let mut i = 0;
    while i < indexes.len() {
        indexes[i] = i;
        i += 1;
    }
    indexes
};
