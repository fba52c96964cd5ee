//! How long it takes to check a catalog and to make a plan of all of it.

#![expect(clippy::unwrap_used, reason = "the families are known to be without fault")]

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pso_graph::{Catalog, Request};
use ptms_benches::{FAMILIES, name};

const SIZES: [usize; 6] = [10, 100, 1_000, 10_000, 100_000, 1_000_000];

fn declare(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("catalog");
    group.sample_size(10);
    for (family, specs) in FAMILIES {
        for n in SIZES {
            group.throughput(Throughput::Elements(n as u64));
            group.bench_with_input(BenchmarkId::new(family, n), &specs(n), |bench, specs| {
                let check = |specs| Catalog::new(specs, []).unwrap();
                bench.iter_batched(|| specs.clone(), check, BatchSize::LargeInput);
            });
        }
    }
    group.finish();
}

fn plan(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan");
    group.sample_size(10);
    for (family, specs) in FAMILIES {
        for n in SIZES {
            let catalog = Catalog::new(specs(n), []).unwrap();
            let request = Request::new().system(name(n - 1));
            group.throughput(Throughput::Elements(n as u64));
            group.bench_with_input(BenchmarkId::new(family, n), &request, |bench, request| {
                bench.iter(|| catalog.plan(request).unwrap());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, declare, plan);
criterion_main!(benches);
