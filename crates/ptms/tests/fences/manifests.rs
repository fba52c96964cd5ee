//! What packages may depend on. Knows packages and edges, not where they come from.

use std::collections::{BTreeMap, BTreeSet};

/// The crates that own no clock, file, thread or socket, with everything that each may import.
///
/// This is the table of `docs/architecture.md`; a new dependency is a decision, taken here.
pub(crate) const ENGINE: &[(&str, &[&str])] = &[
    ("ptms-core", &["serde", "smallvec", "strsim", "thiserror"]),
    ("ptms-rules", &["ptms-core", "rhai", "serde", "smallvec", "thiserror", "toml"]),
    ("pso-graph", &["petgraph", "ptms-core", "serde", "thiserror"]),
    ("ptms-executor", &["pso-graph", "ptms-core", "serde", "thiserror"]),
    ("ptms", &["pso-graph", "ptms-core", "ptms-executor", "ptms-rules", "serde", "thiserror"]),
];

/// Heavier libraries that an engine crate may import, but only where a user turns a feature on.
pub(crate) const BEHIND_A_FEATURE: &[(&str, &str)] = &[("pso-graph", "layout-rs")];

/// The crates on the host's side of the line: they work with files or clocks.
pub(crate) const OUTSIDE: &[&str] = &["ptms-cli", "ptms-journal"];

/// Libraries that exactly one crate may see, so that they can be replaced.
pub(crate) const WRAPPED: &[(&str, &str)] = &[("rhai", "ptms-rules"), ("petgraph", "pso-graph")];

/// Libraries that bring threads of their own, an event loop or sockets; whatever builds on one of them
/// is found by it.
pub(crate) const RUNTIMES: &[&str] = &[
    "async-executor",
    "async-io",
    "async-std",
    "compio",
    "crossbeam-channel",
    "embassy-executor",
    "futures",
    "futures-executor",
    "glommio",
    "mio",
    "monoio",
    "polling",
    "rayon",
    "smol",
    "socket2",
    "tokio",
];

/// Packages with what each of them depends on.
pub(crate) type Graph = BTreeMap<String, BTreeSet<String>>;

/// The direct dependencies of `package` that its row of the table does not name.
pub(crate) fn unlisted(graph: &Graph, package: &str, may_import: &[&str]) -> Vec<String> {
    let Some(dependencies) = graph.get(package) else {
        return vec![format!("{package} is in the table of fences and not in the workspace")];
    };
    let strange = dependencies.iter().filter(|name| !may_import.contains(&name.as_str()));
    let fault = |name| format!("{package} depends on {name}: not in its row of ENGINE");
    strange.map(fault).collect()
}

/// Packages other than `wrapper` that depend on `wrapped` directly.
pub(crate) fn unwrapped(graph: &Graph, wrapped: &str, wrapper: &str) -> Vec<String> {
    let users = graph.iter().filter(|(_, dependencies)| dependencies.contains(wrapped));
    let strange = users.map(|(user, _)| user).filter(|user| *user != wrapper);
    strange
        .map(|user| format!("{user} depends on {wrapped}: ask {wrapper} for what it needs"))
        .collect()
}

/// The shortest way from `package` to any of `banned`, as a fault that shows it.
pub(crate) fn way_to(graph: &Graph, package: &str, banned: &[&str]) -> Option<String> {
    let mut seen = BTreeSet::from([package]);
    let mut ways = vec![vec![package]];
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let dependencies = way.last().and_then(|last| graph.get(*last)).into_iter().flatten();
            for next in dependencies.map(String::as_str).filter(|next| seen.insert(next)) {
                let way: Vec<&str> = way.iter().copied().chain([next]).collect();
                if banned.contains(&next) {
                    return Some(format!("{}: a runtime under an engine crate", way.join(" → ")));
                }
                longer.push(way);
            }
        }
        ways = longer;
    }
    None
}

/// Whether a manifest takes the lints of the workspace.
pub(crate) fn inherits_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim).skip_while(|line| *line != "[lints]");
    lines.nth(1) == Some("workspace = true")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &str)]) -> Graph {
        let mut graph = Graph::new();
        for (from, to) in edges {
            graph.entry((*from).into()).or_default().insert((*to).into());
        }
        graph
    }

    #[test]
    fn a_dependency_outside_the_table_is_found() {
        let graph = graph(&[("ptms-executor", "serde"), ("ptms-executor", "rhai")]);
        let faults = unlisted(&graph, "ptms-executor", &["serde"]);
        assert_eq!(faults, ["ptms-executor depends on rhai: not in its row of ENGINE"]);
        assert_eq!(unlisted(&graph, "gone", &[]).len(), 1);
    }

    #[test]
    fn a_second_user_of_a_wrapped_library_is_found() {
        let graph = graph(&[("ptms-rules", "rhai"), ("ptms-cli", "rhai")]);
        let faults = unwrapped(&graph, "rhai", "ptms-rules");
        assert_eq!(faults, ["ptms-cli depends on rhai: ask ptms-rules for what it needs"]);
    }

    #[test]
    fn a_runtime_far_below_is_found() {
        let graph = graph(&[("ptms", "a"), ("a", "b"), ("b", "a"), ("b", "tokio")]);
        let fault = way_to(&graph, "ptms", RUNTIMES);
        assert_eq!(fault.unwrap(), "ptms → a → b → tokio: a runtime under an engine crate");
        assert_eq!(way_to(&graph, "elsewhere", RUNTIMES), None);
    }

    #[test]
    fn a_manifest_with_lints_of_its_own_is_found() {
        assert!(inherits_lints("[package]\nname = \"x\"\n\n[lints]\nworkspace = true\n"));
        assert!(!inherits_lints("[package]\nname = \"x\"\n"));
        assert!(!inherits_lints("[lints]\nrust.unsafe_code = \"allow\"\n"));
    }
}
