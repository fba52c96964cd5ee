//! `ptms graph`: which rules start which workflows and systems, and what these need. Plans have pictures of
//! their own; this one shows the whole book.

mod svg;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;

use ptms::Book;

use crate::args::{GraphArgs, GraphFormat};
use crate::book;
use crate::exit::{Exit, Failure};
use crate::words::{WIDTH, wrapped};

/// Loads the book and draws it.
pub(crate) fn graph(args: &GraphArgs) -> Result<Exit, Failure> {
    let (_, book) = book::load(&args.book)?;
    let graph = Graph::of(&book);
    let text = match args.format {
        GraphFormat::Text => graph.text(),
        GraphFormat::Mermaid => graph.mermaid(),
        GraphFormat::Dot => graph.dot(),
        GraphFormat::Svg => svg::draw(&graph),
    };
    write!(anstream::stdout(), "{text}")?;
    Ok(Exit::Fine)
}

/// What a node of the picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Rule,
    Workflow,
    System,
}

/// A node: rules in the order of evaluation, workflows and systems by name.
#[derive(Clone, Debug)]
struct Node {
    kind: Kind,
    name: String,
}

/// How one node leads to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Leads {
    Starts,
    Activates,
    Needs,
    Wants,
    After,
}

impl Leads {
    const fn word(self) -> &'static str {
        match self {
            Self::Starts => "starts",
            Self::Activates => "activates",
            Self::Needs => "needs",
            Self::Wants => "wants",
            Self::After => "after",
        }
    }

    /// Whether it pulls the other in.
    const fn is_firm(self) -> bool {
        matches!(self, Self::Starts | Self::Activates | Self::Needs)
    }
}

/// The whole book as nodes and edges.
#[derive(Debug, Default)]
struct Graph {
    nodes: Vec<Node>,
    /// From, to, how; by place in `nodes`, each once.
    edges: Vec<(usize, usize, Leads)>,
}

impl Graph {
    fn of(book: &Book) -> Self {
        let mut graph = Self::default();
        let mut places = BTreeMap::new();
        let rules = book.rules().map(|rule| (Kind::Rule, rule.id.as_str()));
        let workflows = book.workflows().iter().map(|one| (Kind::Workflow, one.name.as_str()));
        let systems = book.systems().iter().map(|one| (Kind::System, one.name.as_str()));
        for (kind, name) in rules.chain(workflows).chain(systems) {
            places.insert((kind, name), graph.nodes.len());
            graph.nodes.push(Node { kind, name: name.to_owned() });
        }
        let mut lead = |from: (Kind, &str), to: (Kind, &str), leads| {
            if let (Some(from), Some(to)) = (places.get(&from), places.get(&to)) {
                graph.edges.push((*from, *to, leads));
            }
        };
        for rule in book.rules() {
            let from = (Kind::Rule, rule.id.as_str());
            if let Some(workflow) = &rule.workflow {
                lead(from, (Kind::Workflow, workflow), Leads::Starts);
            }
            for system in &rule.systems {
                lead(from, (Kind::System, system), Leads::Starts);
            }
        }
        for workflow in book.workflows() {
            let from = (Kind::Workflow, workflow.name.as_str());
            for system in workflow.steps.iter().filter_map(|step| step.system()) {
                lead(from, (Kind::System, &system.name), Leads::Activates);
            }
        }
        for system in book.systems() {
            let from = (Kind::System, system.name.as_str());
            let named = [
                (&system.needs, Leads::Needs),
                (&system.wants, Leads::Wants),
                (&system.after, Leads::After),
            ];
            for (others, leads) in named {
                others.iter().for_each(|other| lead(from, (Kind::System, &other.name), leads));
            }
        }
        graph.edges.sort();
        graph.edges.dedup();
        graph
    }

    /// The names of what a node leads to in this way.
    fn led(&self, from: usize, leads: Leads, kind: Kind) -> Vec<&str> {
        let edges = self.edges.iter().filter(|(start, _, how)| *start == from && *how == leads);
        let ends = edges.filter_map(|(_, to, _)| self.nodes.get(*to));
        ends.filter(|node| node.kind == kind).map(|node| node.name.as_str()).collect()
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (place, node) in self.nodes.iter().enumerate() {
            let kind = match node.kind {
                Kind::Rule => "rule",
                Kind::Workflow => "workflow",
                Kind::System => "system",
            };
            if place > 0 && self.nodes.get(place - 1).is_some_and(|last| last.kind != node.kind) {
                text.push('\n');
            }
            let mut parts = Vec::new();
            for (leads, kind, what) in [
                (Leads::Starts, Kind::Workflow, "starts workflow"),
                (Leads::Starts, Kind::System, "starts"),
                (Leads::Activates, Kind::System, "activates"),
                (Leads::Needs, Kind::System, "needs"),
                (Leads::Wants, Kind::System, "wants"),
                (Leads::After, Kind::System, "is after"),
            ] {
                let led = self.led(place, leads, kind);
                if !led.is_empty() {
                    parts.push(format!("{what} {}", led.join(", ")));
                }
            }
            if parts.is_empty() && node.kind == Kind::Rule {
                parts.push("starts nothing".to_owned());
            }
            let head = format!("{kind} {}", node.name);
            let tail =
                if parts.is_empty() { String::new() } else { format!(": {}", parts.join("; ")) };
            let _ = writeln!(text, "{}", wrapped(&format!("{head}{tail}"), WIDTH, 4));
        }
        text
    }

    fn mermaid(&self) -> String {
        let mut text = String::from("flowchart LR\n");
        for (place, node) in self.nodes.iter().enumerate() {
            // Names hold nothing that would have to be escaped.
            let (open, close) = match node.kind {
                Kind::Rule => ("{{\"", "\"}}"),
                Kind::Workflow => ("([\"", "\"])"),
                Kind::System => ("[\"", "\"]"),
            };
            let _ = writeln!(text, "    n{place}{open}{}{close}", node.name);
        }
        for (from, to, leads) in &self.edges {
            let _ = match (leads.is_firm(), leads) {
                (_, Leads::Starts | Leads::Activates) => writeln!(text, "    n{from} --> n{to}"),
                (true, _) => writeln!(text, "    n{from} -->|{}| n{to}", leads.word()),
                (false, _) => writeln!(text, "    n{from} -.->|{}| n{to}", leads.word()),
            };
        }
        text
    }

    fn dot(&self) -> String {
        let mut text = String::from("digraph book {\n    rankdir=LR;\n");
        for (place, node) in self.nodes.iter().enumerate() {
            let shape = match node.kind {
                Kind::Rule => "hexagon",
                Kind::Workflow => "oval",
                Kind::System => "box",
            };
            let _ = writeln!(text, "    n{place} [label=\"{}\", shape={shape}];", node.name);
        }
        for (from, to, leads) in &self.edges {
            let style = if leads.is_firm() { "solid" } else { "dashed" };
            let _ = match leads {
                Leads::Starts | Leads::Activates => writeln!(text, "    n{from} -> n{to};"),
                _ => writeln!(
                    text,
                    "    n{from} -> n{to} [label=\"{}\", style={style}];",
                    leads.word()
                ),
            };
        }
        text + "}\n"
    }
}
