use proptest::prelude::*;

use super::*;

const VERSION: Version = Version(0x0123_4567_89ab_cdef);

fn track(kind: TrackKind, number: u32) -> TrackPath {
    let locator = Locator { base: 0x2f40, stride: 0x1a00, span: 0x2b_f200 };
    TrackPath { name: TrackName { kind, number }, locator }
}

fn sound(child: Child) -> Target {
    Target::Child(VERSION.into(), track(TrackKind::Audio, 2), child)
}

fn text(child: Child) -> Target {
    let grid = Grid { segment_millis: NonZeroU32::new(4000), start_micros: None };
    let edition = Edition { grid, ..VERSION.into() };
    Target::Child(edition, track(TrackKind::Text, 1), child)
}

fn playlist(is_imsc1: bool, target_secs: u32) -> Child {
    Child::Playlist(Playlist { is_imsc1, target_secs: NonZeroU32::new(target_secs) })
}

#[test]
fn the_table() {
    let sheet = Images::Sheet(NonZeroU32::MIN);
    let rows = [
        ("/films/A%20b.mp4/master.m3u8", Target::Multivariant),
        ("/films/A%20b.mp4/manifest.mpd", Target::Mpd),
        ("/films/set.json/master.m3u8", Target::Multivariant),
        ("/films/set.smil/manifest.mpd", Target::Mpd),
        ("/films/a,1,2,.mp4.urlset/master.m3u8", Target::Multivariant),
        ("/films/master.m3u8", Target::Multivariant),
        ("/a.txt/manifest.mpd", Target::Mpd),
        ("/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/index.m3u8", sound(playlist(false, 0))),
        ("/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/index-7.m3u8", sound(playlist(false, 7))),
        ("/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/init.mp4", sound(Child::Init(InitForm::Source))),
        ("/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/init-hls.mp4", sound(Child::Init(InitForm::OutOfBand))),
        ("/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/288000.m4s", sound(Child::Segment(288_000))),
        ("/a.vtt/0123456789abcdef-4000/t1-2f40-1a00-2bf200/index.m3u8", text(playlist(false, 0))),
        ("/a.srt/0123456789abcdef-4000/t1-2f40-1a00-2bf200/imsc1.m3u8", text(playlist(true, 0))),
        ("/a.ttml/0123456789abcdef-4000/t1-2f40-1a00-2bf200/imsc1-6.m3u8", text(playlist(true, 6))),
        ("/a.mp4/0123456789abcdef-4000/t1-2f40-1a00-2bf200/init-wvtt.mp4", text(Child::Init(InitForm::Wvtt))),
        ("/a.mp4/0123456789abcdef-4000/t1-2f40-1a00-2bf200/init-stpp.mp4", text(Child::Init(InitForm::Stpp))),
        ("/a.mp4/0123456789abcdef-4000/t1-2f40-1a00-2bf200/6000.vtt", text(captions(CaptionForm::WebVtt))),
        ("/a.mp4/0123456789abcdef-4000/t1-2f40-1a00-2bf200/6000-wvtt.m4s", text(captions(CaptionForm::Wvtt))),
        ("/a.mp4/0123456789abcdef-4000/t1-2f40-1a00-2bf200/6000-stpp.m4s", text(captions(CaptionForm::Stpp))),
        ("/a.mp4/0123456789abcdef-4000/t1-2f40-1a00-2bf200/captions.vtt", text(Child::AllCaptions)),
        ("/a.vtt/0123456789abcdef-e30000/t1-2f40-1a00-2bf200/6000.vtt", ended(None, 30_000)),
        ("/a.vtt/0123456789abcdef-4000-e1/t1-2f40-1a00-2bf200/6000.vtt", ended(Some(4000), 1)),
        ("/a.mp4/0123456789abcdef-s40000/a2-2f40-1a00-2bf200/index.m3u8", started(None, 40_000)),
        ("/a.mp4/0123456789abcdef-4000-sn5/a2-2f40-1a00-2bf200/index.m3u8", started(Some(4000), -5)),
        ("/a.mp4/0123456789abcdef-e30000/t1-2f40-1a00-2bf200/6000.vtt", ended(None, 30_000)),
        ("/films/set.json/0123456789abcdef/images.m3u8", Target::Images(VERSION, Images::Playlist)),
        ("/films/set.json/0123456789abcdef/images.vtt", Target::Images(VERSION, Images::WebVtt)),
        ("/films/set.json/0123456789abcdef/1.jpg", Target::Images(VERSION, sheet)),
    ];
    for (path, target) in rows {
        let route = Route::parse(path).unwrap_or_else(|| panic!("{path}"));
        assert_eq!(route.target, target, "{path}");
        assert_eq!(route.to_string(), path);
    }
    assert_eq!(Route::parse("/films/A%20b.mp4/master.m3u8").unwrap().asset, "films/A b.mp4");
}

fn started(segment_millis: Option<u32>, start: i64) -> Target {
    let segment_millis = segment_millis.and_then(NonZeroU32::new);
    let grid = Grid { segment_millis, start_micros: Some(start) };
    Target::Child(Edition { grid, ..VERSION.into() }, track(TrackKind::Audio, 2), playlist(false, 0))
}

fn ended(segment_millis: Option<u32>, end: u32) -> Target {
    let grid = Grid { segment_millis: segment_millis.and_then(NonZeroU32::new), start_micros: None };
    let edition = Edition { version: VERSION, grid, end_millis: NonZeroU32::new(end) };
    Target::Child(edition, track(TrackKind::Text, 1), captions(CaptionForm::WebVtt))
}

fn captions(form: CaptionForm) -> Child {
    Child::Captions(6000, form)
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is one table")]
fn what_names_nothing() {
    for path in [
        "",
        "/",
        "master.m3u8",
        "/master.m3u8",
        "//master.m3u8",
        "/a.mp4/other.m3u8",
        "/a.mp4/images.m3u8",
        "/a.mp4//master.m3u8",
        "/../a.mp4/master.m3u8",
        "/%2e%2e/a.mp4/master.m3u8",
        "/x%2fa.mp4/master.m3u8",
        "/x%5ca.mp4/master.m3u8",
        "/x%00a.mp4/master.m3u8",
        "/x%ffa.mp4/master.m3u8",
        "/a.mp4/0123456789ABCDEF/a2-1-1-1/index.m3u8",
        "/a.mp4/0123456789abcde/a2-1-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef/x2-1-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef/a02-1-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef/a0-1-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef/a2/index.m3u8",
        "/a.mp4/0123456789abcdef/a2-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef/a2-1-1-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef/a2-1-01-1/index.m3u8",
        "/a.mp4/0123456789abcdef/a2-1-A-1/index.m3u8",
        "/a.mp4/0123456789abcdef/a2-1--1/index.m3u8",
        "/a.mp4/0123456789abcdef/a2-1-0-1/index.m3u8",
        "/a.mp4/0123456789abcdef/a2-1-1-0/index.m3u8",
        "/a.mp4/0123456789abcdef/a2-ffffffffffffffff-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef/a2-1-ffffffff-1/index.m3u8",
        "/a.mp4/0123456789abcdef-04000/a2-1-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef-499/a2-1-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef-60001/a2-1-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef-s/a2-1-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef-sn0/a2-1-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef-s01/a2-1-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef-s1000000000000000000/a2-1-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef-s1-4000/a2-1-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef-e30000/a1-1-1-1/6000.m4s",
        "/a.vtt/0123456789abcdef-e/t1-1-1-1/6000.vtt",
        "/a.vtt/0123456789abcdef-e0/t1-1-1-1/6000.vtt",
        "/a.vtt/0123456789abcdef-e030/t1-1-1-1/6000.vtt",
        "/a.vtt/0123456789abcdef-e30-4000/t1-1-1-1/6000.vtt",
        "/a.mp4/0123456789abcdef-/a2-1-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef/a2-1-1-1/index-.m3u8",
        "/a.mp4/0123456789abcdef/a2-1-1-1/index-07.m3u8",
        "/a.mp4/0123456789abcdef/a2-1-1-1/index-0.m3u8",
        "/a.mp4/0123456789abcdef/a2-1-1-1/index-100000.m3u8",
        "/a.mp4/0123456789abcdef/a2-1-1-1/imsc1.m3u8",
        "/a.mp4/0123456789abcdef/a2-1-1-1/captions.vtt",
        "/a.mp4/0123456789abcdef/a2-1-1-1/6000.vtt",
        "/a.mp4/0123456789abcdef/a2-1-1-1/init-wvtt.mp4",
        "/a.mp4/0123456789abcdef/t1-1-1-1/init.mp4",
        "/a.mp4/0123456789abcdef/t1-1-1-1/6000.m4s",
        "/a.json/0123456789abcdef/a2-1-1-1/index.m3u8",
        "/a/0123456789abcdef/a2-1-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef/images.m3u8",
        "/a.smil/0123456789abcdef/images.m3u8",
        "/a.json/0123456789abcdef/0.jpg",
        "/a.json/0123456789abcdef/01.jpg",
        "/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/01.m4s",
        "/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/x-1.m4s",
        "/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/.m4s",
        "/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/99999999999999999999.m4s",
    ] {
        assert_eq!(Route::parse(path), None, "{path}");
    }
}

fn target() -> impl Strategy<Value = Target> {
    let grid = (prop::option::of(500u32..=60_000), prop::option::of(-999_999_999_999i64..1_000_000_000_000))
        .prop_map(|(millis, start_micros)| Grid {
            segment_millis: millis.and_then(NonZeroU32::new),
            start_micros,
        });
    let edition =
        (any::<u64>(), grid).prop_map(|(version, grid)| Edition { grid, ..Version(version).into() });
    let locator = (0u64..1 << 40, 1u32..1 << 20, 1u64..).prop_map(|(base, stride, span)| Locator {
        base,
        stride,
        span,
    });
    let forms = prop_oneof![Just(CaptionForm::WebVtt), Just(CaptionForm::Wvtt), Just(CaptionForm::Stpp)];
    let text = prop_oneof![
        (any::<bool>(), 0u32..100_000).prop_map(|(is_imsc1, secs)| playlist(is_imsc1, secs)),
        Just(Child::Init(InitForm::Wvtt)),
        Just(Child::Init(InitForm::Stpp)),
        (any::<u64>(), forms).prop_map(|(start, form)| Child::Captions(start, form)),
        Just(Child::AllCaptions),
    ];
    let media = prop_oneof![
        (0u32..100_000).prop_map(|secs| playlist(false, secs)),
        Just(Child::Init(InitForm::Source)),
        Just(Child::Init(InitForm::OutOfBand)),
        any::<u64>().prop_map(Child::Segment),
    ];
    let tracks = prop_oneof![
        text.prop_map(|child| (TrackKind::Text, child)),
        media.clone().prop_map(|child| (TrackKind::Video, child)),
        media.prop_map(|child| (TrackKind::Audio, child)),
    ];
    let child = (edition, 1u32.., locator, tracks).prop_map(|(edition, number, locator, (kind, child))| {
        Target::Child(edition, TrackPath { name: TrackName { kind, number }, locator }, child)
    });
    prop_oneof![Just(Target::Multivariant), Just(Target::Mpd), child]
}

proptest! {
    #[test]
    fn printing_and_parsing_agree(elements in prop::collection::vec("[^/\\\\\\p{Cc}]{1,12}", 0..4), target in target()) {
        prop_assume!(elements.iter().all(|e| e != "." && e != ".."));
        let mut asset = elements.join("/");
        if !asset.is_empty() {
            asset.push('/');
        }
        let route = Route { asset: asset + "film.MP4", target };
        prop_assert_eq!(Route::parse(&route.to_string()), Some(route));
    }

    #[test]
    fn what_parses_prints_as_an_equal_route(path in "/[ -~]{0,60}\\.mp4/[a-z0-9/.]{0,40}(master.m3u8|0.m4s)") {
        if let Some(route) = Route::parse(&path) {
            prop_assert_eq!(Route::parse(&route.to_string()), Some(route));
        }
    }
}
