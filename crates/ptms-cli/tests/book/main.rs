//! Executes every snippet of the book in `docs/book` and of the pages beside it: a snippet that does not do
//! what it says is a failed test.
//!
//! | fenced block | what is done with it |
//! |---|---|
//! | `toml file=PATH` (any language) | it is written to this file of the page's folder |
//! | `toml append=PATH` | likewise, behind what is there |
//! | `console` | its commands are run in that folder, and what they print is compared with what stands there |
//! | `text` | nothing: no program reads it |
//!
//! Nothing else may stand in a fence. Commands are `ptms …` and `cp -r FROM TO`; `; echo "exit $?"` shows
//! the exit code. A line of `…` stands for any lines. `UPDATE_EXPECT=1` writes what is printed into the
//! pages. Of a build server's file the lines `run: ptms …` are run too, and have to succeed.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a page that cannot be executed is a failed test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::expect_file;

/// Stands for lines that are left out.
const LEFT_OUT: &str = "…";

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").canonicalize().unwrap()
}

/// The pages of the book, as paths below its sources.
fn pages() -> Vec<PathBuf> {
    let source = docs().join("book/src");
    let summary = fs::read_to_string(source.join("SUMMARY.md")).unwrap();
    let links = summary.lines().filter_map(|line| line.split_once("](")?.1.strip_suffix(')'));
    links.map(PathBuf::from).collect()
}

#[test]
fn the_summary_names_every_page() {
    let source = docs().join("book/src");
    let mut found = BTreeSet::new();
    let mut folders = vec![source.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().unwrap() != "SUMMARY.md" {
                found.insert(path.strip_prefix(&source).unwrap().to_owned());
            }
        }
    }
    assert_eq!(found, pages().into_iter().collect());
}

#[test]
fn links_lead_somewhere() {
    let source = docs().join("book/src");
    for page in pages() {
        let path = source.join(&page);
        let text = fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap();
            if target.is_empty() || target.starts_with("https://") {
                continue;
            }
            let target = path.parent().unwrap().join(target);
            assert!(target.exists(), "{}: {link} leads nowhere", page.display());
        }
    }
}

#[test]
fn every_snippet_does_what_it_says() {
    let book = pages().into_iter().map(|page| docs().join("book/src").join(page));
    for page in book.chain([docs().join("testing.md")]) {
        let text = fs::read_to_string(&page).unwrap();
        let name = page.strip_prefix(docs()).unwrap().to_string_lossy().replace(['/', '.'], "-");
        let done = Page::new(&name).execute(&text);
        expect_file![&page].assert_eq(&done);
    }
}

/// A page that is being executed, in a folder of its own.
struct Page {
    folder: PathBuf,
}

impl Page {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("docs").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self { folder }
    }

    /// The page with what its commands really print.
    fn execute(&self, text: &str) -> String {
        let mut done = String::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            done.push_str(line);
            done.push('\n');
            let Some(info) = line.strip_prefix("```") else { continue };
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            done.push_str(&self.block(info, &block));
            done.push_str("```\n");
        }
        done
    }

    fn block(&self, info: &str, block: &[&str]) -> String {
        let text: String = block.iter().map(|line| format!("{line}\n")).collect();
        match info.split_once(' ') {
            None if info == "console" => self.console(block),
            None if info == "text" => text,
            Some((_, place)) => {
                let (how, path) = place.split_once('=').unwrap();
                self.write(how, path, &text);
                text
            }
            None => panic!("a block of {info:?} that nobody executes: {block:?}"),
        }
    }

    fn write(&self, how: &str, path: &str, text: &str) {
        let file = self.folder.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let before = match how {
            "file" => String::new(),
            "append" => fs::read_to_string(&file).unwrap() + "\n",
            _ => panic!("a block is `file=` or `append=`, not {how:?}"),
        };
        fs::write(&file, before + text).unwrap();
        if path.ends_with(".yml") {
            for command in text.lines().filter_map(|line| line.trim().strip_prefix("- run: ptms "))
            {
                let (code, printed) = self.ptms(command.split(" > ").next().unwrap());
                assert_eq!(code, 0, "{command}: {printed}");
            }
        }
    }

    fn console(&self, block: &[&str]) -> String {
        let mut done = String::new();
        let mut lines = block.iter().peekable();
        while let Some(line) = lines.next() {
            let command =
                line.strip_prefix("$ ").unwrap_or_else(|| panic!("{line:?} is no command"));
            let mut written = Vec::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                written.push(*line);
            }
            let printed = self.command(command);
            let printed: Vec<&str> = printed.lines().collect();
            let shown = if fits(&written, &printed) { written } else { printed.clone() };
            done.push_str(&format!("$ {command}\n"));
            shown.iter().for_each(|line| done.push_str(&format!("{line}\n")));
        }
        done
    }

    fn command(&self, command: &str) -> String {
        let (command, with_code) = match command.strip_suffix("; echo \"exit $?\"") {
            Some(command) => (command, true),
            None => (command, false),
        };
        if let Some(paths) = command.strip_prefix("cp -r ") {
            let (from, to) = paths.split_once(' ').unwrap();
            copy(&self.folder.join(from), &self.folder.join(to));
            return String::new();
        }
        let args =
            command.strip_prefix("ptms ").unwrap_or_else(|| panic!("{command:?} is not ours"));
        let (code, mut printed) = self.ptms(args);
        if with_code {
            printed.push_str(&format!("exit {code}\n"));
        }
        printed
    }

    /// The exit code, and what is printed: standard output, then standard error.
    fn ptms(&self, args: &str) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ptms"));
        let output =
            command.current_dir(&self.folder).args(args.split_whitespace()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let printed = text(output.stdout) + &text(output.stderr);
        // Markdown pages hold no blanks at the ends of lines.
        let trimmed = printed.lines().map(|line| line.trim_end().to_owned() + "\n");
        (output.status.code().unwrap(), trimmed.collect())
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

/// Whether what is written is what is printed, but for what is left out.
fn fits(written: &[&str], printed: &[&str]) -> bool {
    match written.split_first() {
        None => printed.is_empty(),
        Some((&LEFT_OUT, rest)) => (0..=printed.len()).any(|from| fits(rest, &printed[from..])),
        Some((line, rest)) => printed.first() == Some(line) && fits(rest, &printed[1..]),
    }
}

#[test]
fn what_is_left_out_may_be_anything() {
    assert!(fits(&["a", LEFT_OUT, "c"], &["a", "b", "b", "c"]));
    assert!(fits(&[LEFT_OUT], &[]));
    assert!(!fits(&["a", LEFT_OUT, "c"], &["a", "b"]));
    assert!(!fits(&["a"], &["a", "b"]));
}
