//! Manifests of one asset, written by hand.
//!
//! Pictures: 8 s, 25 a second, groups of 2 s, 1000 bytes each, no reordering. Sound: 376 frames of 200
//! bytes, the first of which is priming, so 375 × 1024 = 384000 samples, 8 s, are heard.
//!
//! Segments end at 6 s and 8 s. Headers are `styp` 24, `moof` to `tfdt` 52, `tfhd` 20 (with a size for
//! all samples), `trun` 20 each, head of `mdat` 8.
//!
//! - Pictures take over 1024 / 48000 s, 274 ticks, so each has an offset of 4 bytes; each group is a run
//!   with the flags of its first sample, 4 bytes. 24 + 52 + 20 + 3 × 24 + 150 × 4 + 8 + 150000 = 150776,
//!   24 + 52 + 20 + 24 + 50 × 4 + 8 + 50000 = 50328; together 201104 bytes in 8 s, 201104 bit/s, the peak:
//!   the first segment alone has 201034.7.
//! - Sound: the second segment begins at frame 282, 288768. 124 + 283 × 200 = 56724 bytes in 289792 ticks,
//!   75164.4 bit/s; 124 + 93 × 200 = 18724. Together 75448 bytes: 75247.3 bit/s in 385024 ticks, the peak;
//!   75448 in the 8 s that are heard, what DASH wants.
//! - Key frames: 24 + 52 + 28 (`tfhd` with duration, size and flags) + 24 (`trun` with the offset) + 8 + 1000 =
//!   1136 bytes for 2 s, 4544 bit/s. As many of them as pictures would be 50 times as fast.

use std::num::NonZeroU32;

use isobmff::testing::{ENG, SourceTrack};

use super::*;
use crate::Asset;
use crate::index::Locator;
use crate::presentation::{Home, Member, Presentation};
use crate::route::{Options, Playlist, TrackKind, Version};
use crate::set::{CaptionChannel, Labels, Set, SetTrack, TrackChoice};
use crate::synthetic::{Made, a2, aac, package, pictures, v1, video};

const VERSION: Version = Version(0x0123_4567_89ab_cdef);

fn sized(mut track: SourceTrack, size: u32) -> SourceTrack {
    track.samples.iter_mut().for_each(|sample| sample.size = size);
    track
}

fn pictures_of_8_s() -> SourceTrack {
    sized(video().with_samples(pictures(200, 50)), 1000)
}

fn english() -> SourceTrack {
    let mut track = sized(aac(376).with_edits(&[(8000, Some(1024))]), 200);
    track.language = ENG;
    track
}

/// With locators that a person can foresee.
fn made(tracks: Vec<SourceTrack>) -> Made {
    let mut made = package(tracks);
    made.asset.tracks.iter_mut().for_each(|track| track.locator = Locator { base: 1, stride: 2, span: 3 });
    made
}

fn multivariant(asset: &Asset) -> String {
    hls::multivariant(&Presentation::of(asset, VERSION.into()).unwrap(), &Options::default()).unwrap()
}

fn mpd(asset: &Asset) -> String {
    dash::mpd(&Presentation::of(asset, VERSION.into()).unwrap(), &Options::default()).unwrap()
}

fn asset() -> Made {
    made(vec![pictures_of_8_s(), english()])
}

/// 201104 + 75248 = 276352.
#[test]
fn multivariant_playlist() {
    let expected = "\
#EXTM3U
#EXT-X-VERSION:6
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"mp4a.40.2-2ch\",LANGUAGE=\"en\",NAME=\"English\",DEFAULT=YES,AUTOSELECT=YES,\
CHANNELS=\"2\",URI=\"0123456789abcdef/a2-1-2-3/index.m3u8\"
#EXT-X-STREAM-INF:BANDWIDTH=276352,AVERAGE-BANDWIDTH=276352,CODECS=\"avc1.64001e,mp4a.40.2\",\
RESOLUTION=640x360,FRAME-RATE=25.000,VIDEO-RANGE=SDR,AUDIO=\"mp4a.40.2-2ch\",CLOSED-CAPTIONS=NONE
0123456789abcdef/v1-1-2-3/index.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=4544,AVERAGE-BANDWIDTH=4544,CODECS=\"avc1.64001e\",RESOLUTION=640x360,\
VIDEO-RANGE=SDR,URI=\"0123456789abcdef/v1-1-2-3/iframes.m3u8\"
";
    assert_eq!(multivariant(&asset()), expected);
}

#[test]
fn media_playlist_of_pictures() {
    let expected = "\
#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:6
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-MAP:URI=\"init.mp4\"
#EXTINF:6.000000,
0.m4s
#EXTINF:2.000000,
76800.m4s
#EXT-X-ENDLIST
";
    let asset = asset();
    assert_eq!(hls::media(&asset, v1(&asset), Playlist::default(), None), expected);
}

#[test]
fn iframe_playlist() {
    let expected = "\
#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:2
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-I-FRAMES-ONLY
#EXT-X-MAP:URI=\"init.mp4\"
#EXTINF:2.000000,
0-i.m4s
#EXTINF:2.000000,
25600-i.m4s
#EXTINF:2.000000,
51200-i.m4s
#EXTINF:2.000000,
76800-i.m4s
#EXT-X-ENDLIST
";
    let asset = asset();
    let track = v1(&asset);
    assert_eq!(hls::iframes(track, Playlist::default(), hls::FMP4_KEY_FRAMES).as_deref(), Some(expected));
    assert_eq!(hls::iframes(a2(&asset), Playlist::default(), hls::FMP4_KEY_FRAMES), None);
}

/// Who wants no trick play empties one list.
#[test]
fn without_trick_play() {
    let asset = asset();
    let mut presentation = Presentation::of(&asset, VERSION.into()).unwrap();
    presentation.trick_play.clear();
    assert!(!hls::multivariant(&presentation, &Options::default()).unwrap().contains("I-FRAME"));
    assert!(!dash::mpd(&presentation, &Options::default()).unwrap().contains("trick"));
}

/// 289792 / 48000 = 6.0373333…, up to 6.037334; 385024 / 48000 = 8.0213333…, up to 8.021334; the
/// difference is exactly 1.984. Priming counts: it is media.
#[test]
fn media_playlist_of_sound() {
    let expected = "\
#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:6
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-MAP:URI=\"init.mp4\"
#EXTINF:6.037334,
0.m4s
#EXTINF:1.984000,
288768.m4s
#EXT-X-ENDLIST
";
    let asset = asset();
    assert_eq!(hls::media(&asset, a2(&asset), Playlist::default(), None), expected);
}

/// Presented times: the first of sound is shorter by 1024 ticks, 288768; the rest is 384000 - 288768.
#[test]
fn media_presentation_description() {
    let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:scte214="urn:scte:dash:scte214-extensions" profiles="urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019" type="static" mediaPresentationDuration="PT8.000000S" maxSegmentDuration="PT7S" minBufferTime="PT2S">
 <Period id="0" start="PT0S">
  <AdaptationSet id="0" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1" par="16:9">
   <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
   <Representation id="v1" codecs="avc1.64001e" bandwidth="201104" width="640" height="360" sar="1:1" frameRate="25">
    <SegmentTemplate timescale="12800" initialization="0123456789abcdef/v1-1-2-3/init.mp4" media="0123456789abcdef/v1-1-2-3/$Time$.m4s">
     <SegmentTimeline>
      <S t="0" d="76800"/>
      <S d="25600"/>
     </SegmentTimeline>
    </SegmentTemplate>
   </Representation>
  </AdaptationSet>
  <AdaptationSet id="1" contentType="audio" mimeType="audio/mp4" segmentAlignment="true" startWithSAP="1" lang="en">
   <Label>English</Label>
   <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
   <Representation id="a2" codecs="mp4a.40.2" bandwidth="75448" audioSamplingRate="48000">
    <AudioChannelConfiguration schemeIdUri="urn:mpeg:mpegB:cicp:ChannelConfiguration" value="2"/>
    <SegmentTemplate timescale="48000" initialization="0123456789abcdef/a2-1-2-3/init.mp4" media="0123456789abcdef/a2-1-2-3/$Time$.m4s">
     <SegmentTimeline>
      <S t="0" d="288768"/>
      <S d="95232"/>
     </SegmentTimeline>
    </SegmentTemplate>
   </Representation>
  </AdaptationSet>
  <AdaptationSet id="2" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
   <EssentialProperty schemeIdUri="http://dashif.org/guidelines/trickmode" value="0"/>
   <Representation id="v1-trick" codecs="avc1.64001e" bandwidth="4544" width="640" height="360" sar="1:1" maxPlayoutRate="50" codingDependency="false">
    <SegmentTemplate timescale="12800" initialization="0123456789abcdef/v1-1-2-3/init.mp4" media="0123456789abcdef/v1-1-2-3/$Time$-i.m4s">
     <SegmentTimeline>
      <S t="0" d="25600" r="3"/>
     </SegmentTimeline>
    </SegmentTemplate>
   </Representation>
  </AdaptationSet>
 </Period>
</MPD>"#;
    assert_eq!(mpd(&asset()), expected);
}

/// The media playlist's sums: after each segment between 0 and 1 µs more than the exact time.
#[test]
fn durations_never_fall_behind() {
    let mut track = video().with_samples(pictures(2000, 7));
    track.timescale = 29_989;
    let asset = made(vec![track]);
    let text = hls::media(&asset, v1(&asset), Playlist::default(), None);
    let printed = text.lines().filter_map(|line| line.strip_prefix("#EXTINF:")?.strip_suffix(','));
    let micros = printed.map(|secs| secs.replace('.', "").parse::<u128>().unwrap());
    let (mut clock, mut exact) = (0, 0);
    let segments = &v1(&asset).segmentation.segments;
    assert!(segments.len() > 3);
    for (micros, segment) in micros.zip(segments) {
        clock += micros;
        exact += u128::from(segment.duration) * 1_000_000;
        assert!((0..29_989).contains(&(clock * 29_989 - exact)));
    }
}

/// Sound alone is a variant itself.
#[test]
fn sound_alone() {
    let expected = "\
#EXTM3U
#EXT-X-VERSION:6
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=75248,AVERAGE-BANDWIDTH=75248,CODECS=\"mp4a.40.2\"
0123456789abcdef/a2-1-2-3/index.m3u8
";
    assert_eq!(multivariant(&made(vec![english()])), expected);
}

/// Two languages that a player chooses between, and a second track in one of them, which it does not
/// choose by itself.
#[test]
fn several_sound_tracks() {
    let mut other = english();
    (other.id, other.language) = (3, 0x10b5);
    let mut comment = english();
    comment.id = 4;
    let text = multivariant(&made(vec![pictures_of_8_s(), english(), other, comment]));
    let media: Vec<_> = text.lines().filter(|line| line.starts_with("#EXT-X-MEDIA:")).collect();
    let shared = "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"mp4a.40.2-2ch\"";
    let line = |rest: &str| format!("{shared},{rest}/index.m3u8\"");
    assert_eq!(
        media,
        [
            line(
                "LANGUAGE=\"en\",NAME=\"English 1\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\",URI=\"0123456789abcdef/a2-1-2-3"
            ),
            line(
                "LANGUAGE=\"de\",NAME=\"Deutsch\",DEFAULT=NO,AUTOSELECT=YES,CHANNELS=\"2\",URI=\"0123456789abcdef/a3-1-2-3"
            ),
            line(
                "LANGUAGE=\"en\",NAME=\"English 2\",DEFAULT=NO,AUTOSELECT=NO,CHANNELS=\"2\",URI=\"0123456789abcdef/a4-1-2-3"
            ),
        ]
    );
    assert_eq!(text.lines().filter(|line| line.starts_with("#EXT-X-STREAM-INF:")).count(), 1);
}

/// A set of sound from a source whose own pictures have segments of 10 s, and of other pictures: all playlists
/// say 6 s (RFC 8216bis §6.2.4), also that of the sound, which is not named as that of its source alone.
#[test]
fn what_a_set_leaves_out_does_not_lengthen_its_target_duration() {
    let long = made(vec![sized(video().with_samples(pictures(500, 250)), 1000), english()]);
    let short = made(vec![pictures_of_8_s()]);
    assert_eq!((long.target_duration_secs(), short.target_duration_secs()), (10, 6));
    let member = |asset, path: &str, kind| Member {
        asset,
        home: Home { path: path.to_owned(), edition: VERSION.into() },
        chosen: Some(vec![SetTrack { choice: TrackChoice::Kind(kind), labels: Labels::default() }]),
        labels: Labels::default(),
    };
    let members =
        [member(&short.asset, "a.mp4/", TrackKind::Video), member(&long.asset, "b.mp4/", TrackKind::Audio)];
    let presentation = Presentation::new(&members, &Set::default(), None).unwrap();
    let written = hls::multivariant(&presentation, &Options::default()).unwrap();
    assert!(written.contains("b.mp4/0123456789abcdef/a2-1-2-3/index-6.m3u8"), "{written}");
    let six = Playlist { target_secs: NonZeroU32::new(6), ..Playlist::default() };
    let playlist = hls::media(&long, a2(&long), six, None);
    assert!(playlist.contains("#EXT-X-TARGETDURATION:6\n"), "{playlist}");
    // Less than its own segments last it cannot be.
    let playlist = hls::media(&long, v1(&long), six, None);
    assert!(playlist.contains("#EXT-X-TARGETDURATION:10\n"), "{playlist}");
}

/// RFC 8216bis §8: services of CEA-708 need version 7.
#[test]
fn services_need_a_later_version() {
    let mut asset = asset();
    for (channel, version) in [(CaptionChannel::Cc(1), 6), (CaptionChannel::Service(1), 7)] {
        asset.asset.closed_captions = vec![channel];
        assert!(multivariant(&asset).starts_with(&format!("#EXTM3U\n#EXT-X-VERSION:{version}\n")));
    }
}
