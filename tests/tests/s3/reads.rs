//! Reads of sources, right and wrong. What has to come is what was put.

use std::time::{Duration, Instant};

use bytes::Bytes;
use origin::Source;
use origin::s3::{S3Limits, S3Settings};
use origin::source::{Object, SourceError};
use tests::s3_stub::{Fault, Schedule, Seen, count};

use super::{SOURCES, Setting, Stores, film, is_film, limits, settings};

const KEY: &str = "film.mp4";
const LEN: usize = 300_000;
/// A part of the film that is long enough to come in many pieces.
const PART: std::ops::Range<u64> = 1_000..200_000;
const LONG: Duration = Duration::from_secs(30);

fn part(film: &Bytes) -> Bytes {
    film.slice(1_000..200_000)
}

/// Looks the film up before anything goes wrong.
fn looked_up(setting: &Setting) -> Object {
    let object = setting.stores.run(setting.stores.source.head(KEY)).unwrap();
    setting.stub.take_seen();
    object
}

fn ranges(seen: &[Seen]) -> Vec<(u64, u64)> {
    seen.iter().filter_map(|seen| seen.range.clone()).map(|range| (range.start, range.end)).collect()
}

#[test]
fn a_range_takes_one_request() {
    let film = film(LEN);
    let setting = Setting::with_film(&film);
    let Setting { stub, stores } = &setting;
    let object = stores.run(stores.source.head(KEY)).unwrap();
    assert_eq!((object.key.as_str(), object.bytes, object.revision.clone()), (KEY, LEN as u64, None));
    assert!(!object.etag.contains('"'), "tags are kept without quotes");
    let expected = [(0..1_u64, 0..1), (PART, 1_000..200_000), (0..LEN as u64, 0..LEN)];
    for (range, slice) in expected {
        assert_eq!(stores.run(stores.source.read(&object, range)).unwrap(), film.slice(slice));
    }
    assert_eq!(stores.run(stores.source.read(&object, 7..7)).unwrap(), Bytes::new());
    let seen = stub.take_seen();
    assert_eq!(count(&seen, "HeadObject", "in/"), (1, 0));
    assert_eq!(count(&seen, "GetObject", "in/"), (3, 1 + 199_000 + LEN as u64));
    assert_eq!(seen.len(), 4, "an empty range is not asked for");
    assert_eq!(stores.source.requests(), 4);
    let conditions: Vec<_> = seen.iter().filter_map(|seen| seen.if_match.as_deref()).collect();
    assert_eq!(conditions, [format!("\"{}\"", object.etag).as_str(); 3]);
}

#[test]
fn ranges_outside_the_object_are_not_asked_for() {
    let setting = Setting::with_film(&film(LEN));
    let object = looked_up(&setting);
    let (start, len) = (LEN as u64, LEN as u64);
    for range in [0..len + 1, start..u64::MAX, std::ops::Range { start: 9, end: 3 }] {
        let read = setting.stores.run(setting.stores.source.read(&object, range));
        assert!(matches!(read, Err(SourceError::Failed(_))), "{read:?}");
    }
    assert!(setting.stub.take_seen().is_empty());
}

#[test]
fn what_is_not_there_is_not_found() {
    let setting = Setting::with_film(&film(10));
    let stores = &setting.stores;
    let head = |key: &str| stores.run(stores.source.head(key)).unwrap_err();
    assert_eq!(head("other.mp4"), SourceError::NotFound);
    setting.stub.fail_next([Fault::Refuse(403, "AccessDenied")]);
    assert_eq!(head(KEY), SourceError::Denied, "who may not list is told so of what is not there");
    assert_eq!(setting.stub.take_seen().len(), 2, "neither is asked again");
    let longest = "k".repeat(1024 - "in/".len());
    assert_eq!(head(&longest), SourceError::NotFound);
    assert_eq!(setting.stub.take_seen().len(), 1);
    for impossible in [format!("{longest}k"), String::new(), "../in/film.mp4".to_owned(), "a/./b".to_owned()]
    {
        assert_eq!(head(&impossible), SourceError::NotFound, "{impossible}");
    }
    assert!(setting.stub.take_seen().is_empty());
    let nowhere =
        Stores::of(&setting.stub.endpoint(), S3Settings { limits: limits(), ..S3Settings::new("no") });
    assert_eq!(nowhere.run(nowhere.source.head(KEY)), Err(SourceError::NotFound));
}

#[test]
fn keys_are_escaped_once() {
    let setting = Setting::new();
    for key in
        ["a b+c.mp4", "100%.mp4", "%2e%2e/x.mp4", "größe/日本語.mp4", "q?x=1&y#z.mp4", "a=b:c@d!$'()*,;.mp4"]
    {
        setting.stub.put(SOURCES, &format!("in/{key}"), key.to_owned());
        let stores = &setting.stores;
        let object = stores.run(stores.source.head(key)).unwrap();
        let bytes = stores.run(stores.source.read(&object, 0..object.bytes)).unwrap();
        assert_eq!(bytes, key.as_bytes(), "{key}");
    }
}

/// A fault that passes costs a second request and changes nothing.
#[test]
fn passing_faults_are_overcome() {
    let film = film(LEN);
    let setting = Setting::with_film(&film);
    let object = looked_up(&setting);
    let faults = [
        Fault::SLOW_DOWN,
        Fault::INTERNAL_ERROR,
        Fault::Refuse(429, "TooManyRequests"),
        Fault::Refuse(502, "BadGateway"),
        Fault::Refuse(504, "GatewayTimeout"),
        Fault::Refuse(400, "RequestTimeout"),
        Fault::TruncatedXml(503),
        Fault::SlowFirstByte(LONG),
        Fault::ResetBefore,
        Fault::ResetAfter(50_000),
        Fault::CutAfter(0),
        Fault::CutAfter(50_000),
        Fault::CutAfter(LEN),
        Fault::StallAfter(50_000, LONG),
        Fault::LongContentLength,
        Fault::ShortContentLength,
        Fault::ShortRange,
        Fault::OtherRange,
        Fault::Whole,
        Fault::Empty,
        Fault::Garbage,
    ];
    for fault in faults {
        setting.stub.fail_next([fault.clone()]);
        let read = setting.stores.run(setting.stores.source.read(&object, PART));
        assert_eq!(read.as_ref(), Ok(&part(&film)), "{fault:?}");
        let seen = setting.stub.take_seen();
        assert_eq!(seen.len(), 2, "{fault:?}");
        assert_eq!(seen[0].fault, Some(fault));
    }
}

/// A fault that lasts is named for what it is, after five requests.
#[test]
fn lasting_faults_end_after_five_requests() {
    let film = film(LEN);
    let setting = Setting::with_film(&film);
    let object = looked_up(&setting);
    let busy = [
        Fault::SLOW_DOWN,
        Fault::INTERNAL_ERROR,
        Fault::TruncatedXml(500),
        Fault::ResetBefore,
        Fault::CutAfter(0),
    ];
    for fault in busy {
        setting.stub.fail_next(vec![fault.clone(); 5]);
        let read = setting.stores.run(setting.stores.source.read(&object, PART));
        assert_eq!(read, Err(SourceError::Busy), "{fault:?}");
        assert_eq!(setting.stub.take_seen().len(), 5, "{fault:?}");
    }
    let wrong = [
        Fault::LongContentLength,
        Fault::ShortContentLength,
        Fault::ShortRange,
        Fault::OtherRange,
        Fault::Whole,
        Fault::Empty,
        Fault::Garbage,
    ];
    for fault in wrong {
        setting.stub.fail_next(vec![fault.clone(); 5]);
        let read = setting.stores.run(setting.stores.source.read(&object, PART));
        assert!(matches!(read, Err(SourceError::Failed(_))), "{fault:?}: {read:?}");
        assert_eq!(setting.stub.take_seen().len(), 5, "{fault:?}");
    }
    assert_eq!(setting.stores.run(setting.stores.source.read(&object, PART)), Ok(part(&film)));
}

/// Where another request would be told the same, none is made; and nobody is told names or keys.
#[test]
fn refusals_are_final() {
    let setting = Setting::with_film(&film(LEN));
    let object = looked_up(&setting);
    let failed = |text: &str| SourceError::Failed(format!("S3 answered with status {text}"));
    let cases = [
        (Fault::REPLACED, SourceError::Changed),
        (Fault::Refuse(416, "InvalidRange"), SourceError::Changed),
        (Fault::WrongEtag, SourceError::Changed),
        (Fault::OtherObject, SourceError::Changed),
        (Fault::Refuse(404, "NoSuchKey"), SourceError::NotFound),
        (Fault::Refuse(404, "NoSuchBucket"), SourceError::NotFound),
        (Fault::Refuse(403, "AccessDenied"), SourceError::Denied),
        (Fault::Refuse(403, "SignatureDoesNotMatch"), failed("403 SignatureDoesNotMatch")),
        (Fault::Refuse(403, "InvalidAccessKeyId"), failed("403 InvalidAccessKeyId")),
        (Fault::Refuse(301, "PermanentRedirect"), failed("301 PermanentRedirect")),
        (Fault::Refuse(307, "TemporaryRedirect"), failed("307 TemporaryRedirect")),
        (Fault::Refuse(400, "ExpiredToken"), failed("400 ExpiredToken")),
        (Fault::Refuse(400, "in/film.mp4 stub-secret"), failed("400")),
    ];
    for (fault, error) in cases {
        setting.stub.fail_next([fault.clone()]);
        let read = setting.stores.run(setting.stores.source.read(&object, PART));
        assert_eq!(read, Err(error), "{fault:?}");
        assert_eq!(setting.stub.take_seen().len(), 1, "{fault:?}");
    }
}

/// What has come is not asked for again.
#[test]
fn a_broken_body_is_resumed_where_it_broke() {
    let film = film(LEN);
    let setting = Setting::with_film(&film);
    let object = looked_up(&setting);
    let stall = Duration::from_secs(5);
    setting.stub.fail_next([Fault::CutAfter(10_000), Fault::StallAfter(20_000, stall), Fault::CutAfter(0)]);
    let read = setting.stores.run(setting.stores.source.read(&object, PART));
    assert_eq!(read, Ok(part(&film)));
    let seen = setting.stub.take_seen();
    let expected = [(1_000, 200_000), (11_000, 200_000), (31_000, 200_000), (31_000, 200_000)];
    assert_eq!(ranges(&seen), expected);
    let condition = Some(format!("\"{}\"", object.etag));
    assert!(seen.iter().all(|seen| seen.if_match == condition));
}

#[test]
fn a_film_replaced_between_two_pieces_is_changed() {
    let setting = Setting::with_film(&film(LEN));
    let object = looked_up(&setting);
    setting.stub.fail_next([Fault::CutAfter(10_000), Fault::REPLACED]);
    let read = setting.stores.run(setting.stores.source.read(&object, PART));
    assert_eq!(read, Err(SourceError::Changed));
    setting.stub.put(SOURCES, "in/film.mp4", vec![7; LEN]);
    let read = setting.stores.run(setting.stores.source.read(&object, PART));
    assert_eq!(read, Err(SourceError::Changed));
}

#[test]
fn deadlines_are_kept() {
    let setting = Setting::with_film(&film(LEN));
    let object = looked_up(&setting);
    let faults = [Fault::SlowFirstByte(LONG), Fault::StallAfter(1, LONG)];
    for fault in faults {
        let patient = S3Limits { read: LONG, attempt: LONG, ..limits() };
        let by_operation = Stores::of(&setting.stub.endpoint(), S3Settings { limits: patient, ..settings() });
        setting.stub.fail_next(vec![fault.clone(); 10]);
        let started = Instant::now();
        let read = by_operation.run(by_operation.source.read(&object, PART));
        let took = started.elapsed();
        assert_eq!(read, Err(SourceError::Busy), "{fault:?}");
        assert!(took >= patient.operation && took < patient.operation + Duration::from_secs(1), "{took:?}");

        let started = Instant::now();
        assert_eq!(setting.stores.run(setting.stores.source.read(&object, PART)), Err(SourceError::Busy));
        assert!(started.elapsed() < limits().operation + Duration::from_secs(1));
        setting.stub.heal();
        setting.stub.take_seen();
    }
}

#[test]
fn a_server_that_is_gone_is_busy() {
    let setting = Setting::with_film(&film(LEN));
    let object = looked_up(&setting);
    let Setting { stub, stores } = setting;
    drop(stub);
    let started = Instant::now();
    assert_eq!(stores.run(stores.source.read(&object, PART)), Err(SourceError::Busy));
    assert_eq!(stores.run(stores.source.head(KEY)), Err(SourceError::Busy));
    assert!(started.elapsed() < 2 * limits().operation);
}

#[test]
fn old_versions_stay_readable() {
    let (old, new) = (film(LEN), film(LEN + 1));
    let setting = Setting::new();
    let Setting { stub, stores } = &setting;
    stub.keep_versions(SOURCES);
    let version = stub.put(SOURCES, "in/film.mp4", old.clone());
    let object = stores.run(stores.source.head(KEY)).unwrap();
    assert_eq!(object.revision, version);
    stub.put(SOURCES, "in/film.mp4", new.clone());
    stub.take_seen();
    assert_eq!(stores.run(stores.source.read(&object, PART)), Ok(part(&old)));
    assert_eq!(stub.take_seen()[0].version, version);
    let current = stores.run(stores.source.head(KEY)).unwrap();
    assert_ne!((&current.etag, &current.revision), (&object.etag, &object.revision));
    assert_eq!(stores.run(stores.source.read(&current, PART)), Ok(part(&new)));
}

/// The version is gone, and its content is current again or not.
#[test]
fn a_deleted_version_is_looked_for_among_the_current() {
    let (old, new) = (film(LEN), film(LEN + 1));
    let setting = Setting::new();
    let Setting { stub, stores } = &setting;
    stub.keep_versions(SOURCES);
    let version = stub.put(SOURCES, "in/film.mp4", old.clone()).unwrap();
    let object = stores.run(stores.source.head(KEY)).unwrap();
    stub.put(SOURCES, "in/film.mp4", new);
    stub.delete_version(SOURCES, "in/film.mp4", &version);
    stub.take_seen();
    assert_eq!(stores.run(stores.source.read(&object, PART)), Err(SourceError::Changed));
    let seen = stub.take_seen();
    assert_eq!(seen.iter().map(|seen| seen.version.clone()).collect::<Vec<_>>(), [Some(version), None]);
    stub.put(SOURCES, "in/film.mp4", old.clone());
    assert_eq!(stores.run(stores.source.read(&object, PART)), Ok(part(&old)));
    // Where old versions may not be read, the current one may do.
    let object = stores.run(stores.source.head(KEY)).unwrap();
    let mut faults = vec![Fault::SLOW_DOWN; 4];
    faults.push(Fault::Refuse(403, "AccessDenied"));
    stub.fail_next(faults);
    stub.take_seen();
    assert_eq!(stores.run(stores.source.read(&object, PART)), Ok(part(&old)));
    assert_eq!(stub.take_seen().len(), 6, "five and one more");
}

/// Whatever happens by chance: the right bytes or an error, in at most five requests each.
#[test]
fn no_fault_by_chance_changes_a_byte() {
    let film = film(LEN);
    let setting = Setting::with_film(&film);
    let object = looked_up(&setting);
    let faults = vec![
        Fault::SLOW_DOWN,
        Fault::INTERNAL_ERROR,
        Fault::TruncatedXml(500),
        Fault::ResetBefore,
        Fault::ResetAfter(100_000),
        Fault::CutAfter(1),
        Fault::CutAfter(60_000),
        Fault::LongContentLength,
        Fault::ShortContentLength,
        Fault::ShortRange,
        Fault::OtherRange,
        Fault::WrongEtag,
        Fault::OtherObject,
        Fault::Whole,
        Fault::Empty,
        Fault::Garbage,
        Fault::REPLACED,
    ];
    setting.stub.fail_by(Schedule { seed: 7, per_mille: 400, faults });
    let mut failed = 0;
    for round in 0..200_usize {
        let start = round * 997 % (LEN - 100_000);
        let end = start + 1 + round * 1_009 % 100_000;
        let read = setting.stores.run(setting.stores.source.read(&object, start as u64..end as u64));
        let requests = setting.stub.take_seen().len();
        assert!((1..=5).contains(&requests), "{requests} requests in round {round}");
        match read {
            Ok(bytes) => assert_eq!(bytes, film.slice(start..end), "round {round}"),
            Err(SourceError::NotFound) => panic!("the film is there"),
            Err(_) => failed += 1,
        }
    }
    assert!((1..100).contains(&failed), "{failed} of 200");
}

#[test]
fn look_ups_are_repeated_too() {
    let setting = Setting::with_film(&film(LEN));
    let head = || setting.stores.run(setting.stores.source.head(KEY));
    setting.stub.fail_next([
        Fault::SLOW_DOWN,
        Fault::ResetBefore,
        Fault::SlowFirstByte(LONG),
        Fault::Garbage,
    ]);
    assert_eq!(head().unwrap().bytes, LEN as u64);
    assert_eq!(setting.stub.take_seen().len(), 5);
    setting.stub.fail_next(vec![Fault::SLOW_DOWN; 5]);
    assert_eq!(head(), Err(SourceError::Busy));
}

#[test]
fn warming_up_is_one_request_and_never_waits_long() {
    let setting = Setting::new();
    let Setting { stub, stores } = &setting;
    stores.run(stores.source.warm());
    stores.run(stores.indexes.warm());
    assert_eq!(stub.take_seen().iter().map(|seen| seen.operation).collect::<Vec<_>>(), ["HeadBucket"; 2]);
    let limits = S3Limits { warm: Duration::from_millis(200), ..limits() };
    let stores = Stores::of(&stub.endpoint(), S3Settings { limits, ..settings() });
    stub.fail_next([Fault::SlowFirstByte(LONG)]);
    let started = Instant::now();
    stores.run(stores.source.warm());
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[test]
fn sources_are_listed_page_by_page() {
    let setting = Setting::new();
    let Setting { stub, stores } = &setting;
    let keys: Vec<_> = (0..25).map(|number| format!("a & b/{number:02}.mp4")).collect();
    for (at, key) in keys.iter().enumerate() {
        stub.put(SOURCES, &format!("in/{key}"), vec![0; at]);
    }
    stub.put(SOURCES, "in/a & b/", Bytes::new());
    stub.put(SOURCES, "in/notes.txt", Bytes::new());
    stub.put(SOURCES, "other/film.mp4", Bytes::new());
    stub.set_page_size(4);
    let list = |after: &str, limit| stores.run(stores.source.search(is_film, after, limit)).unwrap();
    let all = list("", 100);
    assert_eq!(
        all.objects.iter().map(|object| &object.key).collect::<Vec<_>>(),
        keys.iter().collect::<Vec<_>>()
    );
    assert_eq!(
        all.objects.iter().map(|object| object.bytes).collect::<Vec<_>>(),
        (0..25).collect::<Vec<u64>>()
    );
    assert_eq!(all.next, None);
    // 2026-01-02T03:04:05Z by `date -u +%s`.
    let modified = all.objects[0].modified.unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(modified.as_secs(), 1_767_323_045);
    let (mut found, mut after) = (Vec::new(), Some(String::new()));
    while let Some(from) = after {
        let page = list(&from, 7);
        assert!(page.objects.len() <= 7);
        found.extend(page.objects);
        after = page.next;
    }
    assert_eq!(found, all.objects);
    stub.fail_next(vec![Fault::SLOW_DOWN; 5]);
    let failed = stores.run(stores.source.search(|_| true, "", 1));
    assert_eq!(failed, Err(SourceError::Busy));
}
