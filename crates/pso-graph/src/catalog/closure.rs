//! Which systems a plan takes in beside those it is asked for. Knows links and numbers, no steps.

use std::collections::VecDeque;

use super::links::Links;
use crate::plan::EdgeKind;

/// Where following the links starts: a system that the plan has anyway.
#[derive(Clone, Debug)]
pub(super) struct Root {
    pub(super) system: u32,
    pub(super) critical: bool,
}

/// A system that was pulled in.
#[derive(Clone, Debug)]
pub(super) struct Pulled {
    pub(super) system: u32,
    /// Whether something critical needs it.
    pub(super) critical: bool,
    /// The system that pulled it in, and whether by needing or by wanting it.
    pub(super) by: u32,
    pub(super) kind: EdgeKind,
}

/// The least set of systems that contains what the roots and its own members need and want, without the
/// roots: breadth first, so that each is pulled in by one of the shortest chains, ties by number.
/// What is only wanted is left out where `wants` is false. `count` is how many systems there are. O(n + m) in what is visited, and O(count).
pub(super) fn closure(count: usize, links: &Links, roots: &[Root], wants: bool) -> Vec<Pulled> {
    let mut closure = Closure { links, wants, taken: vec![false; count], pulled: Vec::new() };
    for root in roots {
        closure.take(root.system);
    }
    // What is critical spreads over needs alone, so it goes first; then all else.
    let critical = roots.iter().filter(|root| root.critical).map(|root| root.system);
    closure.follow(critical.collect(), true);
    let all = roots.iter().map(|root| root.system);
    closure.follow(all.chain(closure.pulled.iter().map(|pulled| pulled.system)).collect(), false);
    closure.pulled
}

struct Closure<'a> {
    links: &'a Links,
    /// Whether what is only wanted is taken in too.
    wants: bool,
    taken: Vec<bool>,
    pulled: Vec<Pulled>,
}

impl Closure<'_> {
    /// Whether the system is new.
    fn take(&mut self, system: u32) -> bool {
        self.taken.get_mut(system as usize).is_some_and(|taken| !std::mem::replace(taken, true))
    }

    fn follow(&mut self, mut queue: VecDeque<u32>, critical: bool) {
        let links = self.links;
        while let Some(by) = queue.pop_front() {
            for link in links.of(by) {
                let pulls = match link.kind {
                    EdgeKind::Needs => true,
                    EdgeKind::Wants => self.wants && !critical,
                    EdgeKind::After => false,
                };
                if pulls && self.take(link.earlier) {
                    self.pulled.push(Pulled {
                        system: link.earlier,
                        critical,
                        by,
                        kind: link.kind,
                    });
                    queue.push_back(link.earlier);
                }
            }
        }
    }
}
