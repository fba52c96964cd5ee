//! Small random rulebooks and streams, built of bytes so that shrinking the bytes shrinks them, and
//! the TOML that says the same. All durations and instants are milliseconds.

use std::fmt::Write;

use ptms_core::{Event, Key, KeyValue, Value};
use ptms_rules::Input;

use crate::timed::Timed;
use crate::watched::{Signal, Watched};

/// A source of decisions.
pub(crate) struct Dice<'a>(pub(crate) std::slice::Iter<'a, u8>);

impl Dice<'_> {
    pub(crate) fn roll(&mut self, sides: i64) -> i64 {
        i64::from(self.0.next().copied().unwrap_or(0)) % sides
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.roll(i64::try_from(of.len()).unwrap())).unwrap()]
    }
}

/// The dimensions of a key, ordered by name.
pub(crate) type Dimensions = &'static [&'static str];

/// What events are counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Selector {
    pub(crate) name: &'static str,
    /// Only events whose `v` is positive.
    pub(crate) filtered: bool,
    pub(crate) dimensions: Dimensions,
    /// For what a rule does: its place, and whether it is that it resolves.
    pub(crate) told: Option<(usize, bool)>,
}

/// What each rule does, as it is called: that it fires, and that it resolves.
const TOLD: [[&str; 2]; 4] = [
    ["@fired:r0", "@resolved:r0"],
    ["@fired:r1", "@resolved:r1"],
    ["@fired:r2", "@resolved:r2"],
    ["@fired:r3", "@resolved:r3"],
];

/// The selectors that a condition may name: the declared ones, and what rules do that stand before it.
fn named(dice: &mut Dice<'_>, before: &[Dimensions]) -> Selector {
    if before.is_empty() || dice.roll(2) == 0 {
        return dice.pick(&SELECTORS);
    }
    let rule = usize::try_from(dice.roll(i64::try_from(before.len()).unwrap())).unwrap();
    let resolves = dice.roll(3) == 0;
    let name = TOLD[rule][usize::from(resolves)];
    Selector { name, filtered: false, dimensions: before[rule], told: Some((rule, resolves)) }
}

pub(crate) const SELECTORS: [Selector; 3] = [
    Selector { name: "e", filtered: false, dimensions: &[], told: None },
    Selector { name: "by-k", filtered: true, dimensions: &["k"], told: None },
    Selector { name: "by-hk", filtered: false, dimensions: &["h", "k"], told: None },
];

/// A condition that the oracle can read as well.
#[derive(Clone, Debug, Default)]
pub(crate) enum Condition {
    Count {
        selector: Selector,
        span: i64,
        operator: &'static str,
        bound: i64,
    },
    /// Another function over time.
    Timed(Timed),
    /// A function of a signal.
    Watched(Watched),
    /// `ctx.b`
    B,
    /// `ctx.n > bound`
    N {
        bound: i64,
    },
    /// `ctx.m > bound`, where `m` has one value for each `k`.
    M {
        bound: i64,
    },
    /// `ctx.d`, which is derived.
    D,
    /// `ctx.dk`, which is derived for each `k`.
    Dk,
    /// `event.v > bound`, in a rule that looks at events.
    V {
        bound: i64,
    },
    /// `has(ctx.n)`
    #[default]
    HasN,
    /// `1 % ctx.n == 0`, which faults where `n` is zero.
    Faulty,
    Not(Box<Condition>),
    And(Vec<Condition>),
    Or(Vec<Condition>),
}

impl Condition {
    fn random(dice: &mut Dice<'_>, key: Dimensions, scope: Scope<'_>, depth: usize) -> Self {
        let inner = |dice: &mut Dice<'_>| Self::random(dice, key, scope, depth.saturating_sub(1));
        match dice.roll(if depth == 0 { 12 } else { 17 }) {
            0 => match dice.roll(3) {
                1 if scope.derived => Self::D,
                2 if scope.derived && key.contains(&"k") => Self::Dk,
                _ => Self::B,
            },
            1 | 2 if scope.event && dice.roll(2) == 0 => Self::V { bound: dice.roll(3) },
            1 if key.contains(&"k") => Self::M { bound: dice.roll(2) },
            1 => Self::N { bound: dice.roll(2) },
            3 => Self::Faulty,
            4 | 5 if !scope.signals.is_empty() && dice.roll(2) == 0 => {
                Self::Watched(Watched::random(dice, scope.signals))
            }
            4..=7 => Self::Count {
                selector: named(dice, scope.before),
                span: 1 + dice.roll(5),
                operator: dice.pick(&[">=", ">", "<", "<=", "==", "!="]),
                bound: dice.roll(4),
            },
            8..=11 if scope.derived => Self::Timed(Timed::random(dice)),
            2 | 8..=11 => Self::HasN,
            12 => Self::Not(Box::new(inner(dice))),
            13 | 14 => Self::And(vec![inner(dice), inner(dice)]),
            _ => Self::Or(vec![inner(dice), inner(dice)]),
        }
    }

    fn text(&self) -> String {
        let joined = |operands: &[Self], operator: &str| {
            let texts: Vec<String> = operands.iter().map(|o| format!("({})", o.text())).collect();
            texts.join(operator)
        };
        match self {
            Self::Count { selector, span, operator, bound } => {
                format!("count(\"{}\", \"{span}ms\") {operator} {bound}", selector.name)
            }
            Self::Timed(timed) => timed.text(),
            Self::Watched(watched) => watched.text(),
            Self::B => "ctx.b".to_owned(),
            Self::N { bound } => format!("ctx.n > {bound}"),
            Self::M { bound } => format!("ctx.m > {bound}"),
            Self::D => "ctx.d".to_owned(),
            Self::Dk => "ctx.dk".to_owned(),
            Self::V { bound } => format!("event.v > {bound}"),
            Self::HasN => "has(ctx.n)".to_owned(),
            Self::Faulty => "1 % ctx.n == 0".to_owned(),
            Self::Not(operand) => format!("!({})", operand.text()),
            Self::And(operands) => joined(operands, " && "),
            Self::Or(operands) => joined(operands, " || "),
        }
    }

    fn reads_m(&self) -> bool {
        match self {
            Self::M { .. } => true,
            Self::Watched(watched) => watched.signal.condition.reads_m(),
            Self::Not(operand) => operand.reads_m(),
            Self::And(operands) | Self::Or(operands) => operands.iter().any(Self::reads_m),
            _ => false,
        }
    }

    /// Whether it may be true in one evaluation only.
    pub(crate) fn has_edge(&self) -> bool {
        self.watched().into_iter().any(Watched::is_edge)
    }

    /// The functions of signals, but not those in signals.
    pub(crate) fn watched(&self) -> Vec<&Watched> {
        match self {
            Self::Watched(watched) => vec![watched],
            Self::Not(operand) => operand.watched(),
            Self::And(operands) | Self::Or(operands) => {
                operands.iter().flat_map(Self::watched).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Every function over time but `count`.
    pub(crate) fn timed(&self) -> Vec<&Timed> {
        match self {
            Self::Timed(timed) => vec![timed],
            Self::Watched(watched) => watched.signal.condition.timed(),
            Self::Not(operand) => operand.timed(),
            Self::And(operands) | Self::Or(operands) => {
                operands.iter().flat_map(Self::timed).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The selectors counted, in the order in which they are written.
    pub(crate) fn counted(&self) -> Vec<Selector> {
        match self {
            Self::Count { selector, .. } => vec![*selector],
            Self::Timed(timed) => vec![timed.selector],
            Self::Watched(watched) => watched.signal.condition.counted(),
            Self::Not(operand) => operand.counted(),
            Self::And(operands) | Self::Or(operands) => {
                operands.iter().flat_map(Self::counted).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// What a condition may read beside counts and facts.
#[derive(Clone, Copy, Default)]
pub(crate) struct Scope<'a> {
    derived: bool,
    event: bool,
    signals: &'a [Signal],
    /// The keys of the rules that stand before.
    before: &'a [Dimensions],
}

/// A rule; its id is its place in the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rule {
    pub(crate) key: Dimensions,
    /// 0 is the most urgent.
    pub(crate) priority: i64,
    pub(crate) when: Condition,
    pub(crate) wait: i64,
    pub(crate) resolve_when: Option<Condition>,
    pub(crate) cooldown: i64,
    pub(crate) keep: i64,
    pub(crate) repeat: Option<i64>,
    /// Empty, `false` or `report`.
    pub(crate) on_unknown: &'static str,
    pub(crate) stale_after: Option<i64>,
    pub(crate) baseline: bool,
    pub(crate) on: Option<Selector>,
    /// Rules that stand before it in the file.
    pub(crate) inhibited_by: Vec<usize>,
    /// `None` for all shared dimensions.
    pub(crate) equal: Option<Dimensions>,
}

impl Rule {
    /// The dimensions that must be equal where `source` holds it back.
    pub(crate) fn equal_to(&self, source: &Self) -> Vec<&'static str> {
        let both = |name: &&&str| source.key.contains(*name);
        let shared = self.key.iter().filter(both).copied().collect();
        self.equal.map_or(shared, <[_]>::to_vec)
    }
}

/// The limits of the keys of one tuple of dimensions.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) max: Option<usize>,
    pub(crate) ttl: Option<i64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Book {
    /// How long a value of `n` or `m` is good.
    pub(crate) stale: Option<i64>,
    /// By [`TUPLES`].
    pub(crate) limits: [Limits; 3],
    /// What makes `d` true, and `dk`.
    pub(crate) derived: Condition,
    pub(crate) derived_k: Condition,
    /// None reads one that comes after it.
    pub(crate) signals: Vec<Signal>,
    pub(crate) rules: Vec<Rule>,
}

/// Every tuple of dimensions that a rule or window can have.
pub(crate) const TUPLES: [Dimensions; 3] = [&["h"], &["k"], &["h", "k"]];

impl Book {
    pub(crate) fn random(dice: &mut Dice<'_>, limited: bool) -> Self {
        let stale = Some(dice.roll(5)).filter(|stale| *stale > 0);
        let derived = Condition::random(dice, &[], Scope::default(), 1);
        let derived_k = Condition::random(dice, &["k"], Scope::default(), 1);
        let mut signals = Vec::new();
        for (name, depth) in [("s", 1), ("t", 1)] {
            let scope = Scope { derived: true, signals: &signals, ..Scope::default() };
            let condition = Box::new(Condition::random(dice, &[], scope, depth));
            signals.push(Signal { name, condition });
        }
        let mut rules: Vec<Rule> = Vec::new();
        for _ in 0..=dice.roll(3) {
            let before: Vec<Dimensions> = rules.iter().map(|rule| rule.key).collect();
            rules.push(Rule::random(dice, &signals, &before));
        }
        for index in 1..rules.len() {
            let sources: Vec<usize> = (0..index).filter(|_| dice.roll(3) == 0).collect();
            let all_have_k = sources.iter().chain([&index]).all(|at| rules[*at].key.contains(&"k"));
            let rule = &mut rules[index];
            rule.equal = match dice.roll(4) {
                0 if !sources.is_empty() => Some(&[]),
                1 if !sources.is_empty() && all_have_k => Some(&["k"]),
                _ => None,
            };
            rule.inhibited_by = sources;
        }
        let limits = [(); 3].map(|()| Limits {
            max: Some(1 + dice.roll(3))
                .filter(|_| limited)
                .map(|max| usize::try_from(max).unwrap()),
            ttl: Some(8 + dice.roll(3)).filter(|_| limited && dice.roll(2) == 0),
        });
        Self { stale, limits, derived, derived_k, signals, rules }
    }

    /// The book as a rule author writes it.
    pub(crate) fn text(&self) -> String {
        let stale = self.stale.map(|stale| format!(", stale = \"{stale}ms\"")).unwrap_or_default();
        let mut out = String::from("[context]\nb = \"bool\"\n");
        writeln!(out, "n = {{ type = \"int\"{stale} }}").unwrap();
        writeln!(out, "m = {{ type = \"int\", key = [\"k\"]{stale} }}").unwrap();
        out.push_str("[event.e]\nfields = { h = \"int\", k = \"int?\", v = \"int\" }\n");
        for selector in SELECTORS.iter().filter(|selector| !selector.dimensions.is_empty()) {
            writeln!(out, "[select.{}]\non = \"e\"", selector.name).unwrap();
            if selector.filtered {
                out.push_str("where = 'event.v > 0'\n");
            }
            let fields: Vec<String> = selector
                .dimensions
                .iter()
                .map(|name| format!("{name} = \"event.{name}\""))
                .collect();
            writeln!(out, "key = {{ {} }}\nvalue = \"event.v\"", fields.join(", ")).unwrap();
        }
        for (dimensions, limits) in TUPLES.iter().zip(&self.limits) {
            writeln!(out, "[key.\"{}\"]", dimensions.join("+")).unwrap();
            limits.max.inspect(|max| writeln!(out, "max = {max}").unwrap());
            limits.ttl.inspect(|ttl| writeln!(out, "ttl = \"{ttl}ms\"").unwrap());
        }
        for (name, key, when) in [("d", "[]", &self.derived), ("dk", "[\"k\"]", &self.derived_k)] {
            writeln!(out, "[derive.{name}]\ntype = \"bool\"\nkey = {key}\nelse = false").unwrap();
            writeln!(out, "cases = [{{ when = '{}', value = true }}]", when.text()).unwrap();
        }
        out.push_str("[signal]\n");
        for Signal { name, condition } in &self.signals {
            writeln!(out, "{name} = '{}'", condition.text()).unwrap();
        }
        for (index, rule) in self.rules.iter().enumerate() {
            let priority =
                ["critical", "high", "medium", "low"][usize::try_from(rule.priority).unwrap()];
            writeln!(out, "[[rule]]\nid = \"r{index}\"\nkey = {:?}", rule.key).unwrap();
            writeln!(out, "priority = \"{priority}\"\nwhen = '{}'", rule.when.text()).unwrap();
            if rule.wait > 0 {
                writeln!(out, "for = \"{}ms\"", rule.wait).unwrap();
            }
            writeln!(out, "cooldown = \"{}ms\"", rule.cooldown).unwrap();
            writeln!(out, "keep = \"{}ms\"", rule.keep).unwrap();
            for (name, value) in [("repeat", rule.repeat), ("stale_after", rule.stale_after)] {
                value.inspect(|value| writeln!(out, "{name} = \"{value}ms\"").unwrap());
            }
            if !rule.on_unknown.is_empty() {
                writeln!(out, "on_unknown = \"{}\"", rule.on_unknown).unwrap();
            }
            if rule.baseline {
                out.push_str("on_load = \"baseline\"\n");
            }
            if !rule.inhibited_by.is_empty() {
                let ids: Vec<String> =
                    rule.inhibited_by.iter().map(|at| format!("r{at}")).collect();
                writeln!(out, "inhibited_by = {ids:?}").unwrap();
                rule.equal.inspect(|names| writeln!(out, "equal = {names:?}").unwrap());
            }
            rule.on.inspect(|on| writeln!(out, "on = \"{}\"", on.name).unwrap());
            if let Some(condition) = &rule.resolve_when {
                writeln!(out, "resolve_when = '{}'", condition.text()).unwrap();
            }
        }
        out
    }
}

impl Rule {
    fn random(dice: &mut Dice<'_>, signals: &[Signal], before: &[Dimensions]) -> Self {
        let key: Dimensions = dice.pick(&[&[], &["k"], &["h", "k"], &["h"]]);
        let supplies =
            |selector: &Selector| key.iter().all(|name| selector.dimensions.contains(name));
        let on = SELECTORS.into_iter().rfind(supplies).filter(|_| dice.roll(4) == 0);
        let told = named(dice, before);
        let tells = told.told.is_some() && supplies(&told) && dice.roll(4) == 0;
        let on = if tells { Some(told) } else { on };
        let event = on.is_some_and(|on| on.told.is_none());
        let scope = Scope { derived: true, event, signals, before };
        let mut when = Condition::random(dice, key, scope, 2);
        let supplied =
            on.is_some() || when.counted().iter().any(supplies) || (key == ["k"] && when.reads_m());
        if !supplied {
            // A key lives only by what the rule reads: this changes nothing else.
            let selector = *SELECTORS.iter().find(|selector| supplies(selector)).unwrap();
            let always = Condition::Count { selector, span: 1, operator: ">=", bound: 0 };
            when = Condition::And(vec![when, always]);
        }
        let has_edge = when.has_edge();
        let on_unknown = dice.pick(&["", "", "false", "report"]);
        Self {
            key,
            priority: dice.roll(4),
            when,
            wait: if on.is_some() || has_edge { 0 } else { dice.roll(4) },
            resolve_when: (dice.roll(3) == 0)
                .then(|| Condition::random(dice, key, Scope { event: false, ..scope }, 1)),
            cooldown: dice.roll(3) * 2,
            keep: (dice.roll(4) - 1).max(0),
            repeat: Some(dice.roll(6)).filter(|repeat| (1..4).contains(repeat)),
            on_unknown,
            stale_after: Some(dice.roll(4)).filter(|after| *after > 0 && on_unknown != "false"),
            baseline: dice.roll(4) == 0,
            on,
            ..Self::default()
        }
    }
}

/// An input as the oracle reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    Event {
        h: i64,
        k: Option<i64>,
        v: i64,
    },
    Set {
        b: Option<bool>,
        n: Option<i64>,
    },
    Unset {
        b: bool,
        n: bool,
    },
    /// For a key: `m`, and `n`, which has none.
    SetFor {
        h: Option<i64>,
        k: i64,
        m: i64,
        n: Option<i64>,
    },
    UnsetFor {
        k: i64,
    },
    Expect {
        h: Option<i64>,
        k: Option<i64>,
    },
    Wake,
    Advance,
}

impl Step {
    pub(crate) fn random(dice: &mut Dice<'_>) -> Self {
        match dice.roll(14) {
            0..=4 => Self::Event {
                h: dice.roll(2),
                k: Some(dice.roll(4)).filter(|k| *k < 3),
                v: dice.roll(3),
            },
            5 => Self::Set { b: Some(dice.roll(2) == 0), n: None },
            6 => Self::Set { b: None, n: Some(dice.roll(3)) },
            7 => match dice.roll(3) {
                0 => Self::Unset { b: dice.roll(2) == 0, n: true },
                _ => Self::Set { b: Some(dice.roll(2) == 0), n: Some(dice.roll(3)) },
            },
            8 => Self::Wake,
            10 | 11 => Self::SetFor {
                h: Some(dice.roll(3)).filter(|h| *h < 2),
                k: dice.roll(3),
                m: dice.roll(3),
                n: Some(dice.roll(5)).filter(|n| *n < 3),
            },
            12 => Self::UnsetFor { k: dice.roll(3) },
            13 => Self::Expect {
                h: Some(dice.roll(3)).filter(|h| *h < 2),
                k: Some(dice.roll(4)).filter(|k| *k < 3),
            },
            _ => Self::Advance,
        }
    }

    /// The same for a session.
    pub(crate) fn input(self) -> Input {
        let facts = |b: Option<Value>, n: Option<Value>| {
            let named = [("b", b), ("n", n)].into_iter();
            named.filter_map(|(name, value)| Some((name.into(), value?))).collect::<Vec<_>>()
        };
        match self {
            Self::Event { h, k, v } => {
                let event = Event::new("e").with("h", h).with("v", v);
                Input::Event(match k {
                    Some(k) => event.with("k", k),
                    None => event,
                })
            }
            Self::Set { b, n } => Input::Set(facts(b.map(Value::from), n.map(Value::from))),
            Self::Unset { b, n } => {
                let mark = |there: bool| there.then_some(Value::Bool(true));
                Input::Unset(facts(mark(b), mark(n)).into_iter().map(|(name, _)| name).collect())
            }
            Self::SetFor { h, k, m, n } => Input::SetFor(
                key_of(h, Some(k)),
                facts(None, n.map(Value::from))
                    .into_iter()
                    .chain([("m".into(), m.into())])
                    .collect(),
            ),
            Self::UnsetFor { k } => Input::UnsetFor(key_of(None, Some(k)), vec!["m".into()]),
            Self::Expect { h, k } => Input::Expect(key_of(h, k)),
            Self::Wake => Input::Wake,
            Self::Advance => Input::Advance,
        }
    }
}

/// The key of these values.
pub(crate) fn key_of(h: Option<i64>, k: Option<i64>) -> Key {
    let dimensions = [("h", h), ("k", k)];
    let given = dimensions.into_iter().filter_map(|(name, value)| Some((name, value?)));
    Key::new(given.map(|(name, value)| (name.into(), KeyValue::Int(value))))
}
