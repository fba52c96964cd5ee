//! The event file: whole lines, appended under a lock, so that two recorders can share it and time
//! never runs backwards in it.

use std::fs::{File, OpenOptions};
use std::io::Write;

use serde_json::{Value, json};

/// An event file that is open for appending.
pub(crate) struct Log {
    file: File,
}

impl Log {
    /// Opens `path`, making it if it is not there.
    pub(crate) fn open(path: &str) -> Result<Self, String> {
        let opened = OpenOptions::new().create(true).append(true).open(path);
        let file = opened.map_err(|error| format!("cannot open {path}: {error}"))?;
        Ok(Self { file })
    }

    /// Appends an event that happens now.
    pub(crate) fn event(&self, name: &str, fields: Value) -> Result<(), String> {
        self.append(|at| json!({ "at": at, "event": name, "fields": fields }))
    }

    /// Appends facts that hold from now.
    pub(crate) fn set(&self, facts: Value) -> Result<(), String> {
        self.append(|at| json!({ "at": at, "set": facts }))
    }

    /// Takes the lock first and the time second: the order of lines is the order of instants.
    fn append(&self, line: impl FnOnce(String) -> Value) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("cannot append: {error}");
        self.file.lock().map_err(failed)?;
        let now = jiff::Timestamp::now();
        let text = format!("{}\n", line(format!("{now:.3}")));
        let written = (&self.file).write_all(text.as_bytes());
        self.file.unlock().map_err(failed)?;
        written.map_err(failed)
    }
}
