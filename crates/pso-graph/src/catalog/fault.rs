//! The faults of declarations, in the words of those who wrote them. Knows no algorithm.

use ptms_core::diagnostic::{self, Diagnostic};
use ptms_core::name::nearest;
use ptms_core::{Name, Origin};

use crate::knot::Knot;
use crate::plan::EdgeKind;

/// How many names may be compared to find those that were probably meant: enough for every mistake
/// of a book written by people, and a bound where a machine wrote a million wrong ones.
const COMPARISONS: usize = 500_000;

/// How many steps of a cycle are shown from its beginning, and as many from its end. The message of a
/// diagnostic is cut where nobody would read on, and the end of the walk is the part that closes it.
const SHOWN: usize = 5;

/// Collects faults.
#[derive(Debug)]
pub(super) struct Faults {
    list: Vec<Diagnostic>,
    comparisons: usize,
}

impl Faults {
    pub(super) const fn new() -> Self {
        Self { list: Vec::new(), comparisons: COMPARISONS }
    }

    pub(super) fn push(&mut self, fault: Diagnostic) {
        self.list.push(fault);
    }

    /// A name that is not among the candidates. `message` says what refers to it; `instead` what to do,
    /// where something better is known than the name that comes nearest.
    pub(super) fn unknown<'a>(
        &mut self,
        message: String,
        name: &str,
        origin: Option<&Origin>,
        candidates: impl ExactSizeIterator<Item = &'a str>,
        instead: impl FnOnce() -> Option<String>,
    ) {
        let mut fault = at(Diagnostic::error(diagnostic::UNKNOWN_NAME, message), origin, "");
        if let Some(left) = self.comparisons.checked_sub(candidates.len()) {
            self.comparisons = left;
            let near = || nearest(name, candidates).map(|near| format!("did you mean `{near}`?"));
            fault.help = instead().or_else(near);
        }
        self.push(fault);
    }

    /// Sorts by name and keeps the first of each; `what` says what an item is.
    pub(super) fn unique<T>(
        &mut self,
        items: &mut Vec<T>,
        key: impl Fn(&T) -> (&Name, Option<&Origin>),
        what: impl Fn(&Name) -> String,
    ) {
        items.sort_by(|left, right| {
            let (left, right) = (key(left), key(right));
            let rank = (left.0, left.1.is_none(), left.1);
            rank.cmp(&(right.0, right.1.is_none(), right.1))
        });
        items.dedup_by(|later, first| {
            let ((name, again), (first, place)) = (key(later), key(first));
            let same = name == first;
            if same {
                let message = format!("{} is declared twice", what(name));
                let fault = at(Diagnostic::error(diagnostic::DUPLICATE_NAME, message), again, "");
                self.push(at(fault, place, "first declared here"));
            }
            same
        });
    }

    /// All faults, in the order in which they are shown.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        Diagnostic::sort(&mut self.list);
        self.list
    }
}

/// The fault with one more place, where there is one.
pub(super) fn at(fault: Diagnostic, origin: Option<&Origin>, text: &str) -> Diagnostic {
    match origin {
        Some(origin) => fault.label(origin.span.clone(), text),
        None => fault,
    }
}

/// " (systems.toml:14)", or nothing.
pub(super) fn place(origin: Option<&Origin>) -> String {
    origin.map_or_else(String::new, |origin| format!(" ({origin})"))
}

/// One edge of a cycle, from the one that waits to the one that it waits for.
#[derive(Debug)]
pub(super) struct Hop<'a> {
    pub(super) later: &'a Name,
    pub(super) kind: EdgeKind,
    pub(super) earlier: &'a Name,
    /// What orders the two, where their names do not say it: "`PAT` needs `PDT`".
    pub(super) because: Option<String>,
    pub(super) origin: Option<&'a Origin>,
}

impl Hop<'_> {
    /// "needs `PTT` (systems.toml:9)": the walk from where it stands.
    fn onward(&self) -> String {
        let Self { kind, earlier, .. } = self;
        let because = self.because.as_ref().map(|because| format!(" because {because}"));
        format!("{kind} `{earlier}`{}{}", because.unwrap_or_default(), place(self.origin))
    }

    pub(super) fn whole(&self) -> String {
        let own = || format!("`{}` {} `{}`", self.later, self.kind, self.earlier);
        self.because.clone().unwrap_or_else(own)
    }
}

/// The fault of a knot as a walk around its cycle. `what` says who is tied: "systems".
pub(super) fn cycle(what: &str, knot: &Knot, hops: &[Hop<'_>]) -> Diagnostic {
    let hidden = hops.len().saturating_sub(2 * SHOWN);
    let (head, tail) = match hidden {
        0 => (hops, None),
        _ => (hops.get(..SHOWN).unwrap_or_default(), hops.get(SHOWN + hidden..)),
    };
    let mut message = format!("{what} wait for each other in a circle: {}", walk(head));
    if let Some(tail) = tail {
        message.push_str(&format!(", and so on over {hidden} more, until {}", walk(tail)));
    }
    let mut fault = Diagnostic::error(diagnostic::CYCLE, message);
    for hop in head.iter().chain(tail.unwrap_or_default()) {
        fault = at(fault, hop.origin, &hop.whole());
    }
    let soft = hops.iter().find(|hop| hop.kind == EdgeKind::After);
    let help = soft.map_or_else(
        || "one of these has to go".to_owned(),
        |hop| format!("one of these has to go, perhaps {}: `after` only orders", hop.whole()),
    );
    let others = knot.members.len() - hops.len().min(knot.members.len());
    fault.help(match others {
        0 => help,
        _ => format!("{help}; {others} more are tied into this knot by longer circles"),
    })
}

/// "`PDT` is after `PAT` (systems.toml:3), which needs `PTT` (systems.toml:9)".
pub(super) fn walk(hops: &[Hop<'_>]) -> String {
    let start = hops.first().map(|hop| format!("`{}` ", hop.later)).unwrap_or_default();
    let steps: Vec<String> = hops.iter().map(Hop::onward).collect();
    start + &steps.join(", which ")
}
