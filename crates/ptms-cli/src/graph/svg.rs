//! The picture of a book: rules, workflows and systems in three columns, each ordered so that lines cross
//! little. Knows no book.

use std::fmt::Write;

use super::{Graph, Kind, Leads};

const FONT: usize = 13;
/// The width of a character in a monospaced font, in tenths of its size.
const CHARACTER: usize = 6;
const BOX_HEIGHT: usize = 26;
const ROW: usize = 38;
const MARGIN: usize = 16;
/// Between columns, room for the lines.
const GAP: usize = 150;
/// To the right of the systems, room for the lines among them.
const ARCS: usize = 150;

/// How often the columns are ordered by their neighbours; the order hardly changes after that.
const SWEEPS: usize = 8;

/// Where a node is drawn.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    x: usize,
    y: usize,
    width: usize,
}

/// The picture.
pub(super) fn draw(graph: &Graph) -> String {
    let columns = ordered(graph);
    let mut places = vec![Place::default(); graph.nodes.len()];
    let (mut x, mut height) = (MARGIN, 0);
    let tallest = columns.iter().map(Vec::len).max().unwrap_or_default();
    for column in columns.iter().filter(|column| !column.is_empty()) {
        let names = column.iter().filter_map(|place| graph.nodes.get(*place));
        let longest = names.map(|node| node.name.chars().count()).max().unwrap_or_default();
        let width = longest * FONT * CHARACTER / 10 + 24;
        // A short column stands in the middle.
        let top = MARGIN + (tallest - column.len()) * ROW / 2;
        for (row, node) in column.iter().enumerate() {
            if let Some(place) = places.get_mut(*node) {
                *place = Place { x, y: top + row * ROW, width };
            }
        }
        height = height.max(MARGIN * 2 + tallest * ROW);
        x += width + GAP;
    }
    let width = x.saturating_sub(GAP) + ARCS;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"monospace\" font-size=\"{FONT}\">\n\
         <defs><marker id=\"end\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" \
         markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#555\"/></marker></defs>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for (from, to, leads) in &graph.edges {
        if let (Some(from), Some(to)) = (places.get(*from), places.get(*to)) {
            line(&mut svg, *from, *to, *leads);
        }
    }
    for (node, place) in graph.nodes.iter().zip(&places) {
        block(&mut svg, node.kind, &node.name, *place);
    }
    svg + "</svg>\n"
}

fn block(svg: &mut String, kind: Kind, name: &str, place: Place) {
    let Place { x, y, width } = place;
    let (fill, round) = match kind {
        Kind::Rule => ("#fde9c8", 3),
        Kind::Workflow => ("#d9ead3", BOX_HEIGHT / 2),
        Kind::System => ("#d6e4f5", 3),
    };
    let _ = writeln!(
        svg,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BOX_HEIGHT}\" rx=\"{round}\" \
         fill=\"{fill}\" stroke=\"#555\"/>\n<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{name}</text>",
        x + width / 2,
        y + BOX_HEIGHT / 2 + FONT / 3,
    );
}

fn line(svg: &mut String, from: Place, to: Place, leads: Leads) {
    let dash = if leads.is_firm() { "" } else { " stroke-dasharray=\"4 3\"" };
    let (start, end) = (from.x + from.width, to.y + BOX_HEIGHT / 2);
    let middle = from.y + BOX_HEIGHT / 2;
    let path = if from.x == to.x {
        // Among systems: an arc to the right, the wider the farther it goes.
        let out = start + 24 + from.y.abs_diff(to.y).min(ARCS * 3) / 3;
        format!("M{start} {middle}C{out} {middle} {out} {end} {} {end}", to.x + to.width)
    } else {
        let half = usize::midpoint(start, to.x);
        format!("M{start} {middle}C{half} {middle} {half} {end} {} {end}", to.x)
    };
    let _ = writeln!(
        svg,
        "<path d=\"{path}\" fill=\"none\" stroke=\"#777\"{dash} marker-end=\"url(#end)\"/>"
    );
}

/// The nodes by kind. Rules keep their order; workflows and systems stand at the middle of what leads to
/// them, and as they were where nothing does.
fn ordered(graph: &Graph) -> [Vec<usize>; 3] {
    let of = |kind| {
        let nodes = graph.nodes.iter().enumerate().filter(move |(_, node)| node.kind == kind);
        nodes.map(|(place, _)| place).collect::<Vec<_>>()
    };
    let mut columns = [of(Kind::Rule), of(Kind::Workflow), of(Kind::System)];
    let mut rows = vec![0.0; graph.nodes.len()];
    for _ in 0..SWEEPS {
        for column in &columns {
            for (row, node) in column.iter().enumerate() {
                if let Some(at) = rows.get_mut(*node) {
                    *at = row as f64 / column.len() as f64;
                }
            }
        }
        let middle = |node: usize| {
            let before = graph.edges.iter().filter(|(_, to, _)| *to == node);
            let before: Vec<f64> =
                before.filter_map(|(from, ..)| rows.get(*from)).copied().collect();
            let sum: f64 = before.iter().sum();
            let own = rows.get(node).copied().unwrap_or_default();
            if before.is_empty() { own } else { sum / before.len() as f64 }
        };
        for column in columns.iter_mut().skip(1) {
            column.sort_by(|left, right| middle(*left).total_cmp(&middle(*right)));
        }
    }
    columns
}
