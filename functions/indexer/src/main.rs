//! Lambda function that follows uploads and removals in the bucket of sources.
use std::process::ExitCode;

fn main() -> ExitCode {
    lambda::run_indexer()
}
