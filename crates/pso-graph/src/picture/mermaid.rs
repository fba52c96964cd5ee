//! A plan as a Mermaid flowchart.

use std::fmt::Write as _;

use ptms_core::Undo;

use crate::plan::{EdgeKind, Plan};

impl Plan {
    /// The plan as a Mermaid flowchart, as pages on many sites show it. Steps that are not critical have
    /// a dashed border, those without a way back (a pivot, or no undo declared) a thick one; what a step wants or only comes
    /// after is dotted.
    ///
    /// ```
    /// use pso_graph::{Catalog, Request};
    /// use ptms_core::SystemSpec;
    ///
    /// let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
    /// let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
    /// assert!(plan.to_mermaid().starts_with("flowchart TD\n    s0[\"PDT\"]"));
    /// ```
    #[must_use]
    pub fn to_mermaid(&self) -> String {
        let mut out = String::from("flowchart TD\n");
        for (id, step) in self.ids().zip(self.steps()) {
            let mut label = escape(&step.id);
            if let Some(system) = step.system.as_ref().filter(|system| **system != step.id) {
                let _ = write!(label, "<br>{}", escape(system));
            }
            let class = match (step.critical, &step.undo) {
                (true, Undo::Undeclared | Undo::Pivot) => ":::stays",
                (true, Undo::Nothing | Undo::Action(_)) => "",
                (false, Undo::Undeclared | Undo::Pivot) => ":::softstays",
                (false, Undo::Nothing | Undo::Action(_)) => ":::soft",
            };
            let _ = writeln!(out, "    s{}[\"{label}\"]{class}", id.index());
        }
        for edge in self.edges() {
            let arrow = match edge.kind {
                EdgeKind::Needs => "-->|needs|",
                EdgeKind::Wants => "-.->|wants|",
                EdgeKind::After => "-.->|after|",
            };
            let _ = writeln!(out, "    s{} {arrow} s{}", edge.from.index(), edge.to.index());
        }
        out.push_str("    classDef soft stroke-dasharray:5 5\n");
        out.push_str("    classDef stays stroke-width:3px\n");
        out.push_str("    classDef softstays stroke-width:3px,stroke-dasharray:5 5\n");
        out
    }
}

/// Names of the rulebook pass; anything else becomes Mermaid's character codes, so that no text can end
/// the label or be taken for markup.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out
}
