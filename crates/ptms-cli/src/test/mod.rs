//! `ptms test`: the tests beside a rulebook, in virtual time.
//!
//! | module | what lives there |
//! |---|---|
//! | `case` | a test as data |
//! | `file`, `inputs`, `expectations` | test files, with every fault at once |
//! | `series`, `moment` | values in a row, instants after the start |
//! | `story` | runs a test |
//! | `judge`, `why` | whether what is expected holds, and why not |
//! | `coverage` | what the tests have seen of the rules |
//! | `report`, `junit` | for people and for programs |

mod case;
mod coverage;
mod expectations;
mod file;
mod inputs;
mod judge;
mod junit;
mod moment;
mod report;
mod series;
mod story;
mod why;

use std::io::Write;
use std::sync::Arc;

use ptms::{Book, Diagnostic, Sources};

use self::case::Case;
use self::coverage::Coverage;
use self::file::Reader;
use self::report::{Report, Tested};
use crate::args::{TestArgs, TestFormat};
use crate::exit::{Exit, Failure};
use crate::watch::watch;
use crate::{book, render};

/// Runs the tests of the book and reports them; again and again if somebody wants to watch.
pub(crate) fn test(args: &TestArgs) -> Result<Exit, Failure> {
    if args.watch { watch(&args.book, || once(args)) } else { once(args) }
}

fn once(args: &TestArgs) -> Result<Exit, Failure> {
    let (sources, book) = book::load(&args.book)?;
    let texts = book::read_tests(&args.book)?;
    if texts.iter().next().is_none() {
        let help = "write one beside the rules, such as rules.test.toml";
        let message = format!("no tests: {} has no .test.toml file; {help}", args.book.display());
        return Err(Failure::unreadable(message));
    }
    let cases = cases(&book, &texts)?;
    let all = cases.len();
    let wanted = |case: &Case| args.name.as_ref().is_none_or(|name| case.name.contains(&**name));
    let cases: Vec<Case> = cases.into_iter().filter(wanted).collect();
    if cases.is_empty() {
        let name = args.name.as_deref().unwrap_or_default();
        return Err(Failure::usage(format!("none of {all} tests has {name:?} in its name")));
    }
    drop(sources);
    let book = Arc::new(book);
    let mut coverage = Coverage::new(&book);
    let mut tested = Vec::with_capacity(cases.len());
    for case in cases {
        let outcome = story::run(&book, &case)?;
        coverage.add(&outcome.verdicts);
        tested.push(Tested::new(case, outcome));
    }
    let enough = args.min_coverage.is_none_or(|least| coverage.percent() >= f64::from(least));
    let shown = args.coverage || args.min_coverage.is_some();
    let report = Report {
        sources: &texts,
        tested: &tested,
        coverage: shown.then_some(&coverage),
        least: args.min_coverage,
    };
    let text = match args.format {
        TestFormat::Human => report.human(),
        TestFormat::Json => report.json(),
        TestFormat::Junit => junit::xml(&report),
    };
    write!(anstream::stdout(), "{text}")?;
    let fine = enough && tested.iter().all(Tested::passed);
    Ok(if fine { Exit::Fine } else { Exit::Findings })
}

/// Every test of the files; or their faults are shown, all of them.
fn cases(book: &Book, texts: &Sources) -> Result<Vec<Case>, Failure> {
    let (mut cases, mut faults) = (Vec::new(), Vec::new());
    for (name, text) in texts.iter() {
        let (more, found) = Reader::read(name.clone(), book, text);
        cases.extend(more);
        faults.extend(found);
    }
    if faults.is_empty() {
        return Ok(cases);
    }
    Diagnostic::sort(&mut faults);
    write!(anstream::stderr(), "{}", render::human(texts, &faults))?;
    Err(Failure::Reported(Exit::Findings))
}
