//! What firings start: systems, workflows and their steps.

use ptms_core::{Duration, Priority, Value};

use super::facts::FieldDraft;
use super::table::{Item, Table, setters};

/// A `[system.NAME]`: something that can be activated and undone.
///
/// ```
/// use ptms_rules::Rulebook;
/// use ptms_rules::draft::{Draft, SystemDraft};
///
/// let draft = Draft::new()
///     .system("store", SystemDraft::new().undo("detach"))
///     .system("debugger", SystemDraft::new().needs(&["store"]).undo("release"));
/// let book = Rulebook::load(&draft.to_sources("built.toml")).unwrap();
/// assert_eq!(book.systems.len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SystemDraft {
    pub(super) table: Table,
}

impl SystemDraft {
    /// A system of which nothing is said.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Units that it takes from a pool while it is being activated.
    #[must_use]
    pub fn uses(mut self, pool: &str, units: u32) -> Self {
        self.table.add_in("uses", pool, units);
        self
    }

    /// Units that it takes from a pool from its activation until it is undone.
    #[must_use]
    pub fn holds(mut self, pool: &str, units: u32) -> Self {
        self.table.add_in("holds", pool, units);
        self
    }
}

setters!(SystemDraft, KEYS {
    /// What it is, for people.
    description(&str) = "description";
    /// A group it belongs to, for people.
    tier(&str) = "tier";
    /// Of steps that could come next, the more urgent comes first.
    priority(Priority) = "priority";
    /// Systems that are pulled into the plan and must be up before.
    needs(&[&str]) = "needs";
    /// Systems that are pulled into the plan and must have ended before, however.
    wants(&[&str]) = "wants";
    /// Order alone: systems that come first if they are in the plan too.
    after(&[&str]) = "after";
    /// As `after`, but given up where it would close a circle.
    weak(&[&str]) = "weak";
    /// Systems that must not be in one plan with this one.
    conflicts(&[&str]) = "conflicts";
    /// Things that one activation at a time may write.
    exclusive(&[&str]) = "exclusive";
});

/// A `[workflow.NAME]`: a template of steps.
///
/// ```
/// use ptms_rules::Rulebook;
/// use ptms_rules::draft::{Draft, StepDraft, SystemDraft, WorkflowDraft};
///
/// let release = WorkflowDraft::new()
///     .step(StepDraft::new("build", "builder"))
///     .step(StepDraft::new("publish", "builder").needs(&["build"]));
/// let draft = Draft::new().system("builder", SystemDraft::new()).workflow("release", release);
/// let book = Rulebook::load(&draft.to_sources("built.toml")).unwrap();
/// assert_eq!(book.workflows[0].steps.len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkflowDraft {
    pub(super) table: Table,
}

impl WorkflowDraft {
    /// A workflow without steps, which does not load.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Something that a run of it is told: a [`Type`](ptms_core::Type), or a [`FieldDraft`] that says more.
    #[must_use]
    pub fn param(mut self, name: &str, param: impl Into<FieldDraft>) -> Self {
        self.table.add_in("params", name, param.into().table);
        self
    }

    /// What must be true once all steps have ended; where it is `required` the run is undone if it is
    /// not.
    #[must_use]
    pub fn success(mut self, when: &str, required: bool) -> Self {
        let mut criterion = Table::default();
        criterion.set("when", when);
        criterion.set("required", required);
        self.table.push("success", criterion);
        self
    }

    /// One step more; the order of steps carries no meaning.
    #[must_use]
    pub fn step(mut self, step: StepDraft) -> Self {
        self.table.push("step", step.table);
        self
    }
}

setters!(WorkflowDraft, KEYS {
    /// What it is for, for people.
    description(&str) = "description";
    /// The names of its phases, first to last.
    phases(&[&str]) = "phases";
    /// How long a run of it may take.
    deadline(Duration) = "deadline";
});

/// A `[[workflow.NAME.step]]`.
///
/// ```
/// use ptms_core::Duration;
/// use ptms_rules::draft::StepDraft;
///
/// let build = StepDraft::new("build", "builder").input("service", "param.service");
/// let agreed = StepDraft::waiting("agreed").approval("release").deadline(Duration::from_secs(3600));
/// assert_ne!(build, agreed.needs(&["build"]));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct StepDraft {
    pub(super) table: Table,
}

impl StepDraft {
    /// A step that activates a system.
    #[must_use]
    pub fn new(id: &str, system: &str) -> Self {
        let mut step = Self::waiting(id);
        step.table.set("system", system);
        step
    }

    /// A step that activates nothing, but waits: say for what.
    #[must_use]
    pub fn waiting(id: &str) -> Self {
        let mut table = Table::default();
        table.set("id", id);
        Self { table }
    }

    /// Waits for something that the host says.
    #[must_use]
    pub fn signal(mut self, name: &str) -> Self {
        self.table.add_in("wait", "signal", name);
        self
    }

    /// Waits for a decision of a person.
    #[must_use]
    pub fn approval(mut self, name: &str) -> Self {
        self.table.add_in("wait", "approval", name);
        self
    }

    /// Waits so long.
    #[must_use]
    pub fn timer(mut self, span: Duration) -> Self {
        self.table.add_in("wait", "timer", span);
        self
    }

    /// How long it is waited for at most.
    #[must_use]
    pub fn deadline(mut self, span: Duration) -> Self {
        self.table.add_in("wait", "deadline", span);
        self
    }

    /// Something that the step is given: a number, a bool, or the text of where it comes from, such as
    /// `"param.service"`.
    #[must_use]
    pub fn input(mut self, name: &str, given: impl Into<Value>) -> Self {
        self.table.add_in("input", name, given.into());
        self
    }

    /// The same, of a text that stands for itself.
    #[must_use]
    pub fn input_text(mut self, name: &str, text: &str) -> Self {
        let mut given = Table::default();
        given.set("value", text);
        self.table.add_in("input", name, given);
        self
    }

    /// Does the step for each item of a list, or of what a text such as `"param.hosts"` names.
    #[must_use]
    pub fn for_each(mut self, items: impl Into<Value>) -> Self {
        self.table.set("for_each", items.into());
        self
    }
}

setters!(StepDraft, KEYS {
    /// Steps that must be up before.
    needs(&[&str]) = "needs";
    /// Steps that must have ended before, however.
    wants(&[&str]) = "wants";
    /// Steps that must have ended or been skipped before.
    after(&[&str]) = "after";
    /// The phase that it belongs to.
    phase(&str) = "phase";
    /// Whether its failure undoes the run.
    critical(bool) = "critical";
    /// Only if this holds; else the step is skipped.
    when(&str) = "when";
    /// What an unknown `when` means: `fail`, `skip` or `run`.
    on_unknown(&str) = "on_unknown";
    /// The most items that `for_each` goes over.
    max(u32) = "max";
});

/// What systems and steps say alike of how they are done.
macro_rules! conduct {
    ($draft:ident) => {
        setters!($draft, CONDUCT {
            /// How long an activation takes; schedules use it.
            estimate(Duration) = "estimate";
            /// How long an answer to an attempt is waited for.
            timeout(Duration) = "timeout";
            /// How long all attempts together may take.
            step_timeout(Duration) = "step_timeout";
            /// How often an attempt that is under way must say that it is alive.
            heartbeat(Duration) = "heartbeat";
            /// After a time-out, how long a late answer is waited for.
            settle(Duration) = "settle";
            /// After a crash, an activation that may have happened is asked for again.
            idempotent(bool) = "idempotent";
            /// An activation is confirmed by a verification before it counts.
            verify(bool) = "verify";
            /// How an activation that failed is tried again.
            retry(RetryDraft) = "retry";
            /// How it is reversed: the name of an action, `nothing` or `pivot`.
            undo(&str) = "undo";
            /// How an undo that failed is tried again.
            undo_retry(RetryDraft) = "undo_retry";
            /// Whether a rollback goes on after an undo that failed: `continue` or `stop`.
            on_undo_failure(&str) = "on_undo_failure";
        });
    };
}

conduct!(SystemDraft);
conduct!(StepDraft);

/// `retry` and `undo_retry`: how something that failed is tried again.
///
/// ```
/// use ptms_core::Duration;
/// use ptms_rules::draft::{Draft, RetryDraft, SystemDraft};
///
/// let retry = RetryDraft::new(5).backoff("exponential").base(Duration::from_secs(1));
/// let text = Draft::new().system("builder", SystemDraft::new().retry(retry)).to_string();
/// assert!(text.contains("[system.builder.retry]\nmax = 5\n"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RetryDraft {
    pub(super) table: Table,
}

impl RetryDraft {
    /// So many attempts in all.
    #[must_use]
    pub fn new(max: u32) -> Self {
        let mut table = Table::default();
        table.set("max", max);
        Self { table }
    }
}

setters!(RetryDraft, KEYS {
    /// How the wait before each attempt grows: `constant`, `linear` or `exponential`.
    backoff(&str) = "backoff";
    /// The first wait.
    base(Duration) = "base";
    /// The longest wait.
    cap(Duration) = "cap";
    /// How long all attempts together may take.
    total(Duration) = "total";
    /// By which share a wait may be shortened, 0 to 1.
    jitter(f64) = "jitter";
    /// The classes of failures that are tried again; all if left out.
    retry_on(&[&str]) = "retry_on";
    /// The classes of failures that are not.
    give_up_on(&[&str]) = "give_up_on";
    /// What happens when no attempt is left: `fail` or `pause`.
    on_exhaustion(&str) = "on_exhaustion";
});

impl From<RetryDraft> for Item {
    fn from(retry: RetryDraft) -> Self {
        retry.table.into()
    }
}

/// `[settings]`: what holds for all plans of the book.
///
/// ```
/// use ptms_rules::draft::{Draft, SettingsDraft};
///
/// let settings = SettingsDraft::new().ambiguity("error");
/// assert_eq!(Draft::new().settings(settings).to_string(), "[settings]\nambiguity = \"error\"\n");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SettingsDraft {
    pub(super) table: Table,
}

impl SettingsDraft {
    /// The settings that hold where none are said.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

setters!(SettingsDraft, KEYS {
    /// How long a step takes of which nobody says.
    default_estimate(Duration) = "default_estimate";
    /// What it is when steps write the same thing in no order: `warning` or `error`.
    ambiguity(&str) = "ambiguity";
});
