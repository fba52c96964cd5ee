//! Any texts are a rulebook or are refused, with diagnostics that point into them.
//!
//! The input is several texts, each after a line that names it: `--- helpers.rhai`. What stands before
//! the first such line is `rules.toml`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ptms_core::{Severity, Sources};
use ptms_rules::Rulebook;

fuzz_target!(|text: &str| {
    let sources = sources(text);
    let found = match Rulebook::load(&sources) {
        Ok(book) => {
            assert!(book.warnings.iter().all(|found| found.severity == Severity::Warning));
            book.warnings
        }
        Err(found) => {
            assert!(found.iter().any(|found| found.severity == Severity::Error));
            found
        }
    };
    for diagnostic in found {
        assert!(!diagnostic.message.is_empty(), "{diagnostic:?}");
        assert!(!diagnostic.message.contains('\n'), "{diagnostic:?}");
        for label in &diagnostic.labels {
            let text = sources.text(&label.span.file);
            let within = text.and_then(|text| text.get(label.span.start..label.span.end));
            assert!(within.is_some(), "{diagnostic:?}");
        }
    }
});

fn sources(text: &str) -> Sources {
    let mut sources = Sources::default();
    let mut texts = text.split("\n--- ");
    sources.add("rules.toml", texts.next().unwrap_or_default());
    for text in texts {
        let (name, text) = text.split_once('\n').unwrap_or((text, ""));
        sources.add(name, text);
    }
    sources
}
