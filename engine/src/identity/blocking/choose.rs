//! Blocking rules that nobody wrote: the coarsest conjunctions of keys whose pairs can be afforded.

use std::collections::HashMap;

use super::rule::{BlockingRule, MAX_RULES};

/// A key that rules can be made of.
#[derive(Debug, Clone)]
pub struct KeyForm {
    /// The number of its expression.
    pub key: usize,
    /// The expression as SQL.
    pub text: String,
    /// Keys of one column are not combined.
    pub column: usize,
    /// Finer keys of a chain have a higher rank.
    pub rank: u8,
    /// See [`onefold_udfs::comparators::Key`].
    pub chain: u8,
    /// The chance that two records agree on it.
    pub chance: f64,
}

/// The rank of a whole value; it implies every other key of its column.
pub const WHOLE: u8 = 3;

impl KeyForm {
    /// Whether two records that agree on `finer` agree on this.
    fn implied_by(&self, finer: &Self) -> bool {
        self.key == finer.key
            || (self.column == finer.column
                && self.rank < finer.rank
                && (self.chain == finer.chain || finer.rank == WHOLE))
    }
}

/// At most so many keys in a rule.
const MAX_KEYS_OF_RULE: usize = 3;

/// A rule is worth its pairs if at least this part of those that no better rule gives is of one person.
const YIELD: f64 = 0.005;

/// So many pairs per record are always worth it.
const FREE: f64 = 5.0;

/// Which rules to keep, as a bit mask. `pairs` are candidates: the rules that give each, as a bit mask, and the
/// probability that it is of one person; `per_record` is how many candidates per record each of them stands for.
/// The rule with the highest share of such pairs comes first; of the pairs that are left, the next one; until a
/// rule's share is too low and the pairs are too many.
pub fn worthwhile(rules: usize, pairs: impl Iterator<Item = (u64, f64)>, per_record: f64) -> u64 {
    let mut by_rules: HashMap<u64, (f64, f64)> = HashMap::new();
    for (rules, same) in pairs {
        let sums = by_rules.entry(rules).or_default();
        sums.0 += 1.0;
        sums.1 += same;
    }
    let (mut kept, mut cost) = (0_u64, 0.0);
    loop {
        let mut sums = vec![(0.0, 0.0); rules];
        for (mask, (pairs, same)) in &by_rules {
            if mask & kept != 0 {
                continue;
            }
            for (_, sums) in sums.iter_mut().enumerate().filter(|(rule, _)| mask >> rule & 1 == 1) {
                sums.0 += pairs;
                sums.1 += same;
            }
        }
        let share = |(pairs, same): &(f64, f64)| if *pairs > 0.0 { same / pairs } else { 0.0 };
        let best =
            sums.iter().enumerate().max_by(|a, b| share(a.1).total_cmp(&share(b.1)).then(b.0.cmp(&a.0)));
        match best {
            Some((rule, sums))
                if sums.0 > 0.0 && (share(sums) >= YIELD || (cost + sums.0) * per_record <= FREE) =>
            {
                kept |= 1 << rule;
                cost += sums.0;
            }
            // Something has to be compared.
            Some((rule, _)) if kept == 0 => return 1 << rule,
            _ => return kept,
        }
    }
}

/// The coarsest conjunctions of up to three keys of different columns for which at most `budget` pairs per
/// record agree by chance, taking keys for independent. What a coarser one implies is left out.
pub fn choose(records: usize, forms: &[KeyForm], budget: f64) -> Vec<BlockingRule> {
    let half = records as f64 / 2.0;
    let mut admissible: Vec<Vec<usize>> = Vec::new();
    let mut partial: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..MAX_KEYS_OF_RULE {
        let mut next = Vec::new();
        for set in &partial {
            let from = set.last().map_or(0, |last| last + 1);
            for form in from..forms.len() {
                // A key that no record has finds nothing.
                if forms[form].chance <= 0.0 || set.iter().any(|f| forms[*f].column == forms[form].column) {
                    continue;
                }
                let mut with = set.clone();
                with.push(form);
                let chance: f64 = with.iter().map(|f| forms[*f].chance).product();
                if half * chance <= budget {
                    admissible.push(with.clone());
                }
                next.push(with);
            }
        }
        partial = next;
    }
    let implied = |coarse: &[usize], fine: &[usize]| {
        coarse != fine && coarse.iter().all(|a| fine.iter().any(|b| forms[*a].implied_by(&forms[*b])))
    };
    let mut chosen: Vec<&Vec<usize>> =
        admissible.iter().filter(|fine| !admissible.iter().any(|coarse| implied(coarse, fine))).collect();
    // Fewer keys first, then rarer ones: cheap tests settle most pairs.
    chosen.sort_by(|a, b| a.len().cmp(&b.len()).then(a.cmp(b)));
    chosen.truncate(MAX_RULES);
    chosen
        .into_iter()
        .map(|set| BlockingRule {
            keys: set.iter().map(|f| forms[*f].key).collect(),
            text: set.iter().map(|f| forms[*f].text.as_str()).collect::<Vec<_>>().join(", "),
        })
        .collect()
}
