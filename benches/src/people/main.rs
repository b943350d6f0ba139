//! A labelled population of customers, for measuring identity resolution where the truth is known.
//!
//! `people --records 1000000 --seed 1 --out people.parquet` writes records of three sources with their person
//! (`entity_id`) and household (`household_id`): families who share a name, an address and often a telephone,
//! twins, people who moved or married, nicknames, initials, exchanged names, slips of the finger, gaps, shared
//! mailboxes and dummy values. The same seed gives the same records; memory does not grow with their number.

mod draws;
mod file;
mod household;
mod names;
mod places;
mod record;

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use clap::Parser;

use draws::Draws;
use file::Output;
use household::{World, household};
use record::record;

/// Records that are shuffled and written together.
const BATCH: usize = 200_000;

/// How many of a thousand people have one record, two, and so on.
const RECORDS: [u32; 7] = [551, 280, 110, 39, 15, 4, 1];

/// Writes a labelled population of customers.
#[derive(Debug, Parser)]
struct Options {
    /// Number of records; there are about 1.7 of a person.
    #[arg(long, default_value_t = 100_000)]
    records: u64,
    /// Another seed gives another population of the same kind.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The Parquet file to write.
    #[arg(long)]
    out: PathBuf,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let started = Instant::now();
    let world = World::new();
    let mut draws = Draws::new(options.seed);
    let mut output = Output::new(&options.out);
    let mut batch = Vec::with_capacity(BATCH);
    let (mut people, mut households, mut left) = (0, 0, options.records);
    while left > 0 {
        for person in household(&world, &mut draws) {
            let records = (draws.weighted(&RECORDS) as u64 + 1).min(left);
            batch.extend((0..records).map(|_| record(&person, (people, households), &mut draws)));
            left -= records;
            people += u64::from(records > 0);
        }
        households += 1;
        if batch.len() >= BATCH || left == 0 {
            draws.shuffle(&mut batch);
            output.write(&batch)?;
            batch.clear();
        }
    }
    let rows = output.finish()?;
    println!(
        "{rows} records of {people} people in {households} households: {:.1} s",
        started.elapsed().as_secs_f64()
    );
    Ok(())
}
