//! `ptms new`: a small book to begin with, with tests and a stream, and comments that teach.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::args::NewArgs;
use crate::exit::{Exit, Failure, cannot};

/// What a new book is made of. A test of the program holds that it passes its own tests.
const FILES: [(&str, &str); 3] = [
    ("rules.toml", include_str!("rules.toml")),
    ("rules.test.toml", include_str!("rules.test.toml")),
    ("events.jsonl", include_str!("events.jsonl")),
];

/// Writes the files; refuses if one of them is there.
pub(crate) fn new(args: &NewArgs) -> Result<Exit, Failure> {
    let folder = &args.folder;
    if folder.exists() && !folder.is_dir() {
        return Err(Failure::usage(format!("{} is no folder", folder.display())));
    }
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        move |error| Failure::unreadable(cannot("write", &path, &error))
    };
    let there: Vec<&str> =
        FILES.iter().map(|(name, _)| *name).filter(|name| folder.join(name).exists()).collect();
    if !there.is_empty() {
        let (folder, there) = (folder.display(), there.join(", "));
        return Err(Failure::usage(format!("{folder} has a {there} already; nothing is written")));
    }
    fs::create_dir_all(folder).map_err(unwritable(folder))?;
    for (name, text) in FILES {
        let path = folder.join(name);
        // What appears in between is not overwritten either.
        let mut file = fs::File::create_new(&path).map_err(unwritable(&path))?;
        file.write_all(text.as_bytes()).map_err(unwritable(&path))?;
    }
    let shown = folder.display();
    let mut text = String::new();
    for (name, what) in FILES.iter().zip(["the rules", "their tests", "a stream to replay"]) {
        text.push_str(&format!("{:<40} {what}\n", folder.join(name.0).display()));
    }
    write!(anstream::stdout(), "{text}\ngo on with: ptms test {shown}\n")?;
    Ok(Exit::Fine)
}
