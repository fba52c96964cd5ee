//! What an event costs a function over time, for one key: taking it, letting leave what has left, and
//! asking for the value.
//!
//! One event comes every millisecond. The windows are swept over, because the cost of an event must not
//! depend on how long they are.

#![expect(clippy::unwrap_used, reason = "the functions are known")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use ptms_core::{Duration, Timestamp, Value};
use ptms_rules::probe::Probe;

const SPANS: [(&str, u32); 4] = [("1s", 1), ("1m", 60), ("1h", 3_600), ("1d", 86_400)];

/// How many events come before those that are measured.
const BEFORE: usize = 200_000;

fn events(criterion: &mut Criterion, function: &str, values: &[Value]) {
    let mut group = criterion.benchmark_group(function);
    for (label, secs) in SPANS {
        let mut probe = Probe::new(function, Duration::from_secs(secs)).unwrap();
        let mut number = 0_usize;
        let mut event = move || {
            number += 1;
            let now = Timestamp::from_millis(number as i64);
            let value = values.get(number % values.len());
            black_box(probe.event(now, value, 1 << (number % 5)));
            black_box(probe.value(now));
        };
        (0..BEFORE).for_each(|_| event());
        let id = BenchmarkId::from_parameter(label);
        group.bench_function(id, |bencher| bencher.iter(&mut event));
    }
    group.finish();
}

fn functions(criterion: &mut Criterion) {
    let numbers = (0..1_000).map(|n| Value::Float(f64::from(n * 7_919 % 1_000)));
    let numbers: Vec<Value> = numbers.collect();
    let functions = [
        "count-10", "count", "rate", "sum", "avg", "min", "max", "slope", "quantile", "seq",
        "absent",
    ];
    functions.iter().for_each(|function| events(criterion, function, &numbers));
    // Of these 10,000 are inside at once, but for the shortest window.
    let names: Vec<Value> = (0..10_000).map(|n| Value::from(format!("service-{n}"))).collect();
    events(criterion, "distinct", &names);
}

criterion_group!(benches, functions);
criterion_main!(benches);
