use super::super::draws::Draws;
use super::als::{Als, Settings};
use super::item_item::{Documents, ItemItem};
use super::popularity::popularity;
use super::{Baskets, best, success};

#[test]
fn customers_of_one_taste_are_offered_what_the_others_of_it_bought() {
    let (seen, held_out) = two_tastes();
    let watch = || true;
    let settings = Settings { factors: 8, penalty: 1.0, confidence: 4.0, seed: 1 };
    let factors = Als::fit(&seen, settings, &watch).unwrap();
    let [alike, by_items] = [Documents::Customers, Documents::Items]
        .map(|documents| ItemItem::fit(&seen, documents, 50, &watch).unwrap());
    let popular = popularity(&seen);
    let rate = |scores: Scores<'_>| {
        let offers: Vec<Vec<u32>> = seen
            .by_customer
            .iter()
            .map(|basket| {
                let new = |item: u32| basket.iter().all(|(bought, _)| *bought != item);
                best(&scores(basket), 3, new).into_iter().map(|(item, _)| item).collect()
            })
            .collect();
        success(&offers, &held_out).0
    };
    let baseline = rate(&|_| popular.clone());
    let by_factors = rate(&|basket| factors.scores(basket));
    let by_likeness = rate(&|basket| alike.scores(basket));
    let by_items = rate(&|basket| by_items.scores(basket));
    assert!(by_factors > 1.5 * baseline, "{by_factors} beside {baseline}");
    assert!(by_likeness > 1.5 * baseline, "{by_likeness} beside {baseline}");
    assert!(by_items > 1.5 * baseline, "{by_items} beside {baseline}");
}

#[test]
fn customers_who_buy_everything_say_nothing_of_items() {
    let modest = [(0, 0), (0, 1), (1, 0), (1, 1)];
    let greedy = (2..4).flat_map(|customer| (0..40).map(move |item| (customer, item)));
    let pairs = modest.into_iter().chain(greedy).map(|(customer, item)| (customer, item, 1.0));
    let baskets = Baskets::new(60, 40, pairs);
    let near =
        |documents| ItemItem::fit(&baskets, documents, 40, &|| true).unwrap().neighbours.swap_remove(0);
    assert_eq!(near(Documents::Customers).len(), 39);
    assert_eq!(near(Documents::Items).iter().map(|(item, _)| *item).collect::<Vec<_>>(), [1]);
}

#[test]
fn a_reason_is_something_of_the_basket() {
    let (seen, _) = two_tastes();
    let alike = ItemItem::fit(&seen, Documents::Customers, 50, &|| true).unwrap();
    let basket = &seen.by_customer[0];
    let offered =
        best(&alike.scores(basket), 1, |item| basket.iter().all(|(bought, _)| *bought != item))[0].0;
    let because = alike.because(basket, offered).unwrap();
    assert!(basket.iter().any(|(bought, _)| *bought == because));
    assert_eq!(because % 2, offered % 2, "of the same taste");
}

#[test]
fn equal_pairs_add_up_and_equal_scores_keep_their_order() {
    let baskets = Baskets::new(1, 3, [(0, 2, 1.0), (0, 1, 1.0), (0, 2, 2.0)]);
    assert_eq!(baskets.by_customer, [vec![(1, 1.0), (2, 3.0)]]);
    assert_eq!(best(&[0.5, 0.9, 0.5, 0.1], 2, |_| true), [(1, 0.9), (0, 0.5)]);
    assert_eq!(best(&[0.5, 0.9, 0.5, 0.1], 2, |item| item != 1), [(0, 0.5), (2, 0.5)]);
}

#[test]
fn success_counts_customers_who_bought_something_offered() {
    let (hit, gain) = success(&[vec![1, 2], vec![3, 4], vec![5, 6]], &[vec![2], vec![9], vec![]]);
    assert_eq!(hit, 0.5);
    assert!((gain - 0.5 / 3_f64.log2()).abs() < 1e-12);
}

type Scores<'a> = &'a dyn Fn(&[(u32, f32)]) -> Vec<f32>;

/// Customers who like even items and customers who like odd ones: what they bought, and one more that they will.
fn two_tastes() -> (Baskets, Vec<Vec<u32>>) {
    const ITEMS: usize = 40;
    let mut draws = Draws::new(5);
    let (mut pairs, mut later) = (Vec::new(), Vec::new());
    for customer in 0..300_u32 {
        let mut bought = Vec::new();
        while bought.len() < 9 {
            let item = 2 * draws.below(ITEMS / 2) as u32 + customer % 2;
            if !bought.contains(&item) {
                bought.push(item);
            }
        }
        later.push(bought.split_off(6));
        pairs.extend(bought.into_iter().map(|item| (customer, item, 1.0)));
    }
    (Baskets::new(300, ITEMS, pairs), later)
}
