//! What `MATCH` says about evidence: comparisons and blocking expressions, as written or as chosen for the columns.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::ArrayRef;
use onefold_udfs::comparators;
use serde::{Deserialize, Serialize};
use sqlparser::ast::{Expr, Visit, Visitor};

use super::auto;
use crate::catalog::nearest;
use crate::catalog::object::folded;
use crate::identity::blocking::choose::WHOLE;
use crate::identity::fields::{Comparison, Fields, NAME_ORDER};
use crate::identity::levels::{self, Levels};
use crate::identity::profile::Profile;
use crate::identity::rules::quoted;
use crate::identity::splink::Imported;
use crate::sql::{Compare, MatchItem, canonical_ident, sql_text};
use crate::{Error, Result};

/// What is compared, and which pairs.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The comparisons, in the order of the statement.
    pub comparisons: Vec<Comparison>,
    /// The blocking expressions, each once.
    pub keys: Vec<KeyExpr>,
    /// The blocking rules that were written, as numbers of keys; none are to be chosen.
    pub blocks: Vec<Vec<usize>>,
    /// The keys that rules can be chosen from, and by which large blocks are refined.
    pub forms: Vec<Form>,
    /// The keys of the rule that finds names in either order, with the forms whose rarity decides about it.
    pub either_order: Option<([usize; 2], [usize; 2])>,
    /// The keys by which records of one home are found.
    pub homes: Vec<Vec<usize>>,
    /// Whether the comparisons were chosen.
    pub chosen: bool,
    /// From which posterior probability on a pair links.
    pub accept: f64,
    /// The model that is taken instead of training one.
    pub imported: Option<Arc<Imported>>,
}

/// A blocking expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyExpr {
    /// Over a record.
    pub sql: String,
    /// The columns that it reads.
    pub reads: BTreeSet<String>,
}

/// A key with its place among the keys of its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// The number of the key.
    pub key: usize,
    /// Which column it is of; keys of one column are not combined.
    pub column: usize,
    /// See [`comparators::Key`].
    pub rank: u8,
    /// See [`comparators::Key`].
    pub chain: u8,
}

const ACCEPT: f64 = 0.5;

impl Plan {
    /// The plan of a profile; `None` if nothing but rules and stewards decide. `chosen` are the comparisons of AUTO,
    /// where none are written ([`auto::choose`]).
    ///
    /// # Errors
    /// If a comparator is unknown or has too few or too many columns, or if nothing is compared.
    pub fn of(profile: &Profile, chosen: &[Comparison]) -> Result<Option<Self>> {
        let items = &profile.create.matching;
        let written: Vec<&Compare> = items
            .iter()
            .filter_map(|item| match item {
                MatchItem::Compare(compare) => Some(compare),
                _ => None,
            })
            .collect();
        let auto = items.iter().any(|item| matches!(item, MatchItem::Auto(_)));
        let block = items.iter().find_map(|item| match item {
            MatchItem::Block(block) => Some(block),
            _ => None,
        });
        if let Some(imported) = &profile.imported {
            return Ok(Some(Self::imported(profile, imported)));
        }
        if written.is_empty() && !auto {
            return match block {
                None => Ok(None),
                Some(block) => {
                    Err(Error::invalid("BLOCK says which pairs to compare, and nothing is compared")
                        .on(profile.object())
                        .at(block.origin.0)
                        .hint("add COMPARE items, as in COMPARE email(email), or AUTO to have them chosen"))
                }
            };
        }
        let mut plan = Self { accept: accept(profile), chosen: written.is_empty(), ..Self::default() };
        if plan.chosen {
            auto::check(profile)?;
            plan.comparisons = chosen.to_vec();
        } else {
            for compare in written {
                let comparison =
                    comparison(compare).map_err(|e| e.on(profile.object()).at(compare.origin.0))?;
                plan.comparisons.push(comparison);
            }
        }
        plan.name_comparisons();
        plan.add_blocks(items);
        plan.add_forms(plan.least_rank());
        plan.add_homes();
        Ok(Some(plan))
    }

    /// The plan of a model that was trained elsewhere.
    fn imported(profile: &Profile, imported: &Arc<Imported>) -> Self {
        let mut plan = Self {
            accept: accept(profile),
            comparisons: imported.comparisons.clone(),
            imported: Some(Arc::clone(imported)),
            ..Self::default()
        };
        plan.name_comparisons();
        plan.add_blocks(&profile.create.matching);
        if plan.blocks.is_empty() {
            plan.add_rules(&imported.rules);
        }
        plan.add_forms(plan.least_rank());
        plan
    }

    fn add_blocks(&mut self, items: &[MatchItem]) {
        for item in items {
            if let MatchItem::Block(block) = item {
                let keys = block.exprs.iter().map(|expr| self.key(sql_text(expr), columns(expr)));
                let keys: BTreeSet<usize> = keys.collect();
                self.blocks.push(keys.into_iter().collect());
            }
        }
    }

    fn add_rules(&mut self, rules: &[Vec<KeyExpr>]) {
        for rule in rules {
            let keys = rule.iter().map(|key| self.key(key.sql.clone(), key.reads.clone())).collect();
            self.blocks.push(keys);
        }
    }

    /// The plan of a trained model: its comparisons and its rules. Chosen rules are not refined.
    pub fn with(
        comparisons: Vec<Comparison>,
        rules: &[Vec<KeyExpr>],
        chosen: bool,
        chosen_rules: bool,
        accept: f64,
    ) -> Self {
        let mut plan = Self { comparisons, chosen, accept, ..Self::default() };
        plan.add_rules(rules);
        if !chosen_rules {
            plan.add_forms(WHOLE);
        }
        plan.add_homes();
        plan
    }

    /// A comparison's name is that of its first column; a second one of that name gets the comparator's, too.
    fn name_comparisons(&mut self) {
        let mut names: Vec<String> = vec![NAME_ORDER.to_owned()];
        for comparison in &mut self.comparisons {
            if names.contains(&comparison.name) {
                comparison.name = format!("{}_{}", comparison.name, comparison.comparator.name());
            }
            let base = comparison.name.clone();
            let mut number = 2;
            while names.contains(&comparison.name) {
                comparison.name = format!("{base}_{number}");
                number += 1;
            }
            names.push(comparison.name.clone());
        }
    }

    fn key(&mut self, sql: String, reads: BTreeSet<String>) -> usize {
        if let Some(known) = self.keys.iter().position(|key| key.sql == sql) {
            return known;
        }
        self.keys.push(KeyExpr { sql, reads });
        self.keys.len() - 1
    }

    /// Written rules are refined by whole values only; others are chosen from all forms.
    fn least_rank(&self) -> u8 {
        if self.blocks.is_empty() { 0 } else { WHOLE }
    }

    /// Adds the keys of the comparators, those of a lower rank left out.
    fn add_forms(&mut self, least: u8) {
        let mut column = 0;
        let comparisons = self.comparisons.clone();
        for comparison in &comparisons {
            for (keys, sql) in comparison.comparator.keys().iter().zip(&comparison.columns) {
                for form in keys.iter().filter(|form| form.rank >= least) {
                    let key = self.key(form.sql.replace("{c}", sql), comparison.reads.clone());
                    self.forms.push(Form { key, column, rank: form.rank, chain: form.chain });
                }
                column += 1;
            }
        }
        if least > 0 {
            return;
        }
        let first = |name: &str| comparisons.iter().find(|c| c.comparator.name() == name);
        if let Some((given, family)) = first("given_name").zip(first("family_name")) {
            let (a, b) = (&given.columns[0], &family.columns[0]);
            let reads: BTreeSet<String> = given.reads.union(&family.reads).cloned().collect();
            let either = ["least", "greatest"]
                .map(|pick| self.key(format!("{pick}(fold_text({a}), fold_text({b}))"), reads.clone()));
            let whole = [given, family].map(|c| {
                let sql = c.comparator.keys()[0].first().map_or("", |k| k.sql).replace("{c}", &c.columns[0]);
                self.key(sql, c.reads.clone())
            });
            self.either_order = Some((either, whole));
        }
    }

    /// Compared columns, one after the other, as the columns of each comparison.
    pub fn by_comparison(&self, columns: impl IntoIterator<Item = ArrayRef>) -> Vec<Vec<ArrayRef>> {
        let mut columns = columns.into_iter();
        self.comparisons.iter().map(|c| columns.by_ref().take(c.columns.len()).collect()).collect()
    }

    /// Some keys as SQL.
    pub fn key_text(&self, keys: &[usize]) -> String {
        keys.iter().map(|k| self.keys[*k].sql.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The written rules as SQL.
    pub fn rule_texts(&self) -> Vec<String> {
        self.blocks.iter().map(|keys| self.key_text(keys)).collect()
    }

    /// Records of one home agree in a whole phone number, or in a street with the postcode or else the city.
    fn add_homes(&mut self) {
        for comparison in self.comparisons.clone() {
            if !is_home(comparison.comparator.name()) {
                continue;
            }
            let whole = |column: usize| {
                let form = comparison.comparator.keys()[column].iter().find(|form| form.rank == WHOLE)?;
                Some(form.sql.replace("{c}", &comparison.columns[column]))
            };
            let columns = BTreeSet::from([0, comparison.columns.len() - 1]);
            let keys: Option<Vec<String>> = columns.into_iter().map(whole).collect();
            if let Some(keys) = keys {
                let keys = keys.into_iter().map(|sql| self.key(sql, comparison.reads.clone())).collect();
                self.homes.push(keys);
            }
        }
    }

    /// The items of `MATCH` that say the same as this plan with these rules.
    pub fn statement(&self, rules: &[String], fields: &Fields) -> String {
        let blocks = rules.iter().map(|rule| format!("BLOCK ON ({rule})"));
        let compares = self
            .comparisons
            .iter()
            .enumerate()
            .filter(|(field, _)| !fields.is_left_out(*field))
            .map(|(_, c)| format!("COMPARE {}", c.text()));
        blocks.chain(compares).collect::<Vec<_>>().join(",\n    ")
    }
}

/// From which posterior probability on a pair links.
pub fn accept(profile: &Profile) -> f64 {
    let items = profile.create.matching.iter().rev();
    let mut written = items.filter_map(|item| match item {
        MatchItem::AcceptAbove(accept) => Some(accept.probability),
        _ => None,
    });
    written.next().unwrap_or(ACCEPT)
}

/// Whether people who live together share what the comparator compares.
pub fn is_home(comparator: &str) -> bool {
    ["address", "street", "phone"].contains(&comparator)
}

fn comparison(compare: &Compare) -> Result<Comparison> {
    let name = folded(&compare.comparator);
    if name == levels::NAME {
        return Ok(by_levels(Levels::of(&compare.columns)?, &compare.columns));
    }
    let Some(comparator) = comparators::get(&name) else {
        let all = comparators::all();
        let known: Vec<&str> = all.iter().map(|c| c.name()).chain([levels::NAME]).collect();
        let error = Error::invalid(format!("there is no comparator {name}"));
        return Err(match nearest(&name, &known) {
            Some(near) => error.hint(format!("did you mean {near}?")),
            None => error.hint(format!("the comparators are {}", known.join(", "))),
        });
    };
    let (least, most) = (comparator.required_columns(), comparator.columns().len());
    if !(least..=most).contains(&compare.columns.len()) {
        let takes = comparator.columns().join(", ");
        return Err(Error::invalid(format!(
            "{name} takes {least} to {most} columns, not {}",
            compare.columns.len()
        ))
        .hint(format!("write COMPARE {name}({takes})")));
    }
    let reads: BTreeSet<String> = compare.columns.iter().flat_map(columns).collect();
    let sql: Vec<String> = compare.columns.iter().map(sql_text).collect();
    let name = reads.iter().next().cloned().unwrap_or(name);
    // The first column in the order of the text names the field, if it is one.
    let name = match compare.columns.first() {
        Some(Expr::Identifier(ident)) => folded(ident),
        _ => name,
    };
    Ok(Comparison { name, comparator, arguments: sql.clone(), columns: sql, reads })
}

/// `levels(CASE …)`.
pub fn by_levels(comparator: Levels, arguments: &[Expr]) -> Comparison {
    Comparison {
        name: comparator.read()[0].clone(),
        arguments: arguments.iter().map(sql_text).collect(),
        columns: comparator.read().iter().map(|column| quoted(column)).collect(),
        reads: comparator.read().iter().cloned().collect(),
        comparator: Arc::new(comparator),
    }
}

/// A comparison of expressions over some columns, named by the first one; `None` if there is no such comparator.
pub fn columns_of(comparator: &str, sql: Vec<String>, reads: &[&str]) -> Option<Comparison> {
    Some(Comparison {
        name: reads.first().map_or_else(String::new, |c| (*c).to_owned()),
        comparator: comparators::get(comparator)?,
        arguments: sql.clone(),
        columns: sql,
        reads: reads.iter().map(|c| (*c).to_owned()).collect(),
    })
}

/// The columns that an expression over a record reads.
pub fn columns(expr: &Expr) -> BTreeSet<String> {
    let mut found = Columns::default();
    let _ = Visit::visit(expr, &mut found);
    found.0
}

#[derive(Default)]
struct Columns(BTreeSet<String>);

impl Visitor for Columns {
    type Break = std::convert::Infallible;

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Self::Break> {
        if let Expr::Identifier(name) = expr {
            self.0.insert(canonical_ident(name.clone()).value);
        }
        ControlFlow::Continue(())
    }
}
