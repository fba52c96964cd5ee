//! The fences of the workspace: which crate may know what, checked over `cargo metadata` and the
//! sources. A red test here says which file breaks which rule and what to do about it; the rules
//! themselves are in `docs/architecture.md`.
//!
//! Every check is a function over texts, and is tested with texts that break its rule: a fence that
//! cannot fall holds nothing.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a fence that cannot look must fail")]
#![expect(clippy::indexing_slicing, clippy::string_slice, reason = "a panic is a failed test")]
#![expect(clippy::disallowed_methods, reason = "the fences read the files of the workspace")]

mod manifests;
mod sources;
mod tokens;
mod workspace;

use std::collections::BTreeSet;
use std::fs;

use cargo_metadata::DependencyKind;

use crate::manifests::{BEHIND_A_FEATURE, ENGINE, OUTSIDE, RUNTIMES, WRAPPED};
use crate::workspace::{
    crates, direct_dependencies, engine_faults, engine_packages, faults_in, files_below, folder,
    packages, resolved_dependencies, root, shown,
};

#[test]
fn engine_crates_import_what_the_table_allows() {
    let mut direct = direct_dependencies(&|kind| kind != DependencyKind::Development);
    for (package, heavy) in BEHIND_A_FEATURE {
        direct.get_mut(*package).unwrap().remove(*heavy);
    }
    let faults =
        ENGINE.iter().flat_map(|(package, may)| manifests::unlisted(&direct, package, may));
    none(
        faults,
        "add it to the package's row in tests/fences/manifests.rs only if it is small and pure",
    );
}

/// What is behind a feature is optional, and no default feature turns it on.
#[test]
fn heavy_libraries_wait_for_a_feature() {
    let faults = BEHIND_A_FEATURE.iter().filter(|(package, heavy)| {
        let found = packages().find(|found| found.name == *package).unwrap();
        let asked = found.dependencies.iter().find(|dependency| dependency.name == *heavy);
        let by_default = found.features.get("default").is_some_and(|features| !features.is_empty());
        !asked.is_some_and(|dependency| dependency.optional) || by_default
    });
    none(
        faults.map(|(package, heavy)| format!("{package} has {heavy} without being asked")),
        "make the dependency optional, and let a feature that is off by default turn it on",
    );
}

#[test]
fn every_crate_is_in_the_table() {
    let engine = ENGINE.iter().map(|(package, _)| *package);
    let listed: BTreeSet<&str> = engine.chain(OUTSIDE.iter().copied()).collect();
    let strange = crates().filter(|package| !listed.contains(package.name.as_str()));
    none(
        strange.map(|package| package.name.to_string()),
        "give the crate a row in ENGINE, or name it in OUTSIDE if it works with files or clocks",
    );
}

#[test]
fn hosts_use_the_facade_alone() {
    let direct = direct_dependencies(&|_| true);
    let inner = ENGINE.iter().map(|(package, _)| *package).filter(|package| *package != "ptms");
    let inner: BTreeSet<String> = inner.map(str::to_owned).collect();
    let hosts = ["ptms-cli", "ptms-examples"].into_iter();
    let reached = hosts.flat_map(|host| {
        let below = direct[host].intersection(&inner);
        below.map(move |name| format!("{host} depends on {name}"))
    });
    none(reached, "a host links `ptms`; let the façade re-export what is missing");
}

#[test]
fn wrapped_libraries_have_one_user() {
    let direct = direct_dependencies(&|_| true);
    let faults = WRAPPED.iter().flat_map(|(name, by)| manifests::unwrapped(&direct, name, by));
    none(faults, "only the wrapper knows the library, so that it can be replaced");
}

#[test]
fn no_async_runtime_under_an_engine_crate() {
    let below = resolved_dependencies();
    assert!(ENGINE.iter().all(|(name, _)| below.contains_key(*name)), "a crate is not resolved");
    let faults = ENGINE.iter().filter_map(|(name, _)| manifests::way_to(&below, name, RUNTIMES));
    none(faults, "the engine is synchronous and owns no thread: take the dependency out");
}

#[test]
fn rhai_is_whole_and_pinned_to_a_minor_version() {
    let rules = packages().find(|package| package.name == "ptms-rules").unwrap();
    let rhai = rules.dependencies.iter().find(|dependency| dependency.name == "rhai").unwrap();
    let amputations = rhai.features.iter().filter(|feature| feature.starts_with("no_"));
    none(amputations, "features unify: it would amputate the host's own rhai");
    assert!(rhai.features.iter().any(|feature| feature == "sync"), "rhai without `sync`");
    assert!(rhai.req.to_string().starts_with('~'), "`internals` is stable within a minor only");
}

#[test]
fn lints_hold_in_every_crate() {
    let strange = crates().filter(|package| {
        !manifests::inherits_lints(&fs::read_to_string(&package.manifest_path).unwrap())
    });
    none(strange.map(|package| package.name.to_string()), "add `[lints] workspace = true`");

    let root = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(
        root.contains("unsafe_code = \"forbid\""),
        "the workspace no longer forbids unsafe code"
    );
    assert!(
        root.contains("exclude = [\"fuzz\"]"),
        "fuzz needs a nightly compiler: keep it outside"
    );
}

#[test]
fn engine_crates_have_no_clippy_settings_of_their_own() {
    let own = engine_packages().map(|package| folder(package).join("clippy.toml"));
    none(
        own.filter(|file| file.exists()).map(|file| shown(&file)),
        "it would replace that of the workspace",
    );
}

#[test]
fn the_program_has_no_documentation_that_hides_the_library() {
    let cli = packages().find(|package| package.name == "ptms-cli").unwrap();
    let documented = cli.targets.iter().filter(|target| target.is_bin() && target.doc);
    none(
        documented.map(|target| target.name.clone()),
        "set `doc = false`: it has the library's name",
    );
}

#[test]
fn the_engine_leaves_to_the_host_what_is_the_hosts() {
    none(
        engine_faults(|_, code| sources::hosts_business(code)),
        "see the three lines in docs/architecture.md",
    );
}

#[test]
fn rhai_is_spoken_in_one_module_only() {
    let outside = engine_faults(|file, code| {
        let inside = file.starts_with("crates/ptms-rules/src/script");
        if inside { Vec::new() } else { sources::mentions(code, "rhai") }
    });
    none(outside, "only crates/ptms-rules/src/script/ may know rhai");
}

#[test]
fn petgraph_is_spoken_in_one_crate_only() {
    let outside = engine_faults(|file, code| {
        let inside = file.starts_with("crates/pso-graph/src");
        if inside { Vec::new() } else { sources::mentions(code, "petgraph") }
    });
    none(outside, "only crates/pso-graph may know petgraph");
}

#[test]
fn no_foreign_type_is_public() {
    let leaked = engine_faults(|_, code| {
        let foreign = ["rhai", "petgraph", "toml_edit", "toml"];
        foreign.iter().flat_map(|krate| sources::foreign_in_public(code, krate)).collect()
    });
    none(leaked, "the library could not be replaced without breaking our users");
}

#[test]
fn nothing_is_unfinished_or_unsafe() {
    let faults = packages()
        .flat_map(|package| faults_in(package, |_, code| sources::unfinished_or_unsafe(code)));
    none(faults, "nothing half-made is committed");
}

#[test]
fn no_file_knows_a_machine() {
    let files =
        files_below(root(), &|name| !matches!(name, ".git" | "target" | "corpus" | "artifacts"));
    // In a worktree `.git` is a file, which says where the repository is.
    let files = files.into_iter().filter(|file| !file.ends_with(".git"));
    let faults = files.flat_map(|file| {
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        let located = move |fault| format!("{}:{fault}", shown(&file));
        sources::machine_paths(&text).into_iter().map(located)
    });
    none(faults, "name it relative to the repository, or by an environment variable");
}

/// Fails with every fault and the one thing to do.
#[track_caller]
fn none(faults: impl IntoIterator<Item = impl ToString>, what_to_do: &str) {
    let faults: Vec<String> = faults.into_iter().map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "\n{}\n→ {what_to_do}\n", faults.join("\n"));
}
