//! `[template.name]`: what several rules have in common, with parameters that each of them gives.
//!
//! A parameter is a value of a declared type. Conditions read it as `param.name`; it is put there after
//! parsing, as a value written out, so that nothing a rule gives can change what a condition means.

use std::collections::BTreeMap;

use ptms_core::diagnostic::{
    MISSING_KEY, TOO_MUCH, UNKNOWN_KEY, UNKNOWN_NAME, UNUSED_NAME, WRONG_SHAPE,
};
use ptms_core::name::nearest;
use ptms_core::{Diagnostic, Duration, Label, Name, Span, Type, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::condition::{Purpose, compile, parse};
use super::declarations::unique;
use super::reader::Section;
use super::report::Report;
use super::text::{Text, text_of};
use super::types::scalar_type;
use crate::condition::expr::{Expr, ExprKind, Word};
use crate::condition::{Compiled, Surroundings};
use crate::script::Parser;
use crate::tables::{MAX_INLINED, Tables};

/// The templates of a book by name.
#[derive(Default)]
pub(super) struct Templates<'a> {
    by_name: BTreeMap<&'a str, Template<'a>>,
}

/// A template as declared.
pub(super) struct Template<'a> {
    name: Text<'a>,
    /// `None` for a parameter whose type is at fault.
    parameters: BTreeMap<&'a str, Option<Type>>,
    table: &'a DeTable<'a>,
}

/// What a rule gives to the parameters of its template; nothing where that is at fault.
pub(super) struct Given<'a> {
    values: BTreeMap<&'a str, Option<Expr>>,
    /// Where the rule stands.
    rule: Span,
}

/// Reads all templates. What they say of rules is read with each rule.
pub(super) fn read<'a>(
    sections: Vec<(Text<'a>, Section<'a>)>,
    report: &mut Report,
) -> Templates<'a> {
    let mut found = Vec::new();
    for (name, mut section) in sections {
        let mut parameters = BTreeMap::new();
        for (parameter, value) in section.named_values(report, "params") {
            let ty = text_of(parameter.file, value);
            if ty.is_none() {
                let message = format!("the parameter `{}` needs a type", parameter.value);
                let span = parameter.file.span(value.span());
                report.error(WRONG_SHAPE, span, message, "as in `limit = \"float\"`");
            }
            let ty = ty.and_then(|ty| scalar_type(report, &ty, ty.value, "parameters"));
            parameters.insert(parameter.value, ty);
        }
        let template = Template { name: name.clone(), parameters, table: section.content() };
        found.push((name.clone(), (name.value, template)));
    }
    Templates { by_name: unique(report, "template", found).into_iter().collect() }
}

impl<'a> Templates<'a> {
    /// The template that a rule names, if it names one that there is and that stands in its file.
    pub(super) fn of(
        &self,
        section: &mut Section<'a>,
        report: &mut Report,
    ) -> Option<&Template<'a>> {
        let text = section.text(report, "template")?;
        let Some(template) = self.by_name.get(text.value) else {
            let help = match nearest(text.value, self.by_name.keys().copied()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("declare it: [template.{}]", text.value),
            };
            let message = format!("no template `{}` is declared", text.value);
            report.error(UNKNOWN_NAME, text.span(), message, &help);
            return None;
        };
        if template.name.file.name != text.file.name {
            let message = format!("the template `{}` stands in another file", text.value);
            let fault = Diagnostic::error(UNKNOWN_NAME, message)
                .label(text.span(), "named here")
                .label(template.name.span(), "declared here")
                .help("write rules into the file of their template");
            report.push(fault);
            return None;
        }
        Some(template)
    }

    /// What a rule or its template says of `key`.
    pub(super) fn said(
        &self,
        section: &Section<'a>,
        key: &str,
    ) -> Option<&'a Spanned<DeValue<'a>>> {
        let table = section.content();
        let of_template = || {
            let name = table.get("template")?.get_ref().as_str()?;
            self.by_name.get(name)?.table.get(key)
        };
        table.get(key).or_else(of_template)
    }

    /// Doubts about the templates that no rule names, in a book without faults.
    pub(super) fn check_used(&self, tables: &Tables, report: &mut Report) {
        if report.has_error() {
            return;
        }
        let is_used = |name: &str| tables.used_templates.contains(name);
        for template in self.by_name.values().filter(|template| !is_used(template.name.value)) {
            let name = template.name.value;
            let message = format!("no rule is made of the template `{name}`");
            let help = format!("write `template = \"{name}\"` into a rule, or delete it");
            let doubt = Diagnostic::warning(UNUSED_NAME, message);
            report.push(doubt.label(template.name.span(), "").help(help));
        }
    }
}

impl<'a> Template<'a> {
    /// Makes a rule an instance: the template says what the rule itself does not.
    pub(super) fn fill(
        &self,
        section: &mut Section<'a>,
        tables: &mut Tables,
        report: &mut Report,
    ) -> Given<'a> {
        tables.used_templates.insert(self.name.value.into());
        let given = self.given(section, report);
        section.fill_from(self.name.value, self.table);
        given
    }

    /// What a rule gives: a value of its type to every parameter.
    fn given(&self, section: &mut Section<'a>, report: &mut Report) -> Given<'a> {
        let rule = section.span();
        let mut values = BTreeMap::new();
        let mut written = section.own_table(report, "params");
        for (name, ty) in &self.parameters {
            let value =
                written.as_mut().and_then(|written| written.value_at(report, name, ty.as_ref()));
            let is_there =
                written.as_ref().is_some_and(|written| written.content().contains_key(*name));
            if !is_there {
                let message = format!("the template `{}` needs `{name}`", self.name.value);
                let fault = Diagnostic::error(MISSING_KEY, message)
                    .label(rule.clone(), "not given here")
                    .label(self.name.span(), "by this template");
                report.push(fault.help(format!("give it: `params = {{ {name} = … }}`")));
            }
            let literal = value.zip(ty.as_ref()).map(|(value, ty)| literal(value, ty));
            values.insert(*name, literal);
        }
        for (key, _) in written.iter().flat_map(Section::entries) {
            if !self.parameters.contains_key(key.get_ref().as_ref()) {
                let name = key.get_ref();
                let help = match nearest(name, self.parameters.keys().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("declare it: `params = {{ {name} = \"float\" }}` there"),
                };
                let message =
                    format!("the template `{}` has no parameter `{name}`", self.name.value);
                let span = section.file.span(key.span());
                report.error(UNKNOWN_KEY, span, message, &help);
            }
        }
        Given { values, rule }
    }
}

/// A value as a condition writes it.
fn literal(value: Value, ty: &Type) -> Expr {
    let part = |kind| Expr { kind, start: 0, end: 0 };
    match (ty, &value) {
        (Type::Duration, Value::Int(nanos)) => {
            let text = Duration::from_nanos(*nanos).unwrap_or_default().to_string();
            let name = Word { text: "dur".to_owned(), start: 0, end: 0 };
            let arguments = vec![part(ExprKind::Literal(text.into()))];
            part(ExprKind::Call { name, arguments })
        }
        _ => part(ExprKind::Literal(value)),
    }
}

impl Given<'_> {
    /// Parses, checks and compiles an expression of the template for the rule.
    pub(super) fn expression(
        &self,
        text: &Text<'_>,
        purpose: Purpose<'_>,
        parser: &Parser,
        around: Surroundings<'_>,
        tables: &mut Tables,
        report: &mut Report,
    ) -> Option<(Name, Compiled)> {
        report.instance = Some(Label::new(self.rule.clone(), "in this rule of the template"));
        let filled = parse(text, parser, report).and_then(|condition| {
            let condition = self.put_into(condition, text, tables, report)?;
            compile(text, (&condition, purpose), around, tables, report)
        });
        report.instance = None;
        Some((text.value.into(), filled?))
    }

    /// A condition with the values that the rule gives. `None` where one of them is at fault, or where
    /// the book takes more of its conditions from templates than the engine allows.
    fn put_into(
        &self,
        mut condition: Expr,
        text: &Text<'_>,
        tables: &mut Tables,
        report: &mut Report,
    ) -> Option<Expr> {
        condition.visit(&mut |_| tables.inlined += 1);
        if tables.inlined > MAX_INLINED {
            let message = format!("templates and signals stand for more than {MAX_INLINED} parts");
            report.error(TOO_MUCH, text.span(), message, "split the book into several");
            return None;
        }
        let mut complete = true;
        let mut unknown = Vec::new();
        condition.replace(&mut |part| {
            let ExprKind::Path(words) = &part.kind else { return None };
            let (_, rest) = words.split_first().filter(|(first, _)| first.text == "param")?;
            let name = Word::join(rest);
            let place = (part.start, part.end);
            match self.values.get(name.as_str()) {
                Some(Some(value)) => Some(value.clone().read_at(place)),
                Some(None) => {
                    complete = false;
                    None
                }
                None => {
                    unknown.push((name, place));
                    None
                }
            }
        });
        for (name, (start, end)) in &unknown {
            let help = match nearest(name, self.values.keys().copied()) {
                Some(near) => format!("did you mean `param.{near}`?"),
                None => format!("declare it: `params = {{ {name} = \"float\" }}`"),
            };
            let message = format!("the template has no parameter `{name}`");
            report.error(UNKNOWN_NAME, text.span_within(*start..*end), message, &help);
        }
        (complete && unknown.is_empty()).then_some(condition)
    }
}
