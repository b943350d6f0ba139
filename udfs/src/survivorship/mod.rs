//! Aggregates that choose the value of a merged record.
//!
//! All of them keep NULL out, give the same result whatever the order and the partitioning of the rows, and
//! have grouped accumulators that keep the bytes of one value per group.

mod choosing;
mod counts;
mod present;
mod single_group;
mod winner;

pub(crate) mod arg_max;
pub(crate) mod arg_min;
pub(crate) mod least_recent;
pub(crate) mod longest;
pub(crate) mod most_complete;
pub(crate) mod most_frequent;
pub(crate) mod most_recent;
pub(crate) mod prefer;
