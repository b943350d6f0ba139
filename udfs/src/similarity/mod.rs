//! How alike two values are.

mod pairs;
mod pattern;
mod results;

pub(crate) mod cosine_similarity;
pub(crate) mod date_similarity;
pub(crate) mod double_metaphone;
pub(crate) mod double_metaphone_alternate;
pub(crate) mod great_circle_km;
pub(crate) mod jaccard;
pub(crate) mod jaro;
pub(crate) mod jaro_winkler;
pub(crate) mod levenshtein;
pub(crate) mod levenshtein_similarity;
pub(crate) mod osa;
pub(crate) mod same_given_name;
pub(crate) mod soundex;
