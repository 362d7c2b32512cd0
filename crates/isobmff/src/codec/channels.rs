//! Channel configurations as DASH names them.

/// Index of ISO/IEC 23091-3 (CICP) Table 10, the scheme for all codecs where an index exists.
const CICP: &str = "urn:mpeg:mpegB:cicp:ChannelConfiguration";
/// AC-3 and E-AC-3: the channel map, four hexadecimal digits.
const DOLBY_2014: &str = "tag:dolby.com,2014:dash:audio_channel_configuration:2011";
/// AC-4: the presentation channel mask, six hexadecimal digits.
const DOLBY_2015: &str = "tag:dolby.com,2015:dash:audio_channel_configuration:2015";
/// DTS: the number of channels.
const DTS_2014: &str = "tag:dts.com,2014:dash:audio_channel_configuration:2012";
/// DTS-UHD: the channel mask in hexadecimal.
const DTS_2018: &str = "tag:dts.com,2018:uhd:audio_channel_configuration";

/// Channels of each index of CICP; 0 where the index has none.
const CICP_COUNTS: [u16; 21] = [0, 1, 2, 3, 4, 5, 6, 8, 0, 3, 4, 7, 8, 24, 8, 12, 10, 12, 14, 12, 14];
/// Channel maps of E-AC-3 that CICP has (ETSI TS 102 366 Table I.1.1).
const EAC3_TO_CICP: [(u16, u8); 15] = [
    (0x4000, 1),
    (0xa000, 2),
    (0xe000, 3),
    (0xe100, 4),
    (0xf800, 5),
    (0xf801, 6),
    (0xf821, 7),
    (0xa100, 9),
    (0xb800, 10),
    (0xe301, 11),
    (0xfa01, 12),
    (0xf811, 14),
    (0xf815, 16),
    (0xf89d, 17),
    (0xe255, 19),
];
/// Channels of each bit of the channel map of E-AC-3, from the highest (ETSI TS 102 366 Table E.1.4).
const EAC3_WIDTHS: [u16; 16] = [1, 1, 1, 1, 1, 2, 2, 1, 1, 2, 2, 2, 1, 2, 1, 1];
/// Presentation channel masks of AC-4 that CICP has (ETSI TS 103 190-2 Table G.1).
const AC4_TO_CICP: [(u32, u8); 27] = [
    (0x00_0002, 1),
    (0x00_0001, 2),
    (0x00_0003, 3),
    (0x00_8003, 4),
    (0x00_0007, 5),
    (0x00_0047, 6),
    (0x02_0047, 7),
    (0x00_8001, 9),
    (0x00_0005, 10),
    (0x00_8047, 11),
    (0x00_004f, 12),
    (0x02_ff7f, 13),
    (0x06_ff6f, 13),
    (0x00_0057, 14),
    (0x04_0047, 14),
    (0x00_145f, 15),
    (0x04_144f, 15),
    (0x00_0077, 16),
    (0x04_0067, 16),
    (0x00_0a77, 17),
    (0x04_0a67, 17),
    (0x00_0a7f, 18),
    (0x04_0a6f, 18),
    (0x00_007f, 19),
    (0x04_006f, 19),
    (0x01_007f, 20),
    (0x05_006f, 20),
];
/// Bits of the AC-4 mask that stand for a pair (ETSI TS 103 190-2 Table A.27).
const AC4_PAIRS: u32 = 0x07_21bd;
/// Bits of the AC-4 mask that stand for channels at all.
const AC4_CHANNELS: u32 = 0x07_ffff;
/// The AC-4 mask of content that is objects and not channels.
const AC4_OBJECTS: u32 = 0x80_0000;

/// A number of channels and its name in DASH.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Channels {
    pub count: u16,
    pub dash: (&'static str, String),
}

impl Channels {
    /// Channels of an index of CICP, if it is one.
    pub(super) fn of_cicp(index: u8) -> Option<Self> {
        let count = CICP_COUNTS.get(usize::from(index)).copied().filter(|&count| count != 0)?;
        Some(Self { count, dash: (CICP, index.to_string()) })
    }

    /// The usual layout of so many channels: as MPEG-4 has it up to 5.1, then 6.1 and 7.1 with
    /// channels at the back.
    pub(super) fn of_count(count: u16) -> Self {
        let index = match count {
            1..=6 => u8::try_from(count).unwrap_or(0),
            7 => 11,
            8 => 12,
            _ => 0,
        };
        Self::of_count_as(count, index)
    }

    /// So many channels under this index, which may be 0 for a layout that has none.
    pub(super) fn of_count_as(count: u16, index: u8) -> Self {
        Self { count, dash: (CICP, index.to_string()) }
    }

    /// Channels of a channel map of AC-3 or E-AC-3.
    pub(super) fn of_eac3_map(map: u16) -> Self {
        let widths = EAC3_WIDTHS.iter().enumerate().filter(|(bit, _)| map & 0x8000 >> bit != 0);
        let count = widths.map(|(_, width)| width).sum();
        match EAC3_TO_CICP.iter().find(|(known, _)| *known == map) {
            Some((_, index)) => Self::of_count_as(count, *index),
            None => Self { count, dash: (DOLBY_2014, format!("{map:04X}")) },
        }
    }

    /// Channels of a presentation channel mask of AC-4; `None`: the presentation is objects, which
    /// the decoder renders to `rendered` channels.
    pub(super) fn of_ac4_mask(mask: Option<u32>, rendered: u16) -> Self {
        let Some(mask) = mask else {
            return Self { count: rendered, dash: (DOLBY_2015, format!("{AC4_OBJECTS:06X}")) };
        };
        let count = (mask & AC4_CHANNELS).count_ones() + (mask & AC4_PAIRS).count_ones();
        let count = u16::try_from(count).unwrap_or(rendered);
        match AC4_TO_CICP.iter().find(|(known, _)| *known == mask) {
            Some((_, index)) => Self::of_count_as(count, *index),
            None => Self { count, dash: (DOLBY_2015, format!("{mask:06X}")) },
        }
    }

    /// So many channels of DTS, whose layout is known as an index or not.
    pub(super) fn of_dts(count: u16, index: Option<u8>) -> Self {
        match index {
            Some(index) => Self::of_count_as(count, index),
            None => Self { count, dash: (DTS_2014, count.to_string()) },
        }
    }

    /// Channels of a mask of DTS-UHD, one bit each.
    pub(super) fn of_dts_uhd_mask(mask: u32) -> Self {
        let count = u16::try_from(mask.count_ones()).unwrap_or(0);
        Self { count, dash: (DTS_2018, format!("{mask:08X}")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: ETSI TS 102 366 Table I.1.1: the channel counts of CICP and of the channel maps agree.
    #[test]
    fn both_tables_count_the_same_channels() {
        for (map, index) in EAC3_TO_CICP {
            let channels = Channels::of_eac3_map(map);
            assert_eq!(Some(&channels), Channels::of_cicp(index).as_ref(), "{map:04x}");
        }
        for (mask, index) in &AC4_TO_CICP {
            let channels = Channels::of_ac4_mask(Some(*mask), 0);
            assert_eq!(Some(&channels), Channels::of_cicp(*index).as_ref(), "{mask:06x}");
        }
    }

    #[test]
    fn eight_channels_are_not_index_eight() {
        assert_eq!(Channels::of_count(8).dash.1, "12");
        assert_eq!(Channels::of_count(6).dash.1, "6");
    }
}
