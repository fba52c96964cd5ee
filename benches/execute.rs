//! How long a run takes when the host takes no time: all the way up, and up and all the way back.

#![expect(clippy::unwrap_used, reason = "the families are known to be without fault")]

use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pso_graph::{Catalog, Plan, Request};
use ptms_benches::{FAMILIES, Family, name};
use ptms_core::{SystemSpec, Timestamp, Undo};
use ptms_executor::{Action, Effect, End, Execution, Input, Outcome, Output};

const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];

/// A plan of the whole family, in which every step can be undone.
fn whole(specs: Family, n: usize) -> Arc<Plan> {
    let undoable = |mut spec: SystemSpec| {
        spec.undo = Undo::Action("undo".into());
        spec
    };
    let catalog = Catalog::new(specs(n).into_iter().map(undoable), []).unwrap();
    Arc::new(catalog.plan(&Request::new().system(name(n - 1))).unwrap())
}

/// Drives a run of the plan; records go nowhere.
fn drive(plan: &Arc<Plan>, outcome: impl Fn(&Effect) -> Outcome) -> End {
    let now = Timestamp::default();
    let mut run = Execution::start(now, "bench", plan.clone());
    loop {
        match run.poll() {
            Output::Record(..)
            | Output::Decide { .. }
            | Output::Abandon { .. }
            | Output::Wait(_) => {}
            Output::Perform { effect, .. } => {
                let (outcome, attempt) = (outcome(&effect), effect.attempt);
                let input = Input::Outcome { effect: effect.key, attempt, outcome };
                run.handle(now, input).unwrap();
            }
            Output::Done(end) => return end,
        }
    }
}

fn measure(criterion: &mut Criterion, title: &str, drive: impl Fn(&Arc<Plan>) -> End) {
    let mut group = criterion.benchmark_group(title);
    group.sample_size(10);
    for (family, specs) in FAMILIES {
        for n in SIZES {
            let plan = whole(specs, n);
            group.throughput(Throughput::Elements(n as u64));
            let id = BenchmarkId::new(family, n);
            group.bench_with_input(id, &plan, |bench, plan| bench.iter(|| drive(plan)));
        }
    }
    group.finish();
}

fn up(criterion: &mut Criterion) {
    measure(criterion, "run", |plan| {
        let end = drive(plan, |_| Outcome::Succeeded(None));
        assert_eq!(end, End::Completed);
        end
    });
}

fn back(criterion: &mut Criterion) {
    measure(criterion, "rollback", |plan| {
        let last = plan.ids().next_back().unwrap();
        let end = drive(plan, |effect| match effect.key.action {
            Action::Activate if effect.key.step == last => {
                Outcome::Failed { class: "refused".into(), clean: true }
            }
            _ => Outcome::Succeeded(None),
        });
        assert!(matches!(end, End::RolledBack { .. }));
        end
    });
}

criterion_group!(benches, up, back);
criterion_main!(benches);
