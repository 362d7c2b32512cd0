//! The rules of the CloudWatch Embedded Metric Format specification for one log line.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;

use serde_json::Value;

/// `Unit` of the specification, as `PutMetricData` has it.
const UNITS: [&str; 27] = [
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
    "Percent",
    "Count",
    "Bytes/Second",
    "Kilobytes/Second",
    "Megabytes/Second",
    "Gigabytes/Second",
    "Terabytes/Second",
    "Bits/Second",
    "Kilobits/Second",
    "Megabits/Second",
    "Gigabits/Second",
    "Terabits/Second",
    "Count/Second",
    "None",
];

/// Names of the metrics of a line with their dimensions, such as `Requests(Function,Route)`; fails if the
/// line breaks a rule.
pub fn metrics(line: &Value) -> BTreeSet<String> {
    let metadata = members(&line["_aws"], &["Timestamp", "CloudWatchMetrics"]);
    let time = metadata["Timestamp"].as_u64().expect("milliseconds since 1970");
    assert!((1_700_000_000_000..4_000_000_000_000).contains(&time), "{time}");
    assert!(line.to_string().len() < 256 << 10, "a log event has 256 KiB at most");
    let directives = metadata["CloudWatchMetrics"].as_array().unwrap();
    directives.iter().flat_map(|directive| of_directive(line, directive)).collect()
}

fn of_directive(line: &Value, directive: &Value) -> Vec<String> {
    let directive = members(directive, &["Namespace", "Dimensions", "Metrics"]);
    let namespace = directive["Namespace"].as_str().unwrap();
    assert!((1..=1024).contains(&namespace.len()));
    let metrics = directive["Metrics"].as_array().unwrap();
    assert!(metrics.len() <= 100);
    let dimension_sets = directive["Dimensions"].as_array().unwrap();
    assert!(!dimension_sets.is_empty());
    let mut out = Vec::new();
    for set in dimension_sets {
        let set: Vec<_> = set.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        assert!(set.len() <= 30);
        for name in &set {
            let value = line[name].as_str().unwrap_or_else(|| panic!("no text in {name}"));
            assert!((1..=1024).contains(&value.len()) && value.is_ascii(), "{name}: {value}");
        }
        out.extend(metrics.iter().map(|metric| format!("{}({})", of_metric(line, metric), set.join(","))));
    }
    out
}

fn of_metric(line: &Value, metric: &Value) -> String {
    let metric = members(metric, &["Name", "Unit"]);
    let name = metric["Name"].as_str().unwrap();
    assert!((1..=1024).contains(&name.len()));
    assert!(line[name].is_number(), "no number in {name}");
    let unit = metric["Unit"].as_str().unwrap();
    assert!(UNITS.contains(&unit), "{unit}");
    name.to_owned()
}

/// An object with these members and no others.
fn members<'a>(value: &'a Value, names: &[&str]) -> &'a serde_json::Map<String, Value> {
    let object = value.as_object().unwrap_or_else(|| panic!("{value} is no object"));
    assert_eq!(object.keys().map(String::as_str).collect::<BTreeSet<_>>(), names.iter().copied().collect());
    object
}
