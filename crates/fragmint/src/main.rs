//! The command line: the origin on one machine.

mod args;
mod export;
mod failure;
mod index;
mod inspect;
mod library;
mod open;
mod page;
mod serve;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Arguments, Command};
use crate::failure::Failure;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return report(&Failure::new("the runtime does not start", error)),
    };
    let done = match arguments.command.unwrap_or_default() {
        Command::Serve(arguments) => runtime.block_on(serve::run(arguments)),
        Command::Inspect(arguments) => runtime.block_on(inspect::run(&arguments)),
        Command::Export(arguments) => runtime.block_on(export::run(&arguments)),
        Command::Index(arguments) => runtime.block_on(index::run(&arguments)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report(&failure),
    }
}

fn report(failure: &Failure) -> ExitCode {
    eprintln!("fragmint: {failure}");
    ExitCode::FAILURE
}
