//! Real players in a real browser.
#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a panic is how a test fails")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Plays cases in the form that `browser/play.mjs` takes, one after the other; returns each case that fails, and how.
pub fn batch(cases: &[Value]) -> Vec<(Value, String)> {
    let results = results(cases);
    cases.iter().zip(&results).filter_map(|(case, result)| Some((case.clone(), fault(result)?))).collect()
}

/// Plays cases and returns what `browser/play.mjs` says of each.
pub fn results(cases: &[Value]) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/play.mjs");
    let mut command = Command::new("node");
    command.arg(script).arg("--batch").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(serde_json::to_string(cases).unwrap().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let results: Vec<Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(results.len(), cases.len(), "{}", String::from_utf8_lossy(&output.stderr));
    results
}

/// What is wrong with a result.
pub fn fault(result: &Value) -> Option<String> {
    let place = format!("{} {}", result["player"].as_str().unwrap(), result["url"].as_str().unwrap());
    if result["ok"] != true {
        return Some(format!("{place}: {}", result["errors"]));
    }
    let start = result["buffers"].as_array().unwrap().iter().map(|buffer| buffer["start"].as_f64().unwrap());
    let latest = start.fold(0.0, f64::max);
    // In MPEG-TS players count from the first decoding time, which is before the first picture by its reorder delay.
    let most = if place.contains("/container/") { 0.15 } else { 0.05 };
    (latest > most).then(|| format!("{place}: buffered from {latest} s on"))
}
