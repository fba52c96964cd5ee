//! A plan for people: text for a terminal, Mermaid and DOT for a browser or a page, and SVG with the
//! feature `svg`. Knows nothing of
//! colours and of who looks. (JSON is what serde makes of a [`Plan`](crate::Plan).)

mod dot;
mod mermaid;
#[cfg(feature = "svg")]
mod svg;
mod text;
