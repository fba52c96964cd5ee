//! A rulebook's texts, read from files. Knows nothing of what they say.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use ptms::{Book, Sources};

use crate::exit::{Exit, Failure, cannot, complain};
use crate::render;

/// The largest file of a book, in bytes: far more than anyone writes, far less than memory.
const MAX_FILE_LEN: u64 = 16 * 1024 * 1024;

/// The book at `path`, with its texts. Its faults are shown on standard error.
pub(crate) fn load(path: &Path) -> Result<(Sources, Book), Failure> {
    let sources = read(path)?;
    match Book::load(&sources) {
        Ok(book) => Ok((sources, book)),
        Err(faults) => {
            write!(anstream::stderr(), "{}", render::human(&sources, &faults))?;
            Err(Failure::Reported(Exit::Findings))
        }
    }
}

/// What the names of test files end in; they lie beside the rules and are none.
const TESTS: &str = ".test.toml";

/// The texts of the book at `path`: a folder's `.toml` and `.rhai` files in the order of their names,
/// but for its tests, or one file. Whatever cannot be read is reported, all of it.
pub(crate) fn read(path: &Path) -> Result<Sources, Failure> {
    let files = files(path)?;
    if files.iter().all(|file| is_a(file, "rhai")) {
        let message = format!("no rulebook in {}: it holds no .toml file", path.display());
        return Err(Failure::unreadable(message));
    }
    read_all(files)
}

/// The texts of the book's tests: the `.test.toml` files of its folder in the order of their names, or
/// `x.test.toml` for a book that is the one file `x.toml`.
pub(crate) fn read_tests(path: &Path) -> Result<Sources, Failure> {
    let files = match path.is_dir() {
        true => files_of(path)?.into_iter().filter(|file| is_test(file)).collect(),
        false => vec![path.with_extension("test.toml")],
    };
    read_all(files.into_iter().filter(|file| file.exists()).collect())
}

fn read_all(files: Vec<PathBuf>) -> Result<Sources, Failure> {
    let mut sources = Sources::default();
    let mut faults = Vec::new();
    for file in files {
        match read_text(&file) {
            Ok(text) => drop(sources.add(file.display().to_string(), text)),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        return Ok(sources);
    }
    for fault in faults {
        complain("error", &fault);
    }
    Err(Failure::Reported(Exit::Unreadable))
}

/// The folder in which the files of the book at `path` lie.
pub(crate) fn folder(path: &Path) -> PathBuf {
    if path.is_dir() { path.to_owned() } else { path.with_file_name("") }
}

fn files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error| Failure::unreadable(cannot("read", path, &error));
    if !fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    Ok(files_of(path)?.into_iter().filter(|file| !is_test(file)).collect())
}

fn is_test(file: &Path) -> bool {
    file.as_os_str().as_encoded_bytes().ends_with(TESTS.as_bytes())
}

fn is_a(file: &Path, kind: &str) -> bool {
    file.extension().is_some_and(|extension| extension == kind)
}

/// The `.toml` and `.rhai` files of a folder, in the order of their names.
pub(crate) fn files_of(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error| Failure::unreadable(cannot("read", folder, &error));
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if (is_a(&file, "toml") || is_a(&file, "rhai")) && !file.is_dir() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// The text of a file that people write.
pub(crate) fn read_text(file: &Path) -> Result<String, String> {
    let unreadable = |error| cannot("read", file, &error);
    // Looked at before it is opened: opening a pipe waits until somebody writes to it.
    if !fs::metadata(file).map_err(unreadable)?.is_file() {
        return Err(format!("cannot read {}: it is no regular file", file.display()));
    }
    let mut bytes = Vec::new();
    let opened = File::open(file).map_err(unreadable)?;
    opened.take(MAX_FILE_LEN + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_LEN {
        let limit = MAX_FILE_LEN / (1024 * 1024);
        return Err(format!("cannot read {}: it is larger than {limit} MiB", file.display()));
    }
    String::from_utf8(bytes).map_err(|fault| {
        let good = fault.utf8_error().valid_up_to();
        let before = fault.as_bytes().get(..good).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let place = file.display();
        format!("cannot read {place}: line {line} is not UTF-8; save the file as UTF-8")
    })
}
