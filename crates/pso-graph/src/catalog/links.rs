//! References between declarations of one kind, by number instead of by name. Knows nothing of whether
//! the numbers stand for systems, for the steps of a workflow or for those of a plan.

use ptms_core::{Diagnostic, Name, Origin};

use super::fault::{self, Hop};
use crate::groups::Groups;
use crate::knot::{self, Knot};
use crate::plan::{Between, EdgeKind};
use crate::untie::untie;

/// One declaration waits for another.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) later: u32,
    pub(super) earlier: u32,
    pub(super) kind: EdgeKind,
    pub(super) between: Between,
    /// Whether it may be given up where it closes a circle.
    pub(super) weak: bool,
    pub(super) origin: Option<Origin>,
}

impl Link {
    const fn pair(&self) -> (u32, u32) {
        (self.later, self.earlier)
    }
}

/// Links by the one that waits; two declarations have at most one.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    // INVARIANT: ordered by (later, earlier), each pair once.
    links: Vec<Link>,
    by_later: Groups,
}

impl Links {
    /// Of several links between the same two the strongest stands; of these, the first in the text.
    pub(super) fn new(count: usize, mut links: Vec<Link>) -> Self {
        links.sort_by(|left, right| {
            let rank = |link: &Link| {
                (link.pair(), link.kind, link.weak, link.between, link.origin.is_none())
            };
            rank(left).cmp(&rank(right)).then_with(|| left.origin.cmp(&right.origin))
        });
        links.dedup_by_key(|link| link.pair());
        let by_later = Groups::new(count, links.iter().map(|link| link.later));
        Self { links, by_later }
    }

    /// What this one waits for, in order.
    pub(super) fn of(&self, later: u32) -> impl Iterator<Item = &Link> {
        self.by_later.of(later as usize).iter().filter_map(|link| self.links.get(*link as usize))
    }

    pub(super) fn find(&self, later: u32, earlier: u32) -> Option<&Link> {
        let found = self.links.binary_search_by_key(&(later, earlier), Link::pair);
        self.links.get(found.ok()?)
    }

    pub(super) const fn len(&self) -> usize {
        self.links.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Link> + Clone {
        self.links.iter()
    }

    /// From the earlier to the later.
    pub(super) fn arcs(&self) -> impl Iterator<Item = (u32, u32)> + Clone {
        self.links.iter().map(|link| (link.earlier, link.later))
    }

    pub(super) fn into_iter(self) -> impl Iterator<Item = Link> {
        self.links.into_iter()
    }

    /// The knots of what waits for what, weak links aside: those can be given up.
    pub(super) fn knots(&self) -> Vec<Knot> {
        let arcs: Vec<_> = self.links.iter().filter(|link| !link.weak).map(Link::pair).collect();
        knot::knots(self.by_later.count(), &arcs)
    }

    /// The fault of a knot. `what` says who is tied, in the plural.
    pub(super) fn cycle<'a>(
        &'a self,
        what: &str,
        knot: &Knot,
        name: impl Fn(u32) -> Option<&'a Name>,
        system: impl Fn(u32) -> Option<&'a Name>,
    ) -> Diagnostic {
        let onward = knot.cycle.iter().skip(1).chain(knot.cycle.first());
        let hop = |(later, earlier): (&u32, &u32)| {
            let link = self.find(*later, *earlier)?;
            let (later, earlier) = (name(*later)?, name(*earlier)?);
            let systems = system(link.later).zip(system(link.earlier));
            let because = match link.between {
                Between::Steps => None,
                Between::Phases => {
                    Some(format!("the phase of `{later}` is after that of `{earlier}`"))
                }
                Between::Systems => systems
                    .filter(|systems| *systems != (later, earlier))
                    .map(|(later, earlier)| format!("`{later}` {} `{earlier}`", link.kind)),
            };
            Some(Hop { later, kind: link.kind, earlier, because, origin: link.origin.as_ref() })
        };
        let hops: Vec<Hop<'_>> = knot.cycle.iter().zip(onward).filter_map(hop).collect();
        fault::cycle(what, knot, &hops)
    }

    /// Without weak links enough that there are no knots, and those links. The others have none.
    /// `rank` says which to give up first.
    pub(super) fn loosened<K: Ord>(self, rank: impl Fn(&Link) -> K) -> (Self, Vec<Link>) {
        let count = self.by_later.count();
        let arcs: Vec<_> = self.links.iter().map(|link| (link.earlier, link.later)).collect();
        let mut weak: Vec<(u32, K)> = (0..)
            .zip(&self.links)
            .filter(|(_, link)| link.weak)
            .map(|(number, link)| (number, rank(link)))
            .collect();
        weak.sort_by(|left, right| left.1.cmp(&right.1));
        let weak: Vec<u32> = weak.into_iter().map(|(number, _)| number).collect();
        let mut gone = vec![false; self.links.len()];
        for link in untie(count, &arcs, &weak) {
            if let Some(slot) = gone.get_mut(link as usize) {
                *slot = true;
            }
        }
        let (gone, kept): (Vec<_>, Vec<_>) =
            self.links.into_iter().zip(gone).partition(|(_, gone)| *gone);
        let only_links = |links: Vec<(Link, bool)>| links.into_iter().map(|(link, _)| link);
        (Self::new(count, only_links(kept).collect()), only_links(gone).collect())
    }

    /// Without the links inside these knots, so that what remains can be ordered.
    pub(super) fn without(self, knots: &[Knot]) -> Self {
        if knots.is_empty() {
            return self;
        }
        let count = self.by_later.count();
        let mut knot_of = vec![None; count];
        for (number, knot) in knots.iter().enumerate() {
            for member in &knot.members {
                if let Some(slot) = knot_of.get_mut(*member as usize) {
                    *slot = Some(number);
                }
            }
        }
        let of = |node: u32| knot_of.get(node as usize).copied().flatten();
        let inside = |link: &Link| {
            !link.weak && of(link.later).is_some() && of(link.later) == of(link.earlier)
        };
        let links = self.links.into_iter().filter(|link| !inside(link)).collect();
        Self::new(count, links)
    }
}
