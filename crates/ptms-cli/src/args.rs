//! The command line. Knows only what may be said, not what it does.

mod values;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use ptms::Duration;

pub(crate) use self::values::{Allowed, ColumnFact, StepName};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "ptms",
    version,
    about = "Rules decide when, a graph decides the order, your application drives.",
    after_help = EXAMPLES,
    arg_required_else_help = true,
    max_term_width = 80
)]
pub(crate) struct Args {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  ptms new book
  ptms check examples/devloop
  ptms test examples/devloop
  ptms plan examples/devloop --workflow emergency-debugging
  ptms run examples/devloop --out transcript.jsonl

Exit codes:
  0  fine
  1  findings, refused input lines, or a run that did not complete
  2  something cannot be read or written
  3  usage";

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a small rulebook to begin with, with tests and a stream
    New(NewArgs),
    /// Report every fault of a rulebook, with its place and what to do
    Check(CheckArgs),
    /// Run the tests beside a rulebook, in virtual time
    #[command(long_about = TEST_ABOUT)]
    Test(TestArgs),
    /// Show in which order systems are activated, and why
    Plan(PlanArgs),
    /// Show which rules start which workflows and systems
    Graph(GraphArgs),
    /// Replay a recorded stream against a rulebook
    #[command(long_about = RUN_ABOUT)]
    Run(RunArgs),
    /// Show why a rule does what it does, or does not, at an instant of a stream
    Explain(ExplainArgs),
    /// Show what a change of a rulebook would have done to a recorded stream
    #[command(long_about = BACKTEST_ABOUT)]
    Backtest(BacktestArgs),
    /// Go on with a run that kept a journal and ended before it was done
    Resume(ResumeArgs),
    /// Print the JSON Schema of rulebooks, which editors use to complete and explain their keys
    Schema,
    /// Look into a journal
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Write a script that completes the command line in a shell
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArgs),
    /// Write the manual page, or that of a command
    #[command(after_help = MAN_EXAMPLES)]
    Man(ManArgs),
}

/// `ptms new`
#[derive(Debug, clap::Args)]
#[command(max_term_width = 80)]
pub(crate) struct NewArgs {
    /// The folder; it is made if it is not there, and no file in it is overwritten
    pub(crate) folder: PathBuf,
}

/// `ptms graph`
#[derive(Debug, clap::Args)]
#[command(max_term_width = 80, after_help = GRAPH_EXAMPLES)]
pub(crate) struct GraphArgs {
    /// The rulebook: a folder of .toml files, or one such file
    pub(crate) book: PathBuf,
    /// How to show it
    #[arg(long, value_enum, default_value_t = GraphFormat::Text)]
    pub(crate) format: GraphFormat,
}

/// How a book is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// For people: every rule with what it starts
    Text,
    /// A Mermaid flowchart
    Mermaid,
    /// A Graphviz digraph
    Dot,
    /// A picture
    Svg,
}

const GRAPH_EXAMPLES: &str = "\
Examples:
  ptms graph examples/devloop
  ptms graph examples/devloop --format svg > book.svg";

/// `ptms completions`
#[derive(Debug, clap::Args)]
#[command(max_term_width = 80)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  ptms completions bash > ~/.local/share/bash-completion/completions/ptms
  ptms completions zsh > ~/.zfunc/_ptms
  ptms completions fish > ~/.config/fish/completions/ptms.fish";

/// `ptms man`
#[derive(Debug, clap::Args)]
#[command(max_term_width = 80)]
pub(crate) struct ManArgs {
    /// The command; without it the page of the program is written
    pub(crate) command: Option<String>,
}

const MAN_EXAMPLES: &str = "\
Examples:
  ptms man | man -l -
  ptms man backtest > ptms-backtest.1";

/// `ptms check`
#[derive(Debug, clap::Args)]
#[command(max_term_width = 80)]
pub(crate) struct CheckArgs {
    /// The rulebook: a folder of .toml and .rhai files, or one .toml file
    pub(crate) book: PathBuf,
    /// How to report
    #[arg(long, value_enum, default_value_t = ReportFormat::Human)]
    pub(crate) format: ReportFormat,
    /// Also tell which conditions call functions that are not compiled
    #[arg(long, conflicts_with = "format")]
    pub(crate) verbose: bool,
    /// Check again whenever a file of the book changes
    #[arg(long)]
    pub(crate) watch: bool,
}

/// How diagnostics are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// With the lines of the book, underlined
    Human,
    /// One JSON object a line
    Json,
}

/// `ptms test`
#[derive(Debug, clap::Args)]
#[command(max_term_width = 80, after_long_help = TEST_EXAMPLES)]
pub(crate) struct TestArgs {
    /// The rulebook: a folder of .toml files, or one such file
    pub(crate) book: PathBuf,
    /// Run only the tests that have this in their name
    pub(crate) name: Option<String>,
    /// How to report
    #[arg(long, value_enum, default_value_t = TestFormat::Human)]
    pub(crate) format: TestFormat,
    /// Show of every condition how often it was true, false, unknown and at fault
    #[arg(long)]
    pub(crate) coverage: bool,
    /// Fail if less of the outcomes true and false of all conditions was seen
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) min_coverage: Option<u8>,
    /// Test again whenever a file of the book or of its tests changes
    #[arg(long)]
    pub(crate) watch: bool,
}

/// How tests are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    /// With the lines of the tests, underlined
    Human,
    /// One JSON object a line: every test, then the counts
    Json,
    /// The XML that build servers read
    Junit,
}

const TEST_ABOUT: &str = "\
Run the tests beside a rulebook, in virtual time.

The tests of a folder are its files that end in .test.toml; those of a book that \
is one file x.toml are in x.test.toml. docs/testing.md says what can stand there.

A test fails if something that it expects does not hold. It is idle if all holds \
and something of it would whatever the rules say: that a rule does not fire \
proves nothing where its condition was never known to be true or false.";

const TEST_EXAMPLES: &str = r#"A whole test file:
  [[test]]
  name  = "a slow response is noticed"
  set   = { latency_ms = 300.0 }
  fires = ["slow-response"]

Exit codes:
  0  all tests passed
  1  a test failed or is idle, too little is covered, or a file has a fault
  2  something cannot be read, or there is no test file
  3  usage; no test has this in its name

Examples:
  ptms test examples/devloop
  ptms test examples/devloop cascade
  ptms test book --min-coverage 80
  ptms test book --format junit > tests.xml"#;

/// `ptms plan`
#[derive(Debug, clap::Args)]
#[command(max_term_width = 80, after_help = PLAN_EXAMPLES)]
pub(crate) struct PlanArgs {
    /// The rulebook: a folder of .toml and .rhai files, or one .toml file
    pub(crate) book: PathBuf,
    /// The workflow to plan
    #[arg(long, value_name = "W", required_unless_present = "systems")]
    pub(crate) workflow: Option<String>,
    /// Systems to plan, beside the workflow or alone
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) systems: Vec<String>,
    /// How to show the plan
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub(crate) format: PlanFormat,
}

const PLAN_EXAMPLES: &str = "\
Examples:
  ptms plan examples/devloop --workflow emergency-debugging
  ptms plan examples/devloop --systems PDT,PTT
  ptms plan examples/devloop --systems PDT --format dot | dot -Tsvg";

/// How a plan is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    /// For people
    Text,
    /// The plan as data
    Json,
    /// A Mermaid flowchart
    Mermaid,
    /// A Graphviz digraph
    Dot,
    /// A picture, of plans that are not too large to look at
    #[cfg(feature = "svg")]
    Svg,
}

/// `ptms run`
#[derive(Debug, clap::Args)]
#[command(max_term_width = 80, after_long_help = RUN_EXAMPLES)]
pub(crate) struct RunArgs {
    /// The rulebook: a folder of .toml and .rhai files, or one .toml file
    pub(crate) book: PathBuf,
    /// The stream to replay, one JSON object a line; - reads standard input
    #[arg(long, value_name = "FILE", conflicts_with = "csv")]
    pub(crate) events: Option<PathBuf>,
    /// A CSV file to replay instead, with --at and --set; - reads standard input
    #[arg(long, value_name = "FILE", requires = "at", requires = "set")]
    pub(crate) csv: Option<PathBuf>,
    /// The CSV column that holds the time
    #[arg(long, value_name = "COLUMN", requires = "csv")]
    pub(crate) at: Option<String>,
    /// A CSV column and the fact that it sets; may be given several times
    #[arg(long, value_name = "COLUMN=FACT", requires = "csv")]
    pub(crate) set: Vec<ColumnFact>,
    /// Run the commands that this file gives instead of pretending
    #[arg(long, value_name = "HOST.toml", conflicts_with_all = ["fail", "silence"])]
    pub(crate) host: Option<PathBuf>,
    /// How many of its commands run at the same time at most
    #[arg(long, value_name = "N", default_value = "4", requires = "host")]
    pub(crate) jobs: NonZeroUsize,
    /// Answer that activating this step failed; a step id, or workflow/step
    #[arg(long, value_name = "STEP")]
    pub(crate) fail: Vec<StepName>,
    /// Never answer the activation of this step; a step id, or workflow/step
    #[arg(long, value_name = "STEP")]
    pub(crate) silence: Vec<StepName>,
    /// Keep a journal in this new file, so that ptms resume can go on after a crash
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
    /// Write a transcript, one JSON object a line (see docs/transcript.md)
    #[arg(long, value_name = "FILE.jsonl")]
    pub(crate) out: Option<PathBuf>,
    /// Show every firing and run, not only the first of each rule
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

/// `ptms explain`
#[derive(Debug, clap::Args)]
#[command(max_term_width = 80, after_help = EXPLAIN_EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// The rulebook: a folder of .toml and .rhai files, or one .toml file
    pub(crate) book: PathBuf,
    /// The rule
    #[arg(long, value_name = "R")]
    pub(crate) rule: String,
    /// Which one of many, for a rule with a key
    #[arg(long, value_name = "DIMENSION=VALUE", value_delimiter = ',')]
    pub(crate) key: Vec<String>,
    /// The instant; without it, the end of the stream
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// The stream, one JSON object a line; without it, the one beside the book
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
    /// How to show it
    #[arg(long, value_enum, default_value_t = ExplainFormat::Human)]
    pub(crate) format: ExplainFormat,
}

/// How an explanation is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainFormat {
    /// The condition as a tree, what each part comes to on the left
    Human,
    /// The same as data
    Json,
}

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  ptms explain examples/devloop --rule slow-response
  ptms explain book --rule errors --key service=api --at 2026-11-20T10:00:00Z
  ptms explain book --rule errors --events yesterday.jsonl --format json";

/// `ptms backtest`
#[derive(Debug, clap::Args)]
#[command(max_term_width = 80, after_long_help = BACKTEST_EXAMPLES)]
pub(crate) struct BacktestArgs {
    /// The rulebook as it was
    pub(crate) old: PathBuf,
    /// The rulebook as it is to be; with --labels it may be left out
    #[arg(required_unless_present = "labels")]
    pub(crate) new: Option<PathBuf>,
    /// The stream, one JSON object a line; several files are one stream
    #[arg(long, value_name = "FILE", conflicts_with = "csv")]
    pub(crate) events: Vec<PathBuf>,
    /// A CSV file instead, with --at and --set
    #[arg(long, value_name = "FILE", requires = "at", requires = "set")]
    pub(crate) csv: Option<PathBuf>,
    /// The CSV column that holds the time
    #[arg(long, value_name = "COLUMN", requires = "csv")]
    pub(crate) at: Option<String>,
    /// A CSV column and the fact that it sets; may be given several times
    #[arg(long, value_name = "COLUMN=FACT", requires = "csv")]
    pub(crate) set: Vec<ColumnFact>,
    /// When firings were right: measure how good those of the last book are
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<PathBuf>,
    /// How far a firing may have moved and still be the same
    #[arg(long, value_name = "DURATION", default_value = "10m")]
    pub(crate) moved_within: Duration,
    /// How many differences are no failure, in all or of a rule
    #[arg(long, value_name = "[RULE=]N")]
    pub(crate) allow: Vec<Allowed>,
    /// How to report
    #[arg(long, value_enum, default_value_t = BacktestFormat::Human)]
    pub(crate) format: BacktestFormat,
    /// Show every difference, not only the first of each rule
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

/// How a backtest is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BacktestFormat {
    /// By rule, with the reasons
    Human,
    /// One JSON object a line: every rule, then the counts
    Json,
}

const BACKTEST_ABOUT: &str = "\
Show what a change of a rulebook would have done to a recorded stream: both books \
are run over it, and the firings that appear, vanish or move are shown by rule, \
with how the rule differs. Effects are not run; they succeed after the estimates \
of their steps.

Of one rule and key, firings at the same instant are the same. Of the rest, in \
order of time, two that come next are one that moved if they are at most \
--moved-within apart; else the earlier one vanished or appeared.

With --labels, the intervals in which a firing was right, it shows of each rule \
how many of its firings were right (precision), how many of the labels it found \
(recall), its false alarms a day and its median delay. docs/backtest.md says how \
labels are written.";

const BACKTEST_EXAMPLES: &str = "\
Exit codes:
  0  no more differences than allowed
  1  more, or a line of the stream that the new book refuses
  2  something cannot be read
  3  usage

Examples:
  ptms backtest book book.new --events yesterday.jsonl
  ptms backtest book book.new --events a.jsonl --events b.jsonl --allow 10
  ptms backtest book book.new --allow slow-response=3 --format json
  ptms backtest book --csv series.csv --at timestamp --set value=temperature \\
      --labels labels.jsonl";

/// `ptms resume`
#[derive(Debug, clap::Args)]
#[command(max_term_width = 80, after_help = RESUME_EXAMPLES)]
pub(crate) struct ResumeArgs {
    /// The journal of the run
    pub(crate) journal: PathBuf,
    /// The commands to run, where they are not where they were
    #[arg(long, value_name = "HOST.toml")]
    pub(crate) host: Option<PathBuf>,
    /// How many commands run at the same time at most
    #[arg(long, value_name = "N", default_value = "4")]
    pub(crate) jobs: NonZeroUsize,
    /// Write the transcript of the whole run, what was before the crash included
    #[arg(long, value_name = "FILE.jsonl")]
    pub(crate) out: Option<PathBuf>,
    /// Show every firing and run, not only the first of each rule
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

const RESUME_EXAMPLES: &str = "\
The journal holds the rulebook and says which stream was replayed, which is read
on behind the last line that was taken. Of a command that was under way nobody
knows what became of it: it is run again where the book says idempotent = true,
and else verified or undone.

Examples:
  ptms run book --host host.toml --journal run.journal
  ptms resume run.journal --out transcript.jsonl";

/// `ptms journal`
#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Show every record, one a line
    Show(ShowArgs),
    /// Verify every record, and that the journal can be gone on with
    Check(JournalArgs),
}

/// `ptms journal show`
#[derive(Debug, clap::Args)]
#[command(max_term_width = 80)]
pub(crate) struct ShowArgs {
    /// The journal
    pub(crate) journal: PathBuf,
    /// How to show it
    #[arg(long, value_enum, default_value_t = ShowFormat::Text)]
    pub(crate) format: ShowFormat,
}

/// How records are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShowFormat {
    /// For people: position, stream, number in the stream, content
    Text,
    /// One JSON object a line
    Json,
}

/// `ptms journal check`
#[derive(Debug, clap::Args)]
#[command(max_term_width = 80)]
pub(crate) struct JournalArgs {
    /// The journal
    pub(crate) journal: PathBuf,
}

const RUN_ABOUT: &str = "\
Replay a recorded stream against a rulebook. Without --events or --csv, the \
file events.jsonl beside the book's files is replayed.

Without --host nothing is activated: what would be is shown, and counts as done \
after the step's estimate. Time is that of the stream, so an hour is replayed as \
fast as it is read, and the same stream always gives the same transcript.

With --host the commands of that file are run (see docs/host-file.md). The \
stream waits for them; in its time they take none.

A line that cannot be used is reported, counted and skipped; so is one that is \
longer than 1 MiB.";

const RUN_EXAMPLES: &str = r#"Event file, one of these a line ("at" may also be whole nanoseconds):
  {"at": "2026-11-20T10:00:00.250Z", "event": "log", "fields": {"ok": false}}
  {"at": "2026-11-20T10:00:01Z", "set": {"latency_ms": 12.5}}
  {"at": "2026-11-20T10:00:02Z", "unset": ["latency_ms"]}
  {"at": "2026-11-20T10:00:03Z", "set": {"cpu": 0.9}, "key": {"host": "a"}}
  {"at": "2026-11-20T10:00:04Z", "expect": {"host": "b"}}

CSV file: the first line names the columns, each further line is a row. Times
are as above, or like 2014-04-01 00:00:00, which is UTC. An empty cell leaves
its fact as it was.

Examples:
  ptms run examples/devloop
  ptms run examples/devloop --fail PAT --out transcript.jsonl
  ptms run examples/devloop --silence emergency-debugging/review
  ptms run examples/devloop --host host.toml --journal run.journal
  tail -n 1000 events.jsonl | ptms run examples/devloop --events -
  ptms run book --csv series.csv --at timestamp --set value=temperature"#;

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
