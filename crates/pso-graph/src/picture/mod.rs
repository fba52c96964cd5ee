//! A plan for people: text for a terminal, Mermaid and DOT for a browser or a page. Knows nothing of
//! colours and of who looks. (JSON is what serde makes of a [`Plan`](crate::Plan).)

mod dot;
mod mermaid;
mod text;
