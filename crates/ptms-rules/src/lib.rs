//! Rulebooks.
