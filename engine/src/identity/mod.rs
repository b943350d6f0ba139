//! Identity resolution: records → rules and evidence → clusters → ids → merged profiles.

pub mod blocking;
pub mod clustering;
pub mod decide;
pub mod fields;
pub mod history;
pub mod household;
pub mod ids;
pub mod lineage;
pub mod linkage;
pub mod matching;
pub mod model;
pub mod operator;
pub mod pairs;
pub mod parallel;
pub mod profile;
pub mod records;
pub mod report;
pub mod resolve;
pub mod rules;
pub mod stewards;
pub mod survivorship;
pub mod union_find;
