//! How long it takes to check a catalog and to make a plan of all of it.

#![expect(clippy::unwrap_used, reason = "the families are known to be without fault")]
#![expect(clippy::print_stderr, reason = "what is not measured is said")]

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pso_graph::{Catalog, Pass, Request, outline};
use ptms_benches::graph::{self, Graph};
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

/// The packages of Debian 12 and what they depend on, without what knots them: checked, planned, and one
/// pass.
fn debian(criterion: &mut Criterion) {
    let text = match debian_text() {
        Ok(text) => text,
        Err(why) => return eprintln!("plans of Debian are not measured: {why}"),
    };
    let graph = Graph::ranked(&graph::pairs(&text).unwrap());
    let knots = outline(graph.names.len(), &graph.arcs).knots;
    let systems = graph.systems(&graph.loose(&knots));
    let named = graph.names.iter().map(String::as_str);
    let request = named.fold(Request::new(), Request::system);
    let catalog = Catalog::new(systems.clone(), []).unwrap();
    let whole = catalog.plan(&request).unwrap();
    let mut group = criterion.benchmark_group("debian");
    group.sample_size(10);
    group.throughput(Throughput::Elements(graph.names.len() as u64));
    group.bench_function("outline", |bench| {
        bench.iter(|| outline(graph.names.len(), &graph.arcs));
    });
    group.bench_function("catalog", |bench| {
        let check = |systems| Catalog::new(systems, []).unwrap();
        bench.iter_batched(|| systems.clone(), check, BatchSize::LargeInput);
    });
    group.bench_function("plan", |bench| bench.iter(|| catalog.plan(&request).unwrap()));
    group.bench_function("pass", |bench| bench.iter(|| whole.schedule(Pass::Parallel)));
    group.finish();
}

/// Reads what is compressed by the program that does this everywhere.
fn debian_text() -> Result<String, String> {
    let data = std::env::var_os("PTMS_DATA").ok_or("PTMS_DATA names no folder of data")?;
    let file = std::path::Path::new(&data).join("graphs/debian12_depends.tsv.gz");
    let unpacked = std::process::Command::new("gzip").arg("-dc").arg(&file).output();
    let unpacked = unpacked.map_err(|fault| format!("gzip does not run: {fault}"))?;
    if !unpacked.status.success() {
        return Err(String::from_utf8_lossy(&unpacked.stderr).into_owned());
    }
    String::from_utf8(unpacked.stdout).map_err(|fault| format!("{}: {fault}", file.display()))
}

criterion_group!(benches, declare, plan, debian);
criterion_main!(benches);
