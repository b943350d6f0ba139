//! What is learned, and what it offers.

use onefold_udfs::models::recommend::als::{Als, Settings};
use onefold_udfs::models::recommend::item_item::{Documents, ItemItem};
use onefold_udfs::models::recommend::popularity::popularity;
use onefold_udfs::models::recommend::{Baskets, best};
use serde::{Deserialize, Serialize};

use crate::parallel::Threads;
use crate::prediction::work::Watch;

const NEIGHBOURS: usize = 100;
/// Customers that a thread takes at a time.
const PIECE: usize = 256;

/// Products of a customer and how often he bought each.
pub(super) type Basket = Vec<(u32, f32)>;

/// How offers are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Way {
    Popularity,
    History,
    ItemItem,
    ItemItemProducts,
    Als,
}

impl Way {
    pub(super) const ALL: [Self; 5] =
        [Self::Popularity, Self::History, Self::ItemItem, Self::ItemItemProducts, Self::Als];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Popularity => "popularity",
            Self::History => "history",
            Self::ItemItem => "item_item",
            Self::ItemItemProducts => "item_item_products",
            Self::Als => "als",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Model {
    pub(super) way: Way,
    pub(super) products: Vec<String>,
    popular: Vec<f32>,
    /// With customers for documents; `None` if products are and nothing else is compared.
    alike: Option<ItemItem>,
    /// With products for documents.
    alike_by_products: Option<ItemItem>,
    als: Option<Als>,
}

/// What may be offered.
pub(super) struct Allowed {
    pub(super) offered: Vec<bool>,
    pub(super) repeat: bool,
}

impl Model {
    pub(super) fn fit(
        ways: &[Way],
        products: Vec<String>,
        baskets: &Baskets,
        seed: u64,
        watch: &Watch,
    ) -> Option<Self> {
        let on = || watch.on();
        let settings = Settings { factors: 32, penalty: 10.0, confidence: 4.0, seed };
        let als = match ways.contains(&Way::Als) {
            true => Some(Als::fit(baskets, settings, &on)?),
            false => None,
        };
        let alike_by_products = match ways.contains(&Way::ItemItemProducts) {
            true => Some(ItemItem::fit(baskets, Documents::Items, NEIGHBOURS, &on)?),
            false => None,
        };
        // Every other way tells by it what of a basket speaks for a product.
        let alike = match ways == [Way::ItemItemProducts] {
            true => None,
            false => Some(ItemItem::fit(baskets, Documents::Customers, NEIGHBOURS, &on)?),
        };
        let popular = popularity(baskets);
        Some(Self { way: ways[0], products, popular, alike, alike_by_products, als })
    }

    /// What of a basket speaks most for a product.
    pub(super) fn because(&self, basket: &[(u32, f32)], product: u32) -> Option<u32> {
        let alike = match self.way {
            Way::ItemItemProducts => &self.alike_by_products,
            _ => &self.alike,
        };
        alike.as_ref()?.because(basket, product)
    }

    /// Scores of all products for somebody with a basket; ties go to the popular.
    fn scores(&self, way: Way, basket: &[(u32, f32)]) -> Vec<f32> {
        let most = self.popular.iter().copied().fold(1.0, f32::max);
        let scores = match way {
            Way::Popularity => return self.popular.clone(),
            Way::History => None,
            Way::Als => self.als.as_ref().map(|als| als.scores(basket)),
            Way::ItemItem => self.alike.as_ref().map(|alike| alike.scores(basket)),
            Way::ItemItemProducts => self.alike_by_products.as_ref().map(|alike| alike.scores(basket)),
        };
        let mut scores = scores.unwrap_or_else(|| vec![0.0; self.popular.len()]);
        if way == Way::History {
            basket.iter().for_each(|(product, times)| scores[*product as usize] += times);
        }
        let tie = match way {
            Way::History => 0.5,
            _ => 1e-6,
        };
        scores.iter_mut().zip(&self.popular).for_each(|(score, popular)| *score += tie * popular / most);
        scores
    }

    pub(super) fn offers(
        &self,
        way: Way,
        basket: &[(u32, f32)],
        count: usize,
        allowed: &Allowed,
    ) -> Vec<(u32, f32)> {
        let known = |product: u32| basket.binary_search_by_key(&product, |(p, _)| *p).is_ok();
        let may = |product: u32| allowed.offered[product as usize] && (allowed.repeat || !known(product));
        best(&self.scores(way, basket), count, may)
    }

    /// The offers for all baskets, on all cores. `None` if nobody waits for them.
    pub(super) fn all_offers(
        &self,
        way: Way,
        baskets: &[&Basket],
        count: usize,
        allowed: &Allowed,
        threads: Threads,
        watch: &Watch,
    ) -> Option<Vec<Vec<(u32, f32)>>> {
        let pieces: Vec<&[&Basket]> = baskets.chunks(PIECE).collect();
        let offered = threads.map(&pieces, |piece| {
            watch.on().then(|| {
                piece.iter().map(|basket| self.offers(way, basket, count, allowed)).collect::<Vec<_>>()
            })
        });
        Some(offered.into_iter().collect::<Option<Vec<_>>>()?.concat())
    }
}
