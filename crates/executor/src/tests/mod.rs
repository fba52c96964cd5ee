//! Tests of whole runs: as stories, by random, and by enumeration under a monitor that knows nothing of
//! how the engine works.

mod driving;
mod enumerated;
mod given;
mod monitor;
mod random;
mod recovery;
mod refusals;
mod sketch;
mod stories;
