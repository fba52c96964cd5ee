//! A plan as SVG, laid out by layout-rs. Only with the feature `svg`.

use layout::backends::svg::SVGWriter;
use layout::core::base::Orientation;
use layout::core::color::Color;
use layout::core::geometry::Point;
use layout::core::style::{LineStyleKind, StyleAttr};
use layout::std_shapes::shapes::{Arrow, Element, LineEndKind, ShapeKind};
use layout::topo::layout::VisualGraph;
use ptms_core::Undo;

use crate::limit::MAX_DRAWN;
use crate::plan::{Between, EdgeKind, Plan, Step};

/// Black and white, of 24-bit red, green and blue with full opacity.
const BLACK: u32 = 0x0000_00ff;
const WHITE: u32 = 0xffff_ffff;

/// The size that the library gives to what it adds by itself. With one more size the picture would
/// depend on its hashing.
const FONT: usize = 15;

impl Plan {
    /// The plan as a picture, from what comes first at the top; `None` if it has more steps or edges than
    /// [`MAX_DRAWN`]. Borders are as in [`Plan::to_dot`]; what a step wants or only comes after is dashed,
    /// and every line says which. What phases order is written into
    /// the steps instead of drawn, as it would cover all else.
    ///
    /// ```
    /// use pso_graph::{Catalog, Request};
    /// use ptms_core::SystemSpec;
    ///
    /// let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
    /// let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
    /// assert!(plan.to_svg().unwrap().contains("PDT"));
    /// ```
    #[must_use]
    pub fn to_svg(&self) -> Option<String> {
        let edges = || self.edges().iter().filter(|edge| edge.between != Between::Phases);
        if self.steps().len() > MAX_DRAWN || edges().count() > MAX_DRAWN {
            return None;
        }
        let mut graph = VisualGraph::new(Orientation::TopToBottom);
        let handles: Vec<_> =
            self.steps().iter().map(|step| graph.add_node(element(step))).collect();
        for edge in edges() {
            let ends = handles.get(edge.from.index()).zip(handles.get(edge.to.index()));
            let Some((from, to)) = ends else { continue };
            let (text, line) = match edge.kind {
                EdgeKind::Needs => ("needs", LineStyleKind::Normal),
                EdgeKind::Wants => ("wants", LineStyleKind::Dashed),
                EdgeKind::After => ("after", LineStyleKind::Dotted),
            };
            let look = look(1);
            let (start, end) = (LineEndKind::None, LineEndKind::Arrow);
            let arrow = Arrow::new(start, end, line, text, &look, &None, &None);
            graph.add_edge(arrow, *from, *to);
        }
        let mut writer = SVGWriter::new();
        graph.do_it(false, false, false, &mut writer);
        Some(writer.finalize())
    }
}

fn look(width: usize) -> StyleAttr {
    StyleAttr::new(Color::new(BLACK), width, Some(Color::new(WHITE)), 4, FONT)
}

fn element(step: &Step) -> Element {
    let mut label = printable(&step.id);
    if let Some(system) = step.system.as_ref().filter(|system| **system != step.id) {
        label.push_str(&format!("\n{}", printable(system)));
    }
    if let Some(phase) = &step.phase {
        label.push_str(&format!("\nphase {}", printable(phase)));
    }
    let stays = matches!(step.undo, Undo::Undeclared | Undo::Pivot);
    let width = if stays { 3 } else { 1 };
    let lines = label.lines().count().max(1);
    let longest = label.lines().map(|line| line.chars().count()).max().unwrap_or_default();
    let size =
        Point::new((longest.max(3) * FONT) as f64 * 0.7 + 16.0, (lines * FONT) as f64 * 1.3 + 12.0);
    let mut element =
        Element::create(ShapeKind::new_box(&label), look(width), Orientation::TopToBottom, size);
    if !step.critical {
        element.properties = Some("stroke-dasharray=\"5 4\"".to_owned());
    }
    element
}

/// Without what XML forbids even as an escape.
fn printable(text: &str) -> String {
    text.replace(|c: char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'), " ")
}
