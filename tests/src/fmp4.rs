//! A reader of CMAF init and media segments that shares nothing with the product's writer.
//!
//! It reads what ISO/IEC 14496-12 §8.8 says and refuses whatever a CMAF segment of one track may not hold.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "bytes that cannot be read fail the test")]

/// An init segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Init {
    /// `mdhd.timescale`.
    pub timescale: u32,
    /// Entries of the edit list: duration, media time, rate.
    pub edits: Vec<(u64, i64, u32)>,
    /// Code of the sample entry.
    pub format: String,
    /// `trex`: default duration, size and flags.
    pub defaults: [u32; 3],
    /// Brands of `ftyp`, the major one first.
    pub brands: Vec<String>,
}

impl Init {
    /// The composition time that is presented at 0.
    pub fn media_time(&self) -> i64 {
        self.edits.first().map_or(0, |edit| edit.1)
    }
}

/// A media segment.
#[derive(Debug, Clone)]
pub struct Segment {
    /// `mfhd.sequence_number`.
    pub sequence: u32,
    /// `tfdt`.
    pub decode_time: u64,
    /// The samples in decoding order.
    pub samples: Vec<Sample>,
    /// `sidx`, if there is one.
    pub index: Option<Index>,
}

/// A `sidx` with one reference (§8.16.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Index {
    /// `timescale`.
    pub timescale: u32,
    /// `earliest_presentation_time`.
    pub earliest: u64,
    /// `subsegment_duration`.
    pub duration: u32,
    /// `SAP_type`; the segment starts with one.
    pub sap_type: u32,
}

impl Segment {
    /// Sum of the samples' durations.
    pub fn duration(&self) -> u64 {
        self.samples.iter().map(|sample| u64::from(sample.duration)).sum()
    }

    /// Sum of the samples' sizes.
    pub fn media_bytes(&self) -> usize {
        self.samples.iter().map(|sample| sample.bytes.len()).sum()
    }
}

/// A sample of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Decoding time.
    pub decode_time: u64,
    /// Composition time, before the edit list.
    pub composition_time: i64,
    /// Duration.
    pub duration: u32,
    /// `sample_flags` (§8.8.3.1).
    pub flags: u32,
    /// The media.
    pub bytes: Vec<u8>,
}

impl Sample {
    /// Whether decoding can start here: `sample_is_non_sync_sample` is 0.
    pub fn is_sync(&self) -> bool {
        self.flags & 0x1_0000 == 0
    }
}

/// Kind and payload of each box; boxes must fill `bytes` exactly.
fn boxes(bytes: &[u8]) -> Vec<(&str, &[u8])> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let size = u32_at(rest, 0) as usize;
        assert!(size >= 8 && size <= rest.len(), "a box of {size} bytes in {}", rest.len());
        out.push((std::str::from_utf8(&rest[4..8]).unwrap(), &rest[8..size]));
        rest = &rest[size..];
    }
    out
}

/// The payload of the only box of a kind at the end of a path.
fn find<'a>(bytes: &'a [u8], path: &[&str]) -> Option<&'a [u8]> {
    path.iter().try_fold(bytes, |bytes, kind| {
        let mut found = boxes(bytes).into_iter().filter(|(name, _)| name == kind);
        let first = found.next();
        assert!(found.next().is_none(), "two boxes of kind {kind}");
        first.map(|(_, payload)| payload)
    })
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_be_bytes(bytes[at..at + 8].try_into().unwrap())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Reads an init segment.
pub fn init(bytes: &[u8]) -> Init {
    let kinds: Vec<_> = boxes(bytes).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["ftyp", "moov"]);
    let ftyp = find(bytes, &["ftyp"]).unwrap();
    let trak = find(bytes, &["moov", "trak"]).unwrap();
    let mdhd = find(trak, &["mdia", "mdhd"]).unwrap();
    let stsd = find(trak, &["mdia", "minf", "stbl", "stsd"]).unwrap();
    assert_eq!(u32_at(stsd, 4), 1, "one sample entry");
    let trex = find(bytes, &["moov", "mvex", "trex"]).unwrap();
    let brands = [&ftyp[..4]].into_iter().chain(ftyp[8..].chunks(4)).map(text).collect();
    Init {
        timescale: u32_at(mdhd, if mdhd[0] == 1 { 20 } else { 12 }),
        edits: find(trak, &["edts", "elst"]).map(edits).unwrap_or_default(),
        format: text(&stsd[12..16]),
        defaults: [u32_at(trex, 12), u32_at(trex, 16), u32_at(trex, 20)],
        brands,
    }
}

fn edits(elst: &[u8]) -> Vec<(u64, i64, u32)> {
    let count = u32_at(elst, 4) as usize;
    let version_1 = |at: usize| (u64_at(elst, at), u64_at(elst, at + 8).cast_signed(), u32_at(elst, at + 16));
    let version_0 = |at: usize| {
        (u32_at(elst, at).into(), u32_at(elst, at + 4).cast_signed().into(), u32_at(elst, at + 8))
    };
    match elst[0] {
        1 => (0..count).map(|index| version_1(8 + 20 * index)).collect(),
        _ => (0..count).map(|index| version_0(8 + 12 * index)).collect(),
    }
}

/// Reads a media segment: one `moof` of one track, and its `mdat`; a `sidx` may stand before them.
pub fn segment(bytes: &[u8], init: &Init) -> Segment {
    let mut kinds: Vec<_> = boxes(bytes).into_iter().map(|(kind, _)| kind).collect();
    let sidx = find(bytes, &["sidx"]);
    if sidx.is_some() {
        assert_eq!(kinds.remove(1), "sidx");
    }
    assert_eq!(kinds, ["styp", "moof", "mdat"]);
    let moof_at = u32_at(bytes, 0) as usize + sidx.map_or(0, |sidx| sidx.len() + 8);
    let traf = find(bytes, &["moof", "traf"]).unwrap();
    let tfdt = find(traf, &["tfdt"]).unwrap();
    let decode_time = if tfdt[0] == 1 { u64_at(tfdt, 4) } else { u32_at(tfdt, 4).into() };
    let defaults = defaults(find(traf, &["tfhd"]).unwrap(), init);
    let mut samples = Vec::new();
    let mut clock = decode_time;
    let mut end = None;
    for (_, trun) in boxes(traf).into_iter().filter(|(kind, _)| *kind == "trun") {
        let at = run(trun, defaults, &bytes[moof_at..], (&mut clock, &mut samples));
        // Media without gaps: each run begins where the last one ends.
        assert!(end.is_none_or(|end| end == at.0));
        end = Some(at.1);
    }
    assert_eq!(end, Some(bytes.len() - moof_at), "the runs fill the segment to its end");
    let sequence = u32_at(find(bytes, &["moof", "mfhd"]).unwrap(), 4);
    Segment { sequence, decode_time, samples, index: sidx.map(|sidx| index(sidx, bytes.len() - moof_at)) }
}

/// Reads a `sidx` of version 1 that refers to `fragment` bytes right behind it.
fn index(sidx: &[u8], fragment: usize) -> Index {
    assert_eq!((u32_at(sidx, 0), u64_at(sidx, 20), u32_at(sidx, 28)), (0x0100_0000, 0, 1));
    assert_eq!(u32_at(sidx, 32) as usize, fragment, "type 0 and the size of `moof` and `mdat`");
    let sap = u32_at(sidx, 40);
    assert_eq!((sap >> 31, sap & 0x0fff_ffff), (1, 0), "it starts with a SAP, without delay");
    Index {
        timescale: u32_at(sidx, 8),
        earliest: u64_at(sidx, 12),
        duration: u32_at(sidx, 36),
        sap_type: sap >> 28 & 7,
    }
}

/// Duration, size and flags of samples that state none (§8.8.7).
fn defaults(tfhd: &[u8], init: &Init) -> [u32; 3] {
    let flags = u32_at(tfhd, 0);
    assert_eq!(flags & 0x02_0003, 0x02_0000, "offsets count from `moof`, and the description is the first");
    let mut out = init.defaults;
    let mut at = 8;
    for (value, flag) in out.iter_mut().zip([0x08, 0x10, 0x20]) {
        if flags & flag != 0 {
            *value = u32_at(tfhd, at);
            at += 4;
        }
    }
    assert_eq!(at, tfhd.len());
    out
}

/// Reads a track run (§8.8.8); returns where its media starts and ends, counted from `moof`.
fn run(
    trun: &[u8],
    defaults: [u32; 3],
    from_moof: &[u8],
    (clock, samples): (&mut u64, &mut Vec<Sample>),
) -> (usize, usize) {
    let flags = u32_at(trun, 0) & 0xff_ffff;
    let is_signed = trun[0] == 1;
    assert_eq!(flags & 1, 1, "the data offset is stated");
    let start = u32_at(trun, 8) as usize;
    let first_flags = (flags & 4 != 0).then(|| u32_at(trun, 12));
    let mut at = if first_flags.is_some() { 16 } else { 12 };
    let mut media = start;
    let count = u32_at(trun, 4);
    assert!(count > 0, "no run is empty");
    for index in 0..count {
        let mut field = |flag: u32, default: u32| {
            let is_here = flags & flag != 0;
            at += if is_here { 4 } else { 0 };
            if is_here { u32_at(trun, at - 4) } else { default }
        };
        let (duration, size) = (field(0x100, defaults[0]), field(0x200, defaults[1]) as usize);
        let own_flags = field(0x400, defaults[2]);
        let offset = field(0x800, 0);
        let offset = if is_signed { i64::from(offset.cast_signed()) } else { i64::from(offset) };
        samples.push(Sample {
            decode_time: *clock,
            composition_time: clock.cast_signed() + offset,
            duration,
            flags: first_flags.filter(|_| index == 0).unwrap_or(own_flags),
            bytes: from_moof[media..media + size].to_vec(),
        });
        *clock += u64::from(duration);
        media += size;
    }
    assert_eq!(at, trun.len());
    (start, media)
}
