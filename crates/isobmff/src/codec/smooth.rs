//! What a client manifest of Smooth Streaming says of a codec ([MS-SSTR] §2.2.2.5).
//!
//! There are no init segments: clients make one from `FourCC` and `CodecPrivateData`.

use super::{
    aac::AudioSpecificConfig,
    ac3::{self, Substream},
    descriptors::Descriptor,
    parameter_sets::parameter_sets,
};
use crate::{FourCc, sample_entry::SampleEntry};

/// In front of each parameter set (ISO/IEC 14496-10 Annex B).
const START_CODE: [u8; 4] = [0, 0, 0, 1];
/// `WAVE_FORMAT_RAW_AAC1`: raw access units, described by an `AudioSpecificConfig`.
const RAW_AAC: u16 = 0xff;
/// `WAVE_FORMAT_EXTENSIBLE`: what is said of the format begins with a GUID.
const EXTENSIBLE: u16 = 0xfffe;
/// `MEDIASUBTYPE_DOLBY_DDPLUS`: a7fb87af-022d-42fb-a4d4-05cd93843bdd, as it lies in memory.
const DOLBY_DIGITAL_PLUS: [u8; 16] =
    [0xaf, 0x87, 0xfb, 0xa7, 0x02, 0x2d, 0xfb, 0x42, 0xa4, 0xd4, 0x05, 0xcd, 0x93, 0x84, 0x3b, 0xdd];
/// Samples of a frame of E-AC-3.
const EAC3_FRAME: u16 = 1536;
/// Speakers of each bit of the channel map of E-AC-3, from the highest (ETSI TS 102 366 Table E.1.4), as bits
/// of `WAVEFORMATEXTENSIBLE.dwChannelMask`. The last but one is a second low-frequency channel, the one before
/// that the top sides: both have no speaker there.
const SPEAKERS: [u32; 16] =
    [0x1, 0x4, 0x2, 0x10, 0x20, 0xc0, 0x30, 0x100, 0x800, 0x600, 0, 0x5000, 0x2000, 0, 0, 0x8];
/// Bits of the channel map: left and right surround, and those at the back.
const SURROUND: u16 = 0x1800;
const BACK: u16 = 0x0200;
const SIDES: u32 = 0x600;
const BACKS: u32 = 0x30;

/// How Smooth Streaming names the codec of a sample entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmoothCodec {
    /// `FourCC`.
    pub four_cc: &'static str,
    /// `CodecPrivateData`, which is printed in hexadecimal.
    pub private_data: Vec<u8>,
    /// `AudioTag`, for sound: `wFormatTag` of `WAVEFORMATEX`.
    pub audio_tag: Option<u16>,
}

/// What a client manifest says of an entry; an error says why the format cannot carry it.
pub fn describe_smooth(entry: &SampleEntry) -> Result<SmoothCodec, &'static str> {
    match &entry.format.0 {
        // `AVC1` would do as well: both have lengths in front of their NAL units, and players take both.
        b"avc1" | b"avc3" => annex_b(entry, "H264"),
        b"hvc1" => annex_b(entry, "HVC1"),
        b"hev1" => annex_b(entry, "HEV1"),
        b"mp4a" => aac(entry),
        b"ec-3" => eac3(entry),
        _ => Err("Smooth Streaming has no name for its codec"),
    }
}

/// Parameter sets with start codes. Without them no client can make an init segment.
fn annex_b(entry: &SampleEntry, four_cc: &'static str) -> Result<SmoothCodec, &'static str> {
    let sets = parameter_sets(entry).unwrap_or_default();
    // Sequence and picture parameter set, for H.265 also a video parameter set.
    let needed = if four_cc == "H264" { 2 } else { 3 };
    if sets.len() < needed {
        return Err("Smooth Streaming needs parameter sets in the sample entry");
    }
    let private_data = sets.into_iter().flat_map(|set| START_CODE.iter().chain(set)).copied().collect();
    Ok(SmoothCodec { four_cc, private_data, audio_tag: None })
}

/// `AACH` announces spectral band replication, `AACL` does not.
fn aac(entry: &SampleEntry) -> Result<SmoothCodec, &'static str> {
    const WITHOUT: &str = "Smooth Streaming needs an AudioSpecificConfig of AAC";
    let esds = entry.child(FourCc(*b"esds")).ok_or(WITHOUT)?;
    let specific = Descriptor::parse(&esds).map_err(|_| WITHOUT)?.specific;
    let config = AudioSpecificConfig::parse(specific).ok_or(WITHOUT)?;
    if !matches!(config.object_type, 1..=4) {
        return Err("Smooth Streaming has no name for this kind of MPEG-4 audio");
    }
    let has_sbr = config.extension_rate.is_some() || config.has_ps;
    let four_cc = if has_sbr { "AACH" } else { "AACL" };
    Ok(SmoothCodec { four_cc, private_data: specific.to_vec(), audio_tag: Some(RAW_AAC) })
}

/// What `WAVEFORMATEXTENSIBLE` has behind `WAVEFORMATEX`, in its order of bytes, and `EC3SpecificBox`.
fn eac3(entry: &SampleEntry) -> Result<SmoothCodec, &'static str> {
    const WITHOUT: &str = "Smooth Streaming needs the `dec3` of E-AC-3";
    let payload = entry.child(FourCc(*b"dec3")).ok_or(WITHOUT)?.payload;
    let record = ac3::dec3(entry).ok_or(WITHOUT)?;
    let mut private_data = EAC3_FRAME.to_le_bytes().to_vec();
    private_data.extend(speakers(&record.first).to_le_bytes());
    private_data.extend(DOLBY_DIGITAL_PLUS);
    private_data.extend(payload);
    Ok(SmoothCodec { four_cc: "EC-3", private_data, audio_tag: Some(EXTENSIBLE) })
}

/// Surround channels are at the back, unless others are.
fn speakers(substream: &Substream) -> u32 {
    let map = substream.channel_map();
    let has = |bit: usize| map & (0x8000 >> bit) != 0;
    let all = SPEAKERS.iter().enumerate().filter(|(bit, _)| has(*bit)).fold(0, |all, (_, one)| all | one);
    let is_four = map & SURROUND != 0 && map & BACK != 0;
    if is_four { all | SIDES | BACKS } else { all }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_entry::tests::{audio, boxed, parse, visual};

    fn hex(text: &str) -> Vec<u8> {
        let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        (0..text.len()).step_by(2).map(digit).collect()
    }

    /// Oracle: the decoder configuration of a file of mp4ff, taken apart by hand.
    #[test]
    fn h264() {
        let avcc = hex(
            "0164001EFFE1001D6764001EACD940B42FF97FF00080009100000303E90000EA600F162D9601000668EBE3CB22C0",
        );
        let expected =
            hex("000000016764001EACD940B42FF97FF00080009100000303E90000EA600F162D960000000168EBE3CB22C0");
        for format in [*b"avc1", *b"avc3"] {
            let entry = parse(visual(format, (64, 48), &boxed(*b"avcC", &avcc)), *b"vide").unwrap();
            let found = describe_smooth(&entry).unwrap();
            assert_eq!((found.four_cc, found.audio_tag), ("H264", None));
            assert_eq!(found.private_data, expected);
        }
        let bare =
            parse(visual(*b"avc3", (64, 48), &boxed(*b"avcC", &[1, 100, 0, 30, 255, 224, 0])), *b"vide");
        assert!(describe_smooth(&bare.unwrap()).is_err());
    }

    /// `esds` with this `DecoderSpecificInfo` (ISO/IEC 14496-1 §7.2.6).
    fn mp4a(specific: &[u8]) -> SampleEntry {
        let len = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap();
        let config = [&[0x40, 0x15][..], &[0; 11], &[5, len(specific)], specific].concat();
        let stream = [&[0, 0, 0, 4, len(&config)][..], &config].concat();
        let payload = [&[0, 0, 0, 0, 3, len(&stream)][..], &stream].concat();
        parse(audio(*b"mp4a", 0, &boxed(*b"esds", &payload)), *b"soun").unwrap()
    }

    /// Oracle: Low Complexity at 48 kHz is `1190`; High Efficiency, from 24 to 48 kHz, is `2b 11 88 00`: object
    /// types 5 and 2, frequencies 6 and 3, two channels.
    #[test]
    fn aac_with_and_without_band_replication() {
        let low = describe_smooth(&mp4a(&[0x11, 0x90])).unwrap();
        assert_eq!((low.four_cc, low.private_data, low.audio_tag), ("AACL", vec![0x11, 0x90], Some(255)));
        let high = describe_smooth(&mp4a(&[0x2b, 0x11, 0x88, 0x00])).unwrap();
        assert_eq!((high.four_cc, high.private_data.len()), ("AACH", 4));
        // xHE-AAC (42) has no name.
        assert!(describe_smooth(&mp4a(&[0xf9, 0x46, 0x40, 0])).is_err());
        assert!(describe_smooth(&mp4a(&[])).is_err());
    }

    /// Oracle: what Bento4 writes for 5.1 (mask 0x3f), and masks of ksmedia.h: 7.1 with sides is 0x63f.
    #[test]
    fn eac3() {
        let of = |payload: &[u8]| {
            describe_smooth(&parse(audio(*b"ec-3", 0, &boxed(*b"dec3", payload)), *b"soun").unwrap()).unwrap()
        };
        let found = of(&[0, 0, 0, 0x0f, 0, 0, 0]);
        assert_eq!((found.four_cc, found.audio_tag), ("EC-3", Some(65534)));
        let expected = hex("00063f000000af87fba7022dfb42a4d405cd93843bdd0000000f000000");
        assert_eq!(found.private_data, expected);
        let stereo = of(&[0, 0, 0, 4, 0]);
        assert_eq!(stereo.private_data[2..6], [3, 0, 0, 0]);
        // `chan_loc` 0x02 is the pair at the back.
        let seven = of(&[0, 0, 0, 0x0f, 2, 2, 0]);
        assert_eq!(seven.private_data[2..6], [0x3f, 0x06, 0, 0]);
    }

    #[test]
    fn what_has_no_name() {
        let entry = parse(visual(*b"vp09", (64, 48), &[]), *b"vide").unwrap();
        assert!(describe_smooth(&entry).is_err());
        assert!(describe_smooth(&parse(audio(*b"Opus", 0, &[]), *b"soun").unwrap()).is_err());
    }
}
