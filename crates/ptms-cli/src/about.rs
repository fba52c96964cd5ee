//! `ptms completions` and `ptms man`: what the command line says of itself, for shells and for `man`.

use std::io::Write;

use clap::{Command, CommandFactory};

use crate::args::{Args, CompletionsArgs, ManArgs};
use crate::exit::{Exit, Failure};
use crate::words::did_you_mean;

/// Writes the completions of a shell.
pub(crate) fn completions(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "ptms", &mut script);
    anstream::stdout().write_all(&script)?;
    Ok(Exit::Fine)
}

/// Writes the manual page of the program, or of one of its commands.
pub(crate) fn man(args: &ManArgs) -> Result<Exit, Failure> {
    let mut program = Args::command();
    program.build();
    let page = match &args.command {
        None => program,
        Some(name) => page(&program, name)?,
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    anstream::stdout().write_all(&text)?;
    Ok(Exit::Fine)
}

fn page(program: &Command, name: &str) -> Result<Command, Failure> {
    let found = program.find_subcommand(name).cloned();
    found.ok_or_else(|| {
        let names = program.get_subcommands().map(Command::get_name);
        let near = did_you_mean(name, names);
        Failure::usage(format!("there is no command {name:?}{near}"))
    })
}
