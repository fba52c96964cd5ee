//! How long one pass takes over a plan: without pools, and where every step wants some of one pool.

#![expect(clippy::unwrap_used, reason = "the families are known to be without fault")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pso_graph::{Catalog, Declarations, Pass, Plan, Request};
use ptms_benches::{FAMILIES, Family, name};
use ptms_core::pool::Amount;
use ptms_core::{Duration, PoolSpec};

const SIZES: [usize; 4] = [10, 1_000, 100_000, 1_000_000];

/// A plan of the whole family. With pools, steps take from one to seven seconds and one or two of four
/// units.
fn whole(specs: Family, n: usize, pools: bool) -> Plan {
    let mut declarations = Declarations::default();
    declarations.systems = specs(n);
    if pools {
        declarations.pools.push(PoolSpec::new("cpu", 4));
        for (number, system) in (0..).zip(&mut declarations.systems) {
            system.estimate = Some(Duration::from_secs(1 + number % 7));
            system.uses.push(Amount::new("cpu".into(), 1 + u64::from(number % 2)));
        }
    }
    let catalog = Catalog::declare(declarations).unwrap();
    catalog.plan(&Request::new().system(name(n - 1))).unwrap()
}

fn passes(criterion: &mut Criterion) {
    for (title, pass, pools) in [
        ("pass/free", Pass::Parallel, false),
        ("pass/parallel", Pass::Parallel, true),
        ("pass/serial", Pass::Serial, true),
    ] {
        let mut group = criterion.benchmark_group(title);
        group.sample_size(10);
        for (family, specs) in FAMILIES {
            for n in SIZES {
                let plan = whole(specs, n, pools);
                group.throughput(Throughput::Elements(n as u64));
                let id = BenchmarkId::new(family, n);
                group.bench_with_input(id, &plan, |bench, plan| bench.iter(|| plan.schedule(pass)));
            }
        }
        group.finish();
    }
}

criterion_group!(benches, passes);
criterion_main!(benches);
