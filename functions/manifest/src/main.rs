//! Lambda function for manifests: answers are buffered, so that CloudFront can compress them.
use std::process::ExitCode;

fn main() -> ExitCode {
    lambda::run_http(lambda::web::Mode::Buffered)
}
