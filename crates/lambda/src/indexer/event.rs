//! What tells the indexer that sources came or went.
//!
//! EventBridge says "Object Created" and "Object Deleted" with keys as they are; notifications of S3 come
//! as `Records` with keys that are form-encoded. Either may be wrapped in a message of SQS. And an operator
//! may name keys.

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// At once; if a part fails, all is tried again.
    Whole(Vec<Change>),
    /// Message by message; those that fail are tried again.
    Messages(Vec<Message>),
}

/// A message of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its identity, to report its failure by.
    pub id: String,
    /// What it says; `None` if that is not understood.
    pub changes: Option<Vec<Change>>,
}

/// Something that happened to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The bucket, if the event names one.
    pub bucket: Option<String>,
    /// The whole key.
    pub key: String,
    /// What happened.
    pub kind: ChangeKind,
}

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// There is a new version of it.
    Created,
    /// It is gone, or one of its versions is. S3 says the same of both.
    Removed,
    /// An operator wants no index of it, whether or not it is there.
    Unwanted,
    /// Nothing that matters here, such as new tags.
    Other,
}

/// Reads an event; `None` if it is of no known kind.
pub fn parse(event: &Value) -> Option<Work> {
    let records = event.get("Records").and_then(Value::as_array);
    if let Some(records) = records.filter(|records| records.iter().any(is_message)) {
        return records.iter().map(message).collect::<Option<_>>().map(Work::Messages);
    }
    changes(event).or_else(|| named(event)).map(Work::Whole)
}

fn is_message(record: &Value) -> bool {
    text(record, "/eventSource") == Some("aws:sqs")
}

fn message(record: &Value) -> Option<Message> {
    let id = text(record, "/messageId")?.to_owned();
    let body = text(record, "/body").and_then(|body| serde_json::from_str::<Value>(body).ok());
    Some(Message { id, changes: body.as_ref().and_then(changes) })
}

/// An event of S3 in one of its two forms.
fn changes(event: &Value) -> Option<Vec<Change>> {
    // Sent once to every new receiver of notifications.
    if text(event, "/Event") == Some("s3:TestEvent") {
        return Some(Vec::new());
    }
    match event.get("Records").and_then(Value::as_array) {
        Some(records) => records.iter().map(notified).collect(),
        None => of_event_bridge(event).map(|change| vec![change]),
    }
}

/// `Records[*]` of a notification (S3 user guide, "Event message structure").
fn notified(record: &Value) -> Option<Change> {
    let name = text(record, "/eventName")?;
    let kind = match name.trim_start_matches("s3:").split(':').next() {
        Some("ObjectCreated") => ChangeKind::Created,
        Some("ObjectRemoved" | "LifecycleExpiration") => ChangeKind::Removed,
        _ => ChangeKind::Other,
    };
    let key = form_decoded(text(record, "/s3/object/key")?)?;
    Some(Change { bucket: text(record, "/s3/bucket/name").map(str::to_owned), key, kind })
}

/// The event's `detail` (S3 user guide, "EventBridge event message structure").
fn of_event_bridge(event: &Value) -> Option<Change> {
    if text(event, "/source") != Some("aws.s3") {
        return None;
    }
    let kind = match text(event, "/detail-type")? {
        "Object Created" => ChangeKind::Created,
        "Object Deleted" => ChangeKind::Removed,
        _ => ChangeKind::Other,
    };
    let key = text(event, "/detail/object/key")?.to_owned();
    Some(Change { bucket: text(event, "/detail/bucket/name").map(str::to_owned), key, kind })
}

/// `{"keys": ["a.mp4"], "remove": ["b.mp4"]}`
fn named(event: &Value) -> Option<Vec<Change>> {
    let event = event.as_object()?;
    let is_known = |name: &String| matches!(name.as_str(), "keys" | "remove");
    if event.is_empty() || !event.keys().all(is_known) {
        return None;
    }
    let mut out = Vec::new();
    for (name, keys) in event {
        let kind = if name == "keys" { ChangeKind::Created } else { ChangeKind::Unwanted };
        for key in keys.as_array()? {
            out.push(Change { bucket: None, key: key.as_str()?.to_owned(), kind });
        }
    }
    Some(out)
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer)?.as_str()
}

/// `+` is a space, `%2B` a plus.
fn form_decoded(key: &str) -> Option<String> {
    let spaced = key.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(Into::into)
}

#[cfg(test)]
mod tests;
