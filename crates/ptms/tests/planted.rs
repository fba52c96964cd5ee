//! A book with many mistakes gets all of them named, each once, on its line, with a fix that works when
//! it is followed and touches no other.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that panics has failed")]

use ptms::{Book, Code, Diagnostic, Sources, diagnostic};

/// One mistake of the book: what stands there, once, what should stand there, the code by which it is
/// named, and words of its help that lead from the one to the other.
struct Mistake {
    code: Code,
    wrong: &'static str,
    right: &'static str,
    told: &'static str,
}

const fn mistake(
    code: Code,
    wrong: &'static str,
    right: &'static str,
    told: &'static str,
) -> Mistake {
    Mistake { code, wrong, right, told }
}

const FILES: [(&str, &str); 4] = [
    ("facts.toml", FACTS),
    ("helpers.rhai", HELPERS),
    ("rules.toml", RULES),
    ("systems.toml", SYSTEMS),
];

const FACTS: &str = r#"
format = 2

[context]
cpu        = "flaot"
latency_ms = { type = "float", stael = "2m" }
memory     = { type = "int", min = 10, max = 1 }
queue      = { type = "list", item = "int" }
error-rate = "float"
phase      = { type = "enum", values = ["planning", "coding", "testing"] }
size       = "int"
team       = "string"
took       = "duration"
open       = "bool"

[event.log]
fields = { level = "string", service = "string", bytes = "integer?" }

[event.deploy]
fields = { service = "string" }

[select.error]
on    = "log"
where = 'event.levle == "error"'
key   = { service = "event.service" }

[select.slow-request]
on = "logs"

[select.service-log]
on  = "log"
key = { service = "event.servce" }

[key.service]
max = 1_000
ttl = "1 day"

[signal]
busy = 'ctx.size > 10 && ctx.opne'
"#;

const HELPERS: &str = r#"
const LIMIT = 10;

fn weight(size) {
    size * ctx.team
}

fn grade(size) {
    if size > 10 { "large" } else { "small" }
}

fn weight(size, team) {
    size
}

fn shout(text) {
    to_uper(text)
}
"#;

const RULES: &str = r#"
[[rule]]
id = "slow"
when = 'ctx.latency > 250.0'

[[rule]]
id = "coding"
when = 'ctx.phase = "coding"'

[[rule]]
id = "both"
when = 'ctx.open and ctx.size > 3'

[[rule]]
id = "errors"
when = 'count("eror", "5m") > 3'

[[rule]]
id = "deploying"
when = 'ctx.phase == "deploying"'

[[rule]]
id = "half"
when = 'ctx.size / 2 > 10'

[[rule]]
id = "quoted"
when = "ctx.team == 'x'"

[[rule]]        # without a condition
id = "empty"

[[rule]]
id = "half"
when = 'ctx.size > 20'

[[rule]]
id = "patient"
when = 'ctx.open'
for = "30 s"

[[rule]]
id = "urgent"
when = '!ctx.open'
priority = "hgih"
confidence = 90

[[rule]]
id = "response"
when = 'ctx.open || ctx.size'
systems = ["optimzer"]
workflow = "clean-up"

[[rule]]
id = "keyed"
key = ["sevice"]
when = 'count("error", "1m") > 4'

[[rule]]
id = "compared"
when = 'ctx.team == 4'

[[rule]]
id = "between"
when = '1 < ctx.size < 3'

[[rule]]
id = "known"
when = 'has("size")'

[[rule]]
id = "number"
when = 'ctx.size + 1'

[[rule]]
id = "cooling"
when = 'ctx.took > dur("5m")'
cooldwon = "10m"

[[rule]]
id = "window"
when = 'count("deploy", "5 minutes") > 2'

[[rule]]
id = "graded"
when = 'grade(ctx.size, ctx.team, 3) == "large"'

[[rule]]
id = "signalled"
when = 'signal.bussy'
"#;

const SYSTEMS: &str = r#"
[pool]
cpu = 4

[system.optimizer]
needs = ["stroe"]
undo  = "nothing"

[system.store]
uses = { cpus = 2 }
undo = "stop"

[system.indexer]
needs = ["cache"]
undo  = "nothing"

[system.cache]
needs = ["indexer"]
undo  = "nothing"

[system.builder]
undo       = "nothing"
idempotent = "yes"
timeout    = 30

[workflow.cleanup]
phases = ["early", "late"]

[[workflow.cleanup.step]]
id     = "first"
system = "store"
phase  = "erly"

[[workflow.cleanup.step]]
id     = "second"
system = "builder"
needs  = ["frist"]
"#;

const MISTAKES: [Mistake; 47] = [
    mistake(diagnostic::BAD_FORMAT_VERSION, "format = 2", "format = 1", "`format`"),
    mistake(diagnostic::BAD_VALUE, "\"flaot\"", "\"float\"", "\"float\""),
    mistake(diagnostic::UNKNOWN_KEY, "stael", "stale", "`stale`"),
    mistake(diagnostic::BAD_VALUE, "max = 1 }", "max = 11 }", "greater than `min`"),
    mistake(
        diagnostic::MISSING_KEY,
        "item = \"int\" }",
        "item = \"int\", max_len = 10 }",
        "`item = \"int\", max_len = 10`",
    ),
    mistake(diagnostic::BAD_NAME, "error-rate", "error_rate", "letters, digits and `_`"),
    mistake(diagnostic::BAD_VALUE, "integer?", "int?", "\"int\""),
    mistake(diagnostic::UNKNOWN_NAME, "event.levle", "event.level", "`event.level`"),
    mistake(diagnostic::UNKNOWN_NAME, "\"logs\"", "\"log\"", "\"log\""),
    mistake(diagnostic::UNKNOWN_NAME, "event.servce", "event.service", "\"event.service\""),
    mistake(diagnostic::BAD_VALUE, "1 day", "1d", "\"1d\""),
    mistake(diagnostic::UNKNOWN_NAME, "ctx.opne", "ctx.open", "`ctx.open`"),
    mistake(diagnostic::SCRIPT_FORBIDDEN, "const LIMIT = 10;", "fn limit() { 10 }", "function"),
    mistake(diagnostic::SCRIPT_FORBIDDEN, "size * ctx.team", "size * 2", "hand the fact over"),
    mistake(diagnostic::DUPLICATE_NAME, "fn weight(size, team)", "fn other(size, team)", "rename"),
    mistake(diagnostic::SCRIPT_FORBIDDEN, "to_uper", "to_upper", "`to_upper`"),
    mistake(diagnostic::UNKNOWN_NAME, "ctx.latency >", "ctx.latency_ms >", "`ctx.latency_ms`"),
    mistake(diagnostic::SCRIPT_SYNTAX, "ctx.phase = ", "ctx.phase == ", "`==`"),
    mistake(diagnostic::SCRIPT_SYNTAX, " and ", " && ", "`&&`"),
    mistake(diagnostic::UNKNOWN_NAME, "\"eror\"", "\"error\"", "\"error\""),
    mistake(
        diagnostic::UNKNOWN_NAME,
        "\"deploying\"'",
        "\"testing\"'",
        "planning, coding, testing",
    ),
    mistake(
        diagnostic::INT_DIVISION,
        "ctx.size / 2",
        "to_float(ctx.size) / 2",
        "`to_float(a) / b`",
    ),
    mistake(
        diagnostic::SCRIPT_FORBIDDEN,
        "\"ctx.team == 'x'\"",
        "'ctx.team == \"x\"'",
        "'ctx.name == \"a\"'",
    ),
    mistake(
        diagnostic::MISSING_KEY,
        "[[rule]]        # without a condition",
        "[[rule]]\nwhen = 'ctx.open'",
        "`when = '",
    ),
    mistake(
        diagnostic::DUPLICATE_NAME,
        "id = \"half\"\nwhen = 'ctx.size > 20'",
        "id = \"other\"\nwhen = 'ctx.size > 20'",
        "rename",
    ),
    mistake(diagnostic::BAD_VALUE, "30 s", "30s", "\"30s\""),
    mistake(diagnostic::BAD_VALUE, "hgih", "high", "high"),
    mistake(diagnostic::BAD_VALUE, "confidence = 90", "confidence = 0.9", "`confidence = 0.9`"),
    mistake(diagnostic::UNKNOWN_NAME, "optimzer", "optimizer", "\"optimizer\""),
    mistake(diagnostic::UNKNOWN_NAME, "clean-up", "cleanup", "\"cleanup\""),
    mistake(diagnostic::BAD_KEY, "\"sevice\"", "\"service\"", "\"service\""),
    mistake(diagnostic::WRONG_TYPE, "ctx.team == 4", "ctx.team == \"4\"", "in double quotes"),
    mistake(diagnostic::WRONG_TYPE, "1 < ctx.size < 3", "1 < ctx.size && ctx.size < 3", "&&"),
    mistake(diagnostic::WRONG_ARGUMENTS, "has(\"size\")", "has(ctx.size)", "`has(ctx.size)`"),
    mistake(diagnostic::NOT_BOOL, "ctx.size + 1", "ctx.size + 1 > 0", "> 0"),
    mistake(diagnostic::UNKNOWN_KEY, "cooldwon", "cooldown", "`cooldown`"),
    mistake(diagnostic::BAD_WINDOW, "5 minutes", "5m", "\"5m\""),
    mistake(
        diagnostic::WRONG_ARGUMENTS,
        "grade(ctx.size, ctx.team, 3)",
        "grade(ctx.size)",
        "`grade(size)`",
    ),
    mistake(diagnostic::UNKNOWN_NAME, "signal.bussy", "signal.busy", "`signal.busy`"),
    mistake(diagnostic::UNKNOWN_NAME, "stroe", "store", "`store`"),
    mistake(diagnostic::UNKNOWN_NAME, "cpus", "cpu", "`cpu`"),
    mistake(diagnostic::CYCLE, "needs = [\"indexer\"]\n", "", "one of these has to go"),
    mistake(diagnostic::WRONG_SHAPE, "\"yes\"", "true", "`idempotent = true`"),
    mistake(diagnostic::WRONG_SHAPE, "timeout    = 30", "timeout    = \"30s\"", "\"30s\""),
    mistake(diagnostic::UNKNOWN_NAME, "erly", "early", "`early`"),
    mistake(diagnostic::UNKNOWN_NAME, "frist", "first", "`first`"),
    mistake(
        diagnostic::WRONG_TYPE,
        "'ctx.open || ctx.size'",
        "'ctx.open || ctx.size > 1'",
        "compare",
    ),
];

/// What is wrong with the book once these mistakes are put right.
fn found(corrected: &[&Mistake]) -> Vec<Diagnostic> {
    let right = |text: &str| {
        corrected.iter().fold(text.to_owned(), |text, one| text.replace(one.wrong, one.right))
    };
    match Book::load(&Sources::from_iter(FILES.map(|(name, text)| (name, right(text))))) {
        Ok(book) => book.warnings().to_vec(),
        Err(found) => found,
    }
}

/// The file and the line on which a mistake stands.
fn place(mistake: &Mistake) -> (&'static str, usize) {
    let places: Vec<_> = FILES
        .iter()
        .flat_map(|(name, text)| {
            text.match_indices(mistake.wrong).map(move |(at, _)| (name, text, at))
        })
        .collect();
    let [(name, text, at)] = places.as_slice() else {
        panic!("{} stands {places:?}", mistake.wrong)
    };
    (name, 1 + text.get(..*at).unwrap().matches('\n').count())
}

#[test]
fn every_mistake_is_named_once_on_its_line_with_what_to_do() {
    let sources = Sources::from_iter(FILES);
    let found = found(&[]);
    for mistake in &MISTAKES {
        let (file, line) = place(mistake);
        let here: Vec<&Diagnostic> = found
            .iter()
            .filter(|found| {
                let span = &found.labels.first().unwrap().span;
                let origin = sources.origin(span).unwrap();
                found.code == mistake.code && span.file == file && origin.line == line
            })
            .collect();
        let [one] = here.as_slice() else { panic!("{file}:{line} {}: {here:?}", mistake.wrong) };
        let help = one.help.as_deref().unwrap_or_default();
        assert!(help.contains(mistake.told), "{}: {} ({help})", mistake.wrong, one.message);
    }
    assert_eq!(found.len(), MISTAKES.len(), "and nothing else is named");
}

#[test]
fn what_is_put_right_is_no_longer_named_and_everything_else_is() {
    let messages = |corrected: &[&Mistake]| {
        let mut messages: Vec<_> =
            found(corrected).into_iter().map(|found| (found.code, found.message)).collect();
        messages.sort();
        messages
    };
    let all = messages(&[]);
    for mistake in &MISTAKES {
        let left = messages(&[mistake]);
        let gone: Vec<_> = all.iter().filter(|one| !left.contains(one)).collect();
        let come: Vec<_> = left.iter().filter(|one| !all.contains(one)).collect();
        assert_eq!((gone.len(), come.len()), (1, 0), "{}: {gone:?}, {come:?}", mistake.wrong);
    }
    assert_eq!(messages(&MISTAKES.iter().collect::<Vec<_>>()), []);
}
