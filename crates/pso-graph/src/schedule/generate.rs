//! The two schedule generation schemes (Kolisch 1996). Know times in nanoseconds and claims by number.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::load::Load;
use super::paths::Paths;
use crate::plan::Plan;

/// How urgent a step is, smallest first: its latest finish, then its place among all by priority and
/// name.
type Urgency = (i64, u32);

/// Which steps wait for how many others, and who is next.
struct Eligible<'a> {
    plan: &'a Plan,
    waits_for: Vec<u32>,
    urgency: Vec<Urgency>,
    /// By place: the step.
    by_place: Vec<u32>,
    /// By step: when the last finishes of those before it that are placed.
    ready: Vec<i64>,
}

impl<'a> Eligible<'a> {
    fn new(plan: &'a Plan, durations: &[i64], paths: &Paths) -> Self {
        let priorities: Vec<_> = plan.steps().iter().map(|step| step.priority).collect();
        let mut by_place: Vec<u32> = plan.by_id().iter().map(|step| step.as_u32()).collect();
        by_place.sort_by_key(|step| Reverse(priorities.get(*step as usize)));
        let mut urgency = vec![(0, 0); durations.len()];
        for (place, step) in (0..).zip(&by_place) {
            if let Some(slot) = urgency.get_mut(*step as usize) {
                *slot = (paths.latest_finish(*step as usize, durations), place);
            }
        }
        let mut waits_for = vec![0; durations.len()];
        for edge in plan.edges() {
            if let Some(slot) = waits_for.get_mut(edge.to.index()) {
                *slot += 1;
            }
        }
        Self { plan, waits_for, urgency, by_place, ready: vec![0; durations.len()] }
    }

    fn urgency(&self, step: usize) -> Urgency {
        self.urgency.get(step).copied().unwrap_or_default()
    }

    fn step(&self, urgency: Urgency) -> usize {
        self.by_place.get(urgency.1 as usize).copied().unwrap_or_default() as usize
    }

    fn ready(&self, step: usize) -> i64 {
        self.ready.get(step).copied().unwrap_or_default()
    }

    /// The steps that wait for nothing.
    fn first(&self) -> Vec<usize> {
        let free = self.waits_for.iter().enumerate().filter(|(_, number)| **number == 0);
        free.map(|(step, _)| step).collect()
    }

    /// Calls `next` for each step that waits for nothing more once this one finishes.
    fn finished(&mut self, step: usize, at: i64, mut next: impl FnMut(&Self, usize)) {
        let plan = self.plan;
        for edge in plan.successors(crate::plan::StepId::new(step as u32)) {
            let later = edge.to.index();
            let slots = self.ready.get_mut(later).zip(self.waits_for.get_mut(later));
            let Some((ready, waits)) = slots else { continue };
            *ready = at.max(*ready);
            *waits = waits.saturating_sub(1);
            if *waits == 0 {
                next(self, later);
            }
        }
    }
}

/// Step by step: of those whose predecessors are placed, the most urgent, as early as it fits.
pub(super) fn serial(plan: &Plan, durations: &[i64], paths: &Paths, load: &Load) -> Vec<i64> {
    let mut eligible = Eligible::new(plan, durations, paths);
    let mut starts = vec![0; durations.len()];
    let mut timelines: Vec<Timeline> =
        load.limits.iter().map(|(_, units)| Timeline::new(*units)).collect();
    // By claim: nothing that takes time can start before this.
    let mut full_until = vec![0_i64; load.classes()];
    let mut queue: BinaryHeap<Reverse<Urgency>> = BinaryHeap::new();
    queue.extend(eligible.first().into_iter().map(|step| Reverse(eligible.urgency(step))));
    while let Some(Reverse(urgency)) = queue.pop() {
        let step = eligible.step(urgency);
        let took = durations.get(step).copied().unwrap_or_default();
        let (class, ready) = (load.class_of(step), eligible.ready(step));
        let claim = load.class(class);
        let mut start = ready;
        if took > 0
            && !claim.is_empty()
            && let Some(full_until) = full_until.get_mut(class as usize)
        {
            start = first_fit(&timelines, claim, took, ready.max(*full_until));
            if ready <= *full_until {
                *full_until = first_fit(&timelines, claim, 1, *full_until);
            }
            for (number, units) in claim {
                if let Some(timeline) = timelines.get_mut(*number as usize) {
                    timeline.take(start, start + took, *units);
                }
            }
        }
        if let Some(slot) = starts.get_mut(step) {
            *slot = start;
        }
        eligible.finished(step, start + took, |eligible, next| {
            queue.push(Reverse(eligible.urgency(next)));
        });
    }
    starts
}

/// The earliest start, from `from` on, at which a claim fits for a while.
fn first_fit(timelines: &[Timeline], claim: &[(u32, u64)], took: i64, from: i64) -> i64 {
    let mut start = from;
    loop {
        let before = start;
        for (number, units) in claim {
            if let Some(timeline) = timelines.get(*number as usize) {
                start = timeline.first_fit(start, took, *units);
            }
        }
        if start == before {
            return start;
        }
    }
}

/// How many units are free from when on.
struct Timeline {
    // INVARIANT: begins at 0; the last entry has all units free.
    free: BTreeMap<i64, u64>,
}

impl Timeline {
    fn new(units: u64) -> Self {
        Self { free: BTreeMap::from([(0, units)]) }
    }

    fn at(&self, time: i64) -> u64 {
        self.free.range(..=time).next_back().map_or(0, |(_, free)| *free)
    }

    /// The earliest start, from `from` on, at which so many units are free for a while.
    fn first_fit(&self, from: i64, took: i64, units: u64) -> i64 {
        let mut start = from;
        let mut fits = self.at(from) >= units;
        for (time, free) in self.free.range(from + 1..) {
            if fits && *time >= start + took {
                break;
            }
            match (fits, *free >= units) {
                (false, true) => (start, fits) = (*time, true),
                (true, false) => fits = false,
                _ => {}
            }
        }
        start
    }

    fn take(&mut self, from: i64, to: i64, units: u64) {
        for time in [from, to] {
            let free = self.at(time);
            self.free.entry(time).or_insert(free);
        }
        for (_, free) in self.free.range_mut(from..to) {
            *free = free.saturating_sub(units);
        }
    }
}

/// From instant to instant: at each, the most urgent of the steps that could start and fit.
pub(super) fn parallel(plan: &Plan, durations: &[i64], paths: &Paths, load: &Load) -> Vec<i64> {
    let mut eligible = Eligible::new(plan, durations, paths);
    let mut waiting = Waiting::new(load);
    let mut starts = vec![0; durations.len()];
    let mut finishes: BinaryHeap<Reverse<(i64, u32)>> = BinaryHeap::new();
    for step in eligible.first() {
        waiting.add(load.class_of(step), eligible.urgency(step));
    }
    let mut now = 0;
    loop {
        while let Some(urgency) = waiting.next() {
            let step = eligible.step(urgency);
            let took = durations.get(step).copied().unwrap_or_default();
            if let Some(slot) = starts.get_mut(step) {
                *slot = now;
            }
            if took > 0 {
                waiting.take(load.class_of(step));
            }
            finishes.push(Reverse((now + took, step as u32)));
            if took == 0 {
                break;
            }
        }
        let Some(Reverse((time, _))) = finishes.peek() else { return starts };
        now = *time;
        while finishes.peek().is_some_and(|Reverse((at, _))| *at == now)
            && let Some(Reverse((_, step))) = finishes.pop()
        {
            let step = step as usize;
            if durations.get(step).is_some_and(|took| *took > 0) {
                waiting.give_back(load.class_of(step));
            }
            eligible.finished(step, now, |eligible, next| {
                waiting.add(load.class_of(next), eligible.urgency(next));
            });
        }
    }
}

/// Steps that could start, by claim, so that a million that want the same are asked once.
struct Waiting<'a> {
    load: &'a Load,
    free: Vec<u64>,
    /// By claim: its steps.
    steps: Vec<BinaryHeap<Reverse<Urgency>>>,
    /// The most urgent step of each claim of which it is not known that it does not fit. May hold more:
    /// what is no longer true of a claim is passed over.
    open: BinaryHeap<Reverse<(Urgency, u32)>>,
    /// By number of what has run out: the claims that were found not to fit for want of it.
    parked: Vec<Vec<u32>>,
    is_parked: Vec<bool>,
}

impl<'a> Waiting<'a> {
    fn new(load: &'a Load) -> Self {
        Self {
            load,
            free: load.limits.iter().map(|(_, units)| *units).collect(),
            steps: (0..load.classes()).map(|_| BinaryHeap::new()).collect(),
            open: BinaryHeap::new(),
            parked: vec![Vec::new(); load.limits.len()],
            is_parked: vec![false; load.classes()],
        }
    }

    fn add(&mut self, class: u32, urgency: Urgency) {
        let Some(steps) = self.steps.get_mut(class as usize) else { return };
        steps.push(Reverse(urgency));
        self.offer(class);
    }

    /// Puts a claim up for choice with its most urgent step.
    fn offer(&mut self, class: u32) {
        let parked = self.is_parked.get(class as usize).copied().unwrap_or(false);
        let first = self.steps.get(class as usize).and_then(BinaryHeap::peek);
        if let Some(Reverse(urgency)) = first.filter(|_| !parked) {
            self.open.push(Reverse((*urgency, class)));
        }
    }

    /// Takes out the most urgent step that fits.
    fn next(&mut self) -> Option<Urgency> {
        while let Some(Reverse((urgency, class))) = self.open.pop() {
            let parked = self.is_parked.get_mut(class as usize)?;
            let steps = self.steps.get_mut(class as usize)?;
            if *parked || steps.peek() != Some(&Reverse(urgency)) {
                continue;
            }
            let short = self.load.class(class).iter().find(|(number, units)| {
                self.free.get(*number as usize).is_none_or(|free| free < units)
            });
            let Some((number, _)) = short else {
                steps.pop();
                self.offer(class);
                return Some(urgency);
            };
            *parked = true;
            if let Some(parked) = self.parked.get_mut(*number as usize) {
                parked.push(class);
            }
        }
        None
    }

    fn take(&mut self, class: u32) {
        for (number, units) in self.load.class(class) {
            if let Some(free) = self.free.get_mut(*number as usize) {
                *free = free.saturating_sub(*units);
            }
        }
    }

    fn give_back(&mut self, class: u32) {
        for (number, units) in self.load.class(class) {
            if let Some(free) = self.free.get_mut(*number as usize) {
                *free = free.saturating_add(*units);
            }
            let parked = self.parked.get_mut(*number as usize).map(std::mem::take);
            for class in parked.unwrap_or_default() {
                if let Some(slot) = self.is_parked.get_mut(class as usize) {
                    *slot = false;
                }
                self.offer(class);
            }
        }
    }
}
