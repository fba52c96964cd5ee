//! The `ptms` command: check a rulebook, test it, show its plans, replay a stream against it.
//!
//! | module | what lives there |
//! |---|---|
//! | `args` | the command line |
//! | `exit` | exit codes, and failures that end the program |
//! | `book` | a rulebook read from files |
//! | `render` | diagnostics for people and for programs |
//! | `check`, `test`, `plan`, `graph`, `run`, `explain`, `backtest` | the commands that need a rulebook |
//! | `new` | a rulebook to begin with |
//! | `watch` | does something again when files change |
//! | `about` | completions and manual pages |
//! | `toml_file` | TOML files beside a rulebook, read with all their faults |
//! | `stream` | event files and CSV files, line by line |
//! | `instant` | times as people and files write them |
//! | `host` | who answers what the engine asks for: a host that only pretends, or commands |
//! | `replay` | the loop that brings stream, engine and host together |
//! | `rehearsal` | an engine with a host that pretends, and nothing written or shown |
//! | `entry` | what a replay reports: the transcript's schema |
//! | `translate` | from the engine's outputs to entries |
//! | `report` | hands entries on to the transcript, the screen, the tally and the journal |
//! | `log` | the journal that a run keeps |
//! | `schema` | what editors need to know of rulebooks |
//! | `resume`, `journal` | going on with a journal, and looking into one |
//! | `transcript` | entries as JSON lines |
//! | `screen`, `summary` | what a person sees of them, as they come and at the end |
//! | `tally` | how many of what |
//! | `recent` | runs by id, without growing for ever |
//! | `words` | small pieces of messages |
//!
//! All of the engine comes from the crate `ptms`. There is no clock here either, but for the time that a
//! command may take: a replay lives in the time of its stream.

mod about;
mod args;
mod backtest;
mod book;
mod check;
mod entry;
mod exit;
mod explain;
mod graph;
mod host;
mod instant;
mod journal;
mod log;
mod new;
mod plan;
mod recent;
mod rehearsal;
mod render;
mod replay;
mod report;
mod resume;
mod run;
mod schema;
mod screen;
mod stream;
mod summary;
mod tally;
mod test;
mod toml_file;
mod transcript;
mod translate;
mod watch;
mod words;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};
use crate::exit::Exit;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(refused) => {
            // Nothing is left to say where even the message cannot be written.
            let _ = refused.print();
            return if refused.use_stderr() { Exit::Usage } else { Exit::Fine }.into();
        }
    };
    let done = match args.command {
        Command::New(args) => new::new(&args),
        Command::Check(args) => check::check(&args),
        Command::Test(args) => test::test(&args),
        Command::Graph(args) => graph::graph(&args),
        Command::Plan(args) => plan::plan(&args),
        Command::Run(args) => run::run(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Backtest(args) => backtest::backtest(&args),
        Command::Resume(args) => resume::resume(&args),
        Command::Schema => schema::schema(),
        Command::Journal(command) => journal::journal(&command),
        Command::Completions(args) => about::completions(&args),
        Command::Man(args) => about::man(&args),
    };
    done.unwrap_or_else(exit::Failure::report).into()
}
