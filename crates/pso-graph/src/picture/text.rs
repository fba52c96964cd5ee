//! A plan as text of 80 columns.

use std::fmt::Write as _;

use ptms_core::step::OnUnknown;
use ptms_core::{Name, OnUndoFailure, Retry, Undo};

use crate::plan::{Between, Claims, Edge, FanOut, Guard, Plan, Step, StepId, Units};

/// How wide a line may become; only a single name that is longer makes it wider.
const COLUMNS: usize = 80;

/// The widest that the columns of names may make themselves, so that room remains for the rest.
const NAME_COLUMN: usize = 24;

impl Plan {
    /// The plan as text for a terminal: its steps by wave, each with its system, why it is there, how it
    /// is undone and what it waits for; then the way back; then what cannot be undone. Lines end in
    /// `\n` and are at most 80 columns wide unless one name alone is wider.
    ///
    /// ```
    /// use pso_graph::{Catalog, Request};
    /// use ptms_core::SystemSpec;
    ///
    /// let catalog = Catalog::new([SystemSpec::new("PDT")], []).unwrap();
    /// let plan = catalog.plan(&Request::new().system("PDT")).unwrap();
    /// assert!(plan.to_text().starts_with("plan PDT: 1 step in 1 wave\n"));
    /// ```
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut page = Page::default();
        let waves = self.waves();
        let (steps, depth) = (self.steps().len(), waves.len());
        let title =
            format!("plan {}: {} in {}", self.name(), count(steps, "step"), count(depth, "wave"));
        page.item(0, "", &title);
        let width = |of: fn(&Step) -> usize| {
            let widths = self.steps().iter().map(of).filter(|width| *width <= NAME_COLUMN);
            widths.max().unwrap_or_default()
        };
        let widths =
            (width(|step| step.id.chars().count()), width(|step| system(step).chars().count()));
        for (number, wave) in (1..).zip(&waves) {
            page.line(0, "");
            page.line(0, &format!("wave {number}"));
            for id in wave {
                self.step_lines(&mut page, *id, widths);
            }
        }
        page.line(0, "");
        page.line(0, "the way back, once everything is up");
        let back = self.way_back(&self.ids().collect());
        let digits = back.len().to_string().len();
        for (number, group) in (1..).zip(&back) {
            let names: Vec<&str> = group.iter().map(|id| self.id_of(*id)).collect();
            page.item(2, &format!("{number:>digits$}."), &names.join(", "));
        }
        for edge in self.dropped() {
            let text = format!("given up, because it closes a circle: {}", self.reason(edge));
            page.line(0, "");
            page.item(0, "", &text);
        }
        for pivot in self.pivots() {
            let text = format!(
                "beyond {} there is no way back: once it is up, or may be, it stays, with all that it needs",
                self.id_of(pivot)
            );
            page.line(0, "");
            page.item(0, "", &text);
        }
        let stuck: Vec<StepId> = self.without_undo().collect();
        if !stuck.is_empty() {
            let names: Vec<&str> = stuck.iter().map(|id| self.id_of(*id)).collect();
            let (whose, them) = if stuck.len() == 1 { ("its", "it") } else { ("their", "them") };
            let text = format!(
                "no way back across {}: {whose} undo is not declared, and a rollback that has to undo {them} ends stuck",
                names.join(", ")
            );
            page.line(0, "");
            page.item(0, "", &text);
        }
        page.0
    }

    fn step_lines(&self, page: &mut Page, id: StepId, (ids, systems): (usize, usize)) {
        let Some(step) = self.step(id) else { return };
        let undo = match &step.undo {
            Undo::Undeclared => "undo not declared".to_owned(),
            Undo::Nothing => "nothing to undo".to_owned(),
            Undo::Action(action) => format!("undo {action}"),
            Undo::Pivot => "no way back beyond it".to_owned(),
        };
        let mut says = vec![step.why.to_string()];
        says.extend((!step.critical).then(|| "not critical".to_owned()));
        says.extend(step.verify.then(|| "verified".to_owned()));
        says.push(undo);
        claims(&step.claims, &mut says);
        let system = system(step);
        let head = match step.id.chars().count() > ids || system.chars().count() > systems {
            true => {
                says.insert(0, format!("activates {system}"));
                step.id.to_string()
            }
            false => format!("{:<ids$}  {system:<systems$}", step.id),
        };
        page.item(2, &head, &says.join("; "));
        if let Some(phase) = &step.phase {
            let text = format!("in phase {phase}, after all steps of earlier phases");
            page.item(6, "", &text);
        }
        let own = |edge: &&Edge| edge.between != Between::Phases;
        conduct(step).iter().for_each(|text| page.item(6, "", text));
        for edge in self.predecessors(id).filter(own) {
            let waits = format!("{} {}", edge.kind, self.id_of(edge.from));
            let reason = self.reason(edge);
            let because =
                (reason != format!("{} {waits}", step.id)).then(|| format!(" because {reason}"));
            let origin = self.edge_origin(edge).map(|origin| format!(" ({origin})"));
            let text =
                format!("{waits}{}{}", because.unwrap_or_default(), origin.unwrap_or_default());
            page.item(6, "", &text);
        }
    }

    fn id_of(&self, id: StepId) -> &str {
        self.step(id).map_or("", |step| &step.id)
    }
}

/// The system of a step, or nothing.
fn system(step: &Step) -> &str {
    step.system.as_deref().unwrap_or_default()
}

/// When a step is done, how often, on what, and what is done about its failures; a line for each.
fn conduct(step: &Step) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(Guard { condition, on_unknown }) = &step.when {
        let unknown = match on_unknown {
            OnUnknown::Fail => "fails",
            OnUnknown::Skip => "is skipped",
            OnUnknown::Run => "is done",
        };
        lines.push(format!("only when {}; {unknown} where that is unknown", condition.text));
    }
    lines.extend(step.wait.as_ref().map(|wait| format!("waits for {wait}")));
    if let Some(FanOut { over, max }) = &step.for_each {
        lines.push(format!("for each of {over}, at most {max}"));
    }
    if !step.input.is_empty() {
        let given: Vec<String> =
            step.input.iter().map(|(name, source)| format!("{name} = {source}")).collect();
        lines.push(format!("given {}", given.join(", ")));
    }
    lines.extend(step.retry.as_ref().map(Retry::to_string));
    lines.extend(step.undo_retry.as_ref().map(|retry| format!("its undo {retry}")));
    if step.on_undo_failure == OnUndoFailure::Stop {
        lines.push("a rollback stops where its undo fails".to_owned());
    }
    lines
}

/// What a step takes for itself, where it does.
fn claims(claims: &Claims, says: &mut Vec<String>) {
    let units = |list: &[Units]| {
        let each: Vec<String> =
            list.iter().map(|one| format!("{} {}", one.units, one.pool)).collect();
        each.join(" and ")
    };
    says.extend((!claims.uses.is_empty()).then(|| format!("uses {}", units(&claims.uses))));
    says.extend((!claims.holds.is_empty()).then(|| format!("holds {}", units(&claims.holds))));
    if !claims.exclusive.is_empty() {
        let names: Vec<&str> = claims.exclusive.iter().map(Name::as_str).collect();
        says.push(format!("writes {} alone", names.join(" and ")));
    }
}

/// "1 step", "2 steps".
fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// Lines that are wrapped at words.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, indent: usize, text: &str) {
        let _ = writeln!(self.0, "{:indent$}{text}", "");
    }

    /// A head and a text beside it; where the text takes several lines, they are indented to where it
    /// begins. A head that leaves some word too little room stands alone.
    fn item(&mut self, indent: usize, head: &str, text: &str) {
        let head_width = if head.is_empty() { 0 } else { head.chars().count() + 2 };
        let mut hang = indent + head_width;
        let mut line = format!("{:indent$}{head}", "");
        let longest = text.split(' ').map(|word| word.chars().count()).max().unwrap_or_default();
        if !head.is_empty() && hang + longest > COLUMNS {
            hang = indent + 4;
            self.line(0, line.trim_end());
            line.clear();
        }
        let mut width = 0;
        for word in text.split(' ') {
            let long = word.chars().count();
            if width > 0 && hang + width + 1 + long > COLUMNS {
                self.line(0, &line);
                line.clear();
                width = 0;
            }
            if width == 0 {
                let gap = hang - line.chars().count().min(hang);
                let _ = write!(line, "{:gap$}{word}", "");
                width = long;
            } else {
                let _ = write!(line, " {word}");
                width += 1 + long;
            }
        }
        self.line(0, &line);
    }
}
