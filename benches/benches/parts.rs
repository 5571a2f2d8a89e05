//! The parts of the hot path, each by itself: longest prefix in batches and one by one, price, decoding of CSV.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use didtron_benches::synthetic;
use didtron_domain::{Increment, Price};
use didtron_files::CallFile;
use didtron_ports::CallSource;
use didtron_rating::price::{Terms, price};
use didtron_schemas::call_mapping;
use std::fmt::Write as _;
use std::hint::black_box;

const BATCH: usize = 1024;

fn lookup(criterion: &mut Criterion) {
    let mut dice = fastrand::Rng::with_seed(1);
    let mut group = criterion.benchmark_group("longest prefix");
    for prefix_count in [300_000, 1_000_000] {
        let table = synthetic::deck(prefix_count, &mut dice);
        let numbers = synthetic::numbers(&table, BATCH * 64, &mut dice);
        group.throughput(Throughput::Elements(numbers.len() as u64));
        let mut found = Vec::new();
        group.bench_function(format!("{prefix_count} prefixes, batches of {BATCH}"), |bencher| {
            bencher.iter(|| {
                for batch in numbers.chunks(BATCH) {
                    table.longest_batch(batch, &mut found);
                    black_box(&found);
                }
            });
        });
        group.bench_function(format!("{prefix_count} prefixes, one by one"), |bencher| {
            bencher.iter(|| numbers.iter().filter_map(|number| table.longest(*number)).count());
        });
    }
}

fn charge(criterion: &mut Criterion) {
    let mut dice = fastrand::Rng::with_seed(2);
    let terms = |dice: &mut fastrand::Rng| Terms {
        rate: Price(dice.i64(1..1_000_000_000)),
        initial_rate: None,
        connect_fee: Price(0),
        increment: [(1, 1), (6, 6), (30, 6), (60, 1), (60, 60)]
            .map(|(initial, next)| Increment::new(initial, next).expect("legal increments"))[dice.usize(..5)],
        grace_s: 0,
        grace_mode: Default::default(),
        increment_origin: Default::default(),
        duration_rounding: Default::default(),
        decimals: 6,
        mode: Default::default(),
        min_charge: None,
        max_charge: None,
    };
    let calls: Vec<(Terms, u64)> = (0..8192).map(|_| (terms(&mut dice), dice.u64(..3_600_000))).collect();
    let mut group = criterion.benchmark_group("price");
    group.throughput(Throughput::Elements(calls.len() as u64));
    group.bench_function("R2 to R7", |bencher| {
        bencher.iter(|| {
            calls.iter().filter_map(|(terms, duration)| price(terms, *duration).ok()).map(|p| p.charge.0).sum::<i64>()
        });
    });
}

fn decode(criterion: &mut Criterion) {
    let mut dice = fastrand::Rng::with_seed(3);
    let mut text = String::from("source,call_id,start,answer,duration_s,status,ingress,egress,caller,called\n");
    for at in 0..20_000 {
        let (second, number) = (dice.u32(..60), dice.u64(4_915_000_000_000..4_916_000_000_000));
        writeln!(
            text,
            "sw1,{at:012x}-{at},2026-06-01T10:11:{second:02}Z,2026-06-01T10:12:00Z,{}.5,answered,acme-in,carrier-out,+49301234567,+{number}",
            dice.u32(..600)
        )
        .expect("a string takes any text");
    }
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), &text).expect("written");
    let mapping = call_mapping::builtin("plain").expect("built in");
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Elements(20_000));
    group.bench_function("plain CSV to columns", |bencher| {
        bencher.iter_batched(
            || {
                let mut file = CallFile::open(file.path(), &mapping, None).expect("a call file");
                let chunk = file.next_chunk(1 << 20).expect("readable").expect("records");
                (file, chunk)
            },
            |(file, chunk)| file.decode(chunk).len(),
            BatchSize::LargeInput,
        );
    });
}

criterion_group!(parts, lookup, charge, decode);
criterion_main!(parts);
