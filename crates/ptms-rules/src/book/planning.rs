//! `[pool]` and `[settings]`: what systems share, and how a plan reads what they leave open.

use ptms_core::diagnostic::WRONG_SHAPE;
use ptms_core::pool::Amount;
use ptms_core::system::Reference;
use ptms_core::{Duration, PoolSpec, Severity};

use super::reader::Section;
use super::report::Report;
use super::text::key_text;
use super::values::int_of;

/// What a rulebook says for all its plans.
///
/// ```
/// use ptms_core::Sources;
/// use ptms_rules::Rulebook;
///
/// let sources = Sources::from_iter([("rules.toml", "[pool]\ncpu = 4")]);
/// let book = Rulebook::load(&sources).unwrap();
/// assert_eq!(book.planning.pools[0].capacity, 4);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Planning {
    /// The declared pools, in the order of the files and of their declaration.
    pub pools: Vec<PoolSpec>,
    /// How long a step takes of which nobody says.
    pub default_estimate: Option<Duration>,
    /// What it is when steps write the same exclusive thing in no order.
    pub ambiguity: Option<Severity>,
}

impl Planning {
    /// Takes the sections of one file.
    pub(super) fn gather(&mut self, top: &mut Section<'_>, report: &mut Report) {
        for Amount { pool, units, .. } in amounts(top, report, "pool") {
            let mut spec = PoolSpec::new(pool.name, units);
            spec.origin = pool.origin;
            self.pools.push(spec);
        }
        let Some(mut settings) = top.table(report, "settings") else { return };
        let estimate = settings.duration(report, "default_estimate");
        self.default_estimate = estimate.or(self.default_estimate);
        let severities = [("warning", Severity::Warning), ("error", Severity::Error)];
        let ambiguity = settings.choice(report, "ambiguity", &severities);
        self.ambiguity = ambiguity.or(self.ambiguity);
        settings.finish(report, &[]);
    }
}

/// `{ cpu = 2, memory_mb = 512 }`: units by pool, each with where it is written.
pub(super) fn amounts(
    section: &mut Section<'_>,
    report: &mut Report,
    key: &'static str,
) -> Vec<Amount> {
    let Some(table) = section.table(report, key) else { return Vec::new() };
    let mut amounts = Vec::new();
    for (name, value) in table.entries() {
        let pool = key_text(section.file, name);
        match int_of(value.get_ref()).and_then(|units| u64::try_from(units).ok()) {
            Some(units) => {
                let origin = pool.file.origin(pool.range.clone());
                amounts.push(Amount::new(Reference::new(pool.value, Some(origin)), units));
            }
            None => {
                let message = format!("`{}` takes a whole number from 1", pool.value);
                report.error(WRONG_SHAPE, section.file.span(value.span()), message, "");
            }
        }
    }
    amounts
}
