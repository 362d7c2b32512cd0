//! Timed metadata: PES packets of tags ("Timed Metadata for HTTP Live Streaming", section 2.4).

use super::{Pes, Stream};
use crate::error::Error;
use crate::pes::{LONGEST, Stamps};

/// Bytes of the longest tag that a PES packet can carry: metadata, unlike video, must say its length.
pub const LONGEST_TAG: u64 = LONGEST;

/// One PES packet for each tag, at the tag's own time: unlike frames of sound, tags follow no clock.
pub(super) fn tags(number: usize, stream: &Stream) -> Result<Vec<Pes>, Error> {
    let packets = stream.units.iter().enumerate().map(|(first, unit)| {
        let bytes = u64::from(unit.bytes);
        if bytes > LONGEST {
            return Err(Error::LongFrame { unit: first, bytes });
        }
        let stamps = Stamps { pts: unit.pts, dts: unit.pts };
        Ok(Pes { units: 1, ..Pes::new((number, first), stamps, bytes) })
    });
    packets.collect()
}
