//! `moov`: the movie header and its tracks (ISO/IEC 14496-12 §8.2-8.6).

mod user_data;

use bytes::Bytes;

pub use self::user_data::{Kind, UserData};
use crate::read::{BoxRef, Boxes, Reader};
use crate::{Error, FourCc, MovieEvent, SampleDefaults, SampleEntry, SampleTable, Timescale};

/// Most tracks of a movie.
const MAX_TRACKS: usize = 128;
/// Most sample entries of a track.
const MAX_ENTRIES: usize = 32;
/// Most edits of a track.
const MAX_EDITS: usize = 4096;

/// A parsed `moov`.
#[derive(Debug)]
pub struct Movie {
    /// Time scale of edit durations.
    pub timescale: Timescale,
    /// When it was made, in seconds since 1904-01-01T00:00:00Z, as the file says: 0 and nonsense are common.
    pub creation_time: u64,
    /// Whether samples may lie in movie fragments (`mvex`, §8.8.1) that the tables do not name:
    /// [`fragmented::Fragments`](crate::fragmented::Fragments) adds them.
    pub is_fragmented: bool,
    /// What holds of the samples of a track's fragments, by track number (`trex`, §8.8.3).
    pub sample_defaults: Vec<(u32, SampleDefaults)>,
    /// The tracks in file order; one that cannot be read does not spoil the others.
    pub tracks: Vec<Result<Track, TrackFault>>,
    /// Timed metadata between fragments (`emsg`), in file order, each once; none before fragments have been read.
    pub events: Vec<MovieEvent>,
}

/// A track that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackFault {
    /// The track's number if that much could be read.
    pub id: Option<u32>,
    /// The track's handler if that much could be read.
    pub handler: Option<FourCc>,
    /// What is wrong.
    pub error: Error,
}

/// One track.
#[derive(Debug)]
pub struct Track {
    /// `tkhd.track_ID`; never zero.
    pub id: u32,
    /// What the track is, as `hdlr` says (§8.4.3): `vide`, `soun`, `text`, `sbtl`, `subt`, …
    pub handler: FourCc,
    /// The handler's name, cut at 128 bytes; often the name of the program that wrote it.
    pub name: String,
    /// Ticks per second.
    pub timescale: Timescale,
    /// `mdhd.duration` in ticks; 0 if unknown.
    pub duration: u64,
    /// Language as the file has it.
    pub language: Language,
    /// Transformation of the picture, as `tkhd.matrix` has it (16.16 and 2.30 fixed point).
    pub matrix: [i32; 9],
    /// Presentation size in 1/65536 pixels (`tkhd`); zero for tracks without pictures.
    pub size: (u32, u32),
    /// The edit list (§8.6.6); empty if there is none.
    pub edits: Vec<Edit>,
    /// The sample entries, from `stsc` index 1 on; one that cannot be read keeps its place.
    pub entries: Vec<Result<SampleEntry, Error>>,
    /// The samples.
    pub table: SampleTable,
    /// Whether `tkhd` marks the track as enabled: of several for one purpose the one that plays unasked.
    pub is_enabled: bool,
    /// What `udta` says of it.
    pub user_data: UserData,
    /// Numbers of tracks whose text is the chapters of this one (`tref` of type `chap`, QuickTime).
    pub chapters: Vec<u32>,
    /// Where `trak` starts in the file.
    pub offset: u64,
}

/// The language of a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Language {
    /// ISO 639-2/T letters of `mdhd` (§8.4.2).
    Iso([u8; 3]),
    /// A Macintosh language number of QuickTime's `mdhd` (QTFF "Language code values").
    Macintosh(u16),
    /// A BCP 47 tag from `elng` (§8.4.6), printable ASCII, cut at 35 bytes.
    Tag(String),
}

/// One entry of the edit list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// How long it lasts, in ticks of the movie; 0 in fragmented files: to the end.
    pub duration: u64,
    /// The composition time it starts at, in ticks of the track; `None`: nothing is shown.
    pub media_time: Option<u64>,
    /// Playback rate as a 16.16 fixed point number; 0 means that one picture is held.
    pub rate: i32,
}

impl Edit {
    /// The normal rate.
    pub const RATE_ONE: i32 = 1 << 16;
}

impl Movie {
    /// Reads a whole `moov` box that starts at `offset` in the file.
    pub fn parse(moov: &Bytes, offset: u64) -> Result<Self, Error> {
        let root = Boxes::new(FourCc(*b"file"), moov, offset)
            .find_kind(FourCc(*b"moov"))?
            .ok_or(Error::Missing { kind: FourCc(*b"moov"), parent: FourCc(*b"file"), offset })?;
        let has = |kind: &[u8; 4]| root.children().flatten().any(|child| child.kind.0 == *kind);
        if has(b"cmov") {
            return Err(Error::Unsupported {
                kind: root.kind,
                offset,
                reason: "the movie header is compressed (`cmov`)",
            });
        }
        let (timescale, creation_time) = movie_header(&root.require(FourCc(*b"mvhd"))?)?;
        Ok(Self {
            timescale,
            creation_time,
            is_fragmented: has(b"mvex"),
            sample_defaults: sample_defaults(&root)?,
            tracks: tracks(&root, moov)?,
            events: Vec::new(),
        })
    }
}

/// All `trak` boxes before the first fault. What is broken behind them does not matter to them; where none
/// is before it, the fault is the answer.
fn tracks(root: &BoxRef<'_>, moov: &Bytes) -> Result<Vec<Result<Track, TrackFault>>, Error> {
    let mut out = Vec::new();
    for child in root.children() {
        match child {
            Err(fault) if out.is_empty() => return Err(fault),
            Err(_) => break,
            Ok(child) if child.kind == FourCc(*b"trak") => out.push(Track::parse(&child, moov)),
            Ok(_) => {}
        }
        if out.len() > MAX_TRACKS {
            let (kind, offset, limit) = (root.kind, root.offset, MAX_TRACKS as u64);
            return Err(Error::Limit { kind, offset, what: "number of tracks", limit });
        }
    }
    Ok(out)
}

/// The defaults in the first `mvex`, if there is one before any fault.
fn sample_defaults(root: &BoxRef<'_>) -> Result<Vec<(u32, SampleDefaults)>, Error> {
    let mvex = root.children().map_while(Result::ok).find(|child| child.kind == FourCc(*b"mvex"));
    mvex.map_or_else(|| Ok(Vec::new()), |mvex| SampleDefaults::parse_all(&mvex, MAX_TRACKS))
}

/// Time scale and creation time (`mvhd`, §8.2.2).
fn movie_header(mvhd: &BoxRef<'_>) -> Result<(Timescale, u64), Error> {
    let mut reader = mvhd.reader();
    let (version, _) = reader.full_box()?;
    let creation_time = if version == 1 { reader.u64()? } else { reader.u32()?.into() };
    reader.skip(if version == 1 { 8 } else { 4 })?;
    let timescale = Timescale::new(reader.u32()?).ok_or_else(|| mvhd.invalid("the time scale is zero"))?;
    Ok((timescale, creation_time))
}

impl Track {
    fn parse(trak: &BoxRef<'_>, moov: &Bytes) -> Result<Self, TrackFault> {
        let header = trak.require(FourCc(*b"tkhd")).and_then(|b| TrackHeader::parse(&b));
        let id = header.as_ref().ok().map(|header| header.id);
        let mdia = trak.require(FourCc(*b"mdia"));
        let hdlr = mdia.clone().and_then(|mdia| mdia.require(FourCc(*b"hdlr"))).and_then(|b| parse_hdlr(&b));
        let handler = hdlr.as_ref().ok().map(|(handler, _)| *handler);
        let fault = |error| TrackFault { id, handler, error };
        let header = header.map_err(fault)?;
        let hdlr = hdlr.map_err(fault)?;
        mdia.and_then(|mdia| Self::assemble(trak, &mdia, (header, hdlr), moov)).map_err(fault)
    }

    fn assemble(
        trak: &BoxRef<'_>,
        mdia: &BoxRef<'_>,
        (header, (handler, name)): (TrackHeader, (FourCc, String)),
        moov: &Bytes,
    ) -> Result<Self, Error> {
        let times = MediaHeader::parse(&mdia.require(FourCc(*b"mdhd"))?)?;
        let minf = mdia.require(FourCc(*b"minf"))?;
        refuse_external_media(&minf)?;
        let stbl = minf.require(FourCc(*b"stbl"))?;
        let entries = parse_entries(&stbl.require(FourCc(*b"stsd"))?, moov, handler)?;
        let tag = mdia.find(FourCc(*b"elng"))?.and_then(|found| language_tag(&found));
        Ok(Self {
            id: header.id,
            handler,
            name,
            timescale: times.timescale,
            duration: times.duration,
            language: tag.unwrap_or(times.language),
            matrix: header.matrix,
            size: header.size,
            edits: parse_edits(trak)?,
            entries,
            table: SampleTable::parse(&stbl, moov)?,
            is_enabled: header.is_enabled,
            user_data: UserData::parse(trak),
            chapters: chapters(trak),
            offset: trak.offset,
        })
    }
}

/// `tref` (§8.3.3): the tracks that a reference of type `chap` names.
fn chapters(trak: &BoxRef<'_>) -> Vec<u32> {
    let Ok(Some(tref)) = trak.find(FourCc(*b"tref")) else { return Vec::new() };
    let Ok(Some(chap)) = tref.find(FourCc(*b"chap")) else { return Vec::new() };
    let mut reader = chap.reader();
    std::iter::from_fn(|| reader.u32().ok()).take(MAX_TRACKS).collect()
}

/// `tkhd` (§8.3.2).
struct TrackHeader {
    id: u32,
    is_enabled: bool,
    matrix: [i32; 9],
    size: (u32, u32),
}

impl TrackHeader {
    fn parse(tkhd: &BoxRef<'_>) -> Result<Self, Error> {
        let mut reader = tkhd.reader();
        let (version, flags) = reader.full_box()?;
        reader.skip(if version == 1 { 16 } else { 8 })?;
        let id = reader.u32()?;
        if id == 0 {
            return Err(tkhd.invalid("the track number is zero"));
        }
        // reserved, duration; then two reserved words, layer, alternate group, volume, reserved
        reader.skip(4 + if version == 1 { 8 } else { 4 } + 16)?;
        let mut matrix = [0; 9];
        for cell in &mut matrix {
            *cell = reader.i32()?;
        }
        Ok(Self { id, is_enabled: flags & 1 == 1, matrix, size: (reader.u32()?, reader.u32()?) })
    }
}

/// `mdhd` (§8.4.2).
struct MediaHeader {
    timescale: Timescale,
    duration: u64,
    language: Language,
}

impl MediaHeader {
    fn parse(mdhd: &BoxRef<'_>) -> Result<Self, Error> {
        let mut reader = mdhd.reader();
        let (version, _) = reader.full_box()?;
        reader.skip(if version == 1 { 16 } else { 8 })?;
        let timescale =
            Timescale::new(reader.u32()?).ok_or_else(|| mdhd.invalid("the time scale is zero"))?;
        let duration = if version == 1 { reader.u64()? } else { reader.u32()?.into() };
        let unknown = duration == u64::MAX || (version != 1 && duration == u64::from(u32::MAX));
        let code = reader.u16()?;
        // Letters are packed as 5 bits each, 1 for `a`; QuickTime keeps smaller numbers for
        // Macintosh languages, and 0x7fff for "unspecified".
        let language = if code < 0x400 || code == 0x7fff {
            Language::Macintosh(code)
        } else {
            let letter = |shift: u32| u8::try_from((code >> shift) & 31).unwrap_or(0) + 0x60;
            Language::Iso([letter(10), letter(5), letter(0)])
        };
        Ok(Self { timescale, duration: if unknown { 0 } else { duration }, language })
    }
}

/// `elng` (§8.4.6); some writers leave out version and flags.
fn language_tag(elng: &BoxRef<'_>) -> Option<Language> {
    let bytes = elng.payload.strip_prefix(&[0; 4]).unwrap_or(elng.payload);
    let tag: String = text_until_nul(bytes, 35);
    (!tag.is_empty() && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        .then_some(Language::Tag(tag))
}

/// Handler type and name of `hdlr` (§8.4.3).
fn parse_hdlr(hdlr: &BoxRef<'_>) -> Result<(FourCc, String), Error> {
    let mut reader = hdlr.reader();
    reader.full_box()?;
    reader.skip(4)?;
    let handler = reader.fourcc()?;
    let name = reader.rest().get(12..).unwrap_or_default();
    // QuickTime writes a Pascal string: a length byte in front and no zero behind.
    let name = match name.split_first() {
        Some((&len, rest)) if usize::from(len) == rest.len() && len > 0 => rest,
        _ => name,
    };
    Ok((handler, text_until_nul(name, 128)))
}

fn text_until_nul(bytes: &[u8], longest: usize) -> String {
    let bytes = bytes.get(..longest).unwrap_or(bytes);
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or_default())
        .chars()
        .filter(|c| !c.is_control())
        .collect()
}

/// Media in another file (`dref` with a location, §8.7.2) is refused: its bytes are not here.
fn refuse_external_media(minf: &BoxRef<'_>) -> Result<(), Error> {
    const SELF_CONTAINED: u32 = 1;
    let Some(dinf) = minf.find(FourCc(*b"dinf"))? else { return Ok(()) };
    let Some(dref) = dinf.find(FourCc(*b"dref"))? else { return Ok(()) };
    for entry in dref.children_after(8).flatten() {
        let (_, flags) = entry.reader().full_box()?;
        let names_a_file = entry.payload.len() > 5;
        if flags & SELF_CONTAINED == 0 && names_a_file {
            return Err(Error::Unsupported {
                kind: entry.kind,
                offset: entry.offset,
                reason: "the media lies in another file",
            });
        }
    }
    Ok(())
}

fn parse_entries(
    stsd: &BoxRef<'_>,
    moov: &Bytes,
    handler: FourCc,
) -> Result<Vec<Result<SampleEntry, Error>>, Error> {
    let mut out = Vec::new();
    for entry in stsd.children_after(8) {
        let parsed = entry.and_then(|entry| SampleEntry::parse(&entry, moov.slice_ref(entry.whole), handler));
        out.push(parsed);
        if out.len() > MAX_ENTRIES {
            return Err(Error::Limit {
                kind: stsd.kind,
                offset: stsd.offset,
                what: "number of sample entries",
                limit: MAX_ENTRIES as u64,
            });
        }
    }
    if out.is_empty() {
        return Err(stsd.invalid("it has no sample entry"));
    }
    Ok(out)
}

/// `edts/elst` (§8.6.6), versions 0 and 1.
fn parse_edits(trak: &BoxRef<'_>) -> Result<Vec<Edit>, Error> {
    let Some(edts) = trak.find(FourCc(*b"edts"))? else { return Ok(Vec::new()) };
    let Some(elst) = edts.find(FourCc(*b"elst"))? else { return Ok(Vec::new()) };
    let mut reader = elst.reader();
    let (version, _) = reader.full_box()?;
    let count = reader.u32()?;
    let mut out = Vec::new();
    for _ in 0..count {
        if out.len() == MAX_EDITS {
            return Err(Error::Limit {
                kind: elst.kind,
                offset: elst.offset,
                what: "number of edits",
                limit: MAX_EDITS as u64,
            });
        }
        out.push(parse_edit(&mut reader, version, &elst)?);
    }
    Ok(out)
}

fn parse_edit(reader: &mut Reader<'_>, version: u8, elst: &BoxRef<'_>) -> Result<Edit, Error> {
    let (duration, media_time) = match version {
        1 => (reader.u64()?, reader.i64()?),
        _ => (reader.u32()?.into(), reader.i32()?.into()),
    };
    let media_time = match media_time {
        -1 => None,
        time => Some(u64::try_from(time).map_err(|_| elst.invalid("a media time is negative"))?),
    };
    Ok(Edit { duration, media_time, rate: reader.i32()? })
}

#[cfg(test)]
mod tests;
