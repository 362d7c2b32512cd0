//! Metrics in log lines (CloudWatch Embedded Metric Format specification, version of 2026).
//!
//! Every combination of a name and its dimension values is a metric that is paid for. So a function has a
//! handful of them, and a route is one of six words.

use origin::RequestReport;
use serde::Serialize;

/// The metadata object of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Metadata {
    timestamp: u64,
    cloud_watch_metrics: Vec<Directive>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: String,
    dimensions: Vec<&'static [&'static str]>,
    metrics: Vec<Definition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    name: &'static str,
    unit: &'static str,
}

const COUNT: &str = "Count";
const BYTES: &str = "Bytes";
const MILLISECONDS: &str = "Milliseconds";
const NONE: &str = "None";
const BY_FUNCTION: &[&str] = &["Function"];
const BY_ROUTE: &[&str] = &["Function", "Route"];

/// Members of a request's line that are metrics or their dimensions.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RequestMetrics<'a> {
    function: &'a str,
    route: &'static str,
    requests: u32,
    #[serde(rename = "Errors4xx")]
    errors_4xx: u32,
    #[serde(rename = "Errors5xx")]
    errors_5xx: u32,
    cold_starts: u32,
    #[serde(rename = "S3Reads")]
    s3_reads: u64,
    #[serde(rename = "S3Bytes")]
    s3_bytes: u64,
    bytes_served: u64,
    duration_ms: f64,
    /// Bytes read per byte served, of media segments that were sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    amplification: Option<f64>,
}

/// What a request's answer was, beside its report.
#[derive(Debug, Clone, Copy)]
pub struct Served {
    /// Status of the response.
    pub status: u16,
    /// Bytes of its body.
    pub bytes: u64,
    /// Whole time in milliseconds.
    pub millis: f64,
    /// Whether it was the first one of its environment.
    pub is_cold: bool,
}

impl<'a> RequestMetrics<'a> {
    /// The metrics of one request.
    pub fn new(function: &'a str, report: &RequestReport, served: Served) -> Self {
        let s3_bytes = report.index_bytes + report.bytes;
        let is_sent_segment = report.route == "segment" && served.status == 200 && served.bytes > 0;
        Self {
            function,
            route: route_class(report.route),
            requests: 1,
            errors_4xx: u32::from((400..500).contains(&served.status)),
            errors_5xx: u32::from(served.status >= 500),
            cold_starts: u32::from(served.is_cold),
            s3_reads: report.lookups + report.index_reads + report.reads,
            s3_bytes,
            bytes_served: served.bytes,
            duration_ms: served.millis,
            amplification: is_sent_segment.then(|| ratio(s3_bytes, served.bytes)),
        }
    }

    /// Which members of the line are metrics.
    pub fn metadata(&self, namespace: &str, timestamp: u64) -> Metadata {
        let mut of_function = vec![
            Definition { name: "Requests", unit: COUNT },
            Definition { name: "Errors4xx", unit: COUNT },
            Definition { name: "Errors5xx", unit: COUNT },
            Definition { name: "ColdStarts", unit: COUNT },
            Definition { name: "S3Reads", unit: COUNT },
            Definition { name: "S3Bytes", unit: BYTES },
            Definition { name: "BytesServed", unit: BYTES },
            Definition { name: "DurationMs", unit: MILLISECONDS },
        ];
        if self.amplification.is_some() {
            of_function.push(Definition { name: "Amplification", unit: NONE });
        }
        let of_route = vec![
            Definition { name: "Requests", unit: COUNT },
            Definition { name: "DurationMs", unit: MILLISECONDS },
        ];
        Metadata {
            timestamp,
            cloud_watch_metrics: vec![
                directive(namespace, BY_FUNCTION, of_function),
                directive(namespace, BY_ROUTE, of_route),
            ],
        }
    }
}

/// Members of an indexed key's line that are metrics or their dimension.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct IndexMetrics<'a> {
    /// The function's name.
    pub function: &'a str,
    /// 1 if there is an index now.
    pub indexed: u32,
    /// 1 if there should be one and is not: what is tried again.
    pub index_failures: u32,
    /// Size of the index.
    pub index_bytes: u64,
    /// How long it took.
    pub index_ms: f64,
}

impl IndexMetrics<'_> {
    /// Which members of the line are metrics.
    pub fn metadata(namespace: &str, timestamp: u64) -> Metadata {
        let definitions = vec![
            Definition { name: "Indexed", unit: COUNT },
            Definition { name: "IndexFailures", unit: COUNT },
            Definition { name: "IndexBytes", unit: BYTES },
            Definition { name: "IndexMs", unit: MILLISECONDS },
        ];
        Metadata { timestamp, cloud_watch_metrics: vec![directive(namespace, BY_FUNCTION, definitions)] }
    }
}

fn directive(namespace: &str, dimensions: &'static [&'static str], metrics: Vec<Definition>) -> Directive {
    Directive { namespace: namespace.to_owned(), dimensions: vec![dimensions], metrics }
}

/// Routes as a dimension.
fn route_class(route: &str) -> &'static str {
    match route {
        "multivariant" | "mpd" | "playlist" => "manifest",
        "init" => "init",
        "segment" => "segment",
        "captions" => "captions",
        "images" => "images",
        _ => "other",
    }
}

#[expect(clippy::cast_precision_loss, reason = "byte counts of responses are far below 2^53")]
fn ratio(read: u64, served: u64) -> f64 {
    (read as f64 / served as f64 * 1000.0).round() / 1000.0
}
