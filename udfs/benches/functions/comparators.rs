use std::sync::Arc;

use arrow::array::ArrayRef;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, measurement::WallTime};
use onefold_udfs::comparators::{Context, PersonNames, get};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::data::{SIZES, texts};

/// So many records are compared with each other.
const RECORDS: usize = 50_000;

const SYLLABLES: [&str; 12] = ["an", "bel", "car", "do", "el", "fi", "gor", "ha", "lin", "mar", "son", "ton"];

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("comparators");
    for pairs in SIZES {
        person_names(&mut group, pairs);
        for (name, value) in COLUMNS {
            column(&mut group, name, &texts(RECORDS, 1, value), pairs);
        }
    }
}

type Column = (&'static str, fn(&mut StdRng) -> String);

const COLUMNS: [Column; 4] = [
    ("birth_date", |random| {
        let (year, month) = (random.random_range(1940..2010), random.random_range(1..13));
        format!("{year}-{month:02}-{:02}", random.random_range(1..29))
    }),
    ("email", |random| {
        format!("{}.{}{}@contoso.com", name(random), name(random), random.random_range(1..100))
    }),
    ("phone", |random| {
        format!("(425) {}-{:04}", random.random_range(200..999), random.random_range(0..10_000))
    }),
    ("street", |random| format!("{} {} Street", random.random_range(1..1000), name(random))),
];

fn person_names(group: &mut BenchmarkGroup<'_, WallTime>, pairs: usize) {
    let (given, family) = (texts(RECORDS, 1, name), texts(RECORDS, 2, name));
    let names = PersonNames::prepare(&given, &family).expect("names");
    let (left, right) = records(pairs);
    let (mut given, mut family, mut order) = (vec![0; pairs], vec![0; pairs], vec![0; pairs]);
    group.throughput(Throughput::Elements(pairs as u64));
    group.bench_function(BenchmarkId::new("person_names", pairs), |bencher| {
        bencher.iter(|| names.compare(&left, &right, &mut given, &mut family, &mut order));
    });
}

fn column(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, column: &ArrayRef, pairs: usize) {
    let comparator = get(name).expect("a comparator of this name");
    let prepared = comparator.prepare(&[Arc::clone(column)], &Context::default()).expect("text");
    let (left, right) = records(pairs);
    let mut levels = vec![0; pairs];
    group.throughput(Throughput::Elements(pairs as u64));
    group.bench_function(BenchmarkId::new(name, pairs), |bencher| {
        bencher.iter(|| prepared.compare(&left, &right, &mut levels));
    });
}

/// Pairs of records in the order of the first, as blocks give them.
fn records(pairs: usize) -> (Vec<u32>, Vec<u32>) {
    let mut random = StdRng::seed_from_u64(3);
    let mut left: Vec<u32> = (0..pairs).map(|_| random.random_range(0..RECORDS as u32)).collect();
    left.sort_unstable();
    let right = (0..pairs).map(|_| random.random_range(0..RECORDS as u32)).collect();
    (left, right)
}

fn name(random: &mut StdRng) -> String {
    let syllables = random.random_range(2..4);
    (0..syllables).map(|_| SYLLABLES[random.random_range(0..SYLLABLES.len())]).collect()
}
