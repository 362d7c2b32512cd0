//! Sample entries: how the samples of a track are coded (ISO/IEC 14496-12 §8.5.2, §12.1.3, §12.2.3;
//! QuickTime File Format, "Sound Sample Descriptions").

mod output;

use bytes::Bytes;

use crate::{
    Error, FourCc,
    read::{BoxRef, Boxes, Reader},
};

/// Bytes of `SampleEntry`: six reserved and `data_reference_index`.
const ENTRY_FIELDS_LEN: usize = 8;
/// Bytes of `VisualSampleEntry` before its boxes (ISO/IEC 14496-12 §12.1.3.2).
const VISUAL_FIELDS_LEN: usize = 78;
/// Bytes of `AudioSampleEntry` before its boxes (ISO/IEC 14496-12 §12.2.3.2).
const AUDIO_FIELDS_LEN: usize = 28;
/// What a QuickTime sound description version 1 adds: four 32-bit fields.
const QUICKTIME_V1_EXTRA_LEN: usize = 16;
/// What a QuickTime sound description version 2 adds.
const QUICKTIME_V2_EXTRA_LEN: usize = 36;

/// One entry of `stsd` (ISO/IEC 14496-12 §8.5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleEntry {
    /// The coding format, for instance `avc1`.
    pub format: FourCc,
    /// Where the entry starts in the file.
    pub offset: u64,
    /// The fields before the boxes.
    pub fields: EntryFields,
    bytes: Bytes,
    header_len: usize,
}

/// The fields of a sample entry, by the kind of its track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryFields {
    /// Of a track with handler `vide`.
    Visual(VisualEntry),
    /// Of a track with handler `soun`.
    Audio(AudioEntry),
    /// Of any other track.
    Other,
}

/// What `VisualSampleEntry` says (ISO/IEC 14496-12 §12.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisualEntry {
    /// Width of the coded picture in pixels; some files leave it 0.
    pub width: u16,
    /// Height of the coded picture in pixels; some files leave it 0.
    pub height: u16,
}

/// What `AudioSampleEntry` or a QuickTime sound description says.
///
/// Most codecs' own records know better; these fields often are a template (2 channels, 16 bit).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AudioEntry {
    /// Number of channels.
    pub channel_count: u16,
    /// Bits of an uncompressed sample.
    pub sample_size: u16,
    /// Samples per second; 0 if it does not fit the field.
    pub sample_rate: u32,
    /// Which layout the fields have.
    pub layout: AudioLayout,
}

/// The layouts of audio sample entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AudioLayout {
    /// `AudioSampleEntry` (ISO/IEC 14496-12 §12.2.3), which is QuickTime's version 0 too.
    V0,
    /// `AudioSampleEntryV1` (ISO/IEC 14496-12 §12.2.3): no more fields, but a box `srat`.
    IsoV1,
    /// QuickTime sound description version 1.
    QuickTimeV1,
    /// QuickTime sound description version 2.
    QuickTimeV2,
}

impl SampleEntry {
    /// Reads an entry of a track with this handler; `bytes` is the same box as `entry`.
    pub fn parse(entry: &BoxRef<'_>, bytes: Bytes, handler: FourCc) -> Result<Self, Error> {
        entry.reader().skip(ENTRY_FIELDS_LEN)?;
        let fields = match &handler.0 {
            b"vide" => EntryFields::Visual(VisualEntry::parse(entry)?),
            b"soun" => EntryFields::Audio(AudioEntry::parse(entry)?),
            _ => EntryFields::Other,
        };
        let header_len = entry.whole.len().saturating_sub(entry.payload.len());
        Ok(Self { format: entry.kind, offset: entry.offset, fields, bytes, header_len })
    }

    /// The whole entry as it lies in the file.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The first box of this type in the entry, or for audio in its QuickTime atom `wave`.
    pub fn child(&self, kind: FourCc) -> Option<BoxRef<'_>> {
        self.require(kind).ok()
    }

    /// As [`Self::child`]; the error says whether the box is not there or cut.
    pub fn require(&self, kind: FourCc) -> Result<BoxRef<'_>, Error> {
        let direct = self.children().find_kind(kind);
        if let Ok(Some(found)) = direct {
            return Ok(found);
        }
        if let EntryFields::Audio(_) = self.fields
            && let Ok(Some(wave)) = self.children().find_kind(FourCc(*b"wave"))
            && let Some(found) = wave.find(kind)?
        {
            return Ok(found);
        }
        Err(direct.err().unwrap_or(Error::Missing { kind, parent: self.format, offset: self.offset }))
    }

    /// The boxes directly in the entry.
    pub fn children(&self) -> Boxes<'_> {
        let start = self.header_len + self.fields.len_bytes();
        let bytes = self.bytes.get(start..).unwrap_or_default();
        Boxes::new(self.format, bytes, self.offset.saturating_add(start as u64))
    }

    /// The entry as it is written into an initialization segment.
    ///
    /// It stays as it is, but for these:
    /// - A 64-bit or open size becomes a plain one; QuickTime's zeros after the last box go.
    /// - Audio entries of any layout but version 0, and those with a `wave` atom, become version 0,
    ///   with the decoder's configuration lifted out of `wave`. A QuickTime MP3 entry becomes `mp4a`.
    /// - `dOps.PreSkip` becomes 0: Chromium leaves out `PreSkip` *and* what the edit list leaves
    ///   out, so pre-skip must be in the edit alone.
    /// - The format becomes `as_format` if there is one, for instance `avc1` for `avc3`.
    pub fn to_output(&self, as_format: Option<FourCc>) -> Bytes {
        output::render(self, as_format)
    }

    /// The fields and boxes, without the header.
    fn payload(&self) -> &[u8] {
        self.bytes.get(self.header_len..).unwrap_or_default()
    }
}

impl EntryFields {
    /// Bytes from the end of the header to the first box.
    fn len_bytes(&self) -> usize {
        match self {
            Self::Visual(_) => VISUAL_FIELDS_LEN,
            Self::Other => ENTRY_FIELDS_LEN,
            Self::Audio(audio) => match audio.layout {
                AudioLayout::V0 | AudioLayout::IsoV1 => AUDIO_FIELDS_LEN,
                AudioLayout::QuickTimeV1 => AUDIO_FIELDS_LEN + QUICKTIME_V1_EXTRA_LEN,
                AudioLayout::QuickTimeV2 => AUDIO_FIELDS_LEN + QUICKTIME_V2_EXTRA_LEN,
            },
        }
    }
}

impl VisualEntry {
    fn parse(entry: &BoxRef<'_>) -> Result<Self, Error> {
        let mut fields = Reader::new(entry.kind, entry.offset, entry.reader().take(VISUAL_FIELDS_LEN)?);
        fields.skip(24)?;
        Ok(Self { width: fields.u16()?, height: fields.u16()? })
    }
}

impl AudioEntry {
    fn parse(entry: &BoxRef<'_>) -> Result<Self, Error> {
        let mut fields = entry.reader();
        fields.skip(ENTRY_FIELDS_LEN)?;
        let version = fields.u16()?;
        fields.skip(6)?; // reserved; QuickTime: revision, vendor
        let channel_count = fields.u16()?;
        let sample_size = fields.u16()?;
        fields.skip(4)?; // reserved; QuickTime: compression id, packet size
        let sample_rate = fields.u32()? >> 16; // 16.16 fixed point
        let v0 = Self { channel_count, sample_size, sample_rate, layout: AudioLayout::V0 };
        match version {
            1 => Ok(v0.version_1(entry, fields.rest())),
            2 => v0.version_2(&mut fields),
            _ => Ok(v0),
        }
    }

    /// Version 1 means one thing in ISO files and another in QuickTime's. Where QuickTime has
    /// `samplesPerPacket` and `bytesPerPacket`, ISO has the size and the type of a box.
    fn version_1(mut self, entry: &BoxRef<'_>, after_fields: &[u8]) -> Self {
        let boxes = Boxes::new(entry.kind, after_fields, entry.offset);
        let is_iso = boxes.clone().next().is_some_and(|first| {
            first.is_ok_and(|first| first.kind.0.iter().all(|b| (b' '..=b'~').contains(b)))
        });
        self.layout = if is_iso { AudioLayout::IsoV1 } else { AudioLayout::QuickTimeV1 };
        // SamplingRateBox (ISO/IEC 14496-12 §12.2.3.2)
        if is_iso && let Ok(Some(srat)) = boxes.find_kind(FourCc(*b"srat")) {
            let mut fields = srat.reader();
            if fields.full_box().is_ok()
                && let Ok(rate) = fields.u32()
            {
                self.sample_rate = rate;
            }
        }
        self
    }

    /// The fields that a QuickTime sound description version 2 has in place of the earlier ones.
    fn version_2(mut self, fields: &mut Reader<'_>) -> Result<Self, Error> {
        fields.skip(4)?; // sizeOfStructOnly
        self.sample_rate = whole_part(fields.u64()?);
        self.channel_count = u16::try_from(fields.u32()?).unwrap_or(0);
        fields.skip(4)?; // always7F000000
        self.sample_size = u16::try_from(fields.u32()?).unwrap_or(0);
        fields.skip(12)?; // formatSpecificFlags, constBytesPerAudioPacket, constLPCMFramesPerAudioPacket
        self.layout = AudioLayout::QuickTimeV2;
        Ok(self)
    }
}

/// The whole part of an IEEE 754 double, 0 if it is not a positive number below 2^32.
fn whole_part(double: u64) -> u32 {
    let exponent = double >> 52; // with the sign: negative numbers come out too large
    let fraction = double & ((1 << 52) - 1) | 1 << 52;
    match exponent.checked_sub(1023) {
        Some(power @ 0..32) => u32::try_from(fraction >> (52 - power)).unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
pub(crate) mod tests;
