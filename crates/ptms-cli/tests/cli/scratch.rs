//! A folder of files to run the program in.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use expect_test::Expect;

/// What expectations call the folder of their test.
const FOLDER: &str = "/scratch";

/// A folder that is empty at first, one for each test.
pub(crate) struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    /// The folder called `test`, without what a former run of the test left in it.
    pub(crate) fn new(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self { folder }
    }

    /// The folder with one file more; a path may name folders.
    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Where a file is.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// What is in a file.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder.join(path)).unwrap()
    }

    /// Runs `ptms` in the folder with these arguments and nothing to read.
    pub(crate) fn ptms(&self, args: &str) -> Output {
        self.ptms_reading(args, "")
    }

    /// Runs `ptms` in the folder with these arguments and this on standard input.
    pub(crate) fn ptms_reading(&self, args: &str, input: &str) -> Output {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // Who is refused for its arguments does not read.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child.wait_with_output().unwrap()
    }

    /// The command, not yet started.
    pub(crate) fn command(&self, args: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ptms"));
        command.current_dir(&self.folder).args(args.split_whitespace());
        // What the tests read of the environment is no business of the program.
        command.env_remove("PTMS_DATA").env_remove("PTMS_KILL_ROUNDS");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs `ptms` and compares all that a user would see, the folder called [`FOLDER`].
    pub(crate) fn check(&self, args: &str, expected: &Expect) {
        self.check_reading(args, "", expected);
    }

    /// Likewise, with this on standard input.
    pub(crate) fn check_reading(&self, args: &str, input: &str, expected: &Expect) {
        let output = self.ptms_reading(args, input);
        let mut seen = format!("exit {}\n", output.status.code().unwrap());
        for (stream, text) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            let text = self.anywhere(str::from_utf8(text).unwrap());
            let wide = text.lines().find(|line| line.chars().count() > 80);
            // Complaints name a place at their beginning and stay on their line; data is no prose.
            let may_be_wide = stream == "stderr" || args.contains("--format");
            assert!(may_be_wide || wide.is_none(), "wider than 80 columns: {wide:?}");
            assert!(!text.contains('\u{1b}'), "colours where nobody sees them");
            if !text.is_empty() {
                seen.push_str(&format!("--- {stream}\n{text}"));
            }
        }
        expected.assert_eq(&seen);
    }

    /// The text with the folder called [`FOLDER`], wherever it is.
    fn anywhere(&self, text: &str) -> String {
        let real = self.folder.canonicalize().unwrap();
        text.replace(real.to_str().unwrap(), FOLDER).replace(self.folder.to_str().unwrap(), FOLDER)
    }
}

/// A small book with one of everything that the program shows.
pub(crate) const BOOK: &str = r#"
format = 1

[context]
latency_ms = { type = "float", min = 0.0 }
jobs = "int"

[key.service]
max = 100
ttl = "1d"

[event.log]
fields = { level = "string", service = "string" }

[select.error]
on = "log"
where = 'event.level == "error"'
key = { service = "event.service" }

[[rule]]
id = "error-burst"
key = ["service"]
pattern = "error"
priority = "critical"
when = 'count("error", "1m") >= 2'
workflow = "emergency-debugging"
confidence = 0.9
estimate = "1m..5m"

[[rule]]
id = "slow-response"
pattern = "performance"
when = 'ctx.latency_ms > 250.0'
for = "30s"
cooldown = "5m"
systems = ["PPO"]

[system.PDT]
estimate = "10s"
undo = "release"

[system.PAT]
needs = ["PDT"]
estimate = "20s"
timeout = "1m"
verify = true
undo = "restore"

[system.PTT]
undo = "nothing"

[system.PPO]
undo = "reset"

[workflow.emergency-debugging]
description = "find out what broke, and mend it"

[[workflow.emergency-debugging.step]]
id = "collect"
system = "PDT"

[[workflow.emergency-debugging.step]]
id = "review"
system = "PAT"
needs = ["collect"]

[[workflow.emergency-debugging.step]]
id = "report"
system = "PTT"
wants = ["review"]
critical = false
"#;

/// A stream that makes both rules fire once.
pub(crate) const EVENTS: &str = r#"
{"at": "2026-11-20T10:00:00Z", "event": "log", "fields": {"level": "error", "service": "api"}}
{"at": "2026-11-20T10:00:00.250Z", "event": "log", "fields": {"level": "info", "service": "api"}}
{"at": "2026-11-20T10:00:02Z", "event": "log", "fields": {"level": "error", "service": "web"}}
{"at": "2026-11-20T11:00:02.5+01:00", "event": "log", "fields": {"level": "error", "service": "api"}}
{"at": "2026-11-20T10:01:00Z", "set": {"latency_ms": 300, "jobs": 2}}
{"at": "2026-11-20T10:02:00Z", "unset": ["jobs"]}
{"at": "2026-11-20T10:03:00Z", "set": {"latency_ms": 12.5}}
"#;

/// A folder with that book and that stream.
pub(crate) fn with_book(test: &str) -> Scratch {
    Scratch::new(test).file("book/rules.toml", BOOK).file("book/events.jsonl", EVENTS.trim_start())
}
