//! Graphs of names that others have written down, one arc a line. Knows no files.

use pso_graph::Knot;
use ptms_core::system::Reference;
use ptms_core::{Duration, SystemSpec};

/// Names in order, and arcs from what comes first to what waits for it.
#[derive(Debug)]
pub struct Graph {
    /// Each once.
    pub names: Vec<String>,
    /// Between positions of names.
    pub arcs: Vec<(u32, u32)>,
}

/// The names and what each depends on, or nothing: `name<TAB>dependency`. A first line that begins with
/// `#` is a comment; a name alone depends on nothing.
///
/// # Errors
///
/// The number, from 1, of the first line that is something else.
pub fn pairs(text: &str) -> Result<Vec<(&str, &str)>, usize> {
    let lines = (1..).zip(text.lines());
    let lines =
        lines.filter(|(number, line)| !(line.is_empty() || *number == 1 && line.starts_with('#')));
    lines.map(|(number, line)| pair(line).ok_or(number)).collect()
}

fn pair(line: &str) -> Option<(&str, &str)> {
    let Some((name, dependency)) = line.split_once('\t') else {
        // Columns apart by something else are not one long name.
        return (!line.contains([' ', ',', ';'])).then_some((line, ""));
    };
    (!name.is_empty() && !dependency.contains('\t')).then_some((name, dependency))
}

impl Graph {
    /// The graph of these names, ranked.
    #[must_use]
    pub fn ranked(pairs: &[(&str, &str)]) -> Self {
        let names = pairs.iter().flat_map(|(name, other)| [*name, *other]);
        let mut names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
        names.sort_unstable();
        names.dedup();
        let rank = |name: &str| names.binary_search(&name).ok().map(|rank| rank as u32);
        let arcs = pairs.iter().filter_map(|(later, earlier)| Some((rank(earlier)?, rank(later)?)));
        let arcs = arcs.collect();
        Self { names: names.into_iter().map(str::to_owned).collect(), arcs }
    }

    /// Systems that take a second each and need each other along these arcs.
    #[must_use]
    pub fn systems(&self, arcs: &[(u32, u32)]) -> Vec<SystemSpec> {
        let system = |name: &String| {
            let mut system = SystemSpec::new(name.as_str());
            system.estimate = Some(Duration::from_secs(1));
            system
        };
        let mut systems: Vec<SystemSpec> = self.names.iter().map(system).collect();
        for (earlier, later) in arcs {
            let earlier = systems.get(*earlier as usize).map(|system| system.name.clone());
            if let Some((later, earlier)) = systems.get_mut(*later as usize).zip(earlier) {
                later.needs.push(Reference::new(earlier, None));
            }
        }
        systems
    }

    /// The arcs between different nodes that are not inside of one knot.
    #[must_use]
    pub fn loose(&self, knots: &[Knot]) -> Vec<(u32, u32)> {
        let mut knot_of = vec![None; self.names.len()];
        for (number, knot) in knots.iter().enumerate() {
            for member in &knot.members {
                if let Some(slot) = knot_of.get_mut(*member as usize) {
                    *slot = Some(number);
                }
            }
        }
        let of = |node: u32| knot_of.get(node as usize).copied().flatten();
        let tied = |(from, to): &(u32, u32)| of(*from).is_some() && of(*from) == of(*to);
        self.arcs.iter().copied().filter(|arc| arc.0 != arc.1 && !tied(arc)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_name_and_what_it_depends_on() {
        assert_eq!(pairs("# x y\nb\ta\n\nc\t\nd"), Ok(vec![("b", "a"), ("c", ""), ("d", "")]));
        for wrong in ["b\ta\nb a", "b\ta\n\ta", "b\ta\nb\ta\tc", "b\ta\n# x y"] {
            assert_eq!(pairs(wrong), Err(2));
        }
    }
}
