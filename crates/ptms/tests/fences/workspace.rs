//! What the fences look at: the packages of the workspace with their dependencies, and their files.
//! Knows no rule.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Node, Package, PackageId};

use crate::manifests::{ENGINE, Graph};
use crate::tokens::Code;

/// The package on which rivals are measured, and which therefore may depend on anything.
const EXEMPT: &str = "ptms-benches";

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    metadata().workspace_root.as_std_path()
}

/// The workspace as cargo sees it on this machine's platform. Asks no registry: the lock file is
/// there, and what the platform needs was downloaded to build this test.
fn metadata() -> &'static Metadata {
    static METADATA: OnceLock<Metadata> = OnceLock::new();
    METADATA.get_or_init(|| {
        let cargo = Command::new(env!("CARGO")).arg("-vV").output().unwrap();
        let version = String::from_utf8(cargo.stdout).unwrap();
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let options = ["--locked", "--filter-platform", host].map(str::to_owned);
        let mut command = MetadataCommand::new();
        command
            .cargo_path(env!("CARGO"))
            .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        command.other_options(options.to_vec()).exec().unwrap()
    })
}

/// The packages of the workspace.
pub(crate) fn packages() -> impl Iterator<Item = &'static Package> {
    metadata().workspace_packages().into_iter()
}

/// The packages in `crates/`.
pub(crate) fn crates() -> impl Iterator<Item = &'static Package> {
    packages().filter(|package| folder(package).starts_with(root().join("crates")))
}

/// The packages that [`ENGINE`] lists.
pub(crate) fn engine_packages() -> impl Iterator<Item = &'static Package> {
    packages().filter(|package| ENGINE.iter().any(|(name, _)| package.name == *name))
}

/// The folder of a package.
pub(crate) fn folder(package: &Package) -> PathBuf {
    package.manifest_path.parent().unwrap().as_std_path().to_owned()
}

/// What the manifests of the workspace ask for in the wanted kinds of dependency.
pub(crate) fn direct_dependencies(wanted: &dyn Fn(DependencyKind) -> bool) -> Graph {
    let of = |package: &Package| {
        let asked = package.dependencies.iter().filter(|dependency| wanted(dependency.kind));
        asked.map(|dependency| dependency.name.clone()).collect()
    };
    let bound = packages().filter(|package| package.name != EXEMPT);
    bound.map(|package| (package.name.to_string(), of(package))).collect()
}

/// What is linked into or built for each package, tests aside.
pub(crate) fn resolved_dependencies() -> Graph {
    let name = |id: &PackageId| metadata()[id].name.to_string();
    let nodes = &metadata().resolve.as_ref().unwrap().nodes;
    let linked = |node: &Node| {
        let dependencies = node.deps.iter().filter(|dependency| {
            let kinds = &dependency.dep_kinds;
            kinds.iter().any(|kind| kind.kind != DependencyKind::Development)
        });
        dependencies.map(|dependency| name(&dependency.pkg)).collect::<BTreeSet<_>>()
    };
    let mut graph = Graph::new();
    for node in nodes {
        // two versions of a package are one node here, which can only find more
        graph.entry(name(&node.id)).or_default().extend(linked(node));
    }
    graph
}

/// The faults in the code of all engine crates.
pub(crate) fn engine_faults(fence: impl Fn(&Path, &Code) -> Vec<String>) -> Vec<String> {
    engine_packages().flat_map(|package| faults_in(package, &fence)).collect()
}

/// The faults in the code of a package, each with its file; test modules are not code.
pub(crate) fn faults_in(
    package: &Package,
    fence: impl Fn(&Path, &Code) -> Vec<String>,
) -> Vec<String> {
    let files = files_below(&folder(package), &|name| !matches!(name, "tests" | "target"));
    let sources = files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "rs"));
    let parsed: Vec<(PathBuf, Code)> = sources
        .map(|file| (file.clone(), Code::parse(&fs::read_to_string(&file).unwrap())))
        .collect();
    let tests: Vec<PathBuf> =
        parsed.iter().flat_map(|(file, code)| test_files(file, code)).collect();
    let mut faults = Vec::new();
    for (file, code) in parsed {
        if tests.iter().any(|test| file.starts_with(test)) {
            continue;
        }
        let file = file.strip_prefix(root()).unwrap();
        let found = fence(file, &code);
        faults.extend(found.into_iter().map(|fault| format!("{}:{fault}", file.display())));
    }
    faults
}

/// Where the test modules that `file` declares may lie.
fn test_files(file: &Path, code: &Code) -> Vec<PathBuf> {
    let stem = file.file_stem().unwrap().to_str().unwrap();
    let is_root = matches!(stem, "lib" | "main" | "mod");
    let folder = if is_root { file.parent().unwrap().to_owned() } else { file.with_extension("") };
    let places = |name: &String| [folder.join(name), folder.join(format!("{name}.rs"))];
    code.test_modules.iter().flat_map(places).collect()
}

/// All files below a folder, in order, without what lies in folders that are not wanted.
pub(crate) fn files_below(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    for path in entries.collect::<BTreeSet<_>>() {
        if !path.is_dir() {
            // In a linked worktree `.git` is a file, and of the machine.
            files.extend(Some(path).filter(|path| !path.ends_with(".git")));
        } else if path.file_name().and_then(|name| name.to_str()).is_some_and(wanted) {
            files.extend(files_below(&path, wanted));
        }
    }
    files
}

/// A file as its path from the root.
pub(crate) fn shown(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
}
