//! The arguments of functions over time: selectors, fields, spans, options. All are written out.

use ptms_core::diagnostic::{BAD_WINDOW, NOT_LITERAL, UNKNOWN_NAME, WRONG_ARGUMENTS, WRONG_TYPE};
use ptms_core::name::nearest;
use ptms_core::{Duration, Name, Value};

use super::Checker;
use crate::condition::expr::{Expr, ExprKind};
use crate::space::SpaceId;
use crate::tables::{NamedSelector, tuple_name};

/// By what a function groups the events that it looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grouping {
    /// By the dimensions of the rule that they carry.
    ByKey,
    /// By nothing: `#{by: []}`.
    Whole,
}

impl Checker<'_> {
    /// The selector that is named.
    pub(super) fn selector(&mut self, expr: &Expr) -> Option<NamedSelector> {
        let text = self.selector_text(expr)?;
        self.named_selector(expr, text)
    }

    pub(super) fn selector_text<'e>(&mut self, expr: &'e Expr) -> Option<&'e Name> {
        let ExprKind::Literal(Value::Text(text)) = &expr.kind else {
            let message = "the selector is written out, in double quotes".to_owned();
            self.fault(NOT_LITERAL, expr, message, "as in `count(\"error\", \"5m\")`");
            return None;
        };
        Some(text)
    }

    pub(super) fn named_selector(&mut self, expr: &Expr, text: &str) -> Option<NamedSelector> {
        let Some(selector) = self.around.selectors.find(text) else {
            if self.spoiled.contains("select", text) || self.spoiled.contains("event", text) {
                return None;
            }
            let (message, help) = self.around.selectors.unknown(text, self.spoiled);
            self.fault(UNKNOWN_NAME, expr, message, help);
            return None;
        };
        Some(selector.clone())
    }

    /// The selector and the field of `"selector.field"`. Both may have points in their names.
    pub(super) fn selector_and_field(&mut self, expr: &Expr) -> Option<(NamedSelector, usize)> {
        let text = self.selector_text(expr)?;
        let cuts = text.match_indices('.').map(|(at, _)| text.split_at(at));
        let known = cuts.rev().find(|(selector, _)| self.around.selectors.contains(selector));
        let Some((selector, field)) = known.or_else(|| text.rsplit_once('.')) else {
            let message = "the field whose values are told apart is missing".to_owned();
            let help = format!("write its name behind a point, as in \"{text}.service\"");
            self.fault(WRONG_ARGUMENTS, expr, message, help);
            return None;
        };
        let selector = self.named_selector(expr, selector)?;
        let field = self.field_of(expr, &selector, field.trim_start_matches('.'))?;
        Some((selector, field))
    }

    /// The position of a field of the events of a selector.
    pub(super) fn field_of(
        &mut self,
        expr: &Expr,
        selector: &NamedSelector,
        name: &str,
    ) -> Option<usize> {
        let event = self.around.schema.events().get(selector.event.index())?;
        if let Some((index, _)) = event.field(name) {
            return Some(index);
        }
        if !self.spoiled.contains(&format!("event.{}", event.name), name) {
            let fields = || event.fields.iter().map(|field| field.name.as_str());
            let help = match nearest(name, fields()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its fields are {}", fields().collect::<Vec<_>>().join(", ")),
            };
            let message = format!("the event `{}` has no field `{name}`", event.name);
            self.fault(UNKNOWN_NAME, expr, message, help);
        }
        None
    }

    /// The position of the value of a selector, of which a function of values needs one.
    pub(super) fn value_of(&mut self, expr: &Expr, selector: &NamedSelector) -> Option<usize> {
        if selector.value.is_none() {
            let message = "the selector has no `value`".to_owned();
            let help = "say which field it is: `value = \"event.latency_ms\"` in its [select.…]";
            self.fault(WRONG_TYPE, expr, message, help);
        }
        selector.value
    }

    /// The key space by which the events of a selector are grouped.
    pub(super) fn grouped(
        &mut self,
        selector: &NamedSelector,
        grouping: Grouping,
    ) -> Option<SpaceId> {
        let shared = self.around.dimensions.iter();
        let shared: Vec<Name> = shared
            .filter(|dimension| selector.dimensions.contains(dimension))
            .filter(|_| grouping == Grouping::ByKey)
            .cloned()
            .collect();
        (!shared.is_empty()).then(|| self.tables.space(shared))
    }

    /// The arguments without the options behind them, and what these say.
    pub(super) fn options<'e>(&mut self, arguments: &'e [Expr]) -> Option<(&'e [Expr], Grouping)> {
        let Some((Expr { kind: ExprKind::Options(options), .. }, rest)) = arguments.split_last()
        else {
            return Some((arguments, Grouping::ByKey));
        };
        let mut grouping = Some(Grouping::ByKey);
        for (name, value) in options {
            grouping = match (name.text.as_str(), &value.kind) {
                ("by", ExprKind::Array(items)) if items.is_empty() => {
                    grouping.and(Some(Grouping::Whole))
                }
                ("by", _) => {
                    let message = "`by` takes `[]`: all events together".to_owned();
                    self.fault(
                        WRONG_ARGUMENTS,
                        value,
                        message,
                        "leave it out to group by the rule's key",
                    );
                    None
                }
                (other, _) => {
                    let message = format!("there is no option `{other}` here");
                    let help = "the option is `by`, as in `#{by: []}`";
                    self.fault_at(WRONG_ARGUMENTS, (name.start, name.end), message, help);
                    None
                }
            };
        }
        grouping.map(|grouping| (rest, grouping))
    }

    /// Refuses a span that a key of its space may not live to see the end of.
    pub(super) fn outlived(
        &mut self,
        space: Option<SpaceId>,
        span: Duration,
        at: &Expr,
    ) -> Option<()> {
        let spec = space.and_then(|space| self.tables.spaces.get(space.0));
        let Some((spec, ttl)) = spec.and_then(|spec| Some((spec, spec.ttl?))) else {
            return Some(());
        };
        if span < ttl {
            return Some(());
        }
        let name = tuple_name(&spec.dimensions);
        let message = format!("the window is {span}, and a key of `{name}` leaves after {ttl}");
        self.fault(BAD_WINDOW, at, message, format!("make the `ttl` of [key.{name}] longer"));
        None
    }

    pub(super) fn window_span(&mut self, expr: &Expr) -> Option<Duration> {
        let span = self.literal_duration(expr)?;
        if span.is_zero() {
            let message = "a window of no length never holds an event".to_owned();
            self.fault(BAD_WINDOW, expr, message, "give it a length, as in \"5m\"");
            return None;
        }
        Some(span)
    }
}
