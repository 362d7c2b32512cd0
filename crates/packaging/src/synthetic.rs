//! Sources made of nothing but tables, for tests.
//!
//! Pictures come at 25 a second in a time scale of 12800, so one lasts 512 ticks; sound is AAC or Opus at
//! 48 kHz. A sample's size is its number plus [`SIZE`], so that a packaged sample tells where it is from.

use std::ops::Deref;

use bytes::Bytes;
use isobmff::testing::{SourceMovie, SourceSample, SourceTrack, avc1, mp4a, opus};
use isobmff::{Movie, SampleTable, Track};

use crate::draft::drafts;
use crate::index::{Head, HeadStep, Index, IndexDraft, Page};
use crate::plan::SegmentPlan;
use crate::route::{TrackKind, Version};
use crate::timeline::{PackagedSample, Timeline};
use crate::{Asset, Error, PackagedTrack, Policy, SourceObject, TrackCodec};

/// Size of the first sample of every track.
pub(crate) const SIZE: u32 = 1000;
/// Time scale of pictures.
pub(crate) const VIDEO_SCALE: u32 = 12_800;
/// Ticks of a picture.
pub(crate) const PICTURE: u32 = 512;
/// Samples of an AAC frame.
pub(crate) const AAC: u32 = 1024;
/// Samples of an Opus packet.
pub(crate) const OPUS: u32 = 960;

/// Track 1, pictures.
pub(crate) fn video() -> SourceTrack {
    SourceTrack::new(1, *b"vide", VIDEO_SCALE, avc1((640, 360), &[]))
}

/// Track 2, AAC Low Complexity, 48 kHz, stereo: one frame of pre-roll, and silent frames can be made.
pub(crate) fn aac(frames: usize) -> SourceTrack {
    SourceTrack::new(2, *b"soun", 48_000, mp4a(48_000, 0x1190)).with_samples(numbered(vec![AAC; frames]))
}

/// Track 2, Opus: 80 ms of pre-roll.
pub(crate) fn opus_track(frames: usize, pre_skip: u16) -> SourceTrack {
    SourceTrack::new(2, *b"soun", 48_000, opus(pre_skip)).with_samples(numbered(vec![OPUS; frames]))
}

/// Sync samples with these durations.
pub(crate) fn numbered(durations: Vec<u32>) -> Vec<SourceSample> {
    (SIZE..).zip(durations).map(|(size, duration)| SourceSample::sync(duration, size)).collect()
}

/// `count` pictures without reordering, a sync sample every `gop` pictures.
pub(crate) fn pictures(count: usize, gop: usize) -> Vec<SourceSample> {
    let mut samples = numbered(vec![PICTURE; count]);
    samples.iter_mut().enumerate().for_each(|(i, sample)| sample.is_sync = i % gop == 0);
    samples
}

/// Groups of pictures whose place in display order, counted from the first of the group, is given in
/// decoding order; composition times begin `delay` ticks after decoding times.
pub(crate) fn reordered(groups: usize, display: &[u32], delay: i32) -> Vec<SourceSample> {
    let mut samples = pictures(groups * display.len(), display.len());
    for (i, sample) in samples.iter_mut().enumerate() {
        let place = i % display.len();
        let ahead = i64::from(display[place]) - i64::try_from(place).unwrap();
        sample.offset = i32::try_from(ahead * i64::from(PICTURE)).unwrap() + delay;
    }
    samples
}

/// A packaged movie, read back from its index.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) asset: Asset,
    pub(crate) tracks: Vec<MadeTrack>,
}

/// A packaged track, and what it was made from.
#[derive(Debug)]
pub(crate) struct MadeTrack {
    track: PackagedTrack,
    pub(crate) timeline: Timeline,
    pub(crate) table: SampleTable,
    version: Version,
    index: Bytes,
}

impl Deref for Made {
    type Target = Asset;

    fn deref(&self) -> &Asset {
        &self.asset
    }
}

impl Deref for MadeTrack {
    type Target = PackagedTrack;

    fn deref(&self) -> &PackagedTrack {
        &self.track
    }
}

impl MadeTrack {
    /// The version of the whole.
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// The whole index.
    pub(crate) fn index(&self) -> &Bytes {
        &self.index
    }

    /// The page with the segment that starts at this time.
    pub(crate) fn page(&self, start: u64) -> Page {
        Page::of_index(&self.index, self.version, self.path(), start).unwrap()
    }

    /// The plan of the segment that starts at this time.
    pub(crate) fn plan(&self, start: u64) -> SegmentPlan {
        self.page(start).plan(start).unwrap().unwrap()
    }
}

/// A movie in milliseconds, packaged by the default policy.
pub(crate) fn package(tracks: Vec<SourceTrack>) -> Made {
    package_with(Policy::default(), 1000, tracks).unwrap()
}

/// A movie with this time scale, packaged by this policy.
pub(crate) fn package_with(policy: Policy, timescale: u32, tracks: Vec<SourceTrack>) -> Result<Made, Error> {
    let source = SourceMovie { timescale, tracks };
    let movie = Movie::parse(&source.moov(), 0).unwrap();
    let object = SourceObject { bytes: source.file_bytes(), etag: "e".to_owned(), revision: None };
    let Index { head, bytes } = IndexDraft::new(&movie, object, policy)?.finish(&|_| None)?;
    let drafts = drafts(&movie, source.file_bytes(), policy)?.media;
    let Ok(HeadStep::Whole(again)) = Head::read(&bytes, head.version) else { panic!("the head reads") };
    let made = |(track, draft): (PackagedTrack, crate::draft::Draft)| MadeTrack {
        track,
        timeline: draft.timeline,
        table: draft.table,
        version: head.version,
        index: bytes.clone(),
    };
    let tracks = again.asset.tracks.into_iter().zip(drafts).map(made).collect();
    Ok(Made { asset: head.asset, tracks })
}

/// The default policy with this distance of grid lines.
pub(crate) fn every(millis: u32) -> Policy {
    Policy { segment_millis: millis.try_into().unwrap(), ..Policy::default() }
}

/// Why this track is left out beside a sound track that is not.
pub(crate) fn refusal(track: SourceTrack) -> String {
    let asset = package(vec![track, aac(10)]);
    assert_eq!((asset.tracks.len(), asset.left_out.len()), (1, 1));
    asset.left_out[0].reason.clone()
}

/// The track as the reader sees it.
pub(crate) fn parsed(track: SourceTrack) -> Track {
    let movie = SourceMovie { timescale: 1000, tracks: vec![track] };
    Movie::parse(&movie.moov(), 0).unwrap().tracks.remove(0).unwrap()
}

/// The only video track.
pub(crate) fn v1(made: &Made) -> &MadeTrack {
    made.tracks.iter().find(|track| track.name.kind == TrackKind::Video).unwrap()
}

/// The only sound track.
pub(crate) fn a2(made: &Made) -> &MadeTrack {
    made.tracks.iter().find(|track| track.name.kind == TrackKind::Audio).unwrap()
}

/// All samples of the output, as the pages of the index have them.
pub(crate) fn samples(track: &MadeTrack) -> Vec<PackagedSample> {
    let walked: Vec<_> = track.timeline.walk(&track.table).map(Result::unwrap).collect();
    assert_well_formed(&track.timeline, &walked);
    if let TrackCodec::Audio(_) = track.codec {
        let delay = i64::from(track.media_time);
        assert!(walked.iter().all(|s| s.presentation_time + delay == s.decode_time));
    }
    assert_eq!(paged(track), walked);
    walked
}

fn paged(track: &MadeTrack) -> Vec<PackagedSample> {
    let mut out = Vec::new();
    for segment in &track.segmentation.segments {
        let page = track.page(segment.start);
        let (_, samples) =
            page.of_media().unwrap().all().find(|(paged, _)| paged.start == segment.start).unwrap();
        let mut decode_time = i64::try_from(segment.decode_time).unwrap();
        for paged in samples {
            let sample = paged.sample;
            out.push(PackagedSample {
                offset: paged.offset,
                size: sample.size,
                decode_time,
                presentation_time: decode_time + i64::from(sample.composition_offset)
                    - i64::from(track.media_time),
                duration: sample.duration,
                is_sync: sample.is_sync,
            });
            decode_time += i64::from(sample.duration);
        }
    }
    out
}

/// What holds for every track: decoding times rise and are sums of durations, and no composition offset
/// is negative.
pub(crate) fn assert_well_formed(timeline: &Timeline, samples: &[PackagedSample]) {
    for pair in samples.windows(2) {
        assert!(pair[0].duration > 0);
        assert_eq!(pair[0].decode_time + i64::from(pair[0].duration), pair[1].decode_time);
    }
    let delay = i64::from(timeline.media_time);
    assert!(samples.iter().all(|s| s.presentation_time + delay >= s.decode_time));
}

/// Numbers of source samples; `None` for silent frames.
pub(crate) fn sources(samples: &[PackagedSample]) -> Vec<Option<u32>> {
    samples.iter().map(|s| s.offset.map(|_| s.size - SIZE)).collect()
}

/// Decoding times.
pub(crate) fn decode(samples: &[PackagedSample]) -> Vec<i64> {
    samples.iter().map(|s| s.decode_time).collect()
}

/// Presentation times.
pub(crate) fn present(samples: &[PackagedSample]) -> Vec<i64> {
    samples.iter().map(|s| s.presentation_time).collect()
}

/// Durations.
pub(crate) fn durations(samples: &[PackagedSample]) -> Vec<u32> {
    samples.iter().map(|s| s.duration).collect()
}
