//! A plan in the DOT language of Graphviz.

use std::fmt::Write as _;

use ptms_core::Undo;

use crate::plan::{EdgeKind, Plan};

impl Plan {
    /// The plan as a DOT digraph, one rank for each wave. Steps that are not critical have a dashed
    /// border, those without a way back (a pivot, or no undo declared) a thick one; what a step wants is dashed, what it only
    /// comes after dotted.
    ///
    /// ```
    /// use pso_graph::{Catalog, Request};
    /// use ptms_core::SystemSpec;
    ///
    /// let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
    /// let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
    /// assert!(plan.to_dot().starts_with("digraph \"PDT\" {\n"));
    /// ```
    #[must_use]
    pub fn to_dot(&self) -> String {
        let mut out = format!("digraph {} {{\n    node [shape=box];\n", quote(&[self.name()]));
        for wave in self.waves() {
            out.push_str("    { rank=same;\n");
            for step in wave.into_iter().filter_map(|id| self.step(id)) {
                let label = match step.system.as_ref().filter(|system| **system != step.id) {
                    None => quote(&[&step.id]),
                    Some(system) => quote(&[&step.id, system]),
                };
                let style = if step.critical { "" } else { ", style=dashed" };
                let stays = matches!(step.undo, Undo::Undeclared | Undo::Pivot);
                let width = if stays { ", penwidth=2" } else { "" };
                let _ =
                    writeln!(out, "        {} [label={label}{style}{width}];", quote(&[&step.id]));
            }
            out.push_str("    }\n");
        }
        for edge in self.edges() {
            let style = match edge.kind {
                EdgeKind::Needs => "label=needs",
                EdgeKind::Wants => "label=wants, style=dashed",
                EdgeKind::After => "label=after, style=dotted",
            };
            if let Some((from, to)) = self.step(edge.from).zip(self.step(edge.to)) {
                let _ =
                    writeln!(out, "    {} -> {} [{style}];", quote(&[&from.id]), quote(&[&to.id]));
            }
        }
        out.push_str("}\n");
        out
    }
}

/// The lines as one quoted string, in which nothing is an escape or the end but what is meant.
fn quote(lines: &[&str]) -> String {
    let escaped: Vec<String> = lines
        .iter()
        .map(|line| line.replace('\\', "\\\\").replace('"', "\\\"").replace(char::is_control, " "))
        .collect();
    format!("\"{}\"", escaped.join("\\n"))
}
