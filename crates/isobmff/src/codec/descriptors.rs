//! `esds`: the elementary stream descriptor of `mp4a` (ISO/IEC 14496-1 §7.2.6, 14496-14 §5.6).

use super::{
    aac,
    audio::{AudioCodec, AudioFamily},
    channels::Channels,
    mp3::{self, MPEG1_AUDIO, MPEG2_AUDIO},
};
use crate::{
    Error, FourCc,
    read::{BoxRef, Reader},
    sample_entry::{AudioEntry, SampleEntry},
};

const ES_DESCRIPTOR: u8 = 3;
const DECODER_CONFIG_DESCRIPTOR: u8 = 4;
const DECODER_SPECIFIC_INFO: u8 = 5;

/// The `objectTypeIndication` of AAC: MPEG-4, and Main, Low Complexity and SSR of MPEG-2.
const MPEG4_AUDIO: u8 = 0x40;
const MPEG2_AAC_MAIN: u8 = 0x66;
const MPEG2_AAC_SSR: u8 = 0x68;

pub(super) fn describe(entry: &SampleEntry, fields: AudioEntry) -> Result<AudioCodec, Error> {
    let esds = entry.require(FourCc(*b"esds"))?;
    let descriptor = Descriptor::parse(&esds)?;
    match descriptor.object_type {
        MPEG4_AUDIO => aac::describe(entry, fields, descriptor.specific),
        object_type @ MPEG2_AAC_MAIN..=MPEG2_AAC_SSR => {
            aac::describe_mpeg2(entry, fields, descriptor.specific, object_type)
        }
        object_type @ (MPEG1_AUDIO | MPEG2_AUDIO) => Ok(mp3::describe(fields, object_type)),
        object_type @ 0xa5 => Ok(other(AudioFamily::Ac3, object_type, fields)),
        object_type @ 0xa6 => Ok(other(AudioFamily::Eac3, object_type, fields)),
        object_type @ 0xa9..=0xac => Ok(other(AudioFamily::Dts, object_type, fields)),
        object_type => Err(Error::Unsupported {
            kind: esds.kind,
            offset: esds.offset,
            reason: match object_type {
                0xdd | 0xde => "Vorbis in MP4 has no place in HLS, DASH or CMAF",
                0xe1 => "QCELP speech has no place in HLS, DASH or CMAF",
                _ => "the object type is no audio that is known",
            },
        }),
    }
}

/// A codec without a configuration of its own: the entry's fields are all there is.
fn other(family: AudioFamily, object_type: u8, fields: AudioEntry) -> AudioCodec {
    let channels = Channels::of_count(fields.channel_count);
    AudioCodec::new(family, format!("mp4a.{object_type:02X}"), channels, fields.sample_rate)
}

/// What `ES_Descriptor` holds for us.
pub(super) struct Descriptor<'a> {
    pub object_type: u8,
    /// `DecoderSpecificInfo`; empty if there is none.
    pub specific: &'a [u8],
}

impl<'a> Descriptor<'a> {
    pub(super) fn parse(esds: &BoxRef<'a>) -> Result<Self, Error> {
        let mut fields = esds.reader();
        fields.full_box()?;
        let mut stream = Self::require(esds, &mut fields, ES_DESCRIPTOR)?;
        stream.skip(2)?; // ES_ID
        let flags = stream.u8()?;
        if flags & 0x80 != 0 {
            stream.skip(2)?; // dependsOn_ES_ID
        }
        if flags & 0x40 != 0 {
            let len = stream.u8()?;
            stream.skip(len.into())?; // URLstring
        }
        if flags & 0x20 != 0 {
            stream.skip(2)?; // OCR_ES_Id
        }
        let mut config = Self::require(esds, &mut stream, DECODER_CONFIG_DESCRIPTOR)?;
        let object_type = config.u8()?;
        config.skip(12)?; // streamType and upStream, bufferSizeDB, maxBitrate, avgBitrate
        let specific = match config.rest() {
            [] => &[],
            _ => next_descriptor(esds, &mut config)?
                .filter(|(tag, _)| *tag == DECODER_SPECIFIC_INFO)
                .map_or(&[][..], |(_, body)| body.rest()),
        };
        Ok(Self { object_type, specific })
    }

    /// The body of the next descriptor with this tag; others are passed over.
    fn require(esds: &BoxRef<'a>, fields: &mut Reader<'a>, tag: u8) -> Result<Reader<'a>, Error> {
        while let Some((found, body)) = next_descriptor(esds, fields)? {
            if found == tag {
                return Ok(body);
            }
        }
        Err(esds.invalid("a descriptor of the elementary stream is missing"))
    }
}

/// The tag and the body of the next descriptor (ISO/IEC 14496-1 §8.3.3).
fn next_descriptor<'a>(
    esds: &BoxRef<'a>,
    fields: &mut Reader<'a>,
) -> Result<Option<(u8, Reader<'a>)>, Error> {
    if fields.rest().is_empty() {
        return Ok(None);
    }
    let tag = fields.u8()?;
    let mut len = 0;
    for _ in 0..4 {
        let byte = fields.u8()?;
        len = len << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Ok(Some((tag, Reader::new(esds.kind, esds.offset, fields.take(len)?))))
}
