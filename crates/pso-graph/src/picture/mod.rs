//! A plan as text, Mermaid and DOT.
