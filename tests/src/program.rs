//! The command line, as people run it.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// What `fragmint inspect --json` says of a path.
pub fn inspect(path: &Path) -> Value {
    let output = Command::new(program()).args(["inspect", "--json"]).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The program, built as the tests are.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let output = Command::new(env!("CARGO"))
            .args(["build", "--locked", "--package", "fragmint", "--message-format=json-render-diagnostics"])
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success(), "the program does not build");
        let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let messages = lines.map(|line| serde_json::from_slice::<Value>(line).unwrap());
        let mut executables =
            messages.filter_map(|message| message.get("executable")?.as_str().map(PathBuf::from));
        executables.next_back().unwrap()
    })
}
