//! What `pso-graph` promises, as seen from outside.

mod book;
mod faults;
mod oracle;
mod pictures;
mod plans;
mod properties;
mod wire;
