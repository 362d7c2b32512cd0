//! Entries laid out by hand.

use super::*;

/// A box with this body.
pub(crate) fn boxed(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len() + 8).unwrap();
    [&size.to_be_bytes()[..], &kind, body].concat()
}

/// The entry that these bytes are, at byte 100 of a file.
pub(crate) fn parse(bytes: Vec<u8>, handler: [u8; 4]) -> Result<SampleEntry, Error> {
    let bytes = Bytes::from(bytes);
    let entry = Boxes::new(FourCc(*b"stsd"), &bytes, 100).next().unwrap()?;
    SampleEntry::parse(&entry, bytes.clone(), FourCc(handler))
}

/// A visual entry (ISO/IEC 14496-12 §12.1.3.2) with these boxes.
pub(crate) fn visual(format: [u8; 4], (width, height): (u16, u16), boxes: &[u8]) -> Vec<u8> {
    let mut body = vec![0; 24];
    body.extend(width.to_be_bytes());
    body.extend(height.to_be_bytes());
    body.resize(VISUAL_FIELDS_LEN, 0);
    body.extend_from_slice(boxes);
    boxed(format, &body)
}

/// An audio entry (ISO/IEC 14496-12 §12.2.3.2) of this version with what follows its fields.
pub(crate) fn audio(format: [u8; 4], version: u8, rest: &[u8]) -> Vec<u8> {
    let mut body = vec![0, 0, 0, 0, 0, 0, 0, 1, 0, version, 0, 0, 0, 0, 0, 0, 0, 2, 0, 16];
    body.extend([0; 4]);
    body.extend([0xbb, 0x80, 0, 0]); // 48000 Hz
    body.extend_from_slice(rest);
    boxed(format, &body)
}

fn fields(entry: &SampleEntry) -> AudioEntry {
    match entry.fields {
        EntryFields::Audio(audio) => audio,
        other => panic!("not audio: {other:?}"),
    }
}

#[test]
fn an_iso_entry_stays_as_it_is() {
    let bytes = audio(*b"mp4a", 0, &boxed(*b"esds", &[1, 2, 3]));
    let entry = parse(bytes.clone(), *b"soun").unwrap();
    let expected =
        AudioEntry { channel_count: 2, sample_size: 16, sample_rate: 48_000, layout: AudioLayout::V0 };
    assert_eq!(fields(&entry), expected);
    let esds = entry.child(FourCc(*b"esds")).unwrap();
    assert_eq!((esds.offset, esds.payload), (100 + 36, &[1, 2, 3][..]));
    assert_eq!(entry.to_output(None), bytes);
    assert_eq!(entry.bytes(), &bytes);
}

/// Oracle: QuickTime File Format, sound sample description (version 1) with `siDecompressionParam`.
#[test]
fn a_quicktime_entry_of_version_1_becomes_version_0() {
    let esds = boxed(*b"esds", &[7; 9]);
    let wave =
        [boxed(*b"frma", b"mp4a"), boxed(*b"mp4a", &[0; 4]), esds.clone(), vec![0, 0, 0, 8, 0, 0, 0, 0]];
    let extra = [0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2];
    let rest = [&extra[..], &boxed(*b"wave", &wave.concat()), &boxed(*b"chan", &[0; 12])].concat();
    let entry = parse(audio(*b"mp4a", 1, &rest), *b"soun").unwrap();
    assert_eq!(fields(&entry).layout, AudioLayout::QuickTimeV1);
    assert_eq!(entry.child(FourCc(*b"esds")).unwrap().whole, esds);
    assert_eq!(entry.to_output(None), audio(*b"mp4a", 0, &esds));
}

/// Oracle: QuickTime File Format, sound sample description (version 2); 48000.0 is 0x40e7700000000000.
#[test]
fn a_quicktime_entry_of_version_2_becomes_version_0() {
    let alac = boxed(*b"alac", &[5; 28]);
    let mut extra = vec![0, 0, 0, 72, 0x40, 0xe7, 0x70, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x7f, 0, 0, 0];
    extra.resize(QUICKTIME_V2_EXTRA_LEN, 0);
    let wave = [boxed(*b"frma", b"alac"), alac.clone()].concat();
    let rest = [&extra[..], &boxed(*b"wave", &wave)].concat();
    let entry = parse(audio(*b"alac", 2, &rest), *b"soun").unwrap();
    let AudioEntry { channel_count, sample_rate, layout, .. } = fields(&entry);
    assert_eq!((channel_count, sample_rate, layout), (2, 48_000, AudioLayout::QuickTimeV2));
    assert_eq!(entry.to_output(None), audio(*b"alac", 0, &alac));
}

#[test]
fn an_iso_entry_of_version_1_is_told_from_quicktimes() {
    let flac = boxed(*b"dfLa", &[0; 4]);
    let rest = [boxed(*b"srat", &[0, 0, 0, 0, 0, 1, 0x77, 0]), flac.clone()].concat();
    let entry = parse(audio(*b"fLaC", 1, &rest), *b"soun").unwrap();
    assert_eq!((fields(&entry).layout, fields(&entry).sample_rate), (AudioLayout::IsoV1, 96_000));
    let output = parse(entry.to_output(None).to_vec(), *b"soun").unwrap();
    assert_eq!((fields(&output).layout, fields(&output).sample_rate), (AudioLayout::V0, 0));
    assert_eq!(output.child(FourCc(*b"dfLa")).unwrap().whole, flac);
}

/// Oracle: Encapsulation of Opus in ISO Base Media File Format §4.3.2.
#[test]
fn pre_skip_is_taken_out_of_opus_entries() {
    let with = |pre_skip: [u8; 2]| {
        let body = [&[0, 2][..], &pre_skip, &[0, 0, 0xbb, 0x80, 0, 0, 0]].concat();
        audio(*b"Opus", 0, &boxed(*b"dOps", &body))
    };
    let entry = parse(with([1, 0x38]), *b"soun").unwrap();
    assert_eq!(entry.to_output(None), with([0, 0]));
}

/// Oracle: ISO/IEC 14496-1 §7.2.6; `objectTypeIndication` 0x6b is MPEG-1 audio (Table 5).
#[test]
fn quicktime_mp3_becomes_mpeg_4() {
    let entry = parse(audio(*b".mp3", 0, &[]), *b"soun").unwrap();
    let output = parse(entry.to_output(None).to_vec(), *b"soun").unwrap();
    assert_eq!(output.format, FourCc(*b"mp4a"));
    #[rustfmt::skip]
    let expected = [
        0, 0, 0, 0, 3, 21, 0, 0, 0, 4, 13, 0x6b, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 1, 2,
    ];
    assert_eq!(output.child(FourCc(*b"esds")).unwrap().payload, expected);
}

#[test]
fn the_format_is_changed_and_padding_goes() {
    let avcc = boxed(*b"avcC", &[1, 2, 3]);
    let padded = [&avcc[..], &[0; 4]].concat();
    let entry = parse(visual(*b"avc3", (640, 360), &padded), *b"vide").unwrap();
    assert_eq!(entry.fields, EntryFields::Visual(VisualEntry { width: 640, height: 360 }));
    assert_eq!(entry.to_output(Some(FourCc(*b"avc1"))), visual(*b"avc1", (640, 360), &avcc));
    let odd = [&avcc[..], &[9, 9]].concat();
    let entry = parse(visual(*b"avc1", (640, 360), &odd), *b"vide").unwrap();
    assert_eq!(entry.to_output(None), *entry.bytes());
}

#[test]
fn a_short_entry_is_refused_and_a_short_box_named() {
    let cut = boxed(*b"avc1", &[0; 77]);
    assert!(matches!(parse(cut, *b"vide"), Err(Error::Truncated { missing: 1, .. })));
    let entry = parse(audio(*b"mp4a", 0, &[0, 0, 0, 99, b'e', b's', b'd', b's']), *b"soun").unwrap();
    let esds = FourCc(*b"esds");
    let cut = Error::Truncated { kind: esds, offset: 136, missing: 91 };
    assert_eq!(entry.require(esds).unwrap_err(), cut);
    let entry = parse(audio(*b"mp4a", 0, &[]), *b"soun").unwrap();
    assert!(matches!(entry.require(esds), Err(Error::Missing { offset: 100, .. })));
}

/// Oracle: IEEE 754: 96000.5 is 0x40f7700800000000.
#[test]
fn whole_parts_of_doubles() {
    assert_eq!(whole_part(0x40f7_7008_0000_0000), 96_000);
    assert_eq!(whole_part(0x3ff0_0000_0000_0000), 1);
    for no_rate in [0, 0x8000_0000_0000_0000, 0x7ff0_0000_0000_0000, 0xc0f7_7008_0000_0000, u64::MAX] {
        assert_eq!(whole_part(no_rate), 0);
    }
}

/// Oracle: `ColourInformationBox` (ISO/IEC 14496-12 §12.1.5) ends `nclx` with a byte of range and reserved bits.
#[test]
fn a_missing_colour_range_is_filled_in() {
    let short = boxed(*b"colr", b"nclx\0\x01\0\x01\0\x01");
    let whole = boxed(*b"colr", b"nclx\0\x01\0\x01\0\x01\0");
    let entry = parse(visual(*b"avc1", (16, 16), &short), *b"vide").unwrap();
    assert_eq!(entry.to_output(None), visual(*b"avc1", (16, 16), &whole));
    let icc = boxed(*b"colr", b"prof\0\x01\0\x01\0\x01");
    let entry = parse(visual(*b"avc1", (16, 16), &icc), *b"vide").unwrap();
    assert_eq!(entry.to_output(None), visual(*b"avc1", (16, 16), &icc));
}
