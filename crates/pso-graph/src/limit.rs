//! How large a catalog and a plan may grow. Every limit is refused with a diagnostic, before the
//! memory is asked for.

use ptms_core::Duration;

/// The most systems of a catalog, steps of a workflow, and steps of a plan: a million and a little.
/// Debian's packages, the largest real dependency graph that we know, are 63,666; declaring and
/// planning a million steps takes seconds and up to three gigabytes at once (three kilobytes a step, for
/// declarations, catalog and plan together), and an index into it always fits 32 bits.
pub const MAX_STEPS: usize = 1 << 20;

/// The most edges of a plan, and the most references that the systems of a catalog, or the steps of a
/// workflow, may make: eight for each of [`MAX_STEPS`]. Debian's packages have four.
pub const MAX_EDGES: usize = 8 * MAX_STEPS;

/// The most steps, and the most edges, of a plan that is drawn as SVG. Laying out takes time in
/// proportion to the square of them, and nobody reads a picture of more.
#[cfg(feature = "svg")]
pub const MAX_DRAWN: usize = 300;

/// How long to wait for an outcome where neither the step nor its system says. Some limit must hold,
/// or a host that never answers would keep a run open for ever; five minutes are longer than any
/// activation that a person would wait for.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(300);

/// How long a step takes where neither it nor its system nor the settings say. A minute is between
/// what a machine takes and what a person takes; a schedule lists the steps for which it is assumed.
pub const DEFAULT_ESTIMATE: Duration = Duration::from_secs(60);

/// How long to wait for a late answer after the time-out where neither the step nor its system says.
/// What is still under way then is acted on as unknown; half a minute lets through an answer that a
/// slow network held up.
pub const DEFAULT_SETTLE: Duration = Duration::from_secs(30);
