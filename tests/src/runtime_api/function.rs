//! Functions as processes.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::RuntimeApi;

/// How long a process may take until it asks for its first event.
const START: Duration = Duration::from_secs(10);
/// How long a line may take from a process to here.
const LINE: Duration = Duration::from_secs(5);

/// A program and the environment that it is started in.
#[derive(Debug, Clone)]
pub struct Function {
    binary: PathBuf,
    variables: Vec<(String, String)>,
}

impl Function {
    /// A function; Lambda's own variables are set for it, and nothing else is.
    pub fn new(binary: &Path, variables: &[(&str, &str)]) -> Self {
        let name = binary.file_name().unwrap().to_str().unwrap();
        let own = [
            ("AWS_LAMBDA_FUNCTION_NAME", name),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ];
        let all = own.iter().chain(variables);
        let variables = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { binary: binary.to_owned(), variables }
    }

    /// Sets one more variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts a process and waits until it asks for its first event.
    pub fn start(&self, api: &RuntimeApi) -> Process {
        let polls_before = api.polls().len();
        let mut process = self.spawn(api);
        while process.started.elapsed() < START {
            if let Some(poll) = api.polls().get(polls_before) {
                process.start_to_poll = poll.duration_since(process.started);
                return process;
            }
            if let Some(status) = process.child.try_wait().unwrap() {
                panic!("{} ended with {status}: {:#?}", self.binary.display(), process.lines());
            }
            sleep(Duration::from_millis(1));
        }
        panic!("{} asks for no event: {:#?}", self.binary.display(), process.lines());
    }

    /// Runs a process that should end by itself.
    pub fn run(&self, api: &RuntimeApi) -> (ExitStatus, Vec<Value>) {
        let mut process = self.spawn(api);
        while process.started.elapsed() < START {
            if let Some(status) = process.child.try_wait().unwrap() {
                process.reader.take().unwrap().join().unwrap();
                return (status, process.lines());
            }
            sleep(Duration::from_millis(1));
        }
        panic!("{} does not end", self.binary.display());
    }

    fn spawn(&self, api: &RuntimeApi) -> Process {
        let mut command = Command::new(&self.binary);
        command
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let started = Instant::now();
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.binary.display()));
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (out, kept) = (child.stdout.take().unwrap(), Arc::clone(&lines));
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(out).lines() {
                kept.lock().unwrap().push(line.unwrap());
            }
        });
        Process { child, started, start_to_poll: Duration::ZERO, lines, reader: Some(reader) }
    }
}

/// A running process of a function; it ends with this value.
pub struct Process {
    child: Child,
    started: Instant,
    /// Time from the start of the process to its first request for an event.
    pub start_to_poll: Duration,
    lines: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Process {
    /// What it has written to standard output: nothing but lines of JSON.
    pub fn lines(&self) -> Vec<Value> {
        let lines = self.lines.lock().unwrap();
        lines.iter().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
    }

    /// The first line of which this is true; waits for it.
    pub fn line(&self, is_it: impl Fn(&Value) -> bool) -> Value {
        let asked = Instant::now();
        while asked.elapsed() < LINE {
            if let Some(line) = self.lines().into_iter().find(&is_it) {
                return line;
            }
            sleep(Duration::from_millis(1));
        }
        panic!("there is no such line: {:#?}", self.lines());
    }

    /// Forgets what it has written.
    pub fn forget_lines(&self) {
        self.lines.lock().unwrap().clear();
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// The most memory that it has had at once, in KiB (`VmHWM` in `/proc/PID/status`).
    pub fn peak_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if let Some(reader) = self.reader.take() {
            reader.join().ok();
        }
    }
}
