//! How good one pass is on PSPLIB, the public library of resource-constrained scheduling problems
//! (Kolisch and Sprecher 1996), and whether every schedule is one: `psplib -- DIR [--best FILE.csv]`.
//!
//! Reads every `.sm` file under the directory. The checker at the end of this file knows the instance as
//! it was read and the starts, and nothing of how they came about.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "a program for a terminal, which has checked what it read"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration as Elapsed, Instant};

use pso_graph::{Catalog, Declarations, Pass, Plan, Request};
use ptms_core::pool::Amount;
use ptms_core::{Duration, PoolSpec, SystemSpec};

/// A problem as the file states it. Jobs are numbered from 0.
struct Instance {
    durations: Vec<u32>,
    /// By job, by resource.
    demands: Vec<Vec<u64>>,
    successors: Vec<Vec<usize>>,
    capacities: Vec<u64>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (directory, best) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [directory] => (directory.to_owned(), None),
        [directory, "--best", best] | ["--best", best, directory] => {
            (directory.to_owned(), Some(best.to_owned()))
        }
        _ => {
            eprintln!("usage: psplib DIR [--best FILE.csv]");
            return ExitCode::from(2);
        }
    };
    match run(Path::new(&directory), best.as_deref().map(Path::new)) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(infeasible) => {
            println!("{infeasible} infeasible schedules");
            ExitCode::from(1)
        }
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::from(2)
        }
    }
}

/// How many schedules were infeasible.
fn run(directory: &Path, best: Option<&Path>) -> Result<usize, String> {
    let best = best.map(read_best).transpose()?.unwrap_or_default();
    let mut files = Vec::new();
    find(directory, &mut files)?;
    files.sort();
    if files.is_empty() {
        return Err(format!("{}: no .sm files", directory.display()));
    }
    let mut sets: BTreeMap<(String, &str), Tally> = BTreeMap::new();
    let mut infeasible = 0;
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let parent = file.parent().and_then(Path::file_name).unwrap_or_default();
        let known = best.get(&name);
        let set =
            known.map_or_else(|| parent.to_string_lossy().into_owned(), |best| best.0.clone());
        let instance = read(&file)?;
        let plan = plan(&instance).map_err(|fault| format!("{}: {fault}", file.display()))?;
        for (title, pass) in [("serial", Pass::Serial), ("parallel", Pass::Parallel)] {
            let begun = Instant::now();
            let schedule = plan.schedule(pass);
            let elapsed = begun.elapsed();
            let starts = starts(&plan, &schedule, instance.durations.len());
            let tally = sets.entry((set.clone(), title)).or_default();
            match check(&instance, &starts) {
                Ok(makespan) => {
                    tally.add(
                        makespan,
                        known.map(|best| best.1),
                        instance.critical_path(),
                        elapsed,
                    );
                }
                Err(fault) => {
                    infeasible += 1;
                    tally.infeasible += 1;
                    println!("{name} {title}: {fault}");
                }
            }
        }
    }
    println!(
        "{:<8} {:<9} {:>9} {:>10} {:>10} {:>9} {:>10} {:>10} {:>9} {:>12}",
        "set",
        "pass",
        "instances",
        "ø best %",
        "worst %",
        "at best %",
        "ø cp %",
        "worst %",
        "infeas.",
        "µs each"
    );
    for ((set, pass), tally) in &sets {
        println!("{set:<8} {pass:<9} {}", tally.line());
    }
    println!("deviation from the best known makespan and from the critical path; ties by name");
    Ok(infeasible)
}

#[derive(Default)]
struct Tally {
    from_best: Vec<f64>,
    from_path: Vec<f64>,
    at_best: usize,
    infeasible: usize,
    elapsed: Elapsed,
}

impl Tally {
    fn add(&mut self, makespan: u64, best: Option<u64>, path: u64, elapsed: Elapsed) {
        let over = |base: u64| (makespan as f64 / base.max(1) as f64 - 1.0) * 100.0;
        self.from_path.push(over(path));
        if let Some(best) = best {
            self.from_best.push(over(best));
            self.at_best += usize::from(makespan <= best);
        }
        self.elapsed += elapsed;
    }

    fn line(&self) -> String {
        let mean = |values: &[f64]| match values.len() {
            0 => "-".to_owned(),
            count => format!("{:.2}", values.iter().sum::<f64>() / count as f64),
        };
        let worst = |values: &[f64]| {
            let worst = values.iter().copied().reduce(f64::max);
            worst.map_or_else(|| "-".to_owned(), |worst| format!("{worst:.2}"))
        };
        let share = match self.from_best.len() {
            0 => "-".to_owned(),
            count => format!("{:.1}", self.at_best as f64 * 100.0 / count as f64),
        };
        let count = self.from_path.len();
        let each = self.elapsed.as_secs_f64() * 1e6 / count.max(1) as f64;
        format!(
            "{count:>9} {:>10} {:>10} {share:>9} {:>10} {:>10} {:>9} {each:>12.1}",
            mean(&self.from_best),
            worst(&self.from_best),
            mean(&self.from_path),
            worst(&self.from_path),
            self.infeasible
        )
    }
}

fn find(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let fault = |fault: std::io::Error| format!("{}: {fault}", directory.display());
    for entry in std::fs::read_dir(directory).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "sm") {
            files.push(path);
        }
    }
    Ok(())
}

/// By instance: its set and the best known makespan, from columns `set`, `instance` and `ub`.
fn read_best(file: &Path) -> Result<BTreeMap<String, (String, u64)>, String> {
    let text =
        std::fs::read_to_string(file).map_err(|fault| format!("{}: {fault}", file.display()))?;
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let column = |name: &str| {
        let found = header.iter().position(|column| column.trim() == name);
        found.ok_or_else(|| format!("{}: no column `{name}`", file.display()))
    };
    let (set, instance, best) = (column("set")?, column("instance")?, column("ub")?);
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let cell = |at: usize| cells.get(at).map(|cell| cell.trim().to_owned());
        Some((cell(instance)?, (cell(set)?, cell(best)?.parse().ok()?)))
    };
    Ok(lines.filter_map(row).collect())
}

fn read(file: &Path) -> Result<Instance, String> {
    let text =
        std::fs::read_to_string(file).map_err(|fault| format!("{}: {fault}", file.display()))?;
    parse(&text).ok_or_else(|| format!("{}: not an .sm file of one mode per job", file.display()))
}

fn parse(text: &str) -> Option<Instance> {
    let numbers =
        |line: &str| line.split_whitespace().map(str::parse).collect::<Result<Vec<u64>, _>>();
    // The rows of numbers that follow a heading, up to the line of stars.
    let section = |heading: &'static str| {
        let after = text.lines().skip_while(move |line| !line.starts_with(heading)).skip(1);
        after.take_while(|line| !line.starts_with('*')).filter_map(move |line| numbers(line).ok())
    };
    let mut successors = Vec::new();
    for row in section("PRECEDENCE RELATIONS").filter(|row| row.len() >= 3) {
        let [job, 1, count, listed @ ..] = &row[..] else { return None };
        if *job as usize != successors.len() + 1 || *count as usize != listed.len() {
            return None;
        }
        let listed = listed.iter().map(|job| (*job as usize).checked_sub(1));
        successors.push(listed.collect::<Option<Vec<usize>>>()?);
    }
    let (mut durations, mut demands) = (Vec::new(), Vec::new());
    for row in section("REQUESTS/DURATIONS").filter(|row| row.len() >= 3) {
        let [job, 1, duration, demand @ ..] = &row[..] else { return None };
        if *job as usize != durations.len() + 1 {
            return None;
        }
        durations.push(u32::try_from(*duration).ok()?);
        demands.push(demand.to_vec());
    }
    let capacities = section("RESOURCEAVAILABILITIES").last()?;
    let jobs = durations.len();
    let sound = successors.len() == jobs
        && successors.iter().flatten().all(|job| *job < jobs)
        && demands.iter().all(|demand| demand.len() == capacities.len());
    sound.then_some(Instance { durations, demands, successors, capacities })
}

fn job_name(job: usize) -> String {
    format!("j{:04}", job + 1)
}

fn plan(instance: &Instance) -> Result<Plan, String> {
    let mut declarations = Declarations::default();
    let pool = |number: usize| format!("R{}", number + 1);
    let pools = instance.capacities.iter().enumerate().filter(|(_, capacity)| **capacity > 0);
    declarations.pools =
        pools.map(|(number, capacity)| PoolSpec::new(pool(number), *capacity)).collect();
    let mut request = Request::new();
    let rows = instance.durations.iter().zip(&instance.demands).enumerate();
    for (job, (duration, demands)) in rows {
        let mut system = SystemSpec::new(job_name(job));
        system.estimate = Some(Duration::from_secs(*duration));
        let claimed = demands.iter().enumerate().filter(|(_, units)| **units > 0);
        system.uses = claimed
            .map(|(number, units)| Amount::new(pool(number).as_str().into(), *units))
            .collect();
        request = request.system(system.name.clone());
        declarations.systems.push(system);
    }
    for (job, successors) in instance.successors.iter().enumerate() {
        for later in successors {
            if let Some(system) = declarations.systems.get_mut(*later) {
                system.needs.push(job_name(job).as_str().into());
            }
        }
    }
    let first = |faults: Vec<ptms_core::Diagnostic>| {
        faults.first().map(|fault| fault.message.clone()).unwrap_or_default()
    };
    Catalog::declare(declarations).and_then(|catalog| catalog.plan(&request)).map_err(first)
}

/// When each job starts, in whole units of time; `None` where the schedule does not say so.
fn starts(plan: &Plan, schedule: &pso_graph::Schedule, jobs: usize) -> Vec<Option<u64>> {
    let start = |job: usize| {
        let slot = schedule.slots.get(plan.find(&job_name(job))?.index())?;
        let nanos = slot.start.as_nanos().unsigned_abs();
        (nanos % 1_000_000_000 == 0).then_some(nanos / 1_000_000_000)
    };
    (0..jobs).map(start).collect()
}

impl Instance {
    /// The length of the longest path, by relaxing until nothing changes.
    fn critical_path(&self) -> u64 {
        let mut starts = vec![0_u64; self.durations.len()];
        loop {
            let before = starts.clone();
            for (job, successors) in self.successors.iter().enumerate() {
                let finish = starts[job] + u64::from(self.durations[job]);
                for later in successors {
                    starts[*later] = starts[*later].max(finish);
                }
            }
            if starts == before {
                let finishes = starts.iter().zip(&self.durations);
                return finishes.map(|(start, took)| start + u64::from(*took)).max().unwrap_or(0);
            }
        }
    }
}

/// The makespan if every job starts, none before its predecessors have finished, and at no instant more
/// of a resource is in use than there is.
fn check(instance: &Instance, starts: &[Option<u64>]) -> Result<u64, String> {
    let mut times = Vec::new();
    for (job, start) in starts.iter().enumerate() {
        let start = start.ok_or_else(|| format!("job {} has no start", job + 1))?;
        times.push((start, start + u64::from(instance.durations[job])));
    }
    for (job, successors) in instance.successors.iter().enumerate() {
        for later in successors {
            if times[*later].0 < times[job].1 {
                return Err(format!(
                    "job {} starts before job {} has finished",
                    later + 1,
                    job + 1
                ));
            }
        }
    }
    // Use only grows where a job starts.
    for (instant, _) in &times {
        for (resource, capacity) in instance.capacities.iter().enumerate() {
            let running = times.iter().zip(&instance.demands);
            let running =
                running.filter(|((start, finish), _)| start <= instant && instant < finish);
            let used: u64 = running.map(|(_, demands)| demands[resource]).sum();
            if used > *capacity {
                return Err(format!(
                    "at {instant}, {used} of resource {} are in use, of {capacity}",
                    resource + 1
                ));
            }
        }
    }
    Ok(times.iter().map(|(_, finish)| *finish).max().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_jobs() -> Instance {
        Instance {
            durations: vec![2, 3],
            demands: vec![vec![1], vec![1]],
            successors: vec![vec![], vec![]],
            capacities: vec![1],
        }
    }

    #[test]
    fn the_checker_finds_what_is_wrong() {
        let instance = two_jobs();
        assert_eq!(check(&instance, &[Some(0), Some(2)]), Ok(5));
        assert!(check(&instance, &[Some(0), Some(1)]).unwrap_err().contains("in use"));
        assert!(check(&instance, &[Some(0), None]).unwrap_err().contains("no start"));
        let ordered =
            Instance { successors: vec![vec![1], vec![]], capacities: vec![2], ..instance };
        assert!(check(&ordered, &[Some(0), Some(1)]).unwrap_err().contains("before"));
        assert_eq!(ordered.critical_path(), 5);
    }
}
