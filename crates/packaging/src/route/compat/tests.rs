//! Oracle: the examples of nginx-vod-module's README, and what they are in this program's words.

use proptest::prelude::*;

use super::*;
use crate::route::TrackKind;

fn nginx(path: &str) -> NginxRoute {
    match Compat::parse(path) {
        Some(Compat::Nginx(route)) => route,
        other => panic!("{path}: {other:?}"),
    }
}

fn number(value: u32) -> Option<NonZeroU32> {
    NonZeroU32::new(value)
}

fn video(value: u32) -> Choice {
    Choice { file: None, kind: TrackKind::Video, number: number(value) }
}

fn audio(value: u32) -> Choice {
    Choice { file: None, kind: TrackKind::Audio, number: number(value) }
}

#[test]
fn names() {
    let third = NonZeroU32::new(3).unwrap();
    let table: [(&str, NginxTarget, Vec<Choice>); 15] = [
        ("/hls/a.mp4/master.m3u8", NginxTarget::Master, vec![]),
        ("/hls/a.mp4/master-v1-a2.m3u8", NginxTarget::Master, vec![video(1), audio(2)]),
        ("/hls/a.mp4/index.m3u8", NginxTarget::Index, vec![]),
        ("/hls/a.mp4/index-v1-a1.m3u8", NginxTarget::Index, vec![video(1), audio(1)]),
        ("/hls/a.mp4/index-a2.m3u8", NginxTarget::Index, vec![audio(2)]),
        ("/hls/a.mp4/iframes-v1.m3u8", NginxTarget::IFrames, vec![video(1)]),
        ("/hls/a.mp4/seg-3-v1-a1.ts", NginxTarget::Ts(third), vec![video(1), audio(1)]),
        ("/hls/a.mp4/seg-3.ts", NginxTarget::Ts(third), vec![]),
        ("/hls/a.mp4/seg-3-v1.m4s", NginxTarget::Fragment(third), vec![video(1)]),
        ("/hls/a.mp4/init-v1.mp4", NginxTarget::Init(Format::Hls), vec![video(1)]),
        ("/dash/a.mp4/manifest.mpd", NginxTarget::Mpd, vec![]),
        ("/dash/a.mp4/manifest-v0-a1.mpd", NginxTarget::Mpd, vec![video(0), audio(1)]),
        ("/dash/a.mp4/init-a1.mp4", NginxTarget::Init(Format::Dash), vec![audio(1)]),
        ("/dash/a.mp4/fragment-3-a1.m4s", NginxTarget::Fragment(third), vec![audio(1)]),
        ("/mss/a.mp4/manifest", NginxTarget::Smooth, vec![]),
    ];
    for (path, target, choices) in table {
        let route = nginx(path);
        assert_eq!((route.target, route.selection.choices), (target, choices), "{path}");
        assert_eq!((route.asset.as_str(), route.below, route.extent), ("a.mp4", 0, Extent::Whole));
    }
}

/// A file named in front of tracks is that of all tracks behind it.
#[test]
fn files_languages_and_lists() {
    let list = nginx("/hls/videos/bunny_,6,9,15,00k.mp4.urlset/index-f2-v1-a1-leng.m3u8");
    assert_eq!(list.asset, "videos/bunny_,6,9,15,00k.mp4.urlset");
    let second = |choice: Choice| Choice { file: number(2), ..choice };
    assert_eq!(list.selection.choices, [second(video(1)), second(audio(1))]);
    assert_eq!(list.selection.languages, ["eng"]);
    let mixed = nginx("/hls/a%20b/index-f1-v1-f2-a1.m3u8");
    assert_eq!(mixed.asset, "a b");
    let files: Vec<_> = mixed.selection.choices.iter().map(|choice| choice.file).collect();
    assert_eq!(files, [number(1), number(2)]);
    assert_eq!(nginx("/dash/a.mp4/manifest-f2.mpd").selection.choices, [second(video(0)), second(audio(0))]);
}

#[test]
fn parameters() {
    let clip = nginx("/hls/films/a.mp4/clipFrom/1000/clipTo/5000/seg-1-v1-a1.ts");
    assert_eq!((clip.asset.as_str(), clip.below), ("films/a.mp4", 4));
    assert_eq!(clip.extent, Extent::Clip(Reach { from_millis: Some(1000), to_millis: Some(5000) }));
    let until = nginx("/dash/a.mp4/clipTo/5000/manifest.mpd");
    assert_eq!(until.extent, Extent::Clip(Reach { from_millis: None, to_millis: Some(5000) }));
    // What the path and the file's name say both counts.
    let both = nginx("/hls/a.mp4/tracks/v1-a1/index-v0-a1.m3u8");
    assert_eq!((both.selection.choices, both.below), (vec![video(1), audio(1)], 2));
    let several = nginx("/hls/a.mp4/tracks/v1-v2-a1/master-v0-a0.m3u8");
    assert_eq!(several.selection.choices, [video(1), video(2), audio(1)]);
    let spoken = nginx("/hls/a.mp4/tracks/leng-lfra/master-lfra.m3u8");
    assert_eq!(spoken.selection.languages, ["fra"]);
    let Some(Target::Multivariant(options)) = nginx("/hls/a.mp4/clipTo/9/master.m3u8").manifest(vec![])
    else {
        panic!("a manifest")
    };
    assert_eq!((options.container, options.elements()), (Container::Ts, 2));
}

/// Manifests' children, relative to them, stay below the prefix.
#[test]
fn own_paths_below_a_prefix() {
    for own in [
        "/films/a.mp4/0123456789abcdef/v1-1-2-3/0.m4s",
        "/films/a.mp4/0123456789abcdef/v1-1-2-3/index.m3u8",
        "/films/a.mp4/0123456789abcdef/v1-1-2-3/index-7.m3u8",
        "/films/a.mp4/0123456789abcdef/v1-1-2-3/iframes.m3u8",
        "/films/a.mp4/0123456789abcdef/v1-1-2-3/init.mp4",
        "/a.mp4/0123456789abcdef/v1-1-2-3/a2-4-5-6/0.ts",
        "/a.mp4/0123456789abcdef/QualityLevels(1000)/Fragments(video=0)",
        "/a.mp4/QualityLevels(1000)/Fragments(video=0)",
        "/a.mp4/container/demuxed/master.m3u8",
        "/a.mp4/tracks/v1,a2/master.m3u8",
        "/a.mp4/Manifest",
    ] {
        for prefix in ["/hls", "/dash", "/mss"] {
            let found = Compat::parse(&format!("{prefix}{own}"));
            assert_eq!(found, Route::parse(own).map(Compat::Own), "{prefix}{own}");
            assert!(found.is_some(), "{own}");
        }
    }
}

#[test]
fn what_is_nothing() {
    for path in [
        "/a.mp4/master.m3u8",
        "/hls/master.m3u8",
        "/hls//master.m3u8",
        "/hls/../a.mp4/index.m3u8",
        "/hls/a.mp4/index-.m3u8",
        "/hls/a.mp4/index-v.m3u8",
        "/hls/a.mp4/index-v01.m3u8",
        "/hls/a.mp4/index-x1.m3u8",
        "/hls/a.mp4/seg-0-v1.ts",
        "/hls/a.mp4/seg-v1.ts",
        "/hls/a.mp4/init.mp4",
        "/dash/a.mp4/seg-1-v1.ts",
        "/mss/a.mp4/manifest.mpd2",
        "/hls/a.mp4/clipFrom/9/clipTo/5/index.m3u8",
        "/hls/a.mp4/clipFrom/x/index.m3u8",
        // No track is both: that is not all of them.
        "/hls/a.mp4/tracks/v1/index-a1.m3u8",
        "/hls/a.mp4/tracks/a1/master-v1.m3u8",
        "/hls/a.mp4/tracks/v1/seg-1-v2.ts",
        "/hls/a.mp4/tracks/leng/master-lfra.m3u8",
        "/dash/a.mp4/tracks/f1-v1/manifest-f2.mpd",
        "/hds/a.mp4/manifest.f4m",
        "/hls/a.mp4/index-é.m3u8",
    ] {
        assert_eq!(Compat::parse(path), None, "{path}");
    }
}

proptest! {
    /// Any bytes behind a prefix are read or refused.
    #[test]
    fn no_path_panics(rest in "\\PC{0,80}", tail in "(index|seg|fragment|manifest|init)[-a-z0-9.é]{0,20}") {
        for prefix in ["/hls/", "/dash/", "/mss/"] {
            let _ = Compat::parse(&format!("{prefix}{rest}"));
            let _ = Compat::parse(&format!("{prefix}a/{tail}"));
        }
    }
}
