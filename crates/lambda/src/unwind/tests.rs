//! A panic in a request: what is logged, and that the next request is none the wiser.

use std::sync::Mutex;

use serde_json::Value;

use super::*;

/// One test, because there is one hook per process.
#[tokio::test]
async fn a_panic_is_logged_with_its_place_and_costs_one_request() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    let keep = move |line: &str| kept.lock().unwrap().push(line.to_owned());
    log_panics(Arc::new(Log::to(Level::Error, None, Box::new(keep))));

    let failed = guarded("r-1", async {
        tokio::task::yield_now().await;
        panic!("three is {}", 4 - 1);
    });
    assert_eq!(failed.await, Err::<(), _>(Panicked));
    assert_eq!(guarded("r-2", async { 7 }).await, Ok(7));

    let lines = lines.lock().unwrap();
    let line: Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(line["level"], "error");
    assert_eq!(line["message"], "panic");
    assert_eq!(line["request_id"], "r-1");
    assert_eq!(line["panic"], "three is 3");
    let place = line["place"].as_str().unwrap();
    assert!(place.contains("unwind/tests.rs:"), "{place}");
}
