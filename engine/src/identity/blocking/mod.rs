//! Blocking: which pairs of records are worth comparing.
//!
//! Every expression of a blocking rule is hashed once per record ([`keys`]). A rule groups the records that agree
//! on all of its expressions ([`rule`]); a block with more records than the limit is refined by further keys, and
//! what that cannot part is counted, not compared. The pairs of the blocks are streamed in batches
//! ([`candidates`]); a pair that an earlier rule gives is skipped by testing that rule's keys, so no pair is ever
//! stored to be recognised. Rules that nobody wrote are chosen by their selectivity ([`choose`]). The equalities of
//! certain rules make blocks of their own, of values that are equal and not only their hashes ([`exact`]).

pub mod candidates;
pub mod choose;
pub mod exact;
pub mod keys;
pub mod rule;
#[cfg(test)]
mod tests;
