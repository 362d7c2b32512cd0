//! Events as AWS documents them.

use serde_json::json;

use super::*;

fn change(bucket: &str, key: &str, kind: ChangeKind) -> Change {
    let bucket = (!bucket.is_empty()).then(|| bucket.to_owned());
    Change { bucket, key: key.to_owned(), kind }
}

fn event_bridge(detail_type: &str, key: &str) -> Value {
    json!({
        "version": "0",
        "detail-type": detail_type,
        "source": "aws.s3",
        "detail": { "bucket": { "name": "films" }, "object": { "key": key, "size": 1 }, "reason": "CompleteMultipartUpload" },
    })
}

fn notification(name: &str, key: &str) -> Value {
    json!({ "Records": [{
        "eventSource": "aws:s3",
        "eventName": name,
        "s3": { "bucket": { "name": "films" }, "object": { "key": key } },
    }] })
}

#[test]
fn keys_of_event_bridge_are_as_they_are() {
    let key = "a+b%20c d/\u{fc}.mp4";
    let parsed = parse(&event_bridge("Object Created", key));
    assert_eq!(parsed, Some(Work::Whole(vec![change("films", key, ChangeKind::Created)])));
    let kinds = [
        ("Object Deleted", ChangeKind::Removed),
        ("Object Tags Added", ChangeKind::Other),
        ("Object Restore Completed", ChangeKind::Other),
    ];
    for (name, kind) in kinds {
        assert_eq!(
            parse(&event_bridge(name, "a.mp4")),
            Some(Work::Whole(vec![change("films", "a.mp4", kind)]))
        );
    }
}

#[test]
fn keys_of_notifications_are_form_encoded() {
    // S3 user guide: "red flower.jpg" becomes "red+flower.jpg".
    let names = [
        ("ObjectCreated:Put", ChangeKind::Created),
        ("ObjectCreated:CompleteMultipartUpload", ChangeKind::Created),
        ("s3:ObjectCreated:Copy", ChangeKind::Created),
        ("ObjectRemoved:Delete", ChangeKind::Removed),
        ("ObjectRemoved:DeleteMarkerCreated", ChangeKind::Removed),
        ("LifecycleExpiration:Delete", ChangeKind::Removed),
        ("ObjectTagging:Put", ChangeKind::Other),
    ];
    for (name, kind) in names {
        let parsed = parse(&notification(name, "red+flower%2B%C3%BC.mp4"));
        assert_eq!(parsed, Some(Work::Whole(vec![change("films", "red flower+\u{fc}.mp4", kind)])), "{name}");
    }
    assert_eq!(parse(&notification("ObjectCreated:Put", "%ff.mp4")), None, "no UTF-8");
}

#[test]
fn messages_of_a_queue_wrap_either() {
    let body = |event: &Value| json!(event.to_string());
    let created = event_bridge("Object Created", "a+b.mp4");
    let removed = notification("ObjectRemoved:Delete", "a+b.mp4");
    let test = json!({ "Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "films" });
    let event = json!({ "Records": [
        { "eventSource": "aws:sqs", "messageId": "1", "body": body(&created) },
        { "eventSource": "aws:sqs", "messageId": "2", "body": body(&removed) },
        { "eventSource": "aws:sqs", "messageId": "3", "body": body(&test) },
        { "eventSource": "aws:sqs", "messageId": "4", "body": "{" },
        { "eventSource": "aws:sqs", "messageId": "5" },
    ] });
    let message = |id: &str, changes| Message { id: id.to_owned(), changes };
    let wanted = vec![
        message("1", Some(vec![change("films", "a+b.mp4", ChangeKind::Created)])),
        message("2", Some(vec![change("films", "a b.mp4", ChangeKind::Removed)])),
        message("3", Some(Vec::new())),
        message("4", None),
        message("5", None),
    ];
    assert_eq!(parse(&event), Some(Work::Messages(wanted)));
}

#[test]
fn keys_can_be_named() {
    let event = json!({ "keys": ["a.mp4", "b c.mp4"], "remove": ["d.mp4"] });
    let wanted = vec![
        change("", "a.mp4", ChangeKind::Created),
        change("", "b c.mp4", ChangeKind::Created),
        change("", "d.mp4", ChangeKind::Unwanted),
    ];
    assert_eq!(parse(&event), Some(Work::Whole(wanted)));
}

#[test]
fn a_test_event_asks_for_nothing() {
    assert_eq!(parse(&json!({ "Event": "s3:TestEvent" })), Some(Work::Whole(Vec::new())));
}

#[test]
fn other_events_are_not_understood() {
    let events = [
        json!(null),
        json!({}),
        json!([]),
        json!({ "keys": "a.mp4" }),
        json!({ "keys": [1] }),
        json!({ "keys": ["a.mp4"], "force": true }),
        json!({ "source": "aws.ec2", "detail-type": "Object Created" }),
        json!({ "source": "aws.s3", "detail-type": "Object Created", "detail": {} }),
        json!({ "Records": [{ "eventSource": "aws:s3" }] }),
        json!({ "Records": [{ "eventSource": "aws:sqs" }] }),
        json!({ "rawPath": "/" }),
    ];
    for event in events {
        assert_eq!(parse(&event), None, "{event}");
    }
}
