//! `[system.name]`: things that can be activated and undone.

use ptms_core::SystemSpec;
use ptms_core::system::Reference;

use super::conduct::Conduct;
use super::planning::amounts;
use super::reader::Section;
use super::report::Report;
use super::text::Text;

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
    Conduct::read(&mut section, report).settle(&mut spec);
    section.finish(report, &[]);
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
