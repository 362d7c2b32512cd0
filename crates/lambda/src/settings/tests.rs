//! Settings from variables; the answers are those of the list of variables in the documentation.

use super::*;

const RUNTIME: [(&str, &str); 4] = [
    ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"),
    ("AWS_LAMBDA_FUNCTION_NAME", "manifest"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
];

fn read(variables: &[(&str, &str)]) -> Result<Settings, Mistakes> {
    let all = RUNTIME.iter().chain(variables).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::from_environment(all)
}

fn mistakes(variables: &[(&str, &str)]) -> Vec<String> {
    read(variables).map(|_| ()).unwrap_err().0
}

#[test]
fn a_bucket_is_enough() {
    let settings = read(&[("FRAGMINT_SOURCE_BUCKET", "films"), ("HOME", "/tmp")]).unwrap();
    assert_eq!(settings.source, Place { bucket: "films".to_owned(), prefix: String::new() });
    assert_eq!(settings.index, None);
    assert_eq!(settings.config.policy, Policy::default());
    assert_eq!(settings.config.selection, Selection::default());
    assert_eq!(settings.config.dash_segments, Addressing::Time);
    assert_eq!(settings.config.program_date_time, ProgramDateTime::Off);
    assert_eq!(settings.config.manifest_max_age_secs, 60);
    assert_eq!(settings.config.read_gap_bytes, 65_536);
    assert_eq!(settings.config.max_segment_bytes, 67_108_864);
    assert_eq!(settings.config.cache_bytes, 67_108_864);
    assert_eq!(settings.metrics.as_deref(), Some("Fragmint"));
    assert_eq!((settings.copy_tracks, settings.log), (false, Level::Info));
    assert_eq!(settings.function, "manifest");
}

#[test]
fn every_variable_counts() {
    let settings = read(&[
        ("FRAGMINT_SOURCE_BUCKET", "films"),
        ("FRAGMINT_SOURCE_PREFIX", "in"),
        ("FRAGMINT_INDEX_BUCKET", "indexes"),
        ("FRAGMINT_INDEX_PREFIX", ""),
        ("FRAGMINT_SEGMENT_SECONDS", "3.84"),
        ("FRAGMINT_PRIMING", "drop"),
        ("FRAGMINT_SEGMENT_INDEX", "true"),
        ("FRAGMINT_MANIFEST_MAX_AGE", "5"),
        ("FRAGMINT_READ_GAP_KIB", "0"),
        ("FRAGMINT_MAX_SEGMENT_MIB", "190"),
        ("FRAGMINT_CACHE_MIB", "1"),
        ("FRAGMINT_COPY_TRACKS", "true"),
        ("FRAGMINT_DASH_SEGMENTS", "duration"),
        ("FRAGMINT_PROGRAM_DATE_TIME", "source"),
        ("FRAGMINT_NGINX_URLS", "true"),
        ("FRAGMINT_MIN_VIDEO_BITS_PER_SECOND", "500000"),
        ("FRAGMINT_AUDIO_ONLY_VARIANT", "true"),
        ("FRAGMINT_MAX_VIDEO_BITS_PER_SECOND", "2147483647"),
        ("FRAGMINT_STREAM_ORDER", "VIDEO_BITRATE_DESCENDING"),
        ("FRAGMINT_LOG", "debug"),
        ("FRAGMINT_METRICS_NAMESPACE", ""),
    ])
    .unwrap();
    assert_eq!(settings.source, Place { bucket: "films".to_owned(), prefix: "in/".to_owned() });
    assert_eq!(settings.index, Some(Place { bucket: "indexes".to_owned(), prefix: String::new() }));
    let policy = settings.config.policy;
    assert_eq!((policy.segment_millis.get(), policy.priming), (3840, Priming::Drop));
    assert!(policy.segment_index && settings.copy_tracks && settings.config.nginx_urls);
    assert_eq!(settings.config.dash_segments, Addressing::Duration);
    assert_eq!(settings.config.program_date_time, ProgramDateTime::Source);
    assert_eq!(settings.config.manifest_max_age_secs, 5);
    assert_eq!((settings.config.read_gap_bytes, settings.config.cache_bytes), (0, 1_048_576));
    assert_eq!(settings.config.max_segment_bytes, 199_229_440);
    assert_eq!((settings.log, settings.metrics), (Level::Debug, None));
    let selection = Selection {
        min_video_bits_per_second: Some(500_000),
        max_video_bits_per_second: Some(2_147_483_647),
        stream_order: Some(StreamOrder::VideoBitrateDescending),
        audio_only_variant: Some(true),
    };
    assert_eq!(settings.config.selection, selection);
}

#[test]
fn an_empty_variable_is_one_that_is_not_set() {
    let settings = read(&[
        ("FRAGMINT_SOURCE_BUCKET", "films"),
        ("FRAGMINT_INDEX_BUCKET", ""),
        ("FRAGMINT_SEGMENT_SECONDS", ""),
        ("FRAGMINT_LOG", ""),
        ("FRAGMINT_MAX_SEGMENT_MIB", ""),
    ])
    .unwrap();
    assert_eq!((settings.index, settings.log), (None, Level::Info));
    assert_eq!(settings.config.max_segment_bytes, 67_108_864);
}

#[test]
fn all_mistakes_are_told_at_once() {
    let told = mistakes(&[
        ("FRAGMINT_SEGMENT_SECONDS", "0.4"),
        ("FRAGMINT_PRIMING", "lose"),
        ("FRAGMINT_SEGMENT_INDEX", "yes"),
        ("FRAGMINT_MANIFEST_MAX_AGE", "-1"),
        ("FRAGMINT_READ_GAP_KIB", "64k"),
        ("FRAGMINT_MAX_SEGMENT_MIB", "200"),
        ("FRAGMINT_CACHE_MIB", "99999999999999999999"),
        ("FRAGMINT_COPY_TRACKS", "1"),
        ("FRAGMINT_DASH_SEGMENTS", "Number"),
        ("FRAGMINT_PROGRAM_DATE_TIME", "mvhd"),
        ("FRAGMINT_NGINX_URLS", "on"),
        ("FRAGMINT_MIN_VIDEO_BITS_PER_SECOND", "2147483648"),
        ("FRAGMINT_STREAM_ORDER", "ascending"),
        ("FRAGMINT_AUDIO_ONLY_VARIANT", "yes"),
        ("FRAGMINT_LOG", "loud"),
        ("FRAGMINT_METRICS_NAMESPACE", "AWS/Lambda"),
        ("FRAGMINT_SOURCE_PREFIX", "/in"),
        ("FRAGMINT_SEGMENTSECONDS", "6"),
    ]);
    let wanted = [
        "FRAGMINT_SEGMENTSECONDS is not a setting",
        "FRAGMINT_SOURCE_BUCKET",
        "FRAGMINT_SEGMENT_SECONDS is `0.4`",
        "FRAGMINT_PRIMING is `lose`, not one of keep, drop",
        "FRAGMINT_SEGMENT_INDEX",
        "FRAGMINT_MANIFEST_MAX_AGE is `-1`, not a whole number from 0 to 31536000",
        "FRAGMINT_READ_GAP_KIB",
        "FRAGMINT_MAX_SEGMENT_MIB is `200`, not a whole number from 1 to 190",
        "FRAGMINT_CACHE_MIB",
        "FRAGMINT_COPY_TRACKS is `1`, not one of true, false",
        "FRAGMINT_DASH_SEGMENTS is `Number`, not one of time, number, duration, file",
        "FRAGMINT_PROGRAM_DATE_TIME is `mvhd`, not one of off, source",
        "FRAGMINT_NGINX_URLS",
        "FRAGMINT_MIN_VIDEO_BITS_PER_SECOND is `2147483648`, not a whole number from 0 to 2147483647",
        "FRAGMINT_STREAM_ORDER is `ascending`, not one of ORIGINAL, VIDEO_BITRATE_ASCENDING, VIDEO_BITRATE_D",
        "FRAGMINT_AUDIO_ONLY_VARIANT is `yes`, not one of true, false",
        "FRAGMINT_LOG is `loud`, not one of error, warn, info, debug",
        "FRAGMINT_METRICS_NAMESPACE",
        "FRAGMINT_SOURCE_PREFIX",
    ];
    assert_eq!(told.len(), wanted.len(), "{told:#?}");
    for start in wanted {
        assert_eq!(told.iter().filter(|mistake| mistake.starts_with(start)).count(), 1, "{start}: {told:#?}");
    }
}

#[test]
fn bounds_that_leave_nothing_are_a_mistake() {
    let bounds = |min, max| {
        read(&[
            ("FRAGMINT_SOURCE_BUCKET", "films"),
            ("FRAGMINT_MIN_VIDEO_BITS_PER_SECOND", min),
            ("FRAGMINT_MAX_VIDEO_BITS_PER_SECOND", max),
        ])
        .is_ok()
    };
    assert!(!bounds("2", "1"));
    // 0 is no bound.
    assert!(bounds("2", "2") && bounds("2", "0") && bounds("0", "1"));
}

#[test]
fn indexes_may_not_lie_over_sources() {
    let with_prefixes = |source, index| {
        read(&[
            ("FRAGMINT_SOURCE_BUCKET", "films"),
            ("FRAGMINT_INDEX_BUCKET", "films"),
            ("FRAGMINT_SOURCE_PREFIX", source),
            ("FRAGMINT_INDEX_PREFIX", index),
        ])
        .is_ok()
    };
    assert!(!with_prefixes("", "") && !with_prefixes("in/films", "in"));
    assert!(with_prefixes("", "index") && with_prefixes("index-of-films", "index"));
}

#[test]
fn the_indexer_needs_a_bucket_for_indexes() {
    let read = |index: &str| {
        let own = [("FRAGMINT_SOURCE_BUCKET", "films"), ("FRAGMINT_INDEX_BUCKET", index)];
        let all = RUNTIME.iter().chain(&own).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::of_indexer(all)
    };
    assert!(read("indexes").is_ok());
    assert!(read("").map(|_| ()).unwrap_err().to_string().starts_with("FRAGMINT_INDEX_BUCKET is not set"));
}

#[test]
fn outside_lambda_the_reason_is_told() {
    let told = Settings::from_environment([("FRAGMINT_SOURCE_BUCKET".to_owned(), "films".to_owned())]);
    let told = told.map(|_| ()).unwrap_err().to_string();
    assert!(told.contains("AWS_LAMBDA_RUNTIME_API is not set"), "{told}");
}
