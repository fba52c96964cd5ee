//! What the sources may not say. Each check takes the text of a file and answers with one line for
//! every fault: the line of the file, what stands there, and what to do.

use crate::tokens::{Code, Path};

/// What an engine crate may not reach for, with what to do instead.
const HOSTS_BUSINESS: &[(&str, &str)] = &[
    ("std::time", "the host hands in the time as a Timestamp"),
    ("std::fs", "the host reads and writes files"),
    ("std::io", "the host reads and writes"),
    ("std::net", "the host owns the sockets"),
    ("std::os", "the host knows its operating system"),
    ("std::thread", "the host owns the threads"),
    ("std::sync::mpsc", "return plain data instead of sending it"),
    ("std::env", "the host reads the environment"),
    ("std::process", "the host starts processes"),
    ("std::collections::HashMap", RANDOM_ORDER),
    ("std::collections::HashSet", RANDOM_ORDER),
    ("std::collections::hash_map", RANDOM_ORDER),
    ("std::collections::hash_set", RANDOM_ORDER),
    ("std::hash::RandomState", RANDOM_ORDER),
];

const RANDOM_ORDER: &str = "its order is random: use BTreeMap, BTreeSet or a Vec by index";

/// Clocks, files, threads and the like, and collections whose order is random.
pub(crate) fn hosts_business(code: &Code) -> Vec<String> {
    let fault = |path: &Path| {
        let hit = HOSTS_BUSINESS.iter().find(|(banned, _)| reaches(path, banned));
        hit.map(|(banned, help)| format!("{}: {banned}: {help}", path.line))
    };
    code.paths().iter().filter_map(fault).collect()
}

/// Whether a path names what is banned, something inside it, or imports all or part of a module in
/// which it lies (`use std::collections;` would hide what is taken from there).
fn reaches(path: &Path, banned: &str) -> bool {
    let banned: Vec<&str> = banned.split("::").collect();
    let words: Vec<&str> = path.words.iter().map(String::as_str).collect();
    let module = words.strip_suffix(&["*"]).unwrap_or(&words);
    let inside = words.starts_with(&banned);
    let around = path.imported_as.is_some() && banned.starts_with(module);
    inside || around
}

/// Every path that has `krate` among its words.
pub(crate) fn mentions(code: &Code, krate: &str) -> Vec<String> {
    let named = |path: &Path| path.words.iter().any(|word| word == krate);
    let fault = |path: Path| format!("{}: {} speaks of {krate}", path.line, path.words.join("::"));
    code.paths().into_iter().filter(named).map(fault).collect()
}

/// Public signatures that contain a path into `krate` or a name imported from it.
pub(crate) fn foreign_in_public(code: &Code, krate: &str) -> Vec<String> {
    let from_krate = |path: &Path| path.words.first().is_some_and(|word| word == krate);
    let imported = code.paths().into_iter().filter(from_krate).filter_map(|path| path.imported_as);
    let foreign: Vec<String> = imported.collect();
    let mut faults = Vec::new();
    for signature in code.public_signatures() {
        for (at, token) in signature.iter().enumerate() {
            let next = signature.get(at + 1).map_or("", |next| next.text.as_str());
            if foreign.contains(&token.text) || (token.text == krate && next == "::") {
                let (line, name) = (token.line, &token.text);
                faults.push(format!("{line}: `{name}` of {krate}: wrap it in a type of our own"));
            }
        }
    }
    faults
}

/// `unsafe`, and macros that mark unfinished work.
pub(crate) fn unfinished_or_unsafe(code: &Code) -> Vec<String> {
    let mut faults = Vec::new();
    for pair in code.tokens.windows(2) {
        let [word, next] = pair else { continue };
        let is_macro = next.text == "!";
        match word.text.as_str() {
            "unsafe" => faults.push(format!("{}: `unsafe` is forbidden", word.line)),
            name @ ("todo" | "unimplemented" | "dbg") if is_macro => {
                faults.push(format!("{}: `{name}!`: finish it or take it out", word.line));
            }
            _ => {}
        }
    }
    faults
}

/// Absolute paths of somebody's machine, such as the home folder of a user.
pub(crate) fn machine_paths(text: &str) -> Vec<String> {
    // put together here, so that this file does not contain what it looks for
    let roots = ["work", "home", "root", "Users"].map(|folder| format!("/{folder}/"));
    let mut faults = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for root in &roots {
            let begins_there = |(at, _): (usize, &str)| {
                let before = line[..at].chars().next_back();
                before.is_none_or(|c| {
                    !c.is_alphanumeric() && !matches!(c, '.' | '-' | '_' | '}' | '/')
                })
            };
            if line.match_indices(root).any(begins_there) {
                faults.push(format!("{}: a path of one machine ({root})", index + 1));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(fence: impl Fn(&Code) -> Vec<String>, source: &str, expected: &Expect) {
        expected.assert_eq(&fence(&Code::parse(source)).join("\n"));
    }

    #[test]
    fn what_belongs_to_the_host_is_found_however_it_is_imported() {
        check(
            hosts_business,
            "use std::{collections::{BTreeMap, HashMap}, fmt};
             use std::collections::*;
             use std::time;
             fn f() { std::thread::sleep(x); std::env::var(\"X\"); }",
            &expect![[r#"
                1: std::collections::HashMap: its order is random: use BTreeMap, BTreeSet or a Vec by index
                2: std::collections::HashMap: its order is random: use BTreeMap, BTreeSet or a Vec by index
                3: std::time: the host hands in the time as a Timestamp
                4: std::thread: the host owns the threads
                4: std::env: the host reads the environment"#]],
        );
    }

    #[test]
    fn tests_and_documentation_may_use_what_they_like() {
        check(
            hosts_business,
            "//! use std::fs;
             use std::collections::BTreeMap;
             /// `std::time::Instant::now()`
             fn f() {}
             #[cfg(test)] mod tests { use std::collections::HashSet; }",
            &expect![""],
        );
    }

    #[test]
    fn a_crate_is_found_in_imports_and_in_code() {
        check(
            |code| mentions(code, "rhai"),
            "use rhai::{Engine, AST};\nuse rhai as r;\n// rhai::Scope\nfn f() { rhai::Scope::new() }",
            &expect![[r#"
                1: rhai::Engine speaks of rhai
                1: rhai::AST speaks of rhai
                2: rhai speaks of rhai
                4: rhai::Scope::new speaks of rhai"#]],
        );
    }

    #[test]
    fn foreign_types_are_found_in_what_is_public() {
        check(
            |code| foreign_in_public(code, "petgraph"),
            "use petgraph::graph::NodeIndex as Node;
             pub fn a(node: Node, petgraph: u8) {}
             pub struct B { pub graph: petgraph::Graph<(), ()>, inside: Node }
             pub struct C(Node);
             pub enum D { One(Node) }
             pub use petgraph::Direction;
             pub(crate) fn e() -> Node {}",
            &expect![[r#"
                2: `Node` of petgraph: wrap it in a type of our own
                3: `petgraph` of petgraph: wrap it in a type of our own
                5: `Node` of petgraph: wrap it in a type of our own
                6: `petgraph` of petgraph: wrap it in a type of our own
                6: `Direction` of petgraph: wrap it in a type of our own"#]],
        );
    }

    #[test]
    fn unfinished_and_unsafe_code_is_found() {
        check(
            unfinished_or_unsafe,
            "fn f() { todo!(); dbg!(x) }\nunsafe fn g() {}\nlet todo = 1;",
            &expect![[r#"
                1: `todo!`: finish it or take it out
                1: `dbg!`: finish it or take it out
                2: `unsafe` is forbidden"#]],
        );
    }

    #[test]
    fn paths_of_one_machine_are_found_and_addresses_are_not() {
        let home = ["", "home", ""].join("/");
        let fault = format!("1: a path of one machine ({home})");
        assert_eq!(machine_paths(&format!("cd {home}me/x")), [fault]);
        assert_eq!(machine_paths("https://example.org/home/x and docs/work/x"), [""; 0]);
    }
}
