//! What is logged: lines of JSON that are metrics too, and no secrets.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::emf;
use tests::runtime_api::TRACE_ID;

use crate::{Rig, first_segment, playlist_of};

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn lines_are_metrics_by_the_rules() {
    let rig = Rig::start("segment", &[]);
    let mut common = set(&[
        "Requests(Function)",
        "Errors4xx(Function)",
        "Errors5xx(Function)",
        "ColdStarts(Function)",
        "S3Reads(Function)",
        "S3Bytes(Function)",
        "BytesServed(Function)",
        "DurationMs(Function)",
        "Requests(Function,Route)",
        "DurationMs(Function,Route)",
    ]);
    let text = rig.text("/fragmint.mp4/master.m3u8");
    let line = rig.request_line();
    assert_eq!(emf::metrics(&line), common);
    assert_eq!((&line["Function"], &line["Route"]), (&"segment".into(), &"manifest".into()));
    assert_eq!(
        (&line["Requests"], &line["ColdStarts"], &line["Errors5xx"]),
        (&1.into(), &1.into(), &0.into())
    );
    assert_eq!(line["BytesServed"], text.len());
    assert_eq!((&line["trace_id"], &line["cold_start"]), (&TRACE_ID.into(), &true.into()));

    let (playlist, _) = playlist_of(&text, "/fragmint.mp4");
    let segment = first_segment(&rig.text(&playlist), &playlist);
    rig.stub.take_seen();
    rig.process.forget_lines();
    let body = rig.body(&segment);
    let line = rig.request_line();
    common.insert("Amplification(Function)".to_owned());
    assert_eq!(emf::metrics(&line), common);
    assert_eq!(
        (&line["route"], &line["Route"], &line["ColdStarts"]),
        (&"segment".into(), &"segment".into(), &0.into())
    );
    // The server saw what the function says that it did.
    let seen = rig.stub.take_seen();
    assert_eq!(line["S3Reads"], seen.len(), "{seen:?}");
    let sent: u64 = seen.iter().map(|seen| seen.bytes).sum();
    assert_eq!(line["S3Bytes"], sent, "{seen:?}");
    // In thousandths.
    let amplification = (line["Amplification"].as_f64().unwrap() * 1000.0).round();
    let wanted = (sent * 1000 + body.len() as u64 / 2) / body.len() as u64;
    assert_eq!(format!("{amplification}"), wanted.to_string());
}

#[test]
fn a_request_is_one_line_and_tells_no_secrets() {
    let rig = Rig::start("manifest", &[]);
    let secret = "hush-hush";
    let headers =
        [("authorization", secret), ("cookie", secret), ("x-forwarded-for", secret), ("referer", secret)];
    rig.ask("GET", &format!("/fragmint.mp4/master.m3u8?token={secret}"), &headers);
    rig.ask("GET", &format!("/nothing?token={secret}"), &headers);
    rig.process.line(|line| line["path"] == "/nothing");
    let lines = rig.process.lines();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(!json!(lines).to_string().contains(secret), "{lines:#?}");
    assert_eq!(
        (&lines[1]["level"], &lines[1]["error"], &lines[1]["status"]),
        (&"warn".into(), &"not_found".into(), &404.into())
    );
    let ids: BTreeSet<_> = lines.iter().map(|line| line["request_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 2, "each has the invocation's identity");
}

#[test]
fn the_level_and_the_namespace_are_settings() {
    let quiet = Rig::start("manifest", &[("FRAGMINT_LOG", "error"), ("FRAGMINT_METRICS_NAMESPACE", "")]);
    quiet.get("/fragmint.mp4/master.m3u8");
    quiet.get("/nothing");
    let slow = tests::s3_stub::Fault::INTERNAL_ERROR;
    quiet.stub.fail_next(std::iter::repeat_n(slow, 64));
    quiet.get("/fragmint.mp4/master.m3u8");
    let line = quiet.process.line(|line| line["level"] == "error");
    assert_eq!((&line["status"], line.get("_aws")), (&503.into(), None));
    assert_eq!(quiet.process.lines().len(), 1);

    let loud =
        Rig::start("manifest", &[("FRAGMINT_LOG", "debug"), ("FRAGMINT_METRICS_NAMESPACE", "Films/test")]);
    loud.get("/fragmint.mp4/master.m3u8");
    let line = loud.request_line();
    assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Namespace"], "Films/test");
    emf::metrics(&line);
    assert!(loud.process.lines().iter().any(|line: &Value| line["message"] == "init"));
}
