//! Closed captions inside the pictures of H.264 and HEVC tracks: which channels there are.
//!
//! ```text
//! sample -> NAL units -> SEI messages -> user data registered by ITU-T T.35 -> cc_data() (ANSI/SCTE 128-1 §8.1)
//!        -> CEA-608 pairs of two fields, CEA-708 packets
//! ```

use cea608_types::tables::Code;
use isobmff::without_emulation_prevention;

use crate::cea608::Field;
use crate::cea708::Packets;

#[cfg(test)]
mod tests;

/// A video coding that carries captions in SEI messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VideoCoding {
    /// ISO/IEC 14496-10.
    Avc,
    /// ISO/IEC 23008-2.
    Hevc,
}

/// A channel or service of closed captions in a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClosedCaptionChannel {
    /// CEA-608 channel 1 to 4: CC1 to CC4.
    Cc(u8),
    /// CEA-708 service 1 to 63.
    Service(u8),
}

/// The channels and services that say something in these pictures, sorted.
///
/// `pictures` are samples in the order of their presentation, since captions run on from one to the next;
/// `nal_length_size` is that of the decoder configuration record. A CEA-608 channel counts once it has a
/// letter to show, a CEA-708 service once it has a block; padding does not. What is damaged is passed over.
pub fn closed_captions<'a>(
    coding: VideoCoding,
    nal_length_size: u8,
    pictures: impl Iterator<Item = &'a [u8]>,
) -> Vec<ClosedCaptionChannel> {
    let mut presence = Presence::default();
    for picture in pictures {
        let nal_units = NalUnits { length_size: nal_length_size.into(), rest: picture };
        for nal in nal_units {
            if let Some(messages) = coding.sei_messages(nal) {
                read_messages(&without_emulation_prevention(messages), &mut presence);
            }
        }
    }
    presence.channels()
}

impl VideoCoding {
    /// The messages of an SEI NAL unit; `None` of any other.
    fn sei_messages(self, nal: &[u8]) -> Option<&[u8]> {
        const AVC_SEI: u8 = 6;
        const HEVC_PREFIX_SEI: u8 = 39;
        const HEVC_SUFFIX_SEI: u8 = 40;
        match (self, nal) {
            (Self::Avc, [header, rest @ ..]) => (header & 0x1f == AVC_SEI).then_some(rest),
            (Self::Hevc, [header, _, rest @ ..]) => {
                matches!(header >> 1 & 0x3f, HEVC_PREFIX_SEI | HEVC_SUFFIX_SEI).then_some(rest)
            }
            _ => None,
        }
    }
}

/// The NAL units of a sample, each after its length (ISO/IEC 14496-15 §5.3.2), up to one that is cut.
struct NalUnits<'a> {
    length_size: usize,
    rest: &'a [u8],
}

impl<'a> Iterator for NalUnits<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        let (length, rest) = self.rest.split_at_checked(self.length_size.clamp(1, 4))?;
        let length = length.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
        let (nal, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some(nal)
    }
}

/// `sei_rbsp` (ISO/IEC 14496-10 §7.3.2.3, ISO/IEC 23008-2 §7.3.2.4).
fn read_messages(mut rest: &[u8], presence: &mut Presence) {
    const REGISTERED_BY_ITU_T_T35: usize = 4;
    /// `rbsp_trailing_bits` alone.
    const END: usize = 1;
    while rest.len() > END {
        let Some((kind, after_kind)) = number(rest) else { return };
        let Some((size, after_size)) = number(after_kind) else { return };
        let Some((payload, after)) = after_size.split_at_checked(size) else { return };
        if kind == REGISTERED_BY_ITU_T_T35 {
            presence.read_user_data(payload);
        }
        rest = after;
    }
}

/// A number in steps of 255: as many bytes 0xff as it has whole ones, then the rest.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let whole = bytes.iter().take_while(|&&byte| byte == 0xff).count();
    let (last, rest) = bytes.get(whole..)?.split_first()?;
    Some((whole * 255 + usize::from(*last), rest))
}

/// What was found so far.
#[derive(Debug, Default)]
struct Presence {
    fields: [Field; 2],
    has_letters: [[bool; 2]; 2],
    packets: Packets,
}

impl Presence {
    /// `ATSC1_data` with `cc_data` (ANSI/SCTE 128-1 §8.1): country 0xb5 (United States), provider 0x0031 (ATSC),
    /// `GA94`, type 3.
    fn read_user_data(&mut self, payload: &[u8]) {
        if let Some([flags, _, triplets @ ..]) = payload.strip_prefix(b"\xb5\0\x31GA94\x03") {
            const PROCESS: u8 = 0x40;
            if flags & PROCESS != 0 {
                let count = usize::from(flags & 0x1f);
                triplets.as_chunks().0.iter().take(count).for_each(|triplet| self.read_triplet(*triplet));
            }
        }
    }

    /// `cc_valid`, `cc_type` and two bytes (CEA-708-E §4.4).
    fn read_triplet(&mut self, [flags, first, second]: [u8; 3]) {
        const VALID: u8 = 0x04;
        let is_valid = flags & VALID != 0;
        let ([field1, field2], [letters1, letters2]) = (&mut self.fields, &mut self.has_letters);
        match flags & 0x03 {
            0 if is_valid => note_letters(field1, letters1, [first, second]),
            1 if is_valid => note_letters(field2, letters2, [first, second]),
            2 if is_valid => self.packets.go_on([first, second]),
            3 if is_valid => self.packets.start([first, second]),
            // A packet ends, whole or not, where the next starts or an invalid one stands in its place.
            2 | 3 => self.packets.end(),
            _ => {}
        }
    }

    fn channels(mut self) -> Vec<ClosedCaptionChannel> {
        self.packets.end();
        let has_letters = self.has_letters.into_iter().flatten();
        let channels =
            (1..).zip(has_letters).filter(|(_, has)| *has).map(|(n, _)| ClosedCaptionChannel::Cc(n));
        channels.chain(self.packets.services().map(ClosedCaptionChannel::Service)).collect()
    }
}

fn note_letters(field: &mut Field, has_letters: &mut [bool; 2], pair: [u8; 2]) {
    let is_letter = |code: &Code| code.char().is_some_and(|letter| !letter.is_whitespace());
    if let Some((channel, codes)) = field.read(pair) {
        *channel.of(has_letters) |= codes.iter().any(is_letter);
    }
}
