//! The `ptms` command.

fn main() {}
