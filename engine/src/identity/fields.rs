//! The compared fields of all records, and the level patterns of pairs.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use datafusion::error::DataFusionError;
use onefold_udfs::comparators::{Comparator, Context, NONE, PersonNames, Prepared, Role};

use super::model::{Evidence, FieldKind, LEVEL_BITS, MAX_FIELDS, Model};
use crate::parallel::Threads;
use crate::{Error, Result};

/// A `COMPARE` item with its comparator found.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// Its name in `p_pairs`: that of its first column, made unique.
    pub name: String,
    /// The comparator.
    pub comparator: Arc<dyn Comparator>,
    /// What is written between its parentheses, as SQL.
    pub arguments: Vec<String>,
    /// Its columns, as SQL over a record.
    pub columns: Vec<String>,
    /// The columns of the record that it reads.
    pub reads: BTreeSet<String>,
}

impl Comparison {
    /// As it is written after `COMPARE`.
    pub fn text(&self) -> String {
        format!("{}({})", self.comparator.name(), self.arguments.join(", "))
    }
}

/// One field of the pattern.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name in `p_pairs`.
    pub name: String,
    /// How its evidence is read.
    pub kind: FieldKind,
    /// The names of its levels from 1 on.
    pub level_names: Vec<String>,
    /// For each level from 0, the exponent of the term frequency.
    pub term_frequency: Vec<f64>,
    /// The place of the comparison it belongs to; `None` for the order of names.
    pub comparison: Option<usize>,
}

/// The name of the field that tells whether given and family name had to be exchanged.
pub const NAME_ORDER: &str = "name_order";
const SWAPPED: u64 = 2;

/// The fields of some comparisons, in the order of the pattern.
pub fn layout(comparisons: &[Comparison]) -> Vec<Field> {
    let mut fields: Vec<Field> = comparisons
        .iter()
        .enumerate()
        .map(|(place, comparison)| {
            let levels = comparison.comparator.levels();
            Field {
                name: comparison.name.clone(),
                kind: FieldKind::Evidence(comparison.comparator.role()),
                level_names: levels.iter().map(|l| l.name.to_string()).collect(),
                term_frequency: std::iter::once(0.0).chain(levels.iter().map(|l| l.term_frequency)).collect(),
                comparison: Some(place),
            }
        })
        .collect();
    if names_in_two(comparisons).is_some() {
        fields.push(Field {
            name: NAME_ORDER.to_owned(),
            kind: FieldKind::Order,
            level_names: ["straight", "swapped"].map(str::to_owned).to_vec(),
            term_frequency: vec![0.0; 3],
            comparison: None,
        });
    }
    fields
}

/// The first comparison with a comparator.
fn first(comparisons: &[Comparison], name: &str) -> Option<usize> {
    comparisons.iter().position(|comparison| comparison.comparator.name() == name)
}

/// Given and family name, when they are two fields: then they may have been exchanged. Of several the first ones: others
/// are middle or earlier names.
fn names_in_two(comparisons: &[Comparison]) -> Option<(usize, usize)> {
    first(comparisons, "given_name").zip(first(comparisons, "family_name"))
}

/// All fields of all records, ready to be compared. Memory is linear in records.
#[derive(Debug)]
pub struct Fields {
    /// The fields, in the order of the pattern.
    pub fields: Vec<Field>,
    groups: Vec<Group>,
    /// For each field the place of its group.
    group_of: Vec<usize>,
    /// For each field, the natural logarithm of the share that the value of each record has among the values of the
    /// field; that of each value, where names may have been exchanged.
    log_frequencies: Vec<Vec<f32>>,
    threads: Threads,
}

#[derive(Debug)]
enum Group {
    One {
        prepared: Arc<dyn Prepared>,
        field: usize,
    },
    /// A field that was left out: it is never evidence.
    LeftOut,
    /// Given name, family name, order.
    Names {
        names: PersonNames,
        given: usize,
        family: usize,
        order: usize,
    },
}

impl Fields {
    /// Reads the columns of all comparisons. `columns[i]` are those of `comparisons[i]`.
    ///
    /// # Errors
    /// If there are too many comparisons, or one cannot compare the type of its column.
    pub fn prepare(comparisons: &[Comparison], columns: &[Vec<ArrayRef>], threads: Threads) -> Result<Self> {
        let names = names_in_two(comparisons);
        let first = |name: &str| first(comparisons, name).map(|i| Arc::clone(&columns[i][0]));
        let context = Context { given_name: first("given_name"), family_name: first("family_name") };
        let fields = layout(comparisons);
        if fields.len() > MAX_FIELDS {
            return Err(Error::invalid(format!(
                "{} compared fields are more than {MAX_FIELDS}",
                fields.len()
            ))
            .hint("leave out the COMPARE items that say least"));
        }
        // Names in two fields are one piece of work, under the place of the given name.
        let mut work: Vec<usize> =
            (0..comparisons.len()).filter(|field| names.is_none_or(|(_, family)| family != *field)).collect();
        // What takes longest comes first, so that no thread is left with it at the end.
        work.sort_by_key(|field| std::cmp::Reverse(distinct_bytes(&columns[*field])));
        let prepare = |field: &usize| -> Result<Group> {
            let (field, comparison) = (*field, &comparisons[*field]);
            let in_comparison =
                |e: DataFusionError| Error::from(e).on(format!("COMPARE {}", comparison.text()));
            if let Some((given, family)) = names.filter(|(given, _)| *given == field) {
                let names =
                    PersonNames::prepare(&columns[given][0], &columns[family][0]).map_err(in_comparison)?;
                return Ok(Group::Names { names, given, family, order: fields.len() - 1 });
            }
            let prepared = comparison.comparator.prepare(&columns[field], &context).map_err(in_comparison)?;
            Ok(Group::One { prepared, field })
        };
        let groups = threads.map(&work, prepare).into_iter().collect::<Result<Vec<Group>>>()?;
        let mut group_of = vec![0; fields.len()];
        for (place, group) in groups.iter().enumerate() {
            match group {
                Group::One { field, .. } => group_of[*field] = place,
                Group::Names { given, family, order, .. } => {
                    for field in [given, family, order] {
                        group_of[*field] = place;
                    }
                }
                Group::LeftOut => {}
            }
        }
        let mut out = Self { log_frequencies: Vec::new(), fields, groups, group_of, threads };
        let places: Vec<usize> = (0..out.fields.len()).collect();
        out.log_frequencies = threads.map(&places, |field| out.counted(*field));
        Ok(out)
    }

    /// The logarithms of the shares of the values of a field.
    fn counted(&self, field: usize) -> Vec<f32> {
        let counts = self.value_counts(field);
        let total: u64 = counts.iter().map(|n| u64::from(*n)).sum();
        let logs = counts.iter().map(|n| log((f64::from(*n) / total.max(1) as f64) as f32)).collect();
        self.by_record(field, logs)
    }

    /// What is known of each value as what is known of each record; that of a record without a value counts for nothing.
    fn by_record(&self, field: usize, logs: Vec<f32>) -> Vec<f32> {
        match &self.groups[self.group_of[field]] {
            Group::One { prepared, .. } => prepared.values().iter().map(|value| of(&logs, *value)).collect(),
            Group::LeftOut | Group::Names { .. } => logs,
        }
    }

    /// Takes these shares for those of the values of a field among all its values.
    pub fn set_frequencies(&mut self, field: usize, shares: Vec<f32>) {
        self.log_frequencies[field] = self.by_record(field, shares.into_iter().map(log).collect());
    }

    /// The threads that compare.
    pub fn threads(&self) -> Threads {
        self.threads
    }

    /// The value number of each record in a field, and how many values there are; `None` for the order of names.
    pub fn values(&self, field: usize) -> Option<(&[u32], usize)> {
        match &self.groups[self.group_of[field]] {
            Group::One { prepared, .. } => Some((prepared.values(), prepared.distinct())),
            Group::LeftOut => None,
            Group::Names { names, given, .. } if *given == field => Some((names.given(), names.distinct())),
            Group::Names { names, family, .. } if *family == field => {
                Some((names.family(), names.distinct()))
            }
            Group::Names { .. } => None,
        }
    }

    /// How many records have each value of a field.
    pub fn value_counts(&self, field: usize) -> Vec<u32> {
        let Some((values, distinct)) = self.values(field) else { return Vec::new() };
        let mut counts = vec![0; distinct];
        for value in values.iter().filter(|v| **v != NONE) {
            counts[*value as usize] += 1;
        }
        counts
    }

    /// A value as text.
    pub fn text(&self, field: usize, value: u32) -> String {
        match &self.groups[self.group_of[field]] {
            Group::One { prepared, .. } => prepared.text(value),
            Group::LeftOut => String::new(),
            Group::Names { names, .. } => names.text(value),
        }
    }

    /// Treats some values of a field as missing.
    pub fn ignore(&mut self, field: usize, values: &[u32]) {
        if let Group::One { prepared, .. } = &mut self.groups[self.group_of[field]] {
            *prepared = prepared.without(values);
            self.log_frequencies[field] = self.counted(field);
        }
    }

    /// The places of given name, family name and the order of names, when they are one field each.
    pub fn person_names(&self) -> Option<[usize; 3]> {
        self.groups.iter().find_map(|group| match group {
            Group::Names { given, family, order, .. } => Some([*given, *family, *order]),
            _ => None,
        })
    }

    /// Takes given names, by number, for forms of one name from now on.
    pub fn take_for_forms(&mut self, pairs: &[(u32, u32)]) {
        for group in &mut self.groups {
            if let Group::Names { names, .. } = group {
                names.take_for_forms(pairs.iter().copied());
            }
        }
    }

    /// Takes no evidence from a field from now on.
    pub fn leave_out(&mut self, field: usize) {
        if let group @ Group::One { .. } = &mut self.groups[self.group_of[field]] {
            *group = Group::LeftOut;
        }
        self.log_frequencies[field].clear();
    }

    /// Whether a field was left out.
    pub fn is_left_out(&self, field: usize) -> bool {
        matches!(self.groups[self.group_of[field]], Group::LeftOut)
    }

    /// The level pattern of each pair; replaces what is in `patterns`.
    pub fn compare(&self, left: &[u32], right: &[u32], scratch: &mut Scratch, patterns: &mut Vec<u64>) {
        patterns.clear();
        patterns.resize(left.len(), 0);
        for levels in &mut scratch.levels {
            levels.clear();
            levels.resize(left.len(), 0);
        }
        let [first, second, third] = &mut scratch.levels;
        let mut pack = |field: usize, levels: &[u8]| {
            let shift = field as u32 * LEVEL_BITS;
            for (pattern, level) in patterns.iter_mut().zip(levels) {
                *pattern |= u64::from(*level) << shift;
            }
        };
        for group in &self.groups {
            match group {
                Group::One { prepared, field } => {
                    prepared.compare(left, right, first);
                    pack(*field, first);
                }
                Group::LeftOut => {}
                Group::Names { names, given, family, order } => {
                    names.compare(left, right, first, second, third);
                    pack(*given, first);
                    pack(*family, second);
                    pack(*order, third);
                }
            }
        }
    }

    /// The natural logarithm of the share of the more frequent one of a pair's two values of a field, among the values
    /// of that field.
    #[inline]
    pub fn log_frequency(&self, field: usize, pattern: u64, left: u32, right: u32) -> f32 {
        let logs = &self.log_frequencies[field];
        match &self.groups[self.group_of[field]] {
            Group::One { .. } => logs[left as usize].max(logs[right as usize]),
            Group::LeftOut => 0.0,
            Group::Names { names, given, order, .. } => {
                let swapped = pattern >> (*order as u32 * LEVEL_BITS) & 15 == SWAPPED;
                let (own, other) = match *given == field {
                    true => (names.given(), names.family()),
                    false => (names.family(), names.given()),
                };
                let right = if swapped { other[right as usize] } else { own[right as usize] };
                of(logs, own[left as usize]).max(of(logs, right))
            }
        }
    }

    /// The evidence of a pair by a model, from its levels and the frequencies of its values.
    #[inline]
    pub fn evidence(&self, model: &Model, pattern: u64, left: u32, right: u32) -> Evidence {
        model.evidence(pattern, |field| self.log_frequency(field, pattern, left, right))
    }

    /// The fields whose comparison reads one of these columns; the order of names counts with either name.
    pub fn reading(&self, comparisons: &[Comparison], columns: &BTreeSet<String>) -> Vec<usize> {
        let read: Vec<usize> = (0..self.fields.len())
            .filter(|f| {
                self.fields[*f].comparison.is_some_and(|c| !comparisons[c].reads.is_disjoint(columns))
            })
            .collect();
        let order = self.groups.iter().find_map(|group| match group {
            Group::Names { given, family, order, .. } if read.contains(given) || read.contains(family) => {
                Some(*order)
            }
            _ => None,
        });
        read.into_iter().chain(order).collect()
    }

    /// Fields of this role whose values identify: of them, one that too many records share is no evidence.
    pub fn identifying(&self, comparisons: &[Comparison]) -> Vec<usize> {
        (0..self.fields.len())
            .filter(|f| {
                self.fields[*f].comparison.is_some_and(|c| {
                    ["email", "phone", "identifier"].contains(&comparisons[c].comparator.name())
                })
            })
            .collect()
    }

    /// What went wrong in comparing, if anything.
    ///
    /// # Errors
    /// The first failure, with the comparison.
    pub fn failure(&self, comparisons: &[Comparison]) -> Result<()> {
        for group in &self.groups {
            if let Group::One { prepared, field } = group {
                let on = || format!("COMPARE {}", comparisons[*field].text());
                prepared.failure().map_err(|e| Error::from(e).on(on()))?;
            }
        }
        Ok(())
    }

    /// Whether a field is shared by households.
    pub fn is_shared(&self, field: usize) -> bool {
        self.fields[field].kind == FieldKind::Evidence(Role::Shared)
    }
}

/// The bytes of the texts of some columns, which grow with the work of telling different values apart.
fn distinct_bytes(columns: &[ArrayRef]) -> usize {
    let bytes = |column: &ArrayRef| match column.as_string_view_opt() {
        Some(texts) => texts.total_buffer_bytes_used(),
        None => column.get_array_memory_size(),
    };
    columns.iter().map(bytes).sum()
}

/// The logarithm of the share of a value.
#[inline]
fn of(logs: &[f32], value: u32) -> f32 {
    logs.get(value as usize).copied().unwrap_or(f32::NEG_INFINITY)
}

fn log(share: f32) -> f32 {
    f64::from(share).ln() as f32
}

/// Buffers for the levels of a batch.
#[derive(Debug, Default)]
pub struct Scratch {
    levels: [Vec<u8>; 3],
}
