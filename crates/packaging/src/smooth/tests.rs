//! Oracles: times worked by hand from ticks, and a reader of fragments of its own.

use isobmff::testing::{ENG, SourceTrack, avc1_with_sets};
use proptest::prelude::*;

use super::*;
use crate::index::Page;
use crate::manifest::smooth::client_manifest;
use crate::presentation::{Home, Member};
use crate::set::{Labels, Set};
use crate::synthetic::{
    AAC, Made, MadeTrack, PICTURE, a2, aac, numbered, opus_track, package, pictures, reordered, v1, video,
};

const VERSION: Version = Version(0x0123_4567_89ab_cdef);

/// Track 1, pictures that any client can be told of.
fn film(samples: Vec<isobmff::testing::SourceSample>) -> SourceTrack {
    SourceTrack::new(1, *b"vide", 12_800, avc1_with_sets((640, 360))).with_samples(samples)
}

fn sized(mut track: SourceTrack, size: u32) -> SourceTrack {
    track.samples.iter_mut().for_each(|sample| sample.size = size);
    track
}

fn member<'a>(made: &'a Made, path: &str) -> Member<'a> {
    let home = Home { path: path.to_owned(), edition: VERSION.into() };
    Member { asset: &made.asset, home, chosen: None, labels: Labels::default() }
}

fn presented<'a>(members: &[Member<'a>]) -> Presentation<'a> {
    Presentation::new(members, &Set::default(), None).unwrap()
}

fn named(stream: &str, bit_rate: u32, start: u64) -> SmoothFragment {
    SmoothFragment { bit_rate, stream: stream.to_owned(), start }
}

/// What a reader finds in a fragment.
struct Read {
    time: u64,
    duration: u64,
    /// Duration, size, composition offset, whether it is a sync sample.
    samples: Vec<(u32, u32, i32, bool)>,
}

/// Reads `moof` as [MS-SSTR] §2.2.4 has it: the fields of `tfhd` and of the only `trun`, and `tfxd`.
fn read(header: &[u8]) -> Read {
    let u32_at = |at: usize| u32::from_be_bytes(header[at..at + 4].try_into().unwrap());
    let u64_at = |at: usize| u64::from_be_bytes(header[at..at + 8].try_into().unwrap());
    let find = |kind: &[u8; 4]| header.windows(4).position(|window| window == kind).unwrap();
    let (tfhd, trun, uuid) = (find(b"tfhd"), find(b"trun"), find(b"uuid"));
    assert_eq!(header.windows(4).filter(|window| window == b"trun").count(), 1);
    let (mut at, mut defaults) = (tfhd + 12, [0; 3]);
    for (bit, field) in [8, 16, 32].into_iter().zip(&mut defaults) {
        if u32_at(tfhd + 4) & bit != 0 {
            *field = u32_at(at);
            at += 4;
        }
    }
    let flags = u32_at(trun + 4);
    assert_eq!((flags >> 24, flags & 1), (1, 1));
    assert_eq!(u32_at(trun + 12) as usize, header.len());
    let mut at = trun + 16;
    let mut next = |has: bool, otherwise: u32| {
        let value = if has { u32_at(at) } else { otherwise };
        at += if has { 4 } else { 0 };
        value
    };
    let first_flags = next(flags & 4 != 0, defaults[2]);
    let samples = (0..u32_at(trun + 8)).map(|number| {
        let duration = next(flags & 0x100 != 0, defaults[0]);
        let size = next(flags & 0x200 != 0, defaults[1]);
        let usual = if number == 0 { first_flags } else { defaults[2] };
        let is_sync = next(flags & 0x400 != 0, usual) & 0x1_0000 == 0;
        (duration, size, next(flags & 0x800 != 0, 0).cast_signed(), is_sync)
    });
    Read { samples: samples.collect(), time: u64_at(uuid + 24), duration: u64_at(uuid + 32) }
}

/// The fragments of a track that is the only one of its kind in a presentation of itself.
fn fragments(made: &Made, track: &MadeTrack, stream: &str) -> Vec<Read> {
    let all = presented(&[member(made, "")]);
    let streams = streams(&all).unwrap();
    let stream = streams.iter().find(|found| found.name == stream).unwrap();
    let plan = |chunk: &Chunk| {
        let name = named(stream.name, stream.levels[0].bit_rate, chunk.start);
        let fragment = find(&all, &name).unwrap();
        let page: Page = track.page(fragment.segment_start);
        let plan = page.smooth_plan(&fragment).unwrap().unwrap();
        let crate::plan::Piece::Made(header) = &plan.pieces[0] else { panic!("a header is first") };
        let found = read(header);
        assert_eq!((found.time, found.duration), (chunk.start, chunk.duration));
        let media = found.samples.iter().map(|sample| u64::from(sample.1)).sum::<u64>();
        assert_eq!(plan.content_length, header.len() as u64 + media);
        found
    };
    let found: Vec<_> = stream.chunks.iter().map(plan).collect();
    for pair in stream.chunks.windows(2) {
        assert_eq!(pair[0].end(), pair[1].start);
    }
    found
}

/// When each sample is shown, in units of 100 ns.
fn shown(fragments: &[Read]) -> Vec<i64> {
    let mut out = Vec::new();
    for fragment in fragments {
        let mut at = i64::try_from(fragment.time).unwrap();
        for (duration, _, offset, _) in &fragment.samples {
            out.push(at + i64::from(*offset));
            at += i64::from(*duration);
        }
        assert_eq!(at, i64::try_from(fragment.time + fragment.duration).unwrap());
    }
    out
}

/// 8 s of 25 pictures a second: every picture lasts 400 000 units, fragments begin at 0 and 6 s.
#[test]
fn pictures_without_reordering() {
    let made = package(vec![film(pictures(200, 50))]);
    let found = fragments(&made, v1(&made), "video");
    assert_eq!(
        found.iter().map(|f| (f.time, f.duration)).collect::<Vec<_>>(),
        [(0, 60_000_000), (60_000_000, 20_000_000)]
    );
    assert_eq!(shown(&found), (0..200).map(|i| i * 400_000).collect::<Vec<_>>());
    assert!(found.iter().all(|f| f.samples.iter().enumerate().all(|(i, s)| s.3 == (i % 50 == 0))));
}

/// I P B B: decoded 0 1 2 3, shown 0 3 1 2. With an edit that hides the delay of one picture, offsets are 0, 2, −1
/// and −1 pictures; sound with one frame of priming makes no difference.
#[test]
fn reordered_pictures_have_signed_offsets() {
    let delay = i32::try_from(PICTURE).unwrap();
    let samples = reordered(25, &[0, 3, 1, 2], delay);
    let track = film(samples).with_edits(&[(4000, Some(PICTURE.into()))]);
    let made = package(vec![track, aac(200).with_edits(&[(4000, Some(1024))])]);
    let found = fragments(&made, v1(&made), "video");
    let first: Vec<_> = found[0].samples.iter().take(4).map(|sample| sample.2).collect();
    assert_eq!(first, [0, 800_000, -400_000, -400_000]);
    let mut all = shown(&found);
    all.sort_unstable();
    assert_eq!(all, (0..100).map(|i| i * 400_000).collect::<Vec<_>>());
}

/// One frame is hidden: it is left out, and the second frame begins at 0. 1024 / 48000 s are 213 333⅓ units: the
/// times of frames are rounded one by one.
#[test]
fn priming_is_left_out() {
    let made = package(vec![aac(376).with_edits(&[(8000, Some(1024))])]);
    let found = fragments(&made, a2(&made), "audio");
    let times = shown(&found);
    assert_eq!(times.len(), 375);
    for (frame, time) in (0i64..).zip(times) {
        assert_eq!(time, (frame * 2 * 640_000 + 3) / 6, "frame {frame}");
    }
    let sizes: Vec<_> = found[0].samples.iter().take(2).map(|sample| sample.1).collect();
    assert_eq!(sizes, [1001, 1002]);
}

/// 1224 samples are hidden: frame 0 is left out, frame 1 is heard but for its first 200 samples, which last 41 667
/// units. Its presentation time says so, and it lasts until frame 2 begins, after 824 samples.
#[test]
fn a_frame_that_is_heard_in_part() {
    let made = package(vec![aac(200).with_edits(&[(4000, Some(1224))])]);
    let found = fragments(&made, a2(&made), "audio");
    assert_eq!(found[0].samples[0], (171_667, 1001, -41_667, true));
    assert_eq!(shown(&found)[..3], [-41_667, 171_667, 385_000]);
}

/// The edit begins at picture 2: pictures 0 and 1 and the first one shown have slots of one unit, whatever a tick
/// of the track is.
#[test]
fn pictures_before_the_edit_have_the_smallest_slots() {
    let made = package(vec![film(pictures(100, 50)).with_edits(&[(3920, Some(2 * 512))])]);
    let found = fragments(&made, v1(&made), "video");
    assert_eq!(shown(&found)[..4], [0, 1, 2, 400_000]);
    let durations: Vec<_> = found[0].samples.iter().take(3).map(|sample| sample.0).collect();
    assert_eq!(durations, [1, 1, 399_998]);
}

/// Two qualities of one size of files and one that is larger: a bit rate names one rendition.
#[test]
fn names_are_unique() {
    let ladder: Vec<_> = [1000, 1000, 4000]
        .into_iter()
        .map(|size| {
            let mut sound = sized(aac(375), 200);
            sound.language = ENG;
            package(vec![sized(film(pictures(200, 50)), size), sound])
        })
        .collect();
    let all = presented(&[member(&ladder[0], "a/"), member(&ladder[1], "b/"), member(&ladder[2], "c/")]);
    let streams = streams(&all).unwrap();
    let names: Vec<_> = streams.iter().map(|stream| (stream.name, stream.levels.len())).collect();
    assert_eq!(names, [("video", 3), ("audio", 1)]);
    let rates: Vec<_> = streams[0].levels.iter().map(|level| level.bit_rate).collect();
    assert!(rates[0] + 1 == rates[1] && rates[1] < rates[2], "{rates:?}");
    for level in &streams[0].levels {
        let found = find(&all, &named("video", level.bit_rate, 60_000_000)).unwrap();
        assert_eq!(found.rendition.id, level.rendition.id);
        assert_eq!((found.segment_start, found.place.sequence_number), (76_800, 2));
    }
    for wrong in [
        named("video", rates[0] - 1, 0),
        named("video_2", rates[0], 0),
        named("audio", rates[0], 0),
        named("video", rates[0], 1),
    ] {
        assert!(find(&all, &wrong).is_none(), "{wrong:?}");
    }
    let alone = presented(&[member(&ladder[0], "a/")]);
    assert_ne!(version(&alone), version(&all));
}

#[test]
fn what_cannot_be_carried_is_left_out_with_the_reason() {
    let made = package(vec![film(pictures(200, 50)), opus_track(100, 312)]);
    let all = presented(&[member(&made, "")]);
    assert_eq!(streams(&all).unwrap().len(), 1);
    assert_eq!(left_out(&all), ["a2: Smooth Streaming has no name for its codec"]);
    // Pictures without parameter sets in the sample entry, and nothing else.
    let bare = package(vec![video().with_samples(pictures(200, 50))]);
    let refused = client_manifest(&presented(&[member(&bare, "")])).unwrap_err().to_string();
    assert!(refused.contains("v1: Smooth Streaming needs parameter sets"), "{refused}");
}

/// Oracle: [MS-SSTR] §2.2.2 by hand. 8 s of pictures, 8 s of English sound after one frame of priming, which is left
/// out. Bit rates: 201 104 and 75 448 bit/s, as `manifest/tests.rs` works them out, and 32 bits for the duration of
/// each sample: 200 pictures and 376 frames in 8 s are 800 and 1504 bit/s.
#[test]
fn client_manifest_by_hand() {
    let mut sound = sized(aac(376).with_edits(&[(8000, Some(1024))]), 200);
    sound.language = ENG;
    let made = package(vec![sized(film(pictures(200, 50)), 1000), sound]);
    let all = presented(&[member(&made, "")]);
    let version = version(&all);
    let expected = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<SmoothStreamingMedia MajorVersion=\"2\" MinorVersion=\"0\" TimeScale=\"10000000\" Duration=\"80000000\">
 <StreamIndex Type=\"video\" Name=\"video\" TimeScale=\"10000000\" Chunks=\"2\" QualityLevels=\"1\" \
Url=\"{version}/QualityLevels({{bitrate}})/Fragments(video={{start time}})\" MaxWidth=\"640\" MaxHeight=\"360\" \
DisplayWidth=\"640\" DisplayHeight=\"360\">
  <QualityLevel Index=\"0\" Bitrate=\"201904\" FourCC=\"H264\" CodecPrivateData=\"000000016764001E0000000168EE\" \
MaxWidth=\"640\" MaxHeight=\"360\" NALUnitLengthField=\"4\"/>
  <c t=\"0\" d=\"60000000\"/>
  <c t=\"60000000\" d=\"20000000\"/>
 </StreamIndex>
 <StreamIndex Type=\"audio\" Name=\"audio\" TimeScale=\"10000000\" Chunks=\"2\" QualityLevels=\"1\" \
Url=\"{version}/QualityLevels({{bitrate}})/Fragments(audio={{start time}})\" Language=\"en\">
  <QualityLevel Index=\"0\" Bitrate=\"76952\" FourCC=\"AACL\" CodecPrivateData=\"1190\" SamplingRate=\"48000\" \
Channels=\"2\" BitsPerSample=\"16\" PacketSize=\"4\" AudioTag=\"255\"/>
  <c t=\"0\" d=\"60160000\"/>
  <c t=\"60160000\" d=\"19840000\"/>
 </StreamIndex>
</SmoothStreamingMedia>"
    );
    assert_eq!(client_manifest(&all).unwrap(), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is hidden and however long frames last: each sample that is heard is shown at its exact time to
    /// the nearest unit, and fragments join without gap or drift.
    #[test]
    fn sound_is_exact(hidden in 0u64..5000, odd in prop::collection::vec(1000u32..1050, 0..4)) {
        let mut durations = vec![AAC; 700];
        for (place, duration) in (100..).step_by(99).zip(&odd) {
            durations[place] = *duration;
        }
        let ends: Vec<i64> = durations.iter().scan(0i64, |at, d| { *at += i64::from(*d); Some(*at) }).collect();
        let heard = *ends.last().unwrap() - i64::try_from(hidden).unwrap();
        let mut track = aac(0).with_samples(numbered(durations.clone()));
        track = track.with_edits(&[(u64::try_from(heard / 48).unwrap(), Some(hidden))]);
        let made = package(vec![track]);
        let found = fragments(&made, a2(&made), "audio");
        let times = shown(&found);
        let first = found[0].samples[0].1 - 1000;
        let hidden = i64::try_from(hidden).unwrap();
        for (at, time) in (usize::try_from(first).unwrap()..).zip(times) {
            let begin = ends[at] - i64::from(durations[at]) - hidden;
            prop_assert!((time * 48 * 2 - begin * 10_000 * 2).abs() <= 48, "frame {at}: {time}");
        }
        prop_assert!(ends[usize::try_from(first).unwrap()] > hidden);
    }
}
