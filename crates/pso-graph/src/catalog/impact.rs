//! Who would feel it if a system failed: the closure backwards. Knows nothing of plans.

use ptms_core::Name;
use serde::Serialize;

use super::Catalog;
use crate::groups::Groups;
use crate::plan::EdgeKind;

/// Who needs or wants a system, however indirectly.
///
/// ```
/// use pso_graph::Catalog;
/// use ptms_core::SystemSpec;
///
/// let mut pat = SystemSpec::new("PAT");
/// pat.needs.push("PFD".into());
/// let catalog = Catalog::new([pat, SystemSpec::new("PFD")], []).unwrap();
/// let impact = catalog.impact("PFD").unwrap();
/// assert_eq!(impact.systems[0].to_string(), "PAT needs PFD");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Impact {
    /// The systems: first those that cannot be active without it, the nearest first, then those that
    /// would only miss it.
    pub systems: Vec<Affected>,
    /// The workflows with a step that activates it or one of these systems, by name, each with those
    /// steps.
    pub workflows: Vec<(Name, Vec<Name>)>,
}

/// A system that another one's failure reaches.
///
/// ```
/// use pso_graph::Catalog;
/// use ptms_core::SystemSpec;
///
/// let mut pat = SystemSpec::new("PAT");
/// pat.wants.push("PFD".into());
/// let catalog = Catalog::new([pat, SystemSpec::new("PFD")], []).unwrap();
/// assert!(!catalog.impact("PFD").unwrap().systems[0].fails);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Affected {
    /// The system.
    pub system: Name,
    /// Whether it cannot be active without: needs alone lead there.
    pub fails: bool,
    /// What it asks of the next system on the way.
    pub kind: EdgeKind,
    /// The next system on the shortest way.
    pub of: Name,
}

/// "PAT needs PFD".
impl std::fmt::Display for Affected {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {} {}", self.system, self.kind, self.of)
    }
}

impl Catalog {
    /// Who needs or wants the system called `name`, however indirectly, and which workflows are touched;
    /// `None` if there is no such system. O(n + m).
    #[must_use]
    pub fn impact(&self, name: &str) -> Option<Impact> {
        let start = super::resolve::find_system(&self.systems, name)?;
        let links: Vec<_> = self.links.iter().filter(|link| link.kind != EdgeKind::After).collect();
        let by_earlier = Groups::new(self.systems.len(), links.iter().map(|link| link.earlier));
        let mut taken = vec![false; self.systems.len()];
        let mut reached = vec![start];
        let mut systems = Vec::new();
        if let Some(slot) = taken.get_mut(start as usize) {
            *slot = true;
        }
        for fails in [true, false] {
            let mut next = 0;
            while let Some(of) = reached.get(next).copied() {
                next += 1;
                let links =
                    by_earlier.of(of as usize).iter().filter_map(|link| links.get(*link as usize));
                for link in links.filter(|link| !fails || link.kind == EdgeKind::Needs) {
                    let fresh = taken.get_mut(link.later as usize).filter(|taken| !**taken);
                    let Some(slot) = fresh else { continue };
                    *slot = true;
                    reached.push(link.later);
                    let name = |system: u32| Some(self.systems.get(system as usize)?.name.clone());
                    let affected = name(link.later).zip(name(of));
                    systems.extend(affected.map(|(system, of)| Affected {
                        system,
                        fails,
                        kind: link.kind,
                        of,
                    }));
                }
            }
        }
        let touched = |system: Option<u32>| {
            system.is_some_and(|system| taken.get(system as usize).copied().unwrap_or(false))
        };
        let workflow = |(spec, flow): (&ptms_core::WorkflowSpec, &super::resolve::Flow)| {
            let steps =
                spec.steps.iter().zip(&flow.steps).filter(|(_, place)| touched(place.system));
            let steps: Vec<Name> = steps.map(|(step, _)| step.id.clone()).collect();
            (!steps.is_empty()).then(|| (spec.name.clone(), steps))
        };
        let workflows = self.workflows.iter().zip(&self.flows).filter_map(workflow).collect();
        Some(Impact { systems, workflows })
    }
}
