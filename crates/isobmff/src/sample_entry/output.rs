//! Sample entries as they are written into initialization segments.

use bytes::Bytes;

use super::{AUDIO_FIELDS_LEN, AudioEntry, AudioLayout, ENTRY_FIELDS_LEN, EntryFields, SampleEntry};
use crate::{FourCc, read::BoxRef};

/// The boxes that configure a decoder, which QuickTime hides in `wave`.
const CONFIGURATION_BOXES: [&[u8; 4]; 11] =
    [b"esds", b"alac", b"dac3", b"dec3", b"dac4", b"dOps", b"dfLa", b"ddts", b"udts", b"mhaC", b"mhaP"];
/// Boxes that mean something in QuickTime's layouts only, or in `AudioSampleEntryV1` only.
const LEFT_OUT_OF_V0: [&[u8; 4]; 3] = [b"wave", b"chan", b"srat"];

pub(super) fn render(entry: &SampleEntry, as_format: Option<FourCc>) -> Bytes {
    let format = as_format.unwrap_or(entry.format);
    let (format, payload) = match &entry.fields {
        EntryFields::Audio(audio) if is_quicktime_mp3(entry.format) => {
            (FourCc(*b"mp4a"), with_mp3_configuration(entry, audio))
        }
        EntryFields::Audio(audio) if needs_version_0(entry, audio) => (format, version_0(entry, audio)),
        EntryFields::Other => (format, entry.payload().to_vec()),
        _ => (format, verbatim(entry)),
    };
    let mut out = Vec::new();
    put_box(&mut out, format, &payload);
    out.into()
}

/// `.mp3`, or `ms` and the number of MP3 in Microsoft's registry of wave formats.
pub(crate) fn is_quicktime_mp3(format: FourCc) -> bool {
    matches!(&format.0, b".mp3" | b"ms\0\x55")
}

fn needs_version_0(entry: &SampleEntry, audio: &AudioEntry) -> bool {
    audio.layout != AudioLayout::V0 || entry.children().any(|b| b.is_ok_and(|b| b.kind.0 == *b"wave"))
}

/// The fields, then the boxes; a rest that is no box stays, unless it is zeros.
fn verbatim(entry: &SampleEntry) -> Vec<u8> {
    let payload = entry.payload();
    let fields_len = entry.fields.len_bytes().min(payload.len());
    let (fields, mut rest) = payload.split_at(fields_len);
    let mut out = fields.to_vec();
    for child in entry.children().flatten() {
        put_child(&mut out, &child);
        rest = rest.get(child.whole.len()..).unwrap_or_default();
    }
    if rest.iter().any(|&byte| byte != 0) {
        out.extend_from_slice(rest);
    }
    out
}

/// `AudioSampleEntry` (ISO/IEC 14496-12 §12.2.3.2) with what other layouts say.
fn version_0(entry: &SampleEntry, audio: &AudioEntry) -> Vec<u8> {
    let mut out = version_0_fields(entry, audio);
    for child in entry.children().flatten().filter(|b| !LEFT_OUT_OF_V0.contains(&&b.kind.0)) {
        put_child(&mut out, &child);
    }
    let waves = entry.children().flatten().filter(|b| b.kind.0 == *b"wave");
    for child in waves.flat_map(|wave| wave.children().flatten()) {
        if CONFIGURATION_BOXES.contains(&&child.kind.0) {
            put_child(&mut out, &child);
        }
    }
    out
}

fn version_0_fields(entry: &SampleEntry, audio: &AudioEntry) -> Vec<u8> {
    let mut out = Vec::with_capacity(AUDIO_FIELDS_LEN);
    out.extend_from_slice(entry.payload().get(..ENTRY_FIELDS_LEN).unwrap_or(&[0; ENTRY_FIELDS_LEN]));
    out.extend_from_slice(&[0; 8]);
    out.extend_from_slice(&audio.channel_count.to_be_bytes());
    out.extend_from_slice(&16u16.to_be_bytes());
    out.extend_from_slice(&[0; 4]);
    // A rate that does not fit 16 bits is in the codec's own record (Opus, FLAC, ALAC in MP4).
    out.extend_from_slice(&u16::try_from(audio.sample_rate).unwrap_or(0).to_be_bytes());
    out.extend_from_slice(&[0; 2]);
    out
}

/// MP3 as MPEG-4 has it (ISO/IEC 14496-14 §5.6): `mp4a` whose `esds` names the format and holds no
/// decoder configuration. QuickTime's entry has no counterpart in DASH, HLS or browsers.
fn with_mp3_configuration(entry: &SampleEntry, audio: &AudioEntry) -> Vec<u8> {
    let mut out = version_0_fields(entry, audio);
    let object_type = crate::codec::mp3_object_type(audio.sample_rate);
    #[rustfmt::skip]
    let descriptors = [
        0, 0, 0, 0,                   // version, flags
        0x03, 21, 0, 0, 0,            // ES_Descriptor: ES_ID, flags
        0x04, 13, object_type, 0x15,  // DecoderConfigDescriptor: audio stream, upStream 0
        0, 0, 0,                      // bufferSizeDB
        0, 0, 0, 0, 0, 0, 0, 0,       // maxBitrate, avgBitrate: unknown
        0x06, 1, 2,                   // SLConfigDescriptor: predefined for MP4
    ];
    put_box(&mut out, FourCc(*b"esds"), &descriptors);
    out
}

/// Writes a box of the entry again: `dOps` with `PreSkip` 0 (Opus in ISOBMFF §4.3.2), and `nclx` colours
/// with the range byte that some encoders leave out and that Chromium's parser demands (0: limited range).
fn put_child(out: &mut Vec<u8>, child: &BoxRef<'_>) {
    match (&child.kind.0, child.payload) {
        (b"dOps", [version, channels, _, _, rest @ ..]) => {
            let body = [&[*version, *channels, 0, 0], rest].concat();
            put_box(out, child.kind, &body);
        }
        (b"colr", [b'n', b'c', b'l', b'x', colours @ ..]) if colours.len() == 6 => {
            put_box(out, child.kind, &[child.payload, &[0]].concat());
        }
        (_, payload) => put_box(out, child.kind, payload),
    }
}

fn put_box(out: &mut Vec<u8>, kind: FourCc, body: &[u8]) {
    // Bodies come out of a `moov` in memory, whose boxes are far below 4 GiB.
    let size = u32::try_from(body.len()).unwrap_or(u32::MAX).saturating_add(8);
    out.extend_from_slice(&size.to_be_bytes());
    out.extend_from_slice(&kind.0);
    out.extend_from_slice(body);
}
