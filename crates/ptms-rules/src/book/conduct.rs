//! What systems and steps say alike of how they are done: again, in time, and back.

use ptms_core::diagnostic::BAD_VALUE;
use ptms_core::{Backoff, Duration, Exhaustion, Name, OnUndoFailure, Retry, SystemSpec, Undo};

use super::reader::Section;
use super::report::Report;

/// What both can say; what is not said is `None`.
pub(super) struct Conduct {
    pub(super) verify: Option<bool>,
    pub(super) retry: Option<Retry>,
    pub(super) undo: Option<Undo>,
    pub(super) undo_retry: Option<Retry>,
    pub(super) on_undo_failure: Option<OnUndoFailure>,
    pub(super) timeout: Option<Duration>,
    pub(super) step_timeout: Option<Duration>,
    pub(super) heartbeat: Option<Duration>,
    pub(super) settle: Option<Duration>,
    pub(super) idempotent: Option<bool>,
    pub(super) estimate: Option<Duration>,
}

impl Conduct {
    /// Reads the keys.
    pub(super) fn read(section: &mut Section<'_>, report: &mut Report) -> Self {
        let failures = [("continue", OnUndoFailure::Continue), ("stop", OnUndoFailure::Stop)];
        let conduct = Self {
            verify: section.flag(report, "verify"),
            retry: retry(section, report, "retry"),
            undo: undo(section, report),
            undo_retry: retry(section, report, "undo_retry"),
            on_undo_failure: section.choice(report, "on_undo_failure", &failures),
            timeout: some_time(section, report, "timeout"),
            step_timeout: some_time(section, report, "step_timeout"),
            heartbeat: some_time(section, report, "heartbeat"),
            settle: section.duration(report, "settle"),
            idempotent: section.flag(report, "idempotent"),
            estimate: section.duration(report, "estimate"),
        };
        conduct.check(section, report);
        conduct
    }

    /// What cannot be together.
    fn check(&self, section: &mut Section<'_>, report: &mut Report) {
        let pauses = |retry: &Retry| retry.on_exhaustion == Exhaustion::Pause;
        if self.undo_retry.as_ref().is_some_and(pauses) {
            let message = "an undo cannot pause: a rollback in which it fails ends stuck, and waits \
                           for a person anyway";
            fault(section, report, "undo_retry", message.to_owned(), "leave `on_exhaustion` out");
        }
        if let Some((heartbeat, timeout)) = self.heartbeat.zip(self.timeout)
            && heartbeat >= timeout
        {
            let message = format!(
                "`heartbeat` is {heartbeat}, but an attempt times out after {timeout} anyway"
            );
            fault(section, report, "heartbeat", message, "make it shorter than `timeout`");
        }
        if let Some((whole, timeout)) = self.step_timeout.zip(self.timeout)
            && whole < timeout
        {
            let message = format!(
                "`step_timeout` is {whole}, but the first attempt alone may take {timeout}"
            );
            fault(
                section,
                report,
                "step_timeout",
                message,
                "make it at least as long as `timeout`",
            );
        }
    }

    /// Puts it into the declaration of a system.
    pub(super) fn settle(self, spec: &mut SystemSpec) {
        spec.verify = self.verify.unwrap_or(false);
        spec.retry = self.retry;
        spec.undo = self.undo.unwrap_or_default();
        spec.undo_retry = self.undo_retry;
        spec.on_undo_failure = self.on_undo_failure.unwrap_or_default();
        spec.timeout = self.timeout;
        spec.step_timeout = self.step_timeout;
        spec.heartbeat = self.heartbeat;
        spec.settle = self.settle;
        spec.idempotent = self.idempotent.unwrap_or(false);
        spec.estimate = self.estimate;
    }
}

/// A fault of the value of a key.
pub(super) fn fault(
    section: &mut Section<'_>,
    report: &mut Report,
    key: &'static str,
    message: String,
    help: &str,
) {
    let span = match section.entry(key) {
        Some(value) => section.file.span(value.span()),
        None => section.span(),
    };
    report.error(BAD_VALUE, span, message, help);
}

/// A duration that is longer than nothing.
pub(super) fn some_time(
    section: &mut Section<'_>,
    report: &mut Report,
    key: &'static str,
) -> Option<Duration> {
    let duration = section.duration(report, key)?;
    if duration.is_zero() {
        let message = format!("`{key}` must be longer than nothing");
        fault(section, report, key, message, "leave it out to have no limit of your own");
    }
    Some(duration)
}

/// `undo = "restore"`, `"nothing"` or `"pivot"`.
fn undo(section: &mut Section<'_>, report: &mut Report) -> Option<Undo> {
    let text = section.name(report, "undo")?;
    Some(match text.value {
        "nothing" => Undo::Nothing,
        "pivot" => Undo::Pivot,
        action => Undo::Action(Name::from(action)),
    })
}

/// `{ max = 3, backoff = "exponential", base = "1s" }`
fn retry(section: &mut Section<'_>, report: &mut Report, key: &'static str) -> Option<Retry> {
    let mut table = section.table(report, key)?;
    let max = table.count(report, "max");
    if table.entry("max").is_none() {
        table.missing(report, "max", "say how many attempts there are in all: `max = 3`");
    }
    let greatest = Retry::MAX_ATTEMPTS;
    let in_range = |max: usize| u32::try_from(max).ok().filter(|max| (1..=greatest).contains(max));
    let attempts = max.and_then(in_range);
    if max.is_some() && attempts.is_none() {
        let message = format!("`max` is from 1 to {greatest}, the first attempt among them");
        fault(&mut table, report, "max", message, "");
    }
    let mut retry = Retry::new(attempts.unwrap_or(1));
    let backoffs = [
        ("constant", Backoff::Constant),
        ("linear", Backoff::Linear),
        ("exponential", Backoff::Exponential),
    ];
    retry.backoff = table.choice(report, "backoff", &backoffs).unwrap_or_default();
    retry.base = table.duration(report, "base").unwrap_or_default();
    retry.cap = some_time(&mut table, report, "cap");
    retry.total = some_time(&mut table, report, "total");
    if retry.backoff != Backoff::Constant && retry.base.is_zero() {
        let message = format!(
            "a wait that grows {} from nothing stays nothing",
            match retry.backoff {
                Backoff::Linear => "linearly",
                Backoff::Constant | Backoff::Exponential => "exponentially",
            }
        );
        fault(&mut table, report, "base", message, "say what the first wait is: `base = \"1s\"`");
    }
    if let Some(cap) = retry.cap.filter(|cap| *cap < retry.base) {
        let message = format!("`cap` is {cap}, but already the first wait is {}", retry.base);
        fault(&mut table, report, "cap", message, "");
    }
    if let Some(jitter) = table.number(report, "jitter") {
        if (0.0..=1.0).contains(&jitter) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "0 to 1000"
            )]
            let permille = (jitter * 1_000.0).round() as u16;
            retry.jitter_permille = permille;
        } else {
            let message = "`jitter` is from 0 to 1: by which share a wait may be shortened";
            fault(&mut table, report, "jitter", message.to_owned(), "");
        }
    }
    let names = |table: &mut Section<'_>, report: &mut Report, key| -> Vec<Name> {
        table.texts(report, key).iter().map(|text| text.value.into()).collect()
    };
    retry.retry_on = names(&mut table, report, "retry_on");
    retry.give_up_on = names(&mut table, report, "give_up_on");
    let ends = [("fail", Exhaustion::Fail), ("pause", Exhaustion::Pause)];
    retry.on_exhaustion = table.choice(report, "on_exhaustion", &ends).unwrap_or_default();
    table.finish(report, &[]);
    attempts.map(|_| retry)
}
