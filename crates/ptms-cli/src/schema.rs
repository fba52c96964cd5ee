//! `ptms schema`: what editors need to know of rulebooks.

use std::io::Write;

use crate::exit::{Exit, Failure};

/// Prints the JSON Schema of a file of a rulebook.
pub(crate) fn schema() -> Result<Exit, Failure> {
    write!(anstream::stdout(), "{}", ptms::JSON_SCHEMA)?;
    Ok(Exit::Fine)
}
