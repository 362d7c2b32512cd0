//! Syncframes of AC-3 and E-AC-3 (ETSI TS 102 366) that decode to zeros: with SNR offsets of zero no
//! mantissa has bits (§6.2.2.1), and no dither takes their place.

use bytes::Bytes;

use super::{CRC16, crc16};
use crate::{
    bits::BitWriter,
    codec::ac3::{self, RATES, Substream},
    sample_entry::SampleEntry,
};

const SYNC_WORD: [u8; 2] = [0x0b, 0x77];
const BLOCKS: u32 = 6;
/// The full-bandwidth channels of each `acmod` (ETSI TS 102 366 Table 4.3).
const FULL_CHANNELS: [u32; 8] = [2, 1, 2, 3, 3, 4, 4, 5];
/// The `acmod` of two independent channels, and of two for left and right.
const DUAL_MONO: u8 = 0;
const STEREO: u8 = 2;
/// kbit/s of each `bit_rate_code` (ETSI TS 102 366 Table 4.13).
const BIT_RATES: [u32; 19] =
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640];
/// In later streams the rate or the syntax is another.
const MAX_AC3_BSID: u8 = 8;
const EAC3_BSID: u8 = 16;
/// The most bytes that a `skipl` can say.
const MAX_SKIP: usize = 511;
/// The exponent strategy with the fewest groups (ETSI TS 102 366 Table 4.8).
const D45: u32 = 3;
/// Groups in that strategy where `chbwcod` is 0: 73 bins (ETSI TS 102 366 §6.1.3).
const D45_GROUPS: u32 = 6;
/// The low-frequency channel has 7 bins, each with its own exponent.
const LFE_GROUPS: u32 = 2;
/// The faintest that the first exponent can be, and a group of three that each repeat the one before
/// (ETSI TS 102 366 §6.1.3).
const SMALL_EXPONENT: u32 = 15;
const SAME_EXPONENTS: u32 = 2 * 25 + 2 * 5 + 2;

/// `syncframe()` (ETSI TS 102 366 §4.3) as long as the bit rate says; at 44.1 kHz, where two lengths
/// take turns, the shorter one.
pub(super) fn ac3_frame(entry: &SampleEntry) -> Option<Bytes> {
    let record = ac3::dac3(entry)?;
    syncframe(&record.substream, record.bit_rate_code)
}

fn syncframe(stream: &Substream, bit_rate_code: u8) -> Option<Bytes> {
    let rate = RATES.get(usize::from(stream.fscod))?;
    let bit_rate = BIT_RATES.get(usize::from(bit_rate_code))?;
    if stream.bsid > MAX_AC3_BSID {
        return None;
    }
    // 1536 samples, words of 16 bits
    let words = (bit_rate * 1000 * (1536 / 16) / rate) as usize;
    let body_len = (2 * words).checked_sub(SYNC_WORD.len() + 2 + 2)?; // crc1, crc2
    let skip = skip_len(stream, body_len)?;
    let mut body = ac3_body(stream, bit_rate_code, skip)?;
    body.resize(body_len, 0);
    let (first, second) = body.split_at_checked(2 * (words / 2 + words / 8) - SYNC_WORD.len() - 2)?;
    let (crc1, crc2) = (leading_crc(first).to_be_bytes(), crc16(second).to_be_bytes());
    Some([&SYNC_WORD[..], &crc1, &body, &crc2].concat().into())
}

/// Bytes of each block's skip field. All blocks get as much, for there are limits to the first two and
/// to what follows the last (§4.5). One byte is for `auxdatae` and `crcrsv`.
fn skip_len(stream: &Substream, body_len: usize) -> Option<usize> {
    let spare = body_len.checked_sub(ac3_body(stream, 0, 0)?.len() + 1)?;
    Some(MAX_SKIP.min(spare / BLOCKS as usize))
}

/// The word before `bytes` with which the checksum of all is zero (§6.10.1): the shift register runs
/// backwards from zero.
fn leading_crc(bytes: &[u8]) -> u16 {
    let last_to_first = bytes.iter().rev().chain(&[0; 2]);
    let bits = last_to_first.flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1));
    bits.fold(0, |register: u16, bit| {
        let fed_back = register & 1 == 1;
        let before = if fed_back { register ^ CRC16 } else { register } >> 1;
        before | u16::from(fed_back != bit) << 15
    })
}

/// From `fscod` to the last block, each of which has a skip field of so many bytes.
fn ac3_body(stream: &Substream, bit_rate_code: u8, skip: usize) -> Option<Vec<u8>> {
    let mut frame = Frame::new(stream)?;
    frame.bits.bits(2, stream.fscod.into());
    frame.bits.bits(6, u32::from(bit_rate_code) << 1); // frmsizecod
    frame.ac3_bit_stream_information();
    for block in 0..BLOCKS {
        frame.ac3_block(block == 0);
        frame.bits.bit(true); // skiple
        frame.bits.bits(9, u32::try_from(skip).ok()?); // skipl
        for _ in 0..skip {
            frame.bits.bits(8, 0); // skipfld
        }
    }
    Some(frame.bits.into_bytes())
}

/// `syncframe()` of E-AC-3 (ETSI TS 102 366 §E.1.2), as short as it can be. Several substreams would
/// need as many frames, and of streams at half the rates the record does not say the rate.
pub(super) fn eac3_frame(entry: &SampleEntry) -> Option<Bytes> {
    let record = ac3::dec3(entry)?;
    let stream = &record.first;
    if record.more_substreams > 0 || stream.dependents > 0 || stream.bsid != EAC3_BSID {
        return None;
    }
    eac3_syncframe(stream)
}

fn eac3_syncframe(stream: &Substream) -> Option<Bytes> {
    RATES.get(usize::from(stream.fscod))?;
    // One byte is for `auxdatae` and `encinfo`, two for `crc2`.
    let words = (SYNC_WORD.len() + eac3_body(stream, 0)?.len() + 1 + 2).div_ceil(2);
    let mut body = eac3_body(stream, words - 1)?;
    body.resize(2 * words - SYNC_WORD.len() - 2, 0);
    let crc2 = crc16(&body).to_be_bytes();
    Some([&SYNC_WORD[..], &body, &crc2].concat().into())
}

/// From `strmtyp` to the last block.
fn eac3_body(stream: &Substream, frmsiz: usize) -> Option<Vec<u8>> {
    let mut frame = Frame::new(stream)?;
    frame.bits.bits(2 + 3, 0); // strmtyp: independent; substreamid
    frame.bits.bits(11, u32::try_from(frmsiz).ok()?);
    frame.eac3_bit_stream_information();
    frame.eac3_audio_frame();
    for block in 0..BLOCKS {
        frame.eac3_block(block == 0);
    }
    Some(frame.bits.into_bytes())
}

/// A syncframe being written.
struct Frame<'a> {
    bits: BitWriter,
    stream: &'a Substream,
    full_channels: u32,
}

impl<'a> Frame<'a> {
    fn new(stream: &'a Substream) -> Option<Self> {
        let full_channels = *FULL_CHANNELS.get(usize::from(stream.acmod))?;
        Some(Self { bits: BitWriter::default(), stream, full_channels })
    }

    /// The same field for each full-bandwidth channel.
    fn for_channels(&mut self, count: u32, value: u32) {
        (0..self.full_channels).for_each(|_| self.bits.bits(count, value));
    }

    /// `bsi()` (§4.3.2).
    fn ac3_bit_stream_information(&mut self) {
        let acmod = self.stream.acmod;
        self.bits.bits(5, self.stream.bsid.into());
        self.bits.bits(3, self.stream.bsmod.into());
        self.bits.bits(3, acmod.into());
        if acmod & 1 == 1 && acmod != 1 {
            self.bits.bits(2, 0); // cmixlev
        }
        if acmod & 4 == 4 {
            self.bits.bits(2, 0); // surmixlev
        }
        if acmod == STEREO {
            self.bits.bits(2, 0); // dsurmod
        }
        self.bits.bit(self.stream.lfeon);
        self.bits.bits(5, 31); // dialnorm
        self.bits.bits(3, 0); // compre, langcode, audprodie
        if acmod == DUAL_MONO {
            self.bits.bits(5, 31); // dialnorm2
            self.bits.bits(3, 0); // compr2e, langcod2e, audprodi2e
        }
        self.bits.bits(5, 0); // copyrightb, origbs, timecod1e, timecod2e, addbsie
    }

    /// `audblk()` (§4.3.3) up to its skip field.
    fn ac3_block(&mut self, is_first: bool) {
        self.for_channels(2, 0); // blksw, dithflag
        self.no_dynamic_range();
        self.bits.bit(is_first); // cplstre
        if is_first {
            self.bits.bit(false); // cplinu
        }
        if self.stream.acmod == STEREO {
            self.bits.bit(is_first); // rematstr
        }
        if self.stream.acmod == STEREO && is_first {
            self.bits.bits(4, 0); // rematflg
        }
        self.exponent_strategies(is_first);
        if is_first {
            self.exponents();
            self.bits.bit(true); // baie
            self.bits.bits(2 + 2 + 2 + 2 + 3, 0); // sdcycod, fdcycod, sgaincod, dbpbcod, floorcod
            self.bits.bit(true); // snroffste
            self.bits.bits(6, 0); // csnroffst
            self.for_channels(4 + 3, 0); // fsnroffst, fgaincod
            self.bits.bits(if self.stream.lfeon { 4 + 3 } else { 0 }, 0); // lfefsnroffst, lfefgaincod
        } else {
            self.bits.bits(2, 0); // baie, snroffste
        }
        self.bits.bit(false); // deltbaie
    }

    /// `bsi()` (§E.1.2.2) from `fscod` on.
    fn eac3_bit_stream_information(&mut self) {
        self.bits.bits(2, self.stream.fscod.into());
        self.bits.bits(2, 3); // numblkscod: six
        self.bits.bits(3, self.stream.acmod.into());
        self.bits.bit(self.stream.lfeon);
        self.bits.bits(5, EAC3_BSID.into());
        self.bits.bits(5, 31); // dialnorm
        self.bits.bit(false); // compre
        if self.stream.acmod == DUAL_MONO {
            self.bits.bits(5, 31); // dialnorm2
            self.bits.bit(false); // compr2e
        }
        self.bits.bits(3, 0); // mixmdate, infomdate, addbsie
    }

    /// `audfrm()` (§E.1.2.3).
    fn eac3_audio_frame(&mut self) {
        self.bits.bit(true); // expstre
        self.bits.bit(false); // ahte
        self.bits.bits(2, 0); // snroffststr: one for the frame
        self.bits.bits(2, 0); // transproce, blkswe
        self.bits.bit(true); // dithflage: all would be dithered without it
        self.bits.bits(5, 0); // bamode, frmfgaincode, dbaflde, skipflde, spxattene
        if self.stream.acmod > 1 {
            self.bits.bits(1 + 5, 0); // cplinu of the first block, cplstre of the others
        }
        for block in 0..BLOCKS {
            self.for_channels(2, if block == 0 { D45 } else { 0 }); // chexpstr
        }
        if self.stream.lfeon {
            self.bits.bits(BLOCKS, 1 << (BLOCKS - 1)); // lfeexpstr
        }
        self.for_channels(5, 0); // convexpstr
        self.bits.bits(6 + 4, 0); // frmcsnroffst, frmfsnroffst
        self.bits.bit(false); // blkstrtinfoe
    }

    /// `audblk()` (§E.1.2.4).
    fn eac3_block(&mut self, is_first: bool) {
        self.for_channels(1, 0); // dithflag
        self.no_dynamic_range();
        self.bits.bit(false); // spxinu of the first block, spxstre of the others
        if self.stream.acmod == STEREO {
            self.bits.bits(if is_first { 4 } else { 1 }, 0); // rematflg, rematstr
        }
        if is_first {
            self.exponents();
        }
        self.bits.bit(false); // convsnroffste
    }

    fn no_dynamic_range(&mut self) {
        let is_dual = self.stream.acmod == DUAL_MONO;
        self.bits.bits(if is_dual { 2 } else { 1 }, 0); // dynrnge, dynrng2e
    }

    /// New exponents in the first block, which the others use again.
    fn exponent_strategies(&mut self, is_first: bool) {
        self.for_channels(2, if is_first { D45 } else { 0 }); // chexpstr
        if self.stream.lfeon {
            self.bits.bit(is_first); // lfeexpstr
        }
    }

    fn exponents(&mut self) {
        self.for_channels(6, 0); // chbwcod
        for _ in 0..self.full_channels {
            self.channel_exponents(D45_GROUPS);
            self.bits.bits(2, 0); // gainrng
        }
        if self.stream.lfeon {
            self.channel_exponents(LFE_GROUPS);
        }
    }

    fn channel_exponents(&mut self, groups: u32) {
        self.bits.bits(4, SMALL_EXPONENT);
        (0..groups).for_each(|_| self.bits.bits(7, SAME_EXPONENTS));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        codec::silence::remainder,
        sample_entry::tests::{audio, boxed, parse},
    };

    fn ac3_entry(payload: &[u8]) -> SampleEntry {
        parse(audio(*b"ac-3", 0, &boxed(*b"dac3", payload)), *b"soun").unwrap()
    }

    fn eac3_entry(payload: &[u8]) -> SampleEntry {
        parse(audio(*b"ec-3", 0, &boxed(*b"dec3", payload)), *b"soun").unwrap()
    }

    /// A stream of each layout at each rate, with its index in Table 4.13.
    fn streams() -> impl Iterator<Item = (usize, Substream)> {
        (0..3 * 8 * 2).map(|number: u8| {
            let (fscod, acmod_lfeon) = (number / 16, number % 16);
            let record = [fscod << 6 | 8 << 1, acmod_lfeon << 2, 0];
            (usize::from(fscod), ac3::dac3(&ac3_entry(&record)).unwrap().substream)
        })
    }

    /// Bytes of these fields, with zeros after the last.
    fn packed(fields: &str) -> Vec<u8> {
        let bits: Vec<u8> = fields.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
        bits.chunks(8)
            .map(|byte| byte.iter().enumerate().fold(0, |all, (at, bit)| all | bit << (7 - at)))
            .collect()
    }

    fn is_checked(bytes: &[u8]) -> bool {
        remainder(bytes, 0x1_8005, 16) == 0
    }

    /// Oracle: ETSI TS 102 366 §4.3 by hand. The frame has 128 bytes; 226 bits of fields leave room
    /// for 15 bytes in each block.
    #[test]
    fn an_ac3_frame_follows_the_syntax() {
        let fields = "00 000000  01000 000 001 0 11111 000 00000";
        let exponents = "000000 1111 0111110 0111110 0111110 0111110 0111110 0111110 00";
        let first = format!("0 0 0 1 0 11 {exponents} 1 00000000000 1 000000 0000 000 0");
        let skip = format!("1 000001111 {}", "0".repeat(15 * 8));
        let others = format!("0 0 0 0 00 0 0 0 {skip}").repeat(5);
        let mut body = packed(&format!("{fields} {first} {skip} {others}"));
        body.resize(122, 0);
        let frame = ac3_frame(&ac3_entry(&[8 << 1, 1 << 3, 0])).unwrap();
        assert_eq!((&frame[..2], frame.len()), (&SYNC_WORD[..], 128));
        assert_eq!(frame[4..126], body);
        assert!(is_checked(&frame[2..80]) && is_checked(&frame[2..]));
    }

    /// Oracle: ETSI TS 102 366 §E.1.2 by hand: 13 words, of which the last is the checksum.
    #[test]
    fn an_eac3_frame_follows_the_syntax() {
        let information = "00 000 00000001100  01 11 001 0 10000 11111 0  000";
        let frame_fields = "1 0 00 0 0 1 0 0 0 0 0  11 00 00 00 00 00  00000  000000 0000  0";
        let exponents = "000000 1111 0111110 0111110 0111110 0111110 0111110 0111110 00";
        let blocks = format!("0 0 0 {exponents} 0 {}", "0 0 0 0".repeat(5));
        let mut body = packed(&format!("{information} {frame_fields} {blocks}"));
        body.resize(22, 0);
        let frame = eac3_frame(&eac3_entry(&[0, 0, 1 << 6 | 16 << 1, 1 << 1, 0])).unwrap();
        assert_eq!((&frame[..2], &frame[2..24], frame.len()), (&SYNC_WORD[..], &body[..], 26));
        assert!(is_checked(&frame[2..]));
    }

    /// Oracle: words of each `bit_rate_code` in ETSI TS 102 366 Table 4.13, for 48, 44.1 and 32 kHz.
    #[test]
    fn ac3_frames_have_the_lengths_of_the_table() {
        let table = [(0, [64, 69, 96]), (4, [128, 139, 192]), (9, [320, 348, 480]), (18, [1280, 1393, 1920])];
        for (fscod, stream) in streams() {
            for (code, words) in table {
                let frame = syncframe(&stream, code).unwrap();
                let five_eighths = 2 * (words[fscod] / 2 + words[fscod] / 8);
                assert_eq!(frame.len(), 2 * words[fscod]);
                assert!(is_checked(&frame[2..five_eighths]) && is_checked(&frame[2..]));
                // crc2 may not look like a syncword (§4.4.5.1).
                assert_ne!(frame[frame.len() - 2..], SYNC_WORD);
            }
        }
    }

    /// Oracle: ETSI TS 102 366 §4.5: the first two blocks end in the first 5/8 of the frame,
    /// and what follows the last block begins in the rest.
    #[test]
    fn ac3_frames_keep_within_the_constraints() {
        for (_, stream) in streams() {
            for code in [0, 1, 9, 18] {
                let words = syncframe(&stream, code).unwrap().len() / 2;
                let five_eighths = 2 * (words / 2 + words / 8);
                let skip = skip_len(&stream, 2 * words - 6).unwrap();
                let mut frame = Frame::new(&stream).unwrap();
                frame.bits.bits(32, 0); // syncword, crc1
                frame.bits.bits(8, 0); // fscod, frmsizecod
                frame.ac3_bit_stream_information();
                frame.ac3_block(true);
                frame.ac3_block(false);
                frame.bits.bits(2 * 10, 0); // skiple, skipl
                assert!(frame.bits.into_bytes().len() + 2 * skip <= five_eighths);
                assert!(4 + ac3_body(&stream, code, skip).unwrap().len() > five_eighths);
            }
        }
    }

    #[test]
    fn eac3_frames_are_checked_and_say_their_length() {
        for (_, stream) in streams() {
            let frame = eac3_syncframe(&stream).unwrap();
            let frmsiz = usize::from(frame[2] & 7) << 8 | usize::from(frame[3]);
            assert_eq!(frame.len(), 2 * (frmsiz + 1));
            assert!(is_checked(&frame[2..]));
            assert_ne!(frame[frame.len() - 2..], SYNC_WORD);
        }
    }

    #[test]
    fn what_is_unusual_has_no_frame() {
        let ac3 = |payload: &[u8]| ac3_frame(&ac3_entry(payload)).map(|frame| frame.len());
        assert_eq!(ac3(&[0x10, 0x3d, 0xc0]), Some(1536)); // 3/2 with LFE, 48 kHz, 384 kbit/s
        assert_eq!(ac3(&[0xd0, 0x3d, 0xc0]), None); // fscod 3
        assert_eq!(ac3(&[0x12, 0x3d, 0xc0]), None); // bsid 9
        assert_eq!(ac3(&[0x10, 0x3e, 0x60]), None); // bit_rate_code 19
        assert_eq!(ac3(&[0x10, 0x3d]), None); // cut

        let eac3 = |payload: &[u8]| eac3_frame(&eac3_entry(payload)).map(|frame| frame.len());
        let plain = eac3(&[0x14, 0, 0x20, 0x0f, 0]);
        assert_eq!((plain, eac3(&[0x14, 0, 0x20, 0x0f, 0, 1, 0x10])), (Some(68), Some(68))); // Atmos
        assert_eq!(eac3(&[0x14, 0, 0xe0, 0x0f, 0]), None); // fscod 3
        assert_eq!(eac3(&[0x14, 0, 0x10, 0x0f, 0]), None); // bsid 8
        assert_eq!(eac3(&[0x14, 0, 0x20, 0x0f, 2, 0]), None); // a dependent substream
        assert_eq!(eac3(&[0x14, 1, 0x20, 0x0f, 0, 0x20, 0x0f, 0]), None); // two independent ones
    }
}
