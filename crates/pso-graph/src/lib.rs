//! Planning: declared systems and workflows into a deterministic order with reasons and a way back.
//!
//! ```
//! use pso_graph::{Catalog, Request};
//! use ptms_core::SystemSpec;
//!
//! let mut pat = SystemSpec::new("PAT");
//! pat.needs.push("PFD".into());
//! let catalog = Catalog::new([pat, SystemSpec::new("PFD")], []).unwrap();
//!
//! let plan = catalog.plan(&Request::new().system("PAT")).unwrap();
//! let order: Vec<&str> = plan.steps().iter().map(|step| step.id.as_str()).collect();
//! assert_eq!(order, ["PFD", "PAT"]);
//! ```
//!
//! | module | what lives there |
//! |---|---|
//! | [`catalog`] | [`Catalog`]: all declarations, checked against each other; makes plans |
//! | [`request`] | [`Request`]: what a plan is asked for |
//! | [`plan`] | [`Plan`], [`Step`], [`Edge`]: the frozen graph, as plain data |
//! | [`schedule`] | [`Schedule`]: when the steps could run, on the pools that there are |
//! | [`settings`] | [`Declarations`] and [`Settings`]: all that a catalog is made of |
//! | [`limit`] | how large a catalog and a plan may grow, and why |
//! | `picture` | a plan as text, Mermaid, DOT and, with the feature `svg`, SVG |
//! | `outline` | [`outline`](outline()): the order and the knots of a graph of plain numbers |
//! | `order`, `knot`, `untie`, `groups` | the algorithms, on plain numbers |
//!
//! A plan is a pure function of what was declared, whatever the order of the declarations. This crate
//! knows no rule, no run, no file and no clock; petgraph does not show in anything public.

pub mod catalog;
mod groups;
mod knot;
pub mod limit;
mod order;
mod outline;
mod picture;
pub mod plan;
pub mod request;
pub mod schedule;
pub mod settings;
mod untie;

pub use catalog::{Affected, Catalog, Impact};
pub use knot::Knot;
pub use outline::{Outline, outline};
pub use plan::{
    Between, Claims, Condition, Diff, Digest, Edge, EdgeKind, FanOut, Guard, Plan, PlanError, Pool,
    Step, StepId, Success, Turn, Units, Why,
};
pub use request::Request;
pub use schedule::{Arc, Pass, PoolProfile, Schedule, Slot};
pub use settings::{Declarations, Settings};
