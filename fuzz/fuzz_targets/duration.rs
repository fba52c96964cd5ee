//! Any text is a duration or is refused, and what is a duration reads back from its own text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ptms_core::Duration;

fuzz_target!(|text: &str| {
    let Ok(duration) = text.parse::<Duration>() else { return };
    assert_eq!(duration.to_string().parse(), Ok(duration), "{text:?}");
});
