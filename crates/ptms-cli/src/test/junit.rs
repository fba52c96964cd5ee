//! Tests that were run, as the XML that build servers read. Runs nothing.
//!
//! The format has no owner; this is the part on which its readers agree: suites are files, an expectation
//! that does not hold or proves nothing is a `failure` of its `testcase`.

use std::fmt::Write;

use super::report::{Report, Tested};
use crate::render;

/// The whole report.
pub(super) fn xml(report: &Report<'_>) -> String {
    let failures = report.tested.iter().filter(|tested| !tested.passed()).count();
    let tests = report.tested.len();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(xml, "<testsuites name=\"ptms\" tests=\"{tests}\" failures=\"{failures}\">");
    for suite in report.tested.chunk_by(|left, right| left.file == right.file) {
        let failures = suite.iter().filter(|tested| !tested.passed()).count();
        let name = suite.first().map_or("", |tested| &*tested.file);
        let (name, tests) = (escaped(name), suite.len());
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\">"
        );
        for tested in suite {
            case(&mut xml, report, &name, tested);
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn case(xml: &mut String, report: &Report<'_>, suite: &str, tested: &Tested) {
    let name = escaped(&tested.name);
    let _ = write!(xml, "    <testcase classname=\"{suite}\" name=\"{name}\"");
    if tested.passed() {
        xml.push_str("/>\n");
        return;
    }
    xml.push_str(">\n");
    for finding in &tested.findings {
        let kind = finding.code.as_str();
        let message = escaped(&finding.message);
        let text = anstream::adapter::strip_str(&render::bare(
            report.sources,
            std::slice::from_ref(finding),
        ))
        .to_string();
        let text = escaped(text.trim_end());
        let _ =
            writeln!(xml, "      <failure type=\"{kind}\" message=\"{message}\">{text}</failure>");
    }
    xml.push_str("    </testcase>\n");
}

/// The text as it may stand in an element and in an attribute; what XML cannot hold at all is shown as
/// U+FFFD.
fn escaped(text: &str) -> String {
    let mut xml = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '&' => xml.push_str("&amp;"),
            '"' => xml.push_str("&quot;"),
            '\n' | '\t' => xml.push(c),
            '\u{fffe}' | '\u{ffff}' => xml.push('\u{fffd}'),
            c if c < ' ' => xml.push('\u{fffd}'),
            c => xml.push(c),
        }
    }
    xml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_the_document() {
        assert_eq!(escaped("a<b & \"c\"\u{1b}]]>"), "a&lt;b &amp; &quot;c&quot;\u{fffd}]]&gt;");
    }
}
