//! Bytes as a sample entry: read, described, written, and read again.
//!
//! The first byte chooses the handler, the rest is the box.

#![no_main]

use bytes::Bytes;
use isobmff::codec::{Codec, describe, silent_frame};
use isobmff::read::Boxes;
use isobmff::{FourCc, SampleEntry};
use libfuzzer_sys::fuzz_target;

const STSD: FourCc = FourCc(*b"stsd");

fuzz_target!(|input: &[u8]| {
    let Some((choice, entry)) = input.split_first() else { return };
    let handler = FourCc([*b"vide", *b"soun", *b"text"][usize::from(*choice) % 3]);
    let Some(entry) = parse(Bytes::copy_from_slice(entry), handler) else { return };
    let codec = describe(&entry);
    if let Ok(Codec::Audio(audio)) = &codec {
        silent_frame(&entry, audio, None);
    }
    // What comes out is one whole box.
    let output = entry.to_output(None);
    let mut boxes = Boxes::new(STSD, &output, 0);
    assert!(boxes.next().is_some_and(|first| first.is_ok()));
    assert!(boxes.next().is_none());
    if codec.is_ok() {
        let again = parse(output, handler).expect("an output entry can be read");
        assert!(describe(&again).is_ok());
    }
    entry.to_output(Some(FourCc(*b"avc1")));
});

fn parse(bytes: Bytes, handler: FourCc) -> Option<SampleEntry> {
    let found = Boxes::new(STSD, &bytes, 0).next()?.ok()?;
    SampleEntry::parse(&found, bytes.slice_ref(found.whole), handler).ok()
}
