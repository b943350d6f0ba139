//! Who is this? The records that share a block with the one that is asked about, weighed.

use std::collections::BTreeMap;

use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::{concat, take};

use super::Lookup;
use crate::catalog::nearest;
use crate::identity::blocking::keys::Keys;
use crate::identity::matching::block::LARGEST_BLOCK;
use crate::identity::matching::load;
use crate::identity::matching::score::{Scored, weigh_pairs};
use crate::identity::model::probability;
use crate::identity::profile::{RECORD_KEY, RECORD_ORDER, SOURCE};
use crate::identity::rules::{evidence_sql, quoted};
use crate::parallel::Threads;
use crate::session::Session;
use crate::sql::text_literal;
use crate::{Error, Result};

/// What is known of somebody: names of columns and their values as text.
pub type Question = Vec<(String, String)>;

/// One person who could be meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// His id.
    pub id: String,
    /// That it is he.
    pub probability: f64,
    /// That it is he or one of his household.
    pub household_probability: f64,
    /// His household.
    pub household: Option<String>,
    /// The weight of the record that fits best, in bits.
    pub weight: f64,
    /// That record's source.
    pub source: String,
    /// And its key.
    pub record_key: String,
    /// How many of his records were compared.
    pub records: usize,
}

impl Lookup {
    /// The people who could be meant, the likeliest first.
    ///
    /// # Errors
    /// If a column is unknown, or a value is not of its type.
    pub async fn find(&self, session: &Session, question: &Question) -> Result<Vec<Match>> {
        let (asked, keys) = self.read(session, question).await?;
        let candidates = self.candidates(&keys);
        let weighed = self.weigh(&asked, &candidates)?;
        let mut people: BTreeMap<u32, Match> = BTreeMap::new();
        for (pair, record) in weighed.iter().zip(&candidates) {
            let Some(person) = self.people.of_record[*record as usize] else { continue };
            let index = &self.stored.index;
            let new = Match {
                id: self.people.ids[person as usize].clone(),
                probability: probability(f64::from(pair.weight)),
                household_probability: probability(f64::from(pair.household_weight)),
                household: self.people.household[person as usize].clone(),
                weight: f64::from(pair.weight),
                source: self.profile.sources[usize::from(index.source_of[*record as usize])].clone(),
                record_key: index.key(*record).to_owned(),
                records: 1,
            };
            match people.get_mut(&person) {
                None => {
                    people.insert(person, new);
                }
                Some(known) => {
                    let records = known.records + 1;
                    let home = known.household_probability.max(new.household_probability);
                    if new.weight > known.weight {
                        *known = new;
                    }
                    (known.records, known.household_probability) = (records, home);
                }
            }
        }
        let mut out: Vec<Match> = people.into_values().collect();
        out.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.id.cmp(&b.id)));
        Ok(out)
    }

    /// The compared columns and the keys of the record that is asked about.
    async fn read(&self, session: &Session, question: &Question) -> Result<(Vec<ArrayRef>, Keys)> {
        let columns: Vec<&str> = self.profile.columns.iter().map(|c| c.name().as_str()).collect();
        for (name, _) in question {
            if !columns.contains(&name.as_str()) {
                let error = Error::invalid(format!("has no column {name}")).on(self.profile.object());
                return Err(match nearest(name, &columns) {
                    Some(near) => error.hint(format!("did you mean {near}?")),
                    None => error.hint(format!("the columns are {}", columns.join(", "))),
                });
            }
        }
        let value = |column: &arrow::datatypes::Field| {
            let given = question.iter().find(|(name, _)| name == column.name());
            let text = given.map_or_else(|| "NULL".to_owned(), |(_, text)| text_literal(text));
            format!("arrow_cast({text}, '{}') AS {}", column.data_type(), quoted(column.name()))
        };
        let values: Vec<String> = self.profile.columns.iter().map(value).collect();
        let record = format!(
            "(SELECT 0 AS {RECORD_ORDER}, '' AS {SOURCE}, '' AS {RECORD_KEY}, {})",
            values.join(", ")
        );
        let evidence = format!("({})", evidence_sql(&self.profile, &record));
        let (loaded, _) = load::load(session, &self.profile.object(), &self.plan, &evidence).await?;
        Ok((loaded.columns, loaded.keys))
    }

    /// The records that share a block of at most the limit with the one that is asked about.
    fn candidates(&self, asked: &Keys) -> Vec<u32> {
        let mut out = Vec::new();
        for (rule, records) in self.rules.iter().zip(&self.by_rule) {
            let Some(key) = asked.combined(0, &rule.keys) else { continue };
            let of = |record: &u32| self.stored.keys.combined(*record, &rule.keys).unwrap_or(0);
            let start = records.partition_point(|record| of(record) < key);
            let block = &records[start..];
            let end = block.partition_point(|record| of(record) == key);
            if end <= LARGEST_BLOCK {
                out.extend(&block[..end]);
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    /// The weights of the pairs of the record that is asked about with each candidate.
    fn weigh(&self, asked: &[ArrayRef], candidates: &[u32]) -> Result<Vec<Scored>> {
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        let records = UInt32Array::from(candidates.to_vec());
        let mut flat = Vec::with_capacity(self.columns.len());
        for (asked, all) in asked.iter().zip(&self.columns) {
            flat.push(concat(&[asked.as_ref(), take(all, &records, None)?.as_ref()])?);
        }
        let columns = self.plan.by_comparison(flat);
        let fields = self.known.fields(&self.plan, &columns, Threads::new(1))?;
        let right: Vec<u32> = (1..).take(candidates.len()).collect();
        let weighed = weigh_pairs(&fields, &self.known.learned.model(&fields), &vec![0; right.len()], &right);
        fields.failure(&self.plan.comparisons)?;
        Ok(weighed)
    }
}
