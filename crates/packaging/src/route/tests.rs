use proptest::prelude::*;

use super::*;
use crate::Clip;
use crate::date::Date;
use crate::set::CaptionForm;

const VERSION: Version = Version(0x0123_4567_89ab_cdef);

fn track(kind: TrackKind, number: u32) -> TrackPath {
    let locator = Locator { base: 0x2f40, stride: 0x1a00, span: 0x2b_f200 };
    TrackPath { name: TrackName { kind, number }, locator }
}

fn sound(child: Child) -> Target {
    Target::Child(VERSION.into(), track(TrackKind::Audio, 2), child)
}

fn text(child: Child) -> Target {
    let grid = Grid { segment_millis: NonZeroU32::new(4000), ..Grid::default() };
    let edition = Edition { grid, ..VERSION.into() };
    Target::Child(edition, track(TrackKind::Text, 1), child)
}

fn playlist(is_imsc1: bool, target_secs: u32) -> Child {
    listed(if is_imsc1 { PlaylistForm::Imsc1 } else { PlaylistForm::Index }, target_secs)
}

fn listed(form: PlaylistForm, target_secs: u32) -> Child {
    Child::Playlist(Playlist { form, target_secs: NonZeroU32::new(target_secs), ..Playlist::default() })
}

fn pictures(child: Child) -> Target {
    Target::Child(VERSION.into(), track(TrackKind::Video, 1), child)
}

fn muxed(muxed: Muxed) -> Target {
    Target::Muxed(VERSION.into(), [track(TrackKind::Video, 1), track(TrackKind::Audio, 2)], muxed)
}

fn part(from_millis: Option<u32>, to_millis: Option<u32>) -> Reach {
    Reach { from_millis, to_millis }
}

fn fragment(options: Options, version: Option<Version>) -> Target {
    let fragment = SmoothFragment { bit_rate: 128_000, stream: "audio_eng-2".to_owned(), start: 40_000_000 };
    Target::SmoothFragment(options, version, fragment)
}

fn rendition(text: &str) -> RenditionId {
    RenditionId::parse(text).unwrap()
}

fn tracks(first: &str, second: &str) -> Options {
    Options { tracks: vec![rendition(first), rendition(second)], ..Options::default() }
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is one table")]
fn the_table() {
    let sheet = Images::Sheet(NonZeroU32::MIN);
    let rows = [
        ("/films/A%20b.mp4/master.m3u8", Target::Multivariant(Options::default())),
        ("/films/A%20b.mp4/manifest.mpd", Target::Mpd(Options::default())),
        ("/films/set.json/master.m3u8", Target::Multivariant(Options::default())),
        ("/films/set.smil/manifest.mpd", Target::Mpd(Options::default())),
        ("/films/a,1,2,.mp4.urlset/master.m3u8", Target::Multivariant(Options::default())),
        ("/films/master.m3u8", Target::Multivariant(Options::default())),
        ("/a.txt/manifest.mpd", Target::Mpd(Options::default())),
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
        ("/a.mp4/Manifest", Target::Smooth(Options::default())),
        ("/films/a.mp4.ism/Manifest", Target::Smooth(Options { is_ism: true, ..Options::default() })),
        ("/films.ism/tracks/v1,a2/Manifest", Target::Smooth(tracks("v1", "a2"))),
        ("/films/a.ism/manifest.mpd", Target::Mpd(Options::default())),
        ("/a.mp4/download.mp4", Target::Download(Options::default())),
        ("/a.mp4/tracks/v1,a2/clipTo/9/download.mp4", {
            let extent = Extent::Clip(part(None, Some(9)));
            Target::Download(Options { extent, ..tracks("v1", "a2") })
        }),
        ("/a.mp4/QualityLevels(128000)/Fragments(audio_eng-2=40000000)", fragment(Options::default(), None)),
        ("/a.mp4.ism/0123456789abcdef/QualityLevels(128000)/Fragments(audio_eng-2=40000000)", {
            fragment(Options { is_ism: true, ..Options::default() }, Some(VERSION))
        }),
        ("/s.json/clipFrom/5/0123456789abcdef/QualityLevels(128000)/Fragments(audio_eng-2=40000000)", {
            let extent = Extent::Clip(part(Some(5), None));
            fragment(Options { extent, ..Options::default() }, Some(VERSION))
        }),
        ("/a.mp4/container/demuxed/master.m3u8", {
            Target::Multivariant(Options { container: Container::Demuxed, ..Options::default() })
        }),
        ("/films/container/ts/tracks/1-v1,2-a2/clipFrom/0/clipTo/20000/master.m3u8", {
            let extent = Extent::Clip(part(Some(0), Some(20_000)));
            let options = Options { container: Container::Ts, extent, ..tracks("1-v1", "2-a2") };
            Target::Multivariant(options)
        }),
        ("/a.mp4/segments/file/start/1.5/end/20/master.m3u8", {
            let extent = Extent::Window(part(Some(1500), Some(20_000)));
            let segments = Some(Addressing::File);
            Target::Multivariant(Options { segments, extent, ..Options::default() })
        }),
        ("/a.mp4/segments/number/profile/hbbtv/end/0.001/manifest.mpd", {
            let extent = Extent::Window(part(None, Some(1)));
            let segments = Some(Addressing::Number);
            Target::Mpd(Options { segments, is_hbbtv: true, extent, ..Options::default() })
        }),
        ("/a.mp4/segments/duration/manifest.mpd", {
            Target::Mpd(Options { segments: Some(Addressing::Duration), ..Options::default() })
        }),
        ("/a.mp4/segments/time/manifest.mpd", {
            Target::Mpd(Options { segments: Some(Addressing::Time), ..Options::default() })
        }),
        ("/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/index-7-w10-2000.m3u8", {
            let window = Some(Window { from_millis: 10, to_millis: 2000 });
            let target_secs = NonZeroU32::new(7);
            sound(Child::Playlist(Playlist { target_secs, window, ..Playlist::default() }))
        }),
        ("/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/index-7-w10-2000-d1714557600000.m3u8", {
            let window = Some(Window { from_millis: 10, to_millis: 2000 });
            let date = Date::parse("2024-05-01T10:00:00Z");
            sound(Child::Playlist(Playlist {
                target_secs: NonZeroU32::new(7),
                window,
                date,
                ..Playlist::default()
            }))
        }),
        ("/a.mp4/0123456789abcdef/v1-2f40-1a00-2bf200/iframes-d0.m3u8", {
            let date = Some(Date::EPOCH);
            pictures(Child::Playlist(Playlist { form: PlaylistForm::IFrames, date, ..Playlist::default() }))
        }),
        ("/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/ts.m3u8", sound(listed(PlaylistForm::Ts, 0))),
        ("/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/bytes-6.m3u8", sound(listed(PlaylistForm::Bytes, 6))),
        (
            "/a.mp4/0123456789abcdef/v1-2f40-1a00-2bf200/iframes.m3u8",
            pictures(listed(PlaylistForm::IFrames, 0)),
        ),
        ("/a.mp4/0123456789abcdef/v1-2f40-1a00-2bf200/tsiframes-9.m3u8", {
            pictures(listed(PlaylistForm::TsIFrames, 9))
        }),
        ("/a.mp4/0123456789abcdef/v1-2f40-1a00-2bf200/288000-i.m4s", pictures(Child::KeyFrame(288_000))),
        ("/a.mp4/0123456789abcdef/v1-2f40-1a00-2bf200/288000-i.ts", pictures(Child::TsKeyFrame(288_000))),
        ("/a.mp4/0123456789abcdef/v1-2f40-1a00-2bf200/288000.ts", pictures(Child::TsSegment(288_000))),
        ("/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/288000.ts", sound(Child::TsSegment(288_000))),
        ("/a.mp4/0123456789abcdef/v1-2f40-1a00-2bf200/n1.m4s", pictures(Child::Numbered(NonZeroU32::MIN))),
        ("/a.mp4/0123456789abcdef/v1-2f40-1a00-2bf200/file.mp4", pictures(Child::File)),
        ("/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/0.aac", sound(Child::PackedAudio(0, PackedForm::Aac))),
        ("/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/0.ac3", sound(Child::PackedAudio(0, PackedForm::Ac3))),
        ("/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/0.eac3", sound(Child::PackedAudio(0, PackedForm::Ec3))),
        ("/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/0.mp3", sound(Child::PackedAudio(0, PackedForm::Mp3))),
        ("/a.mp4/0123456789abcdef-4000/t1-2f40-1a00-2bf200/6000-ts.vtt", text(Child::TsCaptions(6000))),
        ("/a.mp4/0123456789abcdef-4000/t1-2f40-1a00-2bf200/n7-wvtt.m4s", {
            text(Child::NumberedCaptions(NonZeroU32::new(7).unwrap(), CaptionForm::Wvtt))
        }),
        ("/a.mp4/0123456789abcdef/v1-2f40-1a00-2bf200/a2-2f40-1a00-2bf200/muxed-6.m3u8", {
            let target_secs = NonZeroU32::new(6);
            muxed(Muxed::Playlist(Playlist { target_secs, ..Playlist::default() }))
        }),
        ("/a.mp4/0123456789abcdef/v1-2f40-1a00-2bf200/a2-2f40-1a00-2bf200/0.ts", muxed(Muxed::Segment(0))),
        ("/a.mp4/0123456789abcdef-s40000-cn20_2000020/a2-2f40-1a00-2bf200/index.m3u8", {
            let clip = Some(Clip { from_micros: -20, to_micros: 2_000_020 });
            let grid = Grid { segment_millis: None, start_micros: Some(40_000), clip };
            Target::Child(Edition { grid, ..VERSION.into() }, track(TrackKind::Audio, 2), playlist(false, 0))
        }),
        ("/films/set.json/0123456789abcdef/1-v1/programme.m3u8", {
            Target::Programme(VERSION, ProgrammeList::Row(rendition("1-v1")), None)
        }),
        ("/films/set.json/0123456789abcdef/t3/programme-7.m3u8", {
            Target::Programme(VERSION, ProgrammeList::Row(rendition("t3")), NonZeroU32::new(7))
        }),
        ("/films/set.json/0123456789abcdef/a2/tsprogramme.m3u8", {
            Target::Programme(VERSION, ProgrammeList::Ts(rendition("a2")), None)
        }),
        ("/films/set.json/0123456789abcdef/v1/a2/muxedprogramme-7.m3u8", {
            let rows = ["v1", "a2"].map(rendition);
            Target::Programme(VERSION, ProgrammeList::Muxed(rows), NonZeroU32::new(7))
        }),
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
    let grid = Grid { segment_millis, start_micros: Some(start), clip: None };
    Target::Child(Edition { grid, ..VERSION.into() }, track(TrackKind::Audio, 2), playlist(false, 0))
}

fn ended(segment_millis: Option<u32>, end: u32) -> Target {
    let grid = Grid { segment_millis: segment_millis.and_then(NonZeroU32::new), ..Grid::default() };
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
        "/a.mp4/profile/hbbtv/master.m3u8",
        "/a.mp4/segments/number/master.m3u8",
        "/a.mp4/container/demuxed/segments/file/master.m3u8",
        "/a.mp4/container/demuxed/manifest.mpd",
        "/a.mp4/container/demuxed/Manifest",
        "/a.mp4/start/1/Manifest",
        "/a.mp4/start/1/download.mp4",
        "/a.mp4/segments/file/download.mp4",
        "/.ism/Manifest",
        "/f/.ism/Manifest",
        "/a.mp4/QualityLevels(0)/Fragments(video=0)",
        "/a.mp4/QualityLevels(01)/Fragments(video=0)",
        "/a.mp4/QualityLevels(1)/Fragments(=0)",
        "/a.mp4/QualityLevels(1)/Fragments(vi.deo=0)",
        "/a.mp4/QualityLevels(1)/Fragments(video=00)",
        "/a.mp4/QualityLevels(1)/Fragments(video=0",
        "/a.mp4/0123456789abcdef/v1-1-1-1/ts-.m3u8",
        "/a.mp4/0123456789abcdef/v1-1-1-1/index-w1-1.m3u8",
        "/a.mp4/0123456789abcdef/v1-1-1-1/index-w1.m3u8",
        "/a.mp4/0123456789abcdef/v1-1-1-1/index-w01-2.m3u8",
        "/a.mp4/0123456789abcdef/v1-1-1-1/index-w1-2-6.m3u8",
        "/a.mp4/0123456789abcdef/v1-1-1-1/index-w1-2-.m3u8",
        "/a.mp4/0123456789abcdef/v1-1-1-1/index-d.m3u8",
        "/a.mp4/0123456789abcdef/v1-1-1-1/index-d01.m3u8",
        "/a.mp4/0123456789abcdef/v1-1-1-1/index-d-1.m3u8",
        "/a.mp4/0123456789abcdef/v1-1-1-1/index-d1-6.m3u8",
        "/a.mp4/0123456789abcdef/v1-1-1-1/index-d1-w1-2.m3u8",
        "/a.mp4/0123456789abcdef/v1-1-1-1/index-d123456789012345.m3u8",
        "/s.json/0123456789abcdef/v1/programme-d1.m3u8",
        "/s.json/0123456789abcdef/v1/muxedprogramme.m3u8",
        "/s.json/0123456789abcdef/v1/a1/programme.m3u8",
        "/s.json/0123456789abcdef/v1/a1/tsprogramme.m3u8",
        "/s.mp4/0123456789abcdef/v1/tsprogramme.m3u8",
        "/a.mp4/0123456789abcdef/v1-1-1-1/muxed.m3u8",
        "/a.mp4/0123456789abcdef/v1-1-1-1/n0.m4s",
        "/a.mp4/0123456789abcdef/v1-1-1-1/n01.m4s",
        "/a.mp4/0123456789abcdef/v1-1-1-1/n1-i.m4s",
        "/a.mp4/0123456789abcdef/v1-1-1-1/0.aac",
        "/a.mp4/0123456789abcdef/t1-1-1-1/0.ts",
        "/a.mp4/0123456789abcdef/a1-1-1-1/0-i.m4s",
        "/a.mp4/0123456789abcdef/a1-1-1-1/iframes.m3u8",
        "/a.mp4/0123456789abcdef/a1-1-1-1/0-ts.vtt",
        "/a.mp4/0123456789abcdef/t1-1-1-1/bytes.m3u8",
        "/a.mp4/0123456789abcdef/t1-1-1-1/file.mp4",
        "/a.mp4/0123456789abcdef/t1-1-1-1/n1.vtt",
        "/a.mp4/0123456789abcdef/a1-1-1-1/v1-1-1-1/0.ts",
        "/a.mp4/0123456789abcdef/v1-1-1-1/a1-1-1-1/0.m4s",
        "/a.mp4/0123456789abcdef/v1-1-1-1/a1-1-1-1/ts.m3u8",
        "/a.mp4/0123456789abcdef-c1/v1-1-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef-c1_1/v1-1-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef-c2_1/v1-1-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef-c0_1-s1/v1-1-1-1/index.m3u8",
        "/a.mp4/0123456789abcdef/1-v1/programme.m3u8",
        "/s.json/0123456789abcdef/0-v1/programme.m3u8",
        "/s.json/0123456789abcdef/x1/programme.m3u8",
        "/s.json/0123456789abcdef/v1/programme-w1-2.m3u8",
        "/s.json/0123456789abcdef-c0_1/v1/programme.m3u8",
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

#[test]
fn what_is_no_option_is_a_folder() {
    for path in [
        "/a/container/mp4/master.m3u8",
        "/a/clipFrom/05/master.m3u8",
        "/a/clipTo/5/clipFrom/1/master.m3u8",
        "/a/clipFrom/5/clipTo/5/master.m3u8",
        "/a/clipTo/0/master.m3u8",
        "/a/clipFrom/1/end/5/master.m3u8",
        "/a/start/1.50/master.m3u8",
        "/a/start/1.2345/master.m3u8",
        "/a/start/.5/master.m3u8",
        "/a/end/10000001/master.m3u8",
        "/a/tracks/master.m3u8",
        "/a/tracks/v1,/master.m3u8",
        "/a/tracks/1-2-v1/master.m3u8",
        "/a/tracks/v1/tracks/v1/x/master.m3u8",
    ] {
        let route = Route::parse(path).unwrap_or_else(|| panic!("{path}"));
        assert_eq!(AssetKind::of(&route.asset), AssetKind::Folder, "{path}");
    }
}

fn options() -> impl Strategy<Value = Options> {
    let bound = || prop::option::of(1u32..1_000_000_000);
    let reach = (bound(), bound()).prop_filter("in order", |(from, to)| {
        from.is_none_or(|from| to.is_none_or(|to| from < to)) && (from.is_some() || to.is_some())
    });
    let reach = reach.prop_map(|(from_millis, to_millis)| Reach { from_millis, to_millis });
    let extent = prop_oneof![
        Just(Extent::Whole),
        reach.clone().prop_map(Extent::Clip),
        reach.prop_map(Extent::Window)
    ];
    let id = (prop::option::of(1u32..100), 1u32..9).prop_map(|(member, number)| RenditionId {
        member: member.and_then(NonZeroU32::new),
        name: TrackName { kind: TrackKind::Video, number },
    });
    (extent, prop::collection::vec(id, 0..4)).prop_map(|(extent, tracks)| Options {
        tracks,
        extent,
        ..Options::default()
    })
}

fn target() -> impl Strategy<Value = Target> {
    let grid = (prop::option::of(500u32..=60_000), prop::option::of(-999_999_999_999i64..1_000_000_000_000))
        .prop_map(|(millis, start_micros)| Grid {
            segment_millis: millis.and_then(NonZeroU32::new),
            start_micros,
            clip: start_micros.map(|from_micros| Clip { from_micros, to_micros: from_micros + 1 }),
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
        (1u32..1_000_000_000).prop_filter_map("not 0", NonZeroU32::new).prop_map(Child::Numbered),
        Just(Child::File),
    ];
    let tracks = prop_oneof![
        text.prop_map(|child| (TrackKind::Text, child)),
        media.clone().prop_map(|child| (TrackKind::Video, child)),
        media.prop_map(|child| (TrackKind::Audio, child)),
    ];
    let child = (edition, 1u32.., locator, tracks).prop_map(|(edition, number, locator, (kind, child))| {
        Target::Child(edition, TrackPath { name: TrackName { kind, number }, locator }, child)
    });
    let manifests = (options(), any::<bool>()).prop_map(|(options, is_mpd)| {
        if is_mpd { Target::Mpd(options) } else { Target::Multivariant(options) }
    });
    prop_oneof![manifests, child]
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
