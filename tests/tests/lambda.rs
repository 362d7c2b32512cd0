//! The real programs of the Lambda functions, driven through a double of the Runtime API, before an S3
//! server in this process.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests; what is measured is printed"
)]

#[path = "lambda/events.rs"]
mod events;
#[path = "lambda/indexing.rs"]
mod indexing;
#[path = "lambda/responses.rs"]
mod responses;
#[path = "lambda/starting.rs"]
mod starting;
#[path = "lambda/telemetry.rs"]
mod telemetry;

use std::sync::{RwLock, RwLockReadGuard};

use serde_json::Value;
use tests::S3Stub;
use tests::runtime_api::{Answer, Function, Process, RuntimeApi, binary, http_event};

const SOURCES: &str = "sources";
const INDEXES: &str = "indexes";
const SAMPLE: &[u8] = include_bytes!("../../crates/fragmint/sample/fragmint.mp4");
/// A name with everything that two rounds of decoding would spoil.
const ODD_NAME: &str = "films/a film+1, 50%25 \u{fc}\u{20ac}'.mp4";
const ODD_PATH: &str = "/films/a%20film%2B1%2C%2050%2525%20%C3%BC%E2%82%AC%27.mp4";

/// Held for reading by every test, and for writing by one that measures time.
static QUIET: RwLock<()> = RwLock::new(());

/// A function that runs, and what it needs to.
struct Rig {
    stub: S3Stub,
    api: RuntimeApi,
    function: Function,
    process: Process,
    _quiet: RwLockReadGuard<'static, ()>,
}

impl Rig {
    /// Starts a function before a bucket with the sample in it, with some more variables.
    fn start(name: &str, variables: &[(&str, &str)]) -> Self {
        let quiet = QUIET.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let stub = stub();
        let api = RuntimeApi::new();
        let function = function(name, &stub, variables);
        let process = function.start(&api);
        Self { stub, api, function, process, _quiet: quiet }
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.api.invoke(&http_event(method, path, headers)).answer()
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[])
    }

    /// Gets what must be there.
    fn body(&self, path: &str) -> bytes::Bytes {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {:?}", answer.body);
        answer.body
    }

    /// Gets a text that must be there.
    fn text(&self, path: &str) -> String {
        String::from_utf8(self.body(path).to_vec()).unwrap()
    }

    /// The line of the last request.
    fn request_line(&self) -> Value {
        self.process.line(|line| line["message"] == "request")
    }
}

fn stub() -> S3Stub {
    let stub = S3Stub::start(&[SOURCES, INDEXES]);
    stub.put(SOURCES, "fragmint.mp4", SAMPLE);
    stub.put(SOURCES, ODD_NAME, SAMPLE);
    stub
}

fn function(name: &str, stub: &S3Stub, variables: &[(&str, &str)]) -> Function {
    let mut function = Function::new(&binary(name), &[("FRAGMINT_SOURCE_BUCKET", SOURCES)]);
    for (name, value) in stub.endpoint().environment() {
        function = function.with(name, &value);
    }
    variables.iter().fold(function, |function, (name, value)| function.with(name, value))
}

/// The path of a track's playlist of the sample, and the version in it.
fn playlist_of(multivariant: &str, asset: &str) -> (String, String) {
    let uris = tests::download::playlist_uris(multivariant);
    let path = format!("{asset}/{}", uris[0]);
    let version = uris[0].split('/').next().unwrap().to_owned();
    (path, version)
}

/// The first segment that a media playlist names.
fn first_segment(playlist: &str, path: &str) -> String {
    let uri = playlist.lines().find(|line| !line.is_empty() && !line.starts_with('#')).unwrap();
    tests::client::join(path, uri)
}
