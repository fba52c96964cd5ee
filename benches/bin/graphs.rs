//! A graph of names, ordered, with its knots, and planned; beside petgraph's own algorithms in the same
//! process: `graphs -- FILE.tsv`, or a made shape: `chain:N`, `ladder:N`, `fan:N`, `random:N`.
//!
//! A line of the file is `name<TAB>dependency`; a first line that begins with `#` is a comment, an empty
//! second column declares a name that depends on nothing.
//!
//! What is compared, both from the same arcs between ids in the order of the names: ours finds the
//! knots, a shortest cycle of each, and the one order that ties by name make; petgraph's builds its
//! graph, finds the strongly connected components, and sorts the condensation in some order.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "a program for a terminal, which has numbered what it read"
)]

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::{Duration as Elapsed, Instant};

use petgraph::algo::{tarjan_scc, toposort};
use petgraph::graph::DiGraph;
use pso_graph::{Catalog, Knot, Outline, Pass, Request, outline};
use ptms_benches::graph::{self, Graph};
use ptms_core::Diagnostic;

/// How often each measurement is made; the median counts.
const ROUNDS: usize = 7;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [source] = &arguments[..] else {
        eprintln!("usage: graphs FILE.tsv | chain:N | ladder:N | fan:N | random:N");
        return ExitCode::from(2);
    };
    let graph = match made(source).map_or_else(|| read(source), Ok) {
        Ok(graph) => graph,
        Err(fault) => {
            eprintln!("{fault}");
            return ExitCode::from(2);
        }
    };
    println!("{} nodes, {} arcs", graph.names.len(), graph.arcs.len());
    let outline = compare(&graph);
    plan(&graph, &outline.knots);
    if let Some(memory) = peak_memory() {
        println!("peak memory of all of this       {memory}");
    }
    ExitCode::SUCCESS
}

fn read(file: &str) -> Result<Graph, String> {
    let begun = Instant::now();
    let bytes = std::fs::read(file).map_err(|fault| format!("{file}: {fault}"))?;
    let text = String::from_utf8(bytes).map_err(|fault| not_text(file, &fault))?;
    let pairs = graph::pairs(&text).map_err(|line| not_a_pair(file, line))?;
    show("reading and splitting", begun.elapsed());
    let begun = Instant::now();
    let graph = Graph::ranked(&pairs);
    show("ranking by name", begun.elapsed());
    Ok(graph)
}

fn not_a_pair(file: &str, line: usize) -> String {
    format!(
        "{file}:{line}: this is not `name<TAB>dependency`; put one tab between the two, and nothing \
         behind it where a name depends on nothing"
    )
}

fn not_text(file: &str, fault: &std::string::FromUtf8Error) -> String {
    let good = fault.utf8_error().valid_up_to();
    let line = 1 + fault.as_bytes().iter().take(good).filter(|byte| **byte == b'\n').count();
    format!(
        "{file}:{line}: byte {good} of the file is not UTF-8; if it is compressed, unpack it, and if it is \
         in another encoding, convert it"
    )
}

/// A shape of the families of this package, or a random graph of four arcs a node.
fn made(source: &str) -> Option<Graph> {
    let (shape, count) = source.split_once(':')?;
    let count: u32 = count.parse().ok().filter(|count| *count > 0)?;
    let arcs = match shape {
        "chain" => (1..count).map(|node| (node - 1, node)).collect(),
        "ladder" => (2..count)
            .flat_map(|node| [(node / 2 * 2 - 2, node), (node / 2 * 2 - 1, node)])
            .collect(),
        "fan" => (1..count).map(|node| (node - 1, count - 1)).collect(),
        "random" => random(count),
        _ => return None,
    };
    let names = (0..count).map(|node| ptms_benches::name(node as usize)).collect();
    Some(Graph { names, arcs })
}

/// Four arcs a node from earlier ones, by an xorshift.
fn random(count: u32) -> Vec<(u32, u32)> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = move |limit: u32| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % u64::from(limit)) as u32
    };
    (1..count).flat_map(|node| [(); 4].map(|()| (below(node), node))).collect()
}

fn compare(graph: &Graph) -> Outline {
    let count = graph.names.len();
    let ours = median(|| outline(count, &graph.arcs));
    let theirs = median(|| rival(count, &graph.arcs));
    show("knots and order, ours", ours.0);
    show("knots and order, petgraph", theirs.0);
    println!("{:<32} {:.2}", "ratio", ours.0.as_secs_f64() / theirs.0.as_secs_f64());
    let (ours, theirs) = (ours.1, theirs.1);
    let members = |knots: &[Knot]| -> BTreeSet<Vec<u32>> {
        knots.iter().map(|knot| knot.members.clone()).collect()
    };
    let largest = ours.knots.iter().map(|knot| knot.members.len()).max().unwrap_or(0);
    let agreed = if members(&ours.knots) == theirs {
        "the same as petgraph's"
    } else {
        "NOT those of petgraph"
    };
    println!("{} knots, the largest of {largest}; {agreed}", ours.knots.len());
    ours
}

/// The knots as petgraph finds them. Its Tarjan recurses, so it gets the stack that it needs.
fn rival(count: usize, arcs: &[(u32, u32)]) -> BTreeSet<Vec<u32>> {
    std::thread::scope(|scope| {
        let deep = std::thread::Builder::new().stack_size(1 << 30);
        let work = move || {
            let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(count, arcs.len());
            (0..count).for_each(|_| _ = graph.add_node(()));
            graph.extend_with_edges(arcs.iter().copied());
            let components = tarjan_scc(&graph);
            // petgraph's own `condensation` looks through all arcs of a node for each new one, which
            // takes seconds where many depend on one; this is kinder to it.
            let mut component_of = vec![0; count];
            for (number, component) in components.iter().enumerate() {
                component.iter().for_each(|node| component_of[node.index()] = number as u32);
            }
            let mut condensed: DiGraph<(), ()> =
                DiGraph::with_capacity(components.len(), arcs.len());
            components.iter().for_each(|_| _ = condensed.add_node(()));
            let between = arcs
                .iter()
                .map(|(from, to)| (component_of[*from as usize], component_of[*to as usize]));
            condensed.extend_with_edges(between.filter(|(from, to)| from != to));
            std::hint::black_box(toposort(&condensed, None).is_ok());
            let knots = components.into_iter().filter(|knot| knot.len() > 1);
            let members = |knot: Vec<petgraph::graph::NodeIndex>| {
                let mut members: Vec<u32> =
                    knot.into_iter().map(|node| node.index() as u32).collect();
                members.sort_unstable();
                members
            };
            let knots: BTreeSet<Vec<u32>> = knots.map(members).collect();
            knots
        };
        deep.spawn_scoped(scope, work).ok().and_then(|work| work.join().ok()).unwrap_or_default()
    })
}

/// Declares the graph as systems of a second each, says what is wrong with it, and plans it without the
/// arcs inside of knots.
fn plan(graph: &Graph, knots: &[Knot]) {
    let specs = graph.systems(&graph.arcs);
    let (elapsed, checked) = timed(|| Catalog::new(specs, []));
    show("declaring (names to catalog)", elapsed);
    let catalog = match checked {
        Ok(catalog) => Ok(catalog),
        Err(faults) => {
            faults.iter().for_each(print);
            println!("{} faults; from here on without the arcs inside of knots", faults.len());
            Catalog::new(graph.systems(&graph.loose(knots)), [])
        }
    };
    let Ok(catalog) = catalog else { return println!("it cannot be planned") };
    let request =
        graph.names.iter().fold(Request::new(), |request, name| request.system(name.as_str()));
    let (elapsed, planned) = median(|| catalog.plan(&request));
    let plan = match planned {
        Ok(plan) => plan,
        Err(faults) => return faults.iter().for_each(print),
    };
    show("planning (order, waves)", elapsed);
    println!(
        "{} steps, {} edges, {} waves",
        plan.steps().len(),
        plan.edges().len(),
        plan.waves().len()
    );
    for pass in [Pass::Serial, Pass::Parallel] {
        let (elapsed, schedule) = median(|| plan.schedule(pass));
        show(&format!("{pass:?} pass, critical path"), elapsed);
        println!(
            "makespan {}, lower bound {}, critical path of {} steps",
            schedule.makespan,
            schedule.lower_bound,
            schedule.critical_path.len()
        );
    }
    show("way back of everything", median(|| plan.way_back(&plan.ids().collect())).0);
}

fn print(fault: &Diagnostic) {
    println!("{} {}", fault.code, fault.message);
}

fn show(what: &str, elapsed: Elapsed) {
    println!("{what:<32} {:>10.3} ms", elapsed.as_secs_f64() * 1e3);
}

fn timed<T>(work: impl FnOnce() -> T) -> (Elapsed, T) {
    let begun = Instant::now();
    let done = work();
    (begun.elapsed(), done)
}

/// The median time of some rounds, and the result of the last.
fn median<T>(mut work: impl FnMut() -> T) -> (Elapsed, T) {
    let (first, mut done) = timed(&mut work);
    let mut times = vec![first];
    for _ in 1..ROUNDS {
        drop(done);
        let (elapsed, again) = timed(&mut work);
        times.push(elapsed);
        done = again;
    }
    times.sort_unstable();
    (times.get(ROUNDS / 2).copied().unwrap_or(first), done)
}

/// The most memory that this process had at once, where the system says so.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.trim_start_matches("VmHWM:").trim().to_owned())
}
