//! Identity resolution: records → rules → clusters → ids → merged profiles, one file each.

pub mod clustering;
pub mod history;
pub mod ids;
pub mod lineage;
pub mod pairs;
pub mod profile;
pub mod records;
pub mod resolve;
pub mod rules;
pub mod stewards;
pub mod survivorship;
pub mod union_find;
