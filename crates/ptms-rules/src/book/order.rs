//! Who reads whom among what a book works out itself, signals, derived facts and rules: the order in which
//! they can be worked out, and the circles in which they cannot. Knows no types.

use std::collections::{BTreeMap, BTreeSet};

use ptms_core::diagnostic::{CYCLE, SELF_DEPENDENCY, line_and_column};
use ptms_core::{Diagnostic, Label, Origin, Value};

use super::report::Report;
use super::text::Text;
use crate::condition::expr::{Expr, ExprKind, Word};

/// The most steps of a circle that are told; of a longer one, only how many more there are.
const MAX_SHOWN: usize = 24;

/// What kind of thing is worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Signal,
    Fact,
    Rule,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Signal => "signal",
            Self::Fact => "fact",
            Self::Rule => "rule",
        }
    }

    /// The section under which authors declare these, for [`Spoiled`](crate::tables::Spoiled).
    const fn section(self) -> &'static str {
        match self {
            Self::Signal => "signal",
            Self::Fact => "context",
            Self::Rule => "rule",
        }
    }
}

/// In which way one thing waits for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Reads,
    IsHeldBackBy,
    /// As of what it does.
    LooksAt,
}

impl Verb {
    const fn words(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::IsHeldBackBy => "is held back by",
            Self::LooksAt => "looks at",
        }
    }

    const fn help(self) -> &'static str {
        match self {
            Self::Reads => "one of these must not read the next",
            Self::IsHeldBackBy => "one of these must not be held back by the next",
            Self::LooksAt => "one of these must not look at what the next does",
        }
    }
}

/// What a book works out, and what each of these reads.
#[derive(Default)]
pub(super) struct Graph<'a> {
    items: Vec<Item<'a>>,
    /// Those from which a way into a circle was looked for.
    walked: BTreeSet<usize>,
    ids: BTreeMap<(Kind, &'a str), usize>,
}

struct Item<'a> {
    kind: Kind,
    name: &'a str,
    reads: Vec<Read>,
}

/// That something is read, and where.
struct Read {
    item: usize,
    verb: Verb,
    label: Label,
    origin: Origin,
}

impl<'a> Graph<'a> {
    /// Enters something that is worked out; the first of a name counts.
    pub(super) fn declare(&mut self, kind: Kind, name: &'a str) {
        self.ids.entry((kind, name)).or_insert_with(|| {
            self.items.push(Item { kind, name, reads: Vec::new() });
            self.items.len() - 1
        });
    }

    /// Enters what a condition of `reader` reads. All that it may read must have been declared.
    pub(super) fn enter_reads(
        &mut self,
        reader: (Kind, &'a str),
        text: &Text<'_>,
        condition: &Expr,
    ) {
        let mut found = Vec::new();
        condition.visit(&mut |part| found.extend(read_by(part)));
        let reads = found.into_iter().filter_map(|(kind, name, (start, end))| {
            let item = *self.ids.get(&(kind, name.as_str()))?;
            let span = text.span_within(start..end);
            let origin = text.file.origin(span.start..span.end);
            let mut label = Label::new(span, words(reader, Verb::Reads, (kind, &name)));
            label.condition = Some(line_and_column(text.value, start));
            Some(Read { item, verb: Verb::Reads, label, origin })
        });
        let reads: Vec<Read> = reads.collect();
        if let Some(item) = self.ids.get(&reader).and_then(|id| self.items.get_mut(*id)) {
            item.reads.extend(reads);
        }
    }

    /// Enters that one thing waits for another, as `text` says.
    pub(super) fn enter(
        &mut self,
        reader: (Kind, &str),
        verb: Verb,
        read: (Kind, &str),
        text: &Text<'_>,
    ) {
        let Some(item) = self.ids.get(&read).copied() else { return };
        let label = Label::new(text.span(), words(reader, verb, read));
        let origin = text.file.origin(text.range.clone());
        if let Some(reader) = self.ids.get(&reader).and_then(|id| self.items.get_mut(*id)) {
            reader.reads.push(Read { item, verb, label, origin });
        }
    }

    /// Everything that was declared, so that each comes after what it reads; of those that could come
    /// next, the one declared first. What waits for itself is a fault; it and what reads it is spoiled
    /// and comes last.
    pub(super) fn order(&mut self, report: &mut Report) -> Vec<(Kind, &'a str)> {
        let (mut order, left) = self.sorted();
        self.report_circles(&left, report);
        for item in left.iter().filter_map(|index| self.items.get(*index)) {
            report.spoiled.add(item.kind.section(), item.name);
        }
        order.extend(left);
        let items = order.into_iter().filter_map(|index| self.items.get(index));
        items.map(|item| (item.kind, item.name)).collect()
    }

    /// Notes the circles that were not noted before.
    pub(super) fn check(&mut self, report: &mut Report) {
        let (_, left) = self.sorted();
        self.report_circles(&left, report);
    }

    /// Everything that does not wait for itself, in order, and the rest.
    fn sorted(&self) -> (Vec<usize>, BTreeSet<usize>) {
        let mut waiting: Vec<usize> = Vec::new();
        let mut readers: Vec<Vec<usize>> = vec![Vec::new(); self.items.len()];
        for (index, item) in self.items.iter().enumerate() {
            waiting.push(item.reads.len());
            for read in &item.reads {
                readers.get_mut(read.item).into_iter().for_each(|readers| readers.push(index));
            }
        }
        let free = |waiting: &[usize], index: &usize| waiting.get(*index) == Some(&0);
        let mut ready: BTreeSet<usize> =
            (0..self.items.len()).filter(|index| free(&waiting, index)).collect();
        let mut left: BTreeSet<usize> = (0..self.items.len()).collect();
        let mut order = Vec::new();
        while let Some(index) = ready.pop_first() {
            left.remove(&index);
            order.push(index);
            for reader in readers.get(index).into_iter().flatten() {
                waiting.get_mut(*reader).into_iter().for_each(|count| *count -= 1);
                ready.extend(Some(*reader).filter(|reader| free(&waiting, reader)));
            }
        }
        (order, left)
    }

    /// Every one of `left` reads another one of `left`, so whoever follows them walks into a circle.
    fn report_circles(&mut self, left: &BTreeSet<usize>, report: &mut Report) {
        let onward = |index: usize| {
            let item = self.items.get(index)?;
            item.reads.iter().find(|read| left.contains(&read.item))
        };
        let mut seen = std::mem::take(&mut self.walked);
        for start in left {
            let mut walk: Vec<(usize, &Read)> = Vec::new();
            let mut at = *start;
            while seen.insert(at)
                && let Some(read) = onward(at)
            {
                walk.push((at, read));
                at = read.item;
            }
            if let Some(begin) = walk.iter().position(|(index, _)| *index == at) {
                let circle: Vec<&Read> = walk.iter().skip(begin).map(|(_, read)| *read).collect();
                self.report_circle(&circle, report);
            }
        }
        self.walked = seen;
    }

    fn report_circle(&self, circle: &[&Read], report: &mut Report) {
        let mut walk = String::new();
        for (index, read) in circle.iter().take(MAX_SHOWN).enumerate() {
            let Some(item) = self.items.get(read.item) else { continue };
            let text = match index {
                0 if circle.len() == 1 => {
                    let verb = read.verb.words();
                    format!("{} `{}` {verb} itself", item.kind.word(), item.name)
                }
                0 => read.label.text.clone(),
                _ => {
                    let verb = read.verb.words();
                    format!(", which {verb} {} `{}`", item.kind.word(), item.name)
                }
            };
            walk.push_str(&format!("{text} ({})", read.origin));
        }
        let hidden = circle.len().saturating_sub(MAX_SHOWN);
        if hidden > 0 {
            walk.push_str(&format!(", and so on over {hidden} more"));
        }
        let mut fault = match circle {
            [Read { verb: Verb::Reads, .. }] => {
                Diagnostic::error(SELF_DEPENDENCY, walk).help("write what it stands for without it")
            }
            [_] => Diagnostic::error(SELF_DEPENDENCY, walk).help("leave that out"),
            _ => {
                let fault = format!("a circle that cannot be worked out: {walk}");
                // Reading can be worked around; what else there is in a circle is easier left out.
                let verbs = || circle.iter().map(|read| read.verb);
                let verb = verbs().find(|verb| *verb != Verb::Reads).unwrap_or(Verb::Reads);
                Diagnostic::error(CYCLE, fault).help(verb.help())
            }
        };
        fault.labels = circle.iter().take(MAX_SHOWN).map(|read| read.label.clone()).collect();
        report.push(fault);
    }
}

/// That one thing waits for another.
fn words(reader: (Kind, &str), verb: Verb, read: (Kind, &str)) -> String {
    let (reader_kind, kind) = (reader.0.word(), read.0.word());
    format!("{reader_kind} `{}` {} {kind} `{}`", reader.1, verb.words(), read.1)
}

/// What a part of a condition reads by itself, and where its name stands.
fn read_by(part: &Expr) -> Option<(Kind, String, (usize, usize))> {
    match &part.kind {
        ExprKind::Path(words) => {
            let (first, rest) = words.split_first()?;
            let kind = match first.text.as_str() {
                "signal" => Kind::Signal,
                "ctx" => Kind::Fact,
                _ => return None,
            };
            Some((kind, Word::join(rest), (part.start, part.end)))
        }
        ExprKind::Call { name, arguments } => {
            let takes_signal =
                matches!(name.text.as_str(), "rising" | "falling" | "changed" | "held");
            let first = arguments.first().filter(|_| takes_signal)?;
            let ExprKind::Literal(Value::Text(signal)) = &first.kind else { return None };
            Some((Kind::Signal, signal.to_string(), (first.start, first.end)))
        }
        _ => None,
    }
}
