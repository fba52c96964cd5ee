//! What is wrong with what an author wrote: where, what, and what to do. No rendering.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::Name;

/// A stretch of a source text: bytes `start..end` of the named text.
///
/// ```
/// use ptms_core::Span;
///
/// let span = Span::new("rules.toml", 3..9);
/// assert_eq!((span.start, span.end), (3, 9));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Span {
    /// The name of the text, as the host gave it.
    pub file: Name,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// The bytes `range` of the text called `file`.
    #[must_use]
    pub fn new(file: impl Into<Name>, range: std::ops::Range<usize>) -> Self {
        Self { file: file.into(), start: range.start, end: range.end.max(range.start) }
    }
}

/// A place where an author declared something: a span, and its line and column for people. Both
/// count from 1; columns count characters.
///
/// ```
/// use ptms_core::{Origin, Span};
///
/// let origin = Origin::new(Span::new("systems.toml", 310..315), 14, 1);
/// assert_eq!(origin.to_string(), "systems.toml:14");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Origin {
    /// The stretch of text.
    pub span: Span,
    /// The line on which it begins, from 1.
    pub line: usize,
    /// The column at which it begins, from 1, in characters.
    pub column: usize,
}

impl Origin {
    /// A place.
    #[must_use]
    pub const fn new(span: Span, line: usize, column: usize) -> Self {
        Self { span, line, column }
    }
}

/// File and line, as in a list of places; the column is left out.
impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.span.file, self.line)
    }
}

/// The source texts of a rulebook by name, to turn spans into lines and columns.
///
/// ```
/// use ptms_core::{Sources, Span};
///
/// let sources = Sources::from_iter([("a.toml", "x = 1\nyy = 2\n")]);
/// let origin = sources.origin(&Span::new("a.toml", 9..10)).unwrap();
/// assert_eq!((origin.line, origin.column), (2, 4));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    texts: BTreeMap<Name, String>,
}

impl Sources {
    /// Adds a text; false, and nothing changes, if one of that name is there.
    pub fn add(&mut self, name: impl Into<Name>, text: impl Into<String>) -> bool {
        let name = name.into();
        let fresh = !self.texts.contains_key(&name);
        if fresh {
            self.texts.insert(name, text.into());
        }
        fresh
    }

    /// The text called `name`.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// All names and texts, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &str)> {
        self.texts.iter().map(|(name, text)| (name, text.as_str()))
    }

    /// Line and column of the first byte of `span`; `None` if its text is not here. A position past
    /// the end is that of the end.
    #[must_use]
    pub fn origin(&self, span: &Span) -> Option<Origin> {
        let text = self.text(&span.file)?;
        let (line, column) = line_and_column(text, span.start);
        Some(Origin::new(span.clone(), line, column))
    }
}

impl<N: Into<Name>, T: Into<String>> FromIterator<(N, T)> for Sources {
    fn from_iter<I: IntoIterator<Item = (N, T)>>(texts: I) -> Self {
        let mut sources = Self::default();
        for (name, text) in texts {
            sources.add(name, text);
        }
        sources
    }
}

/// Line and column, from 1, of a byte of `text`; columns count characters.
///
/// ```
/// use ptms_core::diagnostic::line_and_column;
///
/// assert_eq!(line_and_column("ä\nbc", 4), (2, 2));
/// assert_eq!(line_and_column("", 9), (1, 1));
/// ```
#[must_use]
pub fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let before = || text.char_indices().take_while(|(at, _)| *at < byte).map(|(_, c)| c);
    let line = 1 + before().filter(|c| *c == '\n').count();
    let column = before().fold(1, |column, c| if c == '\n' { 1 } else { column + 1 });
    (line, column)
}

/// Whether a book with this diagnostic can be used.
///
/// ```
/// use ptms_core::Severity;
///
/// assert!(Severity::Error > Severity::Warning);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It can, but probably not as meant.
    Warning,
    /// It cannot.
    Error,
}

/// A stretch of source that a diagnostic speaks of.
///
/// ```
/// use ptms_core::{Label, Span};
///
/// let label = Label::new(Span::new("rules.toml", 3..9), "not declared");
/// assert_eq!(label.condition, None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What about it; may be empty.
    pub text: String,
    /// Line and column inside the condition, where the span lies in one; both from 1, the column in
    /// characters.
    pub condition: Option<(usize, usize)>,
}

impl Label {
    /// A label on `span`.
    #[must_use]
    pub fn new(span: Span, text: impl Into<String>) -> Self {
        Self { span, text: text.into(), condition: None }
    }
}

/// One fault or doubt. Messages are lower case, in the author's words, without a full stop. What they
/// repeat of what an author wrote is shown on one line and shortened: see [`Diagnostic::error`].
///
/// ```
/// use ptms_core::diagnostic::{Diagnostic, UNKNOWN_NAME};
/// use ptms_core::{Severity, Span};
///
/// let diagnostic = Diagnostic::error(UNKNOWN_NAME, "no fact `latncy` is declared")
///     .label(Span::new("rules.toml", 40..46), "")
///     .help("did you mean `latency`?");
/// assert_eq!(diagnostic.severity, Severity::Error);
/// assert_eq!(diagnostic.code.to_string(), "E0201");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Diagnostic {
    /// Which kind of fault; stable.
    pub code: Code,
    /// Whether the book can be used all the same.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where; the first is the main place.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A fault. In the message, as in every text of a diagnostic, what cannot be seen is written out,
    /// and a word or text that nobody would read to its end is shortened.
    ///
    /// ```
    /// use ptms_core::diagnostic::{Diagnostic, UNKNOWN_KEY};
    ///
    /// let found = Diagnostic::error(UNKNOWN_KEY, format!("no key `a\n{}`", "b".repeat(200)));
    /// assert_eq!(found.message, format!(r"no key `a\n{}…", "b".repeat(116)));
    /// ```
    #[must_use]
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        let (severity, message) = (Severity::Error, on_a_line(message.into()));
        Self { code, severity, message, labels: Vec::new(), help: None }
    }

    /// A doubt.
    #[must_use]
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// With one more place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label::new(span, on_a_line(text.into())));
        self
    }

    /// With what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(on_a_line(help.into()));
        self
    }

    /// By place, then code, then message: the order in which a list of them is shown.
    pub fn sort(diagnostics: &mut [Self]) {
        diagnostics.sort_by(|left, right| {
            let place =
                |diagnostic: &Self| diagnostic.labels.first().map(|label| label.span.clone());
            let other = |diagnostic: &Self| (diagnostic.code, diagnostic.message.clone());
            place(left).cmp(&place(right)).then_with(|| other(left).cmp(&other(right)))
        });
    }
}

/// The longest word that a diagnostic shows, in characters: any name, with quotes.
const LONGEST_WORD: usize = 120;

/// The longest text that a diagnostic shows, in characters: some lines of a screen.
const LONGEST_TEXT: usize = 600;

/// The text on one line, with what cannot be seen written out and what is too long shortened.
fn on_a_line(text: String) -> String {
    let is_plain = |c: char| matches!(c, ' '..='~');
    if text.len() <= LONGEST_WORD && text.chars().all(is_plain) {
        return text;
    }
    let mut shown = String::new();
    for c in text.chars().take(LONGEST_TEXT + 1) {
        match c {
            '"' | '\'' | '\\' => shown.push(c),
            _ => shown.extend(c.escape_debug()),
        }
    }
    let words = shown.split(' ').map(|word| shortened(word, LONGEST_WORD));
    shortened(&words.collect::<Vec<_>>().join(" "), LONGEST_TEXT)
}

fn shortened(text: &str, longest: usize) -> String {
    match text.chars().nth(longest) {
        Some(_) => text.chars().take(longest).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

/// The stable name of a kind of diagnostic, such as `E0201`.
///
/// ```
/// use ptms_core::diagnostic::{CODES, UNKNOWN_NAME};
///
/// assert_eq!(UNKNOWN_NAME.as_str(), "E0201");
/// assert!(CODES.iter().any(|(code, _)| *code == UNKNOWN_NAME));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Code(&'static str);

impl Code {
    /// The code as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }
}

macro_rules! codes {
    ($($name:ident $code:literal $meaning:literal)*) => {
        $(#[doc = concat!("`", $code, "`: ", $meaning, ".")] pub const $name: Code = Code($code);)*

        /// Every code with its meaning, in order.
        pub const CODES: &[(Code, &str)] = &[$(($name, $meaning)),*];
    };
}

codes! {
    UNREADABLE "E0101" "a text that cannot be read"
    TOML_SYNTAX "E0102" "a text that is no TOML"
    UNKNOWN_KEY "E0103" "a key that means nothing here"
    WRONG_SHAPE "E0104" "a value of another TOML type than the key takes"
    MISSING_KEY "E0105" "a key that must be there is missing"
    BAD_FORMAT_VERSION "E0106" "a version of the rule language that this build does not read"
    BAD_NAME "E0107" "a name that cannot be declared"
    DUPLICATE_NAME "E0108" "a name that is declared twice"
    BAD_VALUE "E0109" "a value outside what the key takes"
    TOO_MUCH "E0110" "a limit of the engine is exceeded"
    UNFIT_PARSER "E0111" "a build of the script parser that rulebooks cannot use"
    UNKNOWN_NAME "E0201" "a name that is not declared"
    UNUSED_NAME "E0202" "something that is declared and never used"
    SCRIPT_SYNTAX "E0301" "a condition that cannot be parsed"
    SCRIPT_FORBIDDEN "E0302" "a construct that conditions may not use"
    UNKNOWN_FUNCTION "E0303" "a function that conditions do not have"
    WRONG_ARGUMENTS "E0304" "a function called with other arguments than it takes"
    WRONG_TYPE "E0305" "an operand of another type than the operator takes"
    INT_DIVISION "E0306" "a division of two ints"
    NOT_LITERAL "E0307" "an argument that must be written out"
    NOT_BOOL "E0308" "a condition that is not true or false"
    CONSTANT_CONDITION "E0309" "a condition that is always the same"
    EVENT_OUT_OF_PLACE "E0310" "an event's field where there is no event"
    BAD_WINDOW "E0401" "a window or threshold that cannot be kept"
    BAD_KEY "E0402" "a key that nothing supplies or that has two types"
    CYCLE "E0501" "declarations that wait for each other in a circle"
    SELF_DEPENDENCY "E0502" "something that depends on itself"
    BAD_PLAN "E0503" "a plan that cannot be made"
    CONFLICT "E0504" "systems in one plan that may never be active at the same time"
    NEVER_FITS "E0505" "a claim on a pool that can never be met"
    AMBIGUOUS "E0506" "steps that write the same exclusive thing in no order"
    TOO_LATE "E0507" "a time limit that cannot be kept"
    NO_WAY_BACK "E0508" "steps that a rollback cannot undo"
    TEST_FAILED "E0601" "an expectation of a test that does not hold"
    TEST_IDLE "E0602" "an expectation that holds whatever the rule says"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        assert!(CODES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
