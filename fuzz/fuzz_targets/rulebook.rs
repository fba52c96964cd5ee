//! Any text is a rulebook or is refused, with diagnostics that point into it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ptms_core::{Severity, Sources};
use ptms_rules::Rulebook;

fuzz_target!(|text: &str| {
    let sources = Sources::from_iter([("rules.toml", text)]);
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
        for label in &diagnostic.labels {
            let within = text.get(label.span.start..label.span.end);
            assert!(within.is_some() && label.span.file == "rules.toml", "{diagnostic:?}");
        }
    }
});
