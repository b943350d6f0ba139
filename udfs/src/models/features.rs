//! Features of any type as columns of numbers that a model can take, by rules that are learned once and kept with the
//! model.

use serde::{Deserialize, Serialize};

/// A category that is missing.
pub const MISSING: u32 = u32::MAX;

/// Categories beyond so many are taken together.
const LEVELS: usize = 24;
/// A category of fewer rows is not told apart.
const RARE: usize = 10;

/// One feature of all rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// Its column's name.
    pub name: String,
    /// A value per row.
    pub values: Values,
}

/// The values of a feature.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Numbers; NaN is missing.
    Numbers(Vec<f64>),
    /// Places in a list of labels, or [`MISSING`].
    Categories {
        /// A place per row.
        codes: Vec<u32>,
        /// What the places mean.
        labels: Vec<String>,
    },
}

impl Values {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Categories { codes, .. } => codes.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The share of rows without a value.
    pub fn missing(&self) -> f64 {
        let count = match self {
            Self::Numbers(values) => values.iter().filter(|v| v.is_nan()).count(),
            Self::Categories { codes, .. } => codes.iter().filter(|c| **c == MISSING).count(),
        };
        count as f64 / self.len().max(1) as f64
    }
}

/// How features become columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Encoding {
    inputs: Vec<Input>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Input {
    name: String,
    kind: InputKind,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum InputKind {
    /// The number, and whether it is missing if some are.
    Number { missing: bool },
    /// Whether the category is this one, for each of these.
    Category { labels: Vec<String> },
}

/// Columns of numbers; NaN is missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    /// Column by column.
    pub values: Vec<Vec<f64>>,
    /// The place of the feature that each column came from.
    pub of: Vec<usize>,
    /// How many rows there are.
    pub rows: usize,
}

impl Encoding {
    /// Learns which categories there are.
    pub fn learn(features: &[Feature]) -> Self {
        let input = |feature: &Feature| {
            let kind = match &feature.values {
                Values::Numbers(_) => InputKind::Number { missing: feature.values.missing() > 0.0 },
                Values::Categories { codes, labels } => {
                    InputKind::Category { labels: frequent(codes, labels) }
                }
            };
            Input { name: feature.name.clone(), kind }
        };
        Self { inputs: features.iter().map(input).collect() }
    }

    /// The names of the features, in the order of [`Columns::of`].
    pub fn names(&self) -> Vec<&str> {
        self.inputs.iter().map(|input| input.name.as_str()).collect()
    }

    /// The columns of rows. A feature that is not there is missing in every row.
    pub fn columns(&self, features: &[Feature], rows: usize) -> Columns {
        let (mut values, mut of) = (Vec::new(), Vec::new());
        for (place, input) in self.inputs.iter().enumerate() {
            let found = features.iter().find(|f| f.name == input.name).map(|f| &f.values);
            match &input.kind {
                InputKind::Number { missing } => {
                    let numbers = match found {
                        Some(Values::Numbers(numbers)) => numbers.clone(),
                        _ => vec![f64::NAN; rows],
                    };
                    if *missing {
                        values.push(numbers.iter().map(|v| f64::from(u8::from(v.is_nan()))).collect());
                        of.push(place);
                    }
                    values.push(numbers);
                    of.push(place);
                }
                InputKind::Category { labels: known } => {
                    for label in known {
                        values.push(match found {
                            Some(Values::Categories { codes, labels }) => {
                                let code = labels.iter().position(|l| l == label).map(|p| p as u32);
                                codes.iter().map(|c| f64::from(u8::from(Some(*c) == code))).collect()
                            }
                            _ => vec![0.0; rows],
                        });
                        of.push(place);
                    }
                }
            }
        }
        Columns { values, of, rows }
    }
}

fn frequent(codes: &[u32], labels: &[String]) -> Vec<String> {
    let mut counts = vec![0_usize; labels.len()];
    for code in codes.iter().filter(|code| **code != MISSING) {
        counts[*code as usize] += 1;
    }
    let mut order: Vec<usize> = (0..labels.len()).filter(|place| counts[*place] >= RARE).collect();
    order.sort_by(|a, b| counts[*b].cmp(&counts[*a]).then_with(|| labels[*a].cmp(&labels[*b])));
    order.into_iter().take(LEVELS).map(|place| labels[place].clone()).collect()
}

impl Columns {
    /// Some rows, in the order given.
    #[must_use]
    pub fn rows_of(&self, rows: &[u32]) -> Self {
        let pick = |column: &Vec<f64>| rows.iter().map(|row| column[*row as usize]).collect();
        Self { values: self.values.iter().map(pick).collect(), of: self.of.clone(), rows: rows.len() }
    }
}
