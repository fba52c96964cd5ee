//! `with`: what a rule hands to its workflow, and whether that takes it.

use std::collections::BTreeMap;

use ptms_core::diagnostic::{MISSING_KEY, UNKNOWN_KEY, WRONG_SHAPE};
use ptms_core::name::nearest;
use ptms_core::{FieldSpec, Name, Type};

use super::reader::Section;
use super::report::Report;
use super::text::{Text, text_of};
use super::values::check_name;

/// One of the values, not checked yet.
pub(super) struct Declared<'a, 'k> {
    pub(super) name: Name,
    /// The expression.
    pub(super) text: Text<'a>,
    /// What the workflow takes, if it says so.
    pub(super) ty: Option<&'k Type>,
}

/// The values by name, of which the workflow, if there is one, must have parameters; and it must be
/// given what it cannot lack. A workflow that declares no parameters is handed anything.
pub(super) fn read<'a, 'k>(
    section: &mut Section<'a>,
    workflow: Option<&Name>,
    params: &'k BTreeMap<Name, Vec<FieldSpec>>,
    report: &mut Report,
) -> Vec<Declared<'a, 'k>> {
    let workflow = workflow.and_then(|name| Some((name, params.get(name)?)));
    let workflow = workflow.filter(|(_, params)| !params.is_empty());
    let written = section.named_values(report, "with");
    if let Some((workflow, params)) = workflow {
        let given = |param: &FieldSpec| written.iter().any(|(name, _)| param.name == name.value);
        for param in params.iter().filter(|param| !param.optional && !given(param)) {
            let name = &param.name;
            let message = format!("the workflow `{workflow}` needs `{name}`");
            let place = section.entry("with").or_else(|| section.entry("workflow"));
            let span = place.map_or_else(|| section.span(), |at| section.file.span(at.span()));
            let help = format!("give it, as in `with = {{ {name} = 'ctx.{name}' }}`");
            report.error(MISSING_KEY, span, message, &help);
        }
    }
    let mut found = Vec::new();
    for (name, value) in written {
        let Some(text) = text_of(name.file, value) else {
            let message = format!("`{}` takes an expression, in quotes", name.value);
            let help = "as in `tries = \"3\"` or `service = 'last(\"error\").service'`";
            report.error(WRONG_SHAPE, name.file.span(value.span()), message, help);
            continue;
        };
        if !check_name(report, &name) {
            continue;
        }
        let ty = match workflow {
            None => None,
            Some((workflow, params)) => match params.iter().find(|one| one.name == name.value) {
                Some(param) => Some(&param.ty),
                None => {
                    unknown(workflow, params, &name, report);
                    continue;
                }
            },
        };
        found.push(Declared { name: name.value.into(), text, ty });
    }
    found
}

/// Notes that the workflow has no such parameter.
fn unknown(workflow: &Name, params: &[FieldSpec], name: &Text<'_>, report: &mut Report) {
    if report.spoiled.contains("parameter", name.value) {
        return;
    }
    let help = match nearest(name.value, params.iter().map(|param| param.name.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("declare it: `params = {{ {} = \"string\" }}` there", name.value),
    };
    let message = format!("the workflow `{workflow}` has no parameter `{}`", name.value);
    report.error(UNKNOWN_KEY, name.span(), message, &help);
}
