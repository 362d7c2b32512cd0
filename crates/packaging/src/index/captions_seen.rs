//! Looks for captions inside the pictures (CEA-608 and CEA-708 in SEI messages): players offer only those
//! that the manifest names.

use std::ops::Range;

use bytes::Bytes;
use captions::sei::{self, ClosedCaptionChannel, VideoCoding};
use isobmff::codec::VideoFamily;

use crate::TrackCodec;
use crate::draft::Draft;
use crate::set::CaptionChannel;

/// How many pictures are looked at from the start on: ten seconds at 25 a second.
const MAX_PICTURES: usize = 250;
/// And how many bytes of them.
const MAX_BYTES: u64 = 1 << 20;

/// The pictures of a track that are looked at.
pub(super) struct Look {
    codec: VideoCoding,
    nal_length_size: u8,
    pub(super) pictures: Vec<Range<u64>>,
}

impl Look {
    /// `None` for tracks that carry no such messages.
    pub(super) fn new(draft: &Draft) -> Option<Self> {
        let TrackCodec::Video(video, _) = &draft.codec else { return None };
        let codec = match video.family {
            VideoFamily::Avc => VideoCoding::Avc,
            VideoFamily::Hevc => VideoCoding::Hevc,
            VideoFamily::Vvc | VideoFamily::Av1 | VideoFamily::Vp9 => return None,
        };
        let mut left = MAX_BYTES;
        let samples = draft.timeline.walk(&draft.table).map_while(Result::ok).take(MAX_PICTURES);
        let pictures = samples.map_while(|sample| {
            left = left.checked_sub(sample.size.into())?;
            sample.offset.map(|at| (sample.presentation_time, at..at + u64::from(sample.size)))
        });
        // Captions are sent in the order in which pictures are shown (CEA-708-E §4.4).
        let mut pictures: Vec<_> = pictures.collect();
        pictures.sort_by_key(|(time, _)| *time);
        let pictures = pictures.into_iter().map(|(_, bytes)| bytes).collect();
        Some(Self { codec, nal_length_size: video.nal_length_size?, pictures })
    }
}

/// The channels that any of the tracks carries, in order.
pub(super) fn found(looks: &[Look], read: &dyn Fn(&Range<u64>) -> Option<Bytes>) -> Vec<CaptionChannel> {
    let mut out = Vec::new();
    for look in looks {
        let pictures: Vec<_> = look.pictures.iter().filter_map(read).collect();
        let seen = sei::closed_captions(look.codec, look.nal_length_size, pictures.iter().map(AsRef::as_ref));
        out.extend(seen.into_iter().map(|channel| match channel {
            ClosedCaptionChannel::Cc(number) => CaptionChannel::Cc(number),
            ClosedCaptionChannel::Service(number) => CaptionChannel::Service(number),
        }));
    }
    out.sort_unstable();
    out.dedup();
    out
}
