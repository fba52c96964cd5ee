//! `[system.name]`: things that can be activated and undone.

use ptms_core::system::Reference;
use ptms_core::{Name, SystemSpec, Undo};

use super::planning::amounts;
use super::reader::Section;
use super::report::Report;
use super::text::Text;

/// Keys of systems that the language has and this version does not.
const RESERVED: [&str; 1] = ["retry"];

pub(super) fn lower<'a>(
    report: &mut Report,
    name: &Text<'a>,
    mut section: Section<'a>,
) -> Option<SystemSpec> {
    let mut spec = SystemSpec::new(name.value);
    spec.origin = Some(section.origin());
    spec.description = section.words(report, "description");
    spec.tier = section.words(report, "tier");
    spec.priority = section.priority(report);
    spec.after = references(&mut section, report, "after");
    spec.needs = references(&mut section, report, "needs");
    spec.wants = references(&mut section, report, "wants");
    spec.weak = references(&mut section, report, "weak");
    spec.conflicts = references(&mut section, report, "conflicts");
    spec.exclusive = references(&mut section, report, "exclusive");
    spec.uses = amounts(&mut section, report, "uses");
    spec.holds = amounts(&mut section, report, "holds");
    spec.estimate = section.duration(report, "estimate");
    spec.timeout = section.duration(report, "timeout");
    spec.settle = section.duration(report, "settle");
    spec.idempotent = section.flag(report, "idempotent").unwrap_or(false);
    spec.verify = section.flag(report, "verify").unwrap_or(false);
    spec.undo = undo(&mut section, report).unwrap_or_default();
    section.finish(report, &RESERVED);
    Some(spec)
}

/// A list of names, each with where it is written.
pub(super) fn references(
    section: &mut Section<'_>,
    report: &mut Report,
    key: &'static str,
) -> Vec<Reference> {
    let texts = section.texts(report, key);
    texts.iter().map(reference).collect()
}

pub(super) fn reference(text: &Text<'_>) -> Reference {
    Reference::new(text.value, Some(text.file.origin(text.range.clone())))
}

/// `undo = "nothing"`, or the name of the action that reverses.
pub(super) fn undo(section: &mut Section<'_>, report: &mut Report) -> Option<Undo> {
    let text = section.name(report, "undo")?;
    if text.value == "pivot" {
        let help = "name the action that reverses it, or \"nothing\"";
        let message = "`undo = \"pivot\"` is not available in this version".to_owned();
        report.error(ptms_core::diagnostic::BAD_VALUE, text.span(), message, help);
        return None;
    }
    Some(match text.value {
        "nothing" => Undo::Nothing,
        action => Undo::Action(Name::from(action)),
    })
}
