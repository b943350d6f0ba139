//! Example projects, and the generator of their data.
//!
//! `onefold init DIR --example retail` writes a project that is complete: SQL files and the data of a coffee
//! roastery with a web shop, a loyalty programme for its stores and a support desk. The data is made, not
//! collected: no one in it exists. It is as hard as life: families share names, addresses and telephones;
//! people move, marry, go by nicknames, open two accounts and mistype; clerks swap day and month, and type
//! `555-555-5555` where they know no number.

mod csv;
mod draws;
mod generate;
mod household;
mod init;
mod life;
mod loyalty;
mod moment;
mod names;
mod places;
mod products;
mod record;
mod shop;
mod support;
#[cfg(test)]
mod tests;

pub use generate::{Summary, generate};
pub use init::init;

/// People in the committed retail example.
pub const RETAIL_PEOPLE: usize = 2_000;

/// The seed of the committed retail example.
pub const RETAIL_SEED: u64 = 7;
