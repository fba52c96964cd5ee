//! `ptms plan`: what a workflow or a set of systems comes to.

use std::io::Write;

use ptms::{Catalog, Request};

use crate::args::{PlanArgs, PlanFormat};
use crate::exit::{Exit, Failure};
use crate::words::did_you_mean;
use crate::{book, render};

/// Makes the plan and shows it.
pub(crate) fn plan(args: &PlanArgs) -> Result<Exit, Failure> {
    let (sources, book) = book::load(&args.book)?;
    let request = request(args, book.catalog())?;
    let plan = match book.catalog().plan(&request) {
        Ok(plan) => plan,
        Err(faults) => {
            write!(anstream::stderr(), "{}", render::human(&sources, &faults))?;
            return Ok(Exit::Findings);
        }
    };
    let text = match args.format {
        PlanFormat::Text => plan.to_text(),
        PlanFormat::Mermaid => plan.to_mermaid(),
        PlanFormat::Dot => plan.to_dot(),
        #[cfg(feature = "svg")]
        PlanFormat::Svg => plan.to_svg().ok_or_else(|| {
            Failure::usage("the plan is too large to draw; `--format dot` leaves it to Graphviz")
        })?,
        PlanFormat::Json => {
            let json = serde_json::to_string_pretty(&plan);
            json.map_err(|error| Failure::broken(&error.to_string()))? + "\n"
        }
    };
    write!(anstream::stdout(), "{text}")?;
    Ok(Exit::Fine)
}

fn request(args: &PlanArgs, catalog: &Catalog) -> Result<Request, Failure> {
    let mut request = Request::new();
    if let Some(workflow) = &args.workflow {
        if catalog.workflow(workflow).is_none() {
            let names = catalog.workflows().iter().map(|workflow| workflow.name.as_str());
            let near = did_you_mean(workflow, names);
            return Err(Failure::usage(format!("no workflow {workflow:?} is declared{near}")));
        }
        request = request.workflow(workflow.as_str());
    }
    for system in &args.systems {
        if catalog.system(system).is_none() {
            let names = catalog.systems().iter().map(|system| system.name.as_str());
            let near = did_you_mean(system, names);
            return Err(Failure::usage(format!("no system {system:?} is declared{near}")));
        }
        request = request.system(system.as_str());
    }
    Ok(request)
}
