//! Lambda function for init and media segments: answers are streamed, so that they need no Base64.
use std::process::ExitCode;

fn main() -> ExitCode {
    lambda::run_http(lambda::web::Mode::Streamed)
}
