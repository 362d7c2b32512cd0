//! Whole entries, with the strings and numbers that other programs derive from them.

use super::*;
use crate::sample_entry::tests::{audio, boxed, parse, visual};

const AVCC: &str = "0164001EFFE1001D6764001EACD940B42FF97FF00080009100000303E90000EA600F162D96\
                    01000668EBE3CB22C0";
const HVCC_START: &str = "010220000000900000000000 3FF000FCFDFAFA0000 0F";
/// The sequence parameter sets of mp4ff's tests.
const HEVC_SPS: [&str; 2] = [
    "420101016000000300b0000003000003007ba003c08010e59447924525ac041400000300040000030067c36bdcf50007a12000f42640",
    "420101016000000300900000030000030078a0021c801e0596566924caf01680800001f480003a9804",
];

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn video(format: [u8; 4], boxes: &[Vec<u8>]) -> Result<VideoCodec, Error> {
    let entry = parse(visual(format, (64, 48), &boxes.concat()), *b"vide")?;
    match describe(&entry)? {
        Codec::Video(video) => Ok(video),
        other => panic!("not video: {other:?}"),
    }
}

fn sound_of(entry: Vec<u8>) -> Result<AudioCodec, Error> {
    match describe(&parse(entry, *b"soun")?)? {
        Codec::Audio(audio) => Ok(audio),
        other => panic!("not audio: {other:?}"),
    }
}

fn sound(format: [u8; 4], kind: [u8; 4], payload: &[u8]) -> Result<AudioCodec, Error> {
    sound_of(audio(format, 0, &boxed(kind, payload)))
}

/// `esds` with this object type and this `DecoderSpecificInfo` (ISO/IEC 14496-1 §7.2.6).
fn esds(object_type: u8, specific: &[u8]) -> Vec<u8> {
    let len = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap();
    let info = [&[5, len(specific)][..], specific].concat();
    let config = [&[object_type, 0x15][..], &[0; 11], &info].concat();
    let stream = [&[0, 0, 0, 4, len(&config)][..], &config, &[6, 1, 2]].concat();
    let payload = [&[0, 0, 0, 0, 3, len(&stream)][..], &stream].concat();
    boxed(*b"esds", &payload)
}

fn aac(specific: &str) -> Result<AudioCodec, Error> {
    sound_of(audio(*b"mp4a", 0, &esds(0x40, &hex(specific))))
}

/// `hvcC` with one array per NAL unit (ISO/IEC 14496-15 §8.3.3.1.2).
fn hvcc(nals: &[Vec<u8>]) -> Vec<u8> {
    let mut record = [hex(HVCC_START), vec![u8::try_from(nals.len()).unwrap()]].concat();
    for nal in nals {
        record.extend([nal[0] >> 1, 0, 1]);
        record.extend(u16::try_from(nal.len()).unwrap().to_be_bytes());
        record.extend_from_slice(nal);
    }
    boxed(*b"hvcC", &record)
}

/// Oracle: shaka-packager's test of this record.
#[test]
fn avc_is_read_from_record_and_parameter_set() {
    let avcc = boxed(*b"avcC", &hex(AVCC));
    let codec = video(*b"avc3", std::slice::from_ref(&avcc)).unwrap();
    assert_eq!((codec.codecs.as_str(), codec.nal_length_size), ("avc3.64001e", Some(4)));
    assert_eq!((codec.coded_width, codec.coded_height, codec.pixel_aspect), (720, 360, (8, 9)));
    assert_eq!((codec.bit_depth, codec.interlaced), (Some(8), false));
    assert_eq!(codec.out_of_band_format, Some(FourCc(*b"avc1")));
    assert_eq!(codec.codecs_as(FourCc(*b"avc1")), "avc1.64001e");
    let pasp = boxed(*b"pasp", &[0, 0, 0, 64, 0, 0, 0, 45]);
    let codec = video(*b"avc1", &[avcc.clone(), pasp]).unwrap();
    assert_eq!((codec.pixel_aspect, codec.out_of_band_format), ((64, 45), None));
    let zero = boxed(*b"pasp", &[0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(video(*b"avc1", &[avcc, zero]).unwrap().pixel_aspect, (8, 9));
}

/// Oracle: shaka-packager's record; the sizes and colours are those ffprobe reads in the parameter sets.
#[test]
fn hevc_is_read_from_record_and_parameter_set() {
    let nals = [hex("4001"), hex(HEVC_SPS[0]), hex("4401")];
    let codec = video(*b"hev1", &[hvcc(&nals)]).unwrap();
    assert_eq!((codec.codecs.as_str(), codec.nal_length_size), ("hev1.2.4.L63.90", Some(4)));
    assert_eq!((codec.coded_width, codec.coded_height, codec.bit_depth), (1920, 1080, Some(10)));
    assert_eq!(codec.out_of_band_format, Some(FourCc(*b"hvc1")));
    assert_eq!(codec.codecs_as(FourCc(*b"hvc1")), "hvc1.2.4.L63.90");
    assert_eq!(video(*b"hev1", &[hvcc(&nals[..2])]).unwrap().out_of_band_format, None);
    let other = video(*b"hvc1", &[hvcc(&[hex(HEVC_SPS[1])])]).unwrap();
    assert_eq!((other.coded_width, other.coded_height), (1080, 1920));
}

/// Oracle: the strings, brands and ranges in Apple's HLS Authoring Specification, appendix.
#[test]
fn dolby_vision_beside_and_without_a_base_layer() {
    let record = |profile: u8, level: u8, compatibility: u8| {
        let kind = if profile > 7 { *b"dvvC" } else { *b"dvcC" };
        boxed(kind, &[1, 0, profile << 1, level << 3 | 5, compatibility << 4])
    };
    let hdr = |transfer: u8| boxed(*b"colr", &[b'n', b'c', b'l', b'x', 0, 9, 0, transfer, 0, 9, 0]);
    for (level, compatibility, transfer, codecs, brand, range) in [
        (7, 4, 18, "dvh1.08.07", *b"db4h", VideoRange::Hlg),
        (7, 4, 14, "dvh1.08.07", *b"db4g", VideoRange::Hlg),
        (6, 1, 16, "dvh1.08.06", *b"db1p", VideoRange::Pq),
        (6, 2, 1, "dvh1.08.06", *b"db2g", VideoRange::Sdr),
    ] {
        let boxes = [hvcc(&[]), record(8, level, compatibility), hdr(transfer)];
        let codec = video(*b"hvc1", &boxes).unwrap();
        let supplemental = Supplemental { codecs: codecs.into(), brand: FourCc(brand) };
        assert_eq!((codec.supplemental.as_ref(), codec.video_range()), (Some(&supplemental), range));
        assert_eq!(codec.codecs, "hvc1.2.4.L63.90");
        let in_band = video(*b"hev1", &boxes).unwrap();
        assert_eq!(in_band.supplemental_as(FourCc(*b"hvc1")), Some(supplemental));
    }
    let five = video(*b"dvhe", &[hvcc(&[]), record(5, 8, 0)]).unwrap();
    assert_eq!((five.codecs.as_str(), five.video_range()), ("dvhe.05.08", VideoRange::Pq));
    assert_eq!((five.codecs_as(FourCc(*b"dvh1")), five.supplemental), ("dvh1.05.08".into(), None));
    let av1c = boxed(*b"av1C", &[0x81, 0x0d, 0x4e, 0]);
    let ten = video(*b"av01", &[av1c, record(10, 9, 4)]).unwrap().supplemental.unwrap();
    assert_eq!((ten.codecs.as_str(), ten.brand), ("dav1.10.09", FourCc(*b"db4h")));
}

/// Oracle: shaka-packager's tests of `dvcC`; what is broken matters where the entry is named after it.
#[test]
fn a_broken_dolby_vision_record_spoils_only_its_own_entry() {
    let good = boxed(*b"dvcC", &[1, 0, 0x0a, 0x40]);
    assert_eq!(video(*b"dvh1", &[hvcc(&[]), good]).unwrap().codecs, "dvh1.05.08");
    for broken in [boxed(*b"dvcC", &[2, 0, 0x0a, 0x40]), boxed(*b"dvcC", &[1, 0, 0x0a])] {
        assert!(matches!(video(*b"dvh1", &[hvcc(&[]), broken.clone()]), Err(Error::Invalid { .. })));
        assert_eq!(video(*b"hvc1", &[hvcc(&[]), broken]).unwrap().dolby_vision, None);
    }
}

/// Oracle: ISO/IEC 14496-12 §12.1.5; QuickTime's `nclc` has no range, and some `nclx` lack it.
#[test]
fn colours_come_from_the_box_then_from_the_stream() {
    let av1c = boxed(*b"av1C", &[0x81, 0x04, 0x4c, 0]);
    let colr = |body: &[u8]| video(*b"av01", &[av1c.clone(), boxed(*b"colr", body)]).unwrap().colour;
    let known = |full_range| Some(Colour { primaries: 9, transfer: 16, matrix: 9, full_range });
    assert_eq!(colr(b"nclx\0\x09\0\x10\0\x09\x80"), known(true));
    assert_eq!(colr(b"nclx\0\x09\0\x10\0\x09"), known(false));
    assert_eq!(colr(b"nclc\0\x09\0\x10\0\x09"), known(false));
    assert_eq!(colr(b"prof\0\x09\0\x10\0\x09\x80"), None);
    let vpcc = boxed(*b"vpcC", &[1, 0, 0, 0, 2, 10, 0xa3, 9, 16, 9, 0, 0]);
    let vp9 = video(*b"vp09", &[vpcc]).unwrap();
    assert_eq!((vp9.colour, vp9.video_range(), vp9.bit_depth), (known(true), VideoRange::Pq, Some(10)));
}

/// Oracle: shaka-packager's tests of `AudioSpecificConfig`; frame lengths by ISO/IEC 14496-3 §4.5.1.1.
/// The one with a list of channels has three in front, one at the side, two behind: no index of CICP.
#[test]
fn aac_is_read_from_its_configuration() {
    let known = [
        ("1210", "mp4a.40.2", 44_100, 2, "2", Some(1024), 1),
        ("1190", "mp4a.40.2", 48_000, 2, "2", Some(1024), 1),
        ("11B0", "mp4a.40.2", 48_000, 6, "6", Some(1024), 1),
        ("11B8", "mp4a.40.2", 48_000, 8, "7", Some(1024), 1),
        ("1214", "mp4a.40.2", 44_100, 2, "2", Some(960), 1),
        ("130856E59D4880", "mp4a.40.29", 48_000, 2, "2", Some(2048), 2),
        ("2B098800", "mp4a.40.5", 48_000, 1, "1", Some(2048), 2),
        ("118004C844002000C40D4C61766335382E31382E31303056E500", "mp4a.40.2", 48_000, 6, "0", Some(1024), 1),
        ("F95E012C0052422CC05117554F36004280010004A88234E580", "mp4a.40.42", 38_400, 2, "2", Some(2048), 2),
    ];
    for (specific, codecs, rate, channels, cicp, samples, preroll) in known {
        let codec = aac(specific).unwrap();
        let found =
            (codec.codecs.as_str(), codec.sample_rate, codec.channels, codec.dash_channels.1.as_str());
        assert_eq!(found, (codecs, rate, channels, cicp), "{specific}");
        assert_eq!((codec.samples_per_frame, codec.preroll_frames), (samples, preroll), "{specific}");
    }
}

/// Oracle: ISO/IEC 14496-3 §1.6.5.3; the entry of these tests says 48000 Hz.
#[test]
fn low_rate_aac_is_he_aac_only_if_the_entry_has_twice_its_rate() {
    for (specific, channels) in [("1308", 1), ("1310", 2)] {
        let codec = aac(specific).unwrap();
        let found = (codec.codecs.as_str(), codec.sample_rate, codec.channels, codec.samples_per_frame);
        assert_eq!(found, ("mp4a.40.5", 48_000, channels, Some(2048)));
    }
    let sixteen = aac("1408").unwrap();
    assert_eq!((sixteen.codecs.as_str(), sixteen.sample_rate), ("mp4a.40.2", 16_000));
    let forbidden = aac("130856E500").unwrap();
    assert_eq!((forbidden.codecs.as_str(), forbidden.sample_rate), ("mp4a.40.2", 24_000));
}

/// Oracle: ISO/IEC 14496-1 Table 5 for the object types; Apple's name for MP3.
#[test]
fn other_object_types_of_mp4a() {
    let of = |object_type, specific: &[u8]| sound_of(audio(*b"mp4a", 0, &esds(object_type, specific)));
    let mp3 = of(0x6b, &[]).unwrap();
    assert_eq!((mp3.codecs.as_str(), mp3.hls_codecs.as_str()), ("mp4a.6B", "mp4a.40.34"));
    assert_eq!((mp3.samples_per_frame, mp3.preroll_frames), (Some(1152), 2));
    assert_eq!(of(0x69, &[]).unwrap().codecs, "mp4a.69");
    assert_eq!(of(0x66, &[0x0a, 0x10]).unwrap().codecs, "mp4a.66");
    let lc = of(0x67, &[0x12, 0x10]).unwrap();
    assert_eq!((lc.codecs.as_str(), lc.hls_codecs.as_str()), ("mp4a.67", "mp4a.40.2"));
    assert!(matches!(of(0xdd, &[]), Err(Error::Unsupported { .. })));
    assert!(matches!(of(0x40, &[]), Err(Error::Invalid { .. })));
}

#[test]
fn a_cut_or_missing_esds_is_named() {
    let esds_kind = FourCc(*b"esds");
    let missing = sound_of(audio(*b"mp4a", 0, &[]));
    assert!(matches!(missing, Err(Error::Missing { kind, offset: 100, .. }) if kind == esds_kind));
    let whole = hex("00000000 031900000004114015000000000000000000000005021210060102");
    assert_eq!(sound(*b"mp4a", *b"esds", &whole).unwrap().codecs, "mp4a.40.2");
    for len in 0..27 {
        let cut = sound(*b"mp4a", *b"esds", &whole[..len]).unwrap_err();
        let place = match cut {
            Error::Truncated { kind, offset, .. } | Error::Invalid { kind, offset, .. } => (kind, offset),
            other => panic!("{len}: {other}"),
        };
        assert_eq!(place, (esds_kind, 136), "{len}");
    }
}

/// Oracle: the records laid out by hand from their specifications.
#[test]
fn lossless_and_opus_records() {
    let opus = sound(*b"Opus", *b"dOps", &hex("00 01 0138 0000AC44 0000 00")).unwrap();
    let found = (opus.codecs.as_str(), opus.sample_rate, opus.channels, opus.pre_skip, opus.preroll_ms);
    assert_eq!(found, ("Opus", 48_000, 1, Some(312), 80));
    // blocks of 4096 samples, 44100 Hz (0x0ac44), 2 channels, 16 bits
    let info = hex("00000000 80000022 1000 1000 000000 000000 0AC442F000000000");
    let flac = sound(*b"fLaC", *b"dfLa", &[info, vec![0; 16]].concat()).unwrap();
    let found = (flac.codecs.as_str(), flac.sample_rate, flac.channels, flac.samples_per_frame);
    assert_eq!(found, ("fLaC", 44_100, 2, Some(4096)));
    let cookie = hex("00000000 00001000 00 10 28 0A 0E 08 00FF 00000000 00000000 0000BB80");
    let alac = sound(*b"alac", *b"alac", &cookie).unwrap();
    let found = (alac.codecs.as_str(), alac.sample_rate, alac.channels, alac.dash_channels.1.as_str());
    assert_eq!(found, ("alac", 48_000, 8, "7"));
    assert_eq!(alac.samples_per_frame, Some(4096));
}

/// Oracle: the DASH-IF codec list for the names.
#[test]
fn mpeg_h_and_dts_entries() {
    let mpegh = sound(*b"mhm1", *b"mhaC", &[1, 0x0d, 6, 0, 0]).unwrap();
    assert_eq!((mpegh.codecs.as_str(), mpegh.channels), ("mhm1.0x0D", 6));
    assert!(sound_of(audio(*b"mha1", 0, &[])).is_err());
    // 48000 Hz; FrameDuration 1024; ChannelLayout C, L/R, Ls/Rs, LFE
    let record = hex("0000BB80 00000000 00000000 18 40 00 00 00 000F 00 0000");
    let dts = sound(*b"dtsc", *b"ddts", &record).unwrap();
    let found = (dts.codecs.as_str(), dts.channels, dts.dash_channels.1.as_str(), dts.samples_per_frame);
    assert_eq!(found, ("dtsc", 6, "6", Some(1024)));
}

#[test]
fn what_cannot_be_packaged_is_named_with_its_reason() {
    let reason = |format: [u8; 4], handler: [u8; 4]| match describe(
        &parse(visual(format, (64, 48), &[]), handler).unwrap(),
    )
    .unwrap_err()
    {
        Error::Unsupported { kind, offset: 100, reason } if kind == FourCc(format) => reason,
        other => panic!("{other}"),
    };
    assert_eq!(reason(*b"mp4v", *b"vide"), "MPEG-4 Part 2 video has no place in HLS, DASH or CMAF");
    assert_eq!(reason(*b"sowt", *b"soun"), "the audio is uncompressed");
    assert_eq!(reason([0; 4], *b"soun"), "the sample entry names no format");
    assert_eq!(reason(*b"????", *b"vide"), "the format is not known");
    let subtitles = parse(boxed(*b"wvtt", &[0; 8]), *b"text").unwrap();
    assert_eq!(describe(&subtitles), Ok(Codec::Text(FourCc(*b"wvtt"))));
}

/// Oracle: ISO/IEC 14496-12 §8.12: `sinf` with `frma` and `schm` (version, flags, scheme, scheme version).
#[test]
fn encrypted_entries_are_refused_with_their_scheme() {
    let refused = |format: [u8; 4], handler: [u8; 4], boxes: &[u8]| {
        let bytes =
            if handler == *b"vide" { visual(format, (64, 48), boxes) } else { audio(format, 0, boxes) };
        match describe(&parse(bytes, handler).unwrap()) {
            Err(Error::Unsupported { kind, reason, .. }) if kind == FourCc(format) => reason,
            other => panic!("{other:?}"),
        }
    };
    let sinf = |scheme: &[u8; 4]| {
        let schm = [&[0; 4], &scheme[..], &[0, 1, 0, 0]].concat();
        boxed(*b"sinf", &[boxed(*b"frma", b"avc1"), boxed(*b"schm", &schm)].concat())
    };
    for scheme in [b"cenc", b"cbcs", b"cens", b"cbc1", b"piff"] {
        let name = format!("scheme `{}`", String::from_utf8_lossy(scheme));
        for (format, handler) in [(*b"encv", *b"vide"), (*b"enca", *b"soun"), (*b"avc1", *b"vide")] {
            let reason = refused(format, handler, &sinf(scheme));
            assert!(
                reason.contains(&name) && reason.contains("encrypted sources are not packaged"),
                "{reason}"
            );
        }
    }
    assert!(refused(*b"encv", *b"vide", &sinf(b"zzzz")).contains("not known"));
    assert!(refused(*b"encv", *b"vide", &[]).contains("names no scheme"));
}

/// Entries of many families, to be damaged.
fn samples() -> Vec<(Vec<u8>, [u8; 4])> {
    let nals = [hex("4001"), hex(HEVC_SPS[0]), hex("4401")];
    let picture = |format, boxes: &[Vec<u8>]| (visual(format, (64, 48), &boxes.concat()), *b"vide");
    let tone = |format, kind, payload: &str| (audio(format, 0, &boxed(kind, &hex(payload))), *b"soun");
    let quicktime = [vec![0; 16], boxed(*b"wave", &esds(0x40, &[0x13, 8, 0x56, 0xe5, 0x9d, 0x48, 0x80]))];
    let sequence_header = hex("81040C00 0A0B00000004 3CFFBC02F9B008");
    vec![
        picture(*b"avc3", &[boxed(*b"avcC", &hex(AVCC)), boxed(*b"pasp", &[0, 0, 0, 4, 0, 0, 0, 3])]),
        picture(*b"hev1", &[hvcc(&nals), boxed(*b"dvvC", &[1, 0, 16, 0x35, 0x10])]),
        picture(*b"av01", &[boxed(*b"av1C", &sequence_header), boxed(*b"colr", b"nclx\0\x09\0\x10\0\x09\0")]),
        picture(*b"vp09", &[boxed(*b"vpcC", &[1, 0, 0, 0, 1, 20, 0xa2, 2, 3, 4, 0, 0])]),
        picture(*b"vvc1", &[boxed(*b"vvcC", &hex("00000000 FF00115F 01024380 00000000"))]),
        (audio(*b"mp4a", 1, &quicktime.concat()), *b"soun"),
        (audio(*b"mp4a", 0, &esds(0x40, &hex("118004C844002000C40D4C6176"))), *b"soun"),
        (audio(*b"mp4a", 0, &esds(0x40, &hex("F95E012C0052422CC051"))), *b"soun"),
        tone(*b"ec-3", *b"dec3", "1400200F000110"),
        tone(*b"ac-4", *b"dac4", "20a601600000001fffffffe0010ef90000090000 11ca02000011c080"),
        tone(*b"Opus", *b"dOps", "0001013800 00BB80000000"),
        tone(*b"dtsx", *b"udts", "01200000003F8000"),
    ]
}

/// Whatever the bytes, there is an answer. The seed is fixed, so that a failure can be repeated.
#[test]
fn damaged_entries_give_an_answer() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % below
    };
    for (original, handler) in samples() {
        assert!(describe(&parse(original.clone(), handler).unwrap()).is_ok(), "{original:?}");
        for _ in 0..2_000 {
            let mut bytes = original.clone();
            for _ in 0..=random(4) {
                let at = random(bytes.len());
                bytes[at] = u8::try_from(random(256)).unwrap();
            }
            bytes.truncate(bytes.len() - random(8));
            if let Ok(entry) = parse(bytes, handler) {
                let _ = entry.to_output(Some(FourCc(*b"avc1")));
                if let Ok(Codec::Audio(codec)) = describe(&entry) {
                    let _ = silent_frame(&entry, &codec, None);
                }
            }
        }
    }
}
