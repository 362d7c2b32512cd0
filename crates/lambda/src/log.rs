//! One line of JSON per event on standard output, where Lambda takes it to CloudWatch Logs.

use std::fmt;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::metrics::Metadata;

/// How much something matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Ours or the store's fault: somebody should look.
    Error,
    /// The client's or the source's fault.
    Warn,
    /// One line per request.
    #[default]
    Info,
    /// What happened besides.
    Debug,
}

/// Where lines go.
pub struct Log {
    level: Level,
    namespace: Option<String>,
    sink: Box<dyn Fn(&str) + Send + Sync>,
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log")
            .field("level", &self.level)
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}

impl Log {
    /// A log on standard output. What matters less than `level` is left out, but for metrics.
    pub fn to_stdout(level: Level, namespace: Option<String>) -> Self {
        Self::to(level, namespace, Box::new(write_line))
    }

    /// A log that ends elsewhere.
    pub fn to(level: Level, namespace: Option<String>, sink: Box<dyn Fn(&str) + Send + Sync>) -> Self {
        Self { level, namespace, sink }
    }

    /// Writes a line of these fields.
    pub fn write(&self, level: Level, message: &str, fields: &impl Serialize) {
        if level <= self.level {
            self.line(&Line { level, message, fields: Some(fields), metrics: None::<()>, metadata: None });
        }
    }

    /// Writes a line of these fields that carries metrics; `metadata` says which of its members are some,
    /// given the namespace and the time. Where the line matters too little, the metrics are all that is
    /// written.
    pub fn write_with_metrics<M: Serialize>(
        &self,
        level: Level,
        message: &str,
        fields: &impl Serialize,
        metrics: (M, impl FnOnce(&str, u64) -> Metadata),
    ) {
        let (values, metadata) = metrics;
        let metadata = self.namespace.as_deref().map(|namespace| metadata(namespace, now_millis()));
        let is_told = level <= self.level;
        if is_told || metadata.is_some() {
            let message = if is_told { message } else { "metrics" };
            let metrics = metadata.is_some().then_some(values);
            self.line(&Line { level, message, fields: is_told.then_some(fields), metrics, metadata });
        }
    }

    fn line<F: Serialize, M: Serialize>(&self, line: &Line<'_, F, M>) {
        if let Ok(mut text) = serde_json::to_string(line) {
            text.push('\n');
            (self.sink)(&text);
        }
    }
}

#[derive(Serialize)]
struct Line<'a, F, M> {
    level: Level,
    message: &'a str,
    #[serde(flatten)]
    fields: Option<&'a F>,
    #[serde(flatten)]
    metrics: Option<M>,
    #[serde(rename = "_aws", skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata>,
}

/// A line is written at once, so that lines of several threads do not mix. A reader that is gone is no
/// reason to fail a request.
fn write_line(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
}

fn now_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
