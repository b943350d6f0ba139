//! A labelled population of customers, made by the generator of the benchmarks.

#[path = "../../../benches/src/people/draws.rs"]
mod draws;
#[path = "../../../benches/src/people/file.rs"]
mod file;
#[path = "../../../benches/src/people/household.rs"]
mod household;
#[path = "../../../benches/src/people/names.rs"]
mod names;
#[path = "../../../benches/src/people/places.rs"]
mod places;
#[path = "../../../benches/src/people/record.rs"]
mod record;

use std::path::Path;

/// How many of a thousand people have one record, two, and so on.
const RECORDS: [u32; 4] = [551, 280, 110, 59];

/// Writes at least so many records, the last household complete.
pub fn write(path: &Path, records: usize, seed: u64) {
    let world = household::World::new();
    let mut draws = draws::Draws::new(seed);
    let mut written = Vec::with_capacity(records);
    let (mut people, mut households) = (0, 0);
    while written.len() < records {
        for person in household::household(&world, &mut draws) {
            let records = draws.weighted(&RECORDS) + 1;
            written.extend((0..records).map(|_| record::record(&person, (people, households), &mut draws)));
            people += 1;
        }
        households += 1;
    }
    draws.shuffle(&mut written);
    let mut output = file::Output::new(path);
    output.write(&written).expect("the records can be written");
    output.finish().expect("the file can be completed");
}
