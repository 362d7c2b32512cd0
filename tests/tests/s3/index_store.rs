//! Indexes: written once, by parts, read in part, removed.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, stream};
use origin::IndexStore;
use origin::index_store::Created;
use origin::s3::S3Settings;
use origin::source::SourceError;
use tests::s3_stub::Fault;

use super::{INDEXES, Setting, Stores, film, limits};

const NAME: &str = "film.mp4/head";

fn parts(parts: &[Bytes]) -> impl Stream<Item = Result<Bytes, SourceError>> + Send + use<> {
    stream::iter(parts.iter().cloned().map(Ok).collect::<Vec<_>>())
}

fn operations(setting: &Setting) -> Vec<&'static str> {
    setting.stub.take_seen().iter().map(|seen| seen.operation).collect()
}

#[test]
fn the_first_to_create_wins() {
    let setting = Setting::new();
    let Setting { stub, stores } = &setting;
    let create =
        |text: &'static str| stores.run(stores.indexes.create(NAME, Bytes::from_static(text.as_bytes())));
    assert_eq!(create("first"), Ok(Created::New));
    assert_eq!(create("second"), Ok(Created::Existed));
    assert_eq!(stub.objects(INDEXES)["v1/film.mp4/head"], "first");
    stub.fail_next([Fault::Refuse(409, "ConditionalRequestConflict")]);
    assert_eq!(create("third"), Ok(Created::Existed), "another one writes it right now");
    stub.fail_next([Fault::SLOW_DOWN]);
    assert_eq!(create("fourth"), Ok(Created::Existed));
    stub.fail_next([Fault::Refuse(403, "AccessDenied")]);
    assert_eq!(create("fifth"), Err(SourceError::Denied));
    assert_eq!(stores.run(stores.indexes.replace(NAME, Bytes::from_static(b"sixth"))), Ok(()));
    assert_eq!(stub.objects(INDEXES)["v1/film.mp4/head"], "sixth");
    assert_eq!(stores.indexes.requests(), 7);
    let impossible = stores.run(stores.indexes.replace("../sources/film.mp4", Bytes::new()));
    assert!(matches!(impossible, Err(SourceError::Failed(_))));
}

#[test]
fn reads_end_where_the_index_does() {
    let setting = Setting::new();
    let Setting { stub, stores } = &setting;
    let index = film(100_000);
    stub.put(INDEXES, "v1/film.mp4/head", index.clone());
    stub.put(INDEXES, "v1/empty", Bytes::new());
    let read = |name: &str, range| stores.run(stores.indexes.read(name, range));
    assert_eq!(read(NAME, 0..10), Ok(index.slice(..10)));
    assert_eq!(read(NAME, 0..1 << 20), Ok(index.clone()));
    assert_eq!(read(NAME, 99_999..200_000), Ok(index.slice(99_999..)));
    for beyond in [100_000..100_001, 1 << 40..1 << 41, 5..5] {
        assert_eq!(read(NAME, beyond), Ok(Bytes::new()));
    }
    assert_eq!(read("empty", 0..10), Ok(Bytes::new()));
    assert_eq!(read("other", 0..10), Err(SourceError::NotFound));
    stub.fail_next([Fault::Refuse(403, "AccessDenied")]);
    assert_eq!(read("other", 0..10), Err(SourceError::Denied));
    // An object that is replaced between two pieces of a body is not mixed.
    stub.take_seen();
    stub.fail_next([Fault::CutAfter(5_000)]);
    assert_eq!(read(NAME, 0..1 << 20), Ok(index));
    let seen = stub.take_seen();
    assert_eq!(seen[0].if_match, None);
    assert_eq!((seen[1].range.clone(), seen[1].if_match.is_some()), (Some(5_000..100_000), true));
    stub.fail_next([Fault::CutAfter(5_000), Fault::REPLACED]);
    assert_eq!(read(NAME, 0..1 << 20), Err(SourceError::Changed));
    for fault in [Fault::OtherRange, Fault::ShortRange, Fault::LongContentLength, Fault::ShortContentLength] {
        stub.fail_next(vec![fault.clone(); 5]);
        assert!(matches!(read(NAME, 10..20), Err(SourceError::Failed(_))), "{fault:?}");
    }
}

#[test]
fn large_objects_are_written_by_parts() {
    let setting = Setting::new();
    let Setting { stub, stores } = &setting;
    let pieces = [film(9 << 20), film(8 << 20), film(3)];
    let write = |pieces: &[Bytes]| stores.run(stores.indexes.replace_by_parts("tracks", parts(pieces)));
    assert_eq!(write(&pieces).map(drop), Ok(()));
    assert_eq!(stub.objects(INDEXES)["v1/tracks"], pieces.concat());
    let expected = [
        "CreateMultipartUpload",
        "UploadPart",
        "UploadPart",
        "UploadPart",
        "CompleteMultipartUpload",
        "HeadObject",
    ];
    assert_eq!(operations(&setting), expected);
    assert_eq!(write(&pieces[..1]).map(drop), Ok(()));
    assert_eq!(stub.objects(INDEXES)["v1/tracks"], pieces[0]);
    assert_eq!(write(&[]).map(drop), Ok(()));
    assert_eq!(stub.objects(INDEXES)["v1/tracks"], "");
    let expected = ["PutObject", "HeadObject", "PutObject", "HeadObject"];
    assert_eq!(operations(&setting), expected, "what has one part needs no upload");
}

#[test]
fn a_failed_upload_leaves_nothing_behind() {
    let setting = Setting::new();
    let Setting { stub, stores } = &setting;
    let good = Bytes::from_static(b"part");
    let broken = [Ok(good.clone()), Ok(good.clone()), Err(SourceError::Changed)];
    let written = stores.run(stores.indexes.replace_by_parts("tracks", stream::iter(broken)));
    assert_eq!(written, Err(SourceError::Changed));
    assert_eq!(operations(&setting).last(), Some(&"AbortMultipartUpload"));
    // Five requests for the second part, all in vain.
    stub.fail_next([Fault::SlowFirstByte(Duration::ZERO), Fault::SlowFirstByte(Duration::ZERO)]);
    stub.fail_next(vec![Fault::SLOW_DOWN; 5]);
    let written = stores.run(stores.indexes.replace_by_parts("tracks", parts(&[good.clone(), good.clone()])));
    assert_eq!(written, Err(SourceError::Busy));
    assert_eq!(operations(&setting).len(), 1 + 1 + 5 + 1);
    assert_eq!(stub.open_uploads(), 0);
    assert!(stub.objects(INDEXES).is_empty());
    // A part that fails once is sent again.
    stub.fail_next([Fault::SlowFirstByte(Duration::ZERO), Fault::ResetBefore]);
    let written = stores.run(stores.indexes.replace_by_parts("tracks", parts(&[good.clone(), good])));
    assert_eq!(written.map(drop), Ok(()));
    assert_eq!(stub.objects(INDEXES)["v1/tracks"], "partpart");
}

/// What S3 did is done, whether or not its answer arrives. Slowness of no time lets a request pass.
#[test]
fn an_upload_whose_last_answer_got_lost_is_complete() {
    let setting = Setting::new();
    let Setting { stub, stores } = &setting;
    let pieces = [film(8 << 20), film(3)];
    let write = || stores.run(stores.indexes.replace_by_parts("tracks", parts(&pieces))).map(drop);
    let before = || vec![Fault::SlowFirstByte(Duration::ZERO); 3];
    let complete_twice = ["CompleteMultipartUpload", "CompleteMultipartUpload", "HeadObject"];
    stub.fail_next(before().into_iter().chain([Fault::AnswerLost]));
    assert_eq!(write().map(drop), Ok(()));
    // The last one describes what was written.
    assert_eq!(operations(&setting)[3..], [&complete_twice[..], &["HeadObject"]].concat());
    assert_eq!(stub.objects(INDEXES)["v1/tracks"], pieces.concat());

    // Another object, or none, does not pass for what was sent.
    let unknown = Fault::Refuse(404, "NoSuchUpload");
    for other in [None, Some(film(100))] {
        stub.delete(INDEXES, "v1/tracks");
        if let Some(other) = other {
            stub.put(INDEXES, "v1/tracks", other);
        }
        stub.fail_next(before().into_iter().chain([Fault::ResetBefore, unknown.clone()]));
        assert!(matches!(write(), Err(SourceError::Failed(_))));
        let operations = operations(&setting);
        assert_eq!((&operations[3..6], operations[6]), (&complete_twice[..], "AbortMultipartUpload"));
    }
    // An upload that is unknown at once was not completed by us, whatever is there.
    stub.put(INDEXES, "v1/tracks", pieces.concat());
    stub.fail_next(before().into_iter().chain([unknown]));
    assert!(matches!(write(), Err(SourceError::Failed(_))));
    assert_eq!(operations(&setting)[3..], ["CompleteMultipartUpload", "AbortMultipartUpload"]);
    assert_eq!(stub.open_uploads(), 0);
}

#[test]
fn writes_whose_answer_got_lost_are_repeated() {
    let setting = Setting::new();
    let Setting { stub, stores } = &setting;
    stub.fail_next([Fault::AnswerLost]);
    let created = stores.run(stores.indexes.create(NAME, Bytes::from_static(b"first")));
    assert_eq!(created, Ok(Created::Existed), "its own first request was there before it");
    stub.fail_next([Fault::AnswerLost]);
    assert_eq!(stores.run(stores.indexes.replace(NAME, Bytes::from_static(b"second"))), Ok(()));
    assert_eq!(stub.objects(INDEXES)["v1/film.mp4/head"], "second");
    stub.fail_next([Fault::SlowFirstByte(Duration::ZERO), Fault::AnswerLost]);
    assert_eq!(stores.run(stores.indexes.remove("film.mp4/")), Ok(1));
    assert!(stub.objects(INDEXES).is_empty());
}

#[test]
fn removal_takes_what_begins_so_and_nothing_else() {
    let setting = Setting::new();
    let Setting { stub, stores } = &setting;
    stub.set_page_size(10);
    for number in 0..35 {
        stub.put(INDEXES, &format!("v1/film & <1>.mp4/{number}"), "x");
    }
    for kept in ["v1/film & <2>.mp4/0", "v2/film & <1>.mp4/0", "film & <1>.mp4/0"] {
        stub.put(INDEXES, kept, "x");
    }
    stub.fail_next([Fault::SLOW_DOWN]);
    assert_eq!(stores.run(stores.indexes.remove("film & <1>.mp4/")), Ok(35));
    let kept = ["film & <1>.mp4/0", "v1/film & <2>.mp4/0", "v2/film & <1>.mp4/0"];
    assert_eq!(stub.objects(INDEXES).into_keys().collect::<Vec<_>>(), kept);
    assert_eq!(stores.run(stores.indexes.remove("film & <1>.mp4/")), Ok(0));
    assert_eq!(stores.run(stores.indexes.remove("")), Ok(1), "all below the prefix");
}

#[test]
fn without_a_bucket_nothing_is_kept() {
    let setting = Setting::new();
    let only_sources = S3Settings { limits: limits(), ..S3Settings::new("films") };
    let stores = Stores::of(&setting.stub.endpoint(), only_sources);
    assert_eq!(stores.run(stores.indexes.create(NAME, Bytes::from_static(b"x"))), Ok(Created::New));
    assert_eq!(stores.run(stores.indexes.replace(NAME, Bytes::from_static(b"x"))), Ok(()));
    assert_eq!(stores.run(stores.indexes.read(NAME, 0..1)), Err(SourceError::NotFound));
    assert_eq!(stores.run(stores.indexes.remove("")), Ok(0));
    assert!(setting.stub.take_seen().is_empty());
}

#[test]
fn a_whole_bucket_is_not_removed() {
    let setting = Setting::new();
    let settings = S3Settings { index_bucket: Some(INDEXES.to_owned()), ..S3Settings::new("films") };
    let stores = Stores::of(&setting.stub.endpoint(), settings);
    assert!(matches!(stores.run(stores.indexes.remove("")), Err(SourceError::Failed(_))));
    assert!(setting.stub.take_seen().is_empty());
}
