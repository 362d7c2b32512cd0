//! The functions' programs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

/// The program of a function, as it is deployed. `FRAGMINT_FUNCTIONS` names a folder that has them already;
/// else they are built.
pub fn binary(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| std::env::var_os("FRAGMINT_FUNCTIONS").map_or_else(build, Into::into)).join(name)
}

fn build() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--message-format=json-render-diagnostics"])
        .args(["--package", "manifest", "--package", "segment", "--package", "indexer"])
        .stderr(std::process::Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "the functions do not build");
    let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let messages = lines.map(|line| serde_json::from_slice::<Value>(line).unwrap());
    let executable =
        messages.filter_map(|message| message.get("executable")?.as_str().map(PathBuf::from)).next_back();
    executable.unwrap().parent().map(Path::to_owned).unwrap()
}
