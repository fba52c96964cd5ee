//! How long a rulebook takes to load, beside the time that Rhai takes for the same conditions alone in
//! the same process: `load`, or `load RULES…`.
//!
//! A rule has one to six predicates over 40 facts and two windows; the file is written as people write
//! it. What is left after Rhai's own parse is the TOML, the check, the compilation and the indices.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a program for a terminal, whose books have no fault"
)]

use std::time::{Duration as Elapsed, Instant};

use ptms_core::Sources;
use ptms_rules::Rulebook;
use rhai::{Engine, OptimizationLevel};

/// How often each measurement is made; the fastest counts, since others only disturb.
const ROUNDS: usize = 5;

fn main() {
    let given: Vec<usize> =
        std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if given.is_empty() { vec![100, 1_000, 10_000, 100_000] } else { given };
    println!("{:>8} {:>10} {:>10} {:>14}", "rules", "load", "rhai", "rest per rule");
    for size in sizes {
        let conditions: Vec<String> = (0..size).map(condition).collect();
        let sources = Sources::from_iter([("rules.toml", book(&conditions))]);
        let (mut load, mut rhai) = (Elapsed::MAX, Elapsed::MAX);
        for _ in 0..ROUNDS {
            load = load.min(timed(|| Rulebook::load(&sources).expect("no fault").rules));
            rhai = rhai.min(timed(|| parse(&conditions)));
        }
        let rest = load.saturating_sub(rhai) / u32::try_from(size.max(1)).unwrap_or(u32::MAX);
        println!("{size:>8} {load:>10.1?} {rhai:>10.1?} {rest:>14.1?}");
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> Elapsed {
    let begun = Instant::now();
    let result = work();
    let elapsed = begun.elapsed();
    drop(result);
    elapsed
}

/// What Rhai does with the conditions alone.
fn parse(conditions: &[String]) -> Vec<rhai::AST> {
    let mut engine = Engine::new_raw();
    engine.set_optimization_level(OptimizationLevel::None).set_max_expr_depths(64, 64);
    let parsed = conditions.iter().map(|condition| engine.compile_expression(condition));
    parsed.collect::<Result<_, _>>().expect("conditions parse")
}

/// A condition of one to six predicates.
fn condition(rule: usize) -> String {
    let predicate = |number: usize| {
        let fact = (7 * rule + 3 * number) % 10;
        match (rule + number) % 6 {
            0 => format!("ctx.float_{fact} > {}.5", rule % 97),
            1 => format!("ctx.int_{fact} <= {}", rule % 89),
            2 => format!("ctx.text_{fact} == \"name-{}\"", rule % 83),
            3 => format!("ctx.flag_{fact}"),
            4 => format!("ctx.int_{fact} in {}..{}", rule % 79, rule % 79 + 5),
            _ => format!("count(\"error\", \"{}m\") >= {}", 5 + rule % 2, 1 + rule % 7),
        }
    };
    let predicates: Vec<String> = (0..1 + rule % 6).map(predicate).collect();
    predicates.join(if rule.is_multiple_of(5) { " || " } else { " && " })
}

fn book(conditions: &[String]) -> String {
    let mut text = "[context]\n".to_owned();
    for (name, ty) in [("float", "float"), ("int", "int"), ("text", "string"), ("flag", "bool")] {
        (0..10).for_each(|number| text += &format!("{name}_{number} = \"{ty}\"\n"));
    }
    text += "[event.error]\nfields = { level = \"string\" }\n";
    for (index, condition) in conditions.iter().enumerate() {
        let fields = format!("for = \"{}s\"\npriority = \"high\"\nowner = \"team\"", index % 60);
        text += &format!("[[rule]]\nid = \"rule-{index}\"\nwhen = '''{condition}'''\n{fields}\n");
    }
    text
}
