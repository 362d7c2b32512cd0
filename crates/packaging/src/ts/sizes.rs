//! What segments weigh in MPEG-TS and as packed audio: for bit rates, before any page is read.

use mpegts::{Codec, PACKET_BYTES, Segment as TsSegment, Stream};

use super::plan::key_frame_unit;
use crate::segmentation::Segment;
use crate::{BitRates, KeyFrame, PackagedTrack};

/// Bytes of the tag before packed audio, and of the header of each AAC frame.
const TAG_BYTES: u64 = 73;
const ADTS_BYTES: u64 = 7;
/// What a fragment of sound has at least beside media: `styp` 24, `moof` 8, `mfhd` 16, `traf` 8, `tfhd` 16,
/// `tfdt` 20, `trun` 20, the header of `mdat` 8.
const FRAGMENT_BYTES: u64 = 120;
/// One PES packet of sound: sound is not cut exactly where pictures are.
const SOUND_PACKETS: u64 = 33;

/// Bit rates of a track in the form that it has there.
pub(crate) fn transport_rates(track: &PackagedTrack, target: u64) -> BitRates {
    if track.packed_form().is_some() { packed_rates(track, target) } else { ts_rates(track, target) }
}

/// Bit rates as MPEG-TS, from exact sizes.
fn ts_rates(track: &PackagedTrack, target: u64) -> BitRates {
    let segments: Vec<_> = transported(track).collect();
    BitRates::new(&segments, track.timescale, target)
}

/// Bit rates of sound as packed audio; an upper bound, about a hundredth above what it is.
fn packed_rates(track: &PackagedTrack, target: u64) -> BitRates {
    let header = if matches!(track.transport_codec(), Ok(Codec::Aac(_))) { ADTS_BYTES } else { 0 };
    let packed = |segment: &Segment| Segment {
        bytes: segment.bytes.saturating_sub(FRAGMENT_BYTES) + TAG_BYTES + header * u64::from(segment.samples),
        ..*segment
    };
    let segments: Vec<_> = track.segmentation.segments.iter().map(packed).collect();
    BitRates::new(&segments, track.timescale, target)
}

/// Bit rates of pictures with sound in one stream.
pub(crate) fn muxed_rates(pictures: &PackagedTrack, sound: &PackagedTrack, target: u64) -> BitRates {
    let heard: Vec<_> = transported(sound).collect();
    let segments: Vec<_> = transported(pictures)
        .map(|segment| Segment {
            bytes: segment.bytes + sound_bytes(&segment, pictures, (sound, &heard)),
            ..segment
        })
        .collect();
    BitRates::new(&segments, pictures.timescale, target)
}

/// The segments with their bytes in MPEG-TS.
fn transported(track: &PackagedTrack) -> impl Iterator<Item = Segment> + '_ {
    let all = track.segmentation.segments.iter().zip(&track.transport_packets);
    all.map(|(segment, &packets)| Segment { bytes: packets * PACKET_BYTES, ..*segment })
}

/// Bytes of the sound while a segment of pictures lasts: of each segment of sound the part that overlaps.
fn sound_bytes(
    pictures: &Segment,
    of_pictures: &PackagedTrack,
    (of_sound, sound): (&PackagedTrack, &[Segment]),
) -> u64 {
    let scale = u128::from(of_pictures.timescale.get());
    let own = u128::from(of_sound.timescale.get());
    let is_last = of_pictures.segmentation.end() == pictures.end;
    let from = u128::from(pictures.start) * own / scale;
    let to = if is_last { u128::MAX } else { u128::from(pictures.end) * own / scale };
    let overlap = |segment: &Segment| {
        let (start, end) = (u128::from(segment.start), u128::from(segment.end));
        let common = end.min(to).saturating_sub(start.max(from));
        let bytes = u128::from(segment.bytes) * common;
        u64::try_from(bytes.div_ceil(end.saturating_sub(start).max(1))).unwrap_or(u64::MAX)
    };
    let first = sound.partition_point(|segment| u128::from(segment.end) <= from);
    let within = sound.iter().skip(first).take_while(|segment| u128::from(segment.start) < to);
    within.map(overlap).sum::<u64>() + SOUND_PACKETS * PACKET_BYTES
}

/// Bytes of a key frame alone in MPEG-TS.
pub(crate) fn ts_key_frame_bytes(track: &PackagedTrack, key_frame: &KeyFrame) -> u64 {
    let Ok(codec) = track.transport_codec() else { return 0 };
    let units = vec![key_frame_unit(0, key_frame.bytes)];
    TsSegment::plan(vec![Stream { codec, units }]).map_or(0, |segment| segment.content_length())
}
