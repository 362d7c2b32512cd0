//! Our reading of sample tables against two other readers, `mp4` and `mp4-atom`, and theirs of our output.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use bytes::Bytes;
use isobmff::locate::{MovieLocator, Step};
use isobmff::testing::fragments::movie_of;
use isobmff::{Movie, Sample};
use mp4_atom::{Any, Decode, StszSamples};
use tests::fixtures;
use tests::fmp4;
use tests::{Client, Download, Fixture};

/// Sources that `mp4` does not read, or reads wrongly.
const MP4_CANNOT: [(&str, &str); 2] = [
    ("aac-in-mov.mov", "mp4a box contains a box with a larger size than it"),
    ("stz2.mp4", "stsz not found"),
];
/// Sources that `mp4-atom` does not read.
const MP4_ATOM_CANNOT: [(&str, &str); 1] = [("stz2.mp4", "missing box: stsz")];

/// Tracks by number, and their samples.
type Tables = BTreeMap<u32, Vec<Sample>>;

#[test]
fn mp4_agrees() {
    // Of fragments it tells neither times nor places.
    let progressive = fixtures::playable().filter(|fixture| !fixture.is("fragmented"));
    let failures = compare(progressive, |fixture, _| {
        let path = fixture.path();
        in_time(move || {
            let file = File::open(&path).map_err(|error| error.to_string())?;
            let size = file.metadata().unwrap().len();
            read_with_mp4(BufReader::new(file), size, &path)
        })
    });
    assert_eq!(failures, MP4_CANNOT.map(|(key, why)| (key.to_owned(), why.to_owned())));
}

#[test]
fn mp4_atom_agrees() {
    let failures = compare(fixtures::playable(), read_with_mp4_atom);
    assert_eq!(failures, MP4_ATOM_CANNOT.map(|(key, why)| (key.to_owned(), why.to_owned())));
}

#[test]
fn both_open_our_output() {
    let (mut mp4, mut mp4_atom) = (Vec::new(), Vec::new());
    for fixture in fixtures::playable() {
        let download = Download::of(&Client::new(fixture.source()), &fixture.key);
        for rendition in &download.hls {
            let name = format!("{} {}", fixture.key, rendition.name);
            let whole = [rendition.init.clone(), rendition.segments[0].bytes.clone()].concat();
            let opened = in_time({
                let whole = whole.clone();
                move || open_with_mp4(&whole)
            });
            mp4.extend(opened.err().map(|error| format!("{name}: {error}")));
            let init = fmp4::init(&rendition.init);
            let segment = fmp4::segment(&rendition.segments[0].bytes, &init);
            mp4_atom
                .extend(open_with_mp4_atom(&whole, &segment).err().map(|error| format!("{name}: {error}")));
        }
    }
    assert_eq!(mp4, Vec::<String>::new());
    assert_eq!(mp4_atom, Vec::<String>::new());
}

/// The fixtures where another reader fails or differs, with the reason.
fn compare<'a>(
    fixtures: impl Iterator<Item = &'a Fixture>,
    read: impl Fn(&Fixture, &Bytes) -> Result<Tables, String>,
) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for fixture in fixtures {
        let (moov, ours) = our_tables(&fixture.path());
        let problem = match read(fixture, &moov) {
            Ok(theirs) => difference(&ours, &theirs),
            Err(error) => Some(error),
        };
        out.extend(problem.map(|problem| (fixture.key.clone(), problem)));
    }
    out
}

/// What differs; tracks that only we read do not count.
fn difference(ours: &Tables, theirs: &Tables) -> Option<String> {
    if theirs.is_empty() {
        return Some("no tracks".to_owned());
    }
    for (number, samples) in theirs {
        let own = ours.get(number)?;
        if own.len() != samples.len() {
            return Some(format!("track {number}: {} samples, we read {}", samples.len(), own.len()));
        }
        if let Some((a, b)) = own.iter().zip(samples).find(|(a, b)| a != b) {
            return Some(format!("track {number}: we read {a:?}, it reads {b:?}"));
        }
    }
    None
}

fn our_tables(path: &Path) -> (Bytes, Tables) {
    let file = File::open(path).unwrap();
    let mut locator = MovieLocator::new(file.metadata().unwrap().len());
    let mut wanted = locator.wanted();
    let (moov, offset) = loop {
        let mut bytes = vec![0; usize::try_from(wanted.end - wanted.start).unwrap()];
        file.read_exact_at(&mut bytes, wanted.start).unwrap();
        match locator.feed(&bytes.into()).unwrap() {
            Step::Fetch(next) => wanted = next,
            Step::Found { moov, offset } => break (moov, offset),
        }
    };
    let mut movie = Movie::parse(&moov, offset).unwrap();
    if movie.is_fragmented {
        movie = movie_of(&std::fs::read(path).unwrap().into()).unwrap();
    }
    let tracks = movie.tracks.iter().flatten();
    let tables =
        tracks.map(|track| (track.id, track.table.samples().map(Result::unwrap).collect())).collect();
    (moov, tables)
}

/// `mp4` loops for ever on some files: it gets its own thread and five seconds.
fn in_time<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || drop(sender.send(work())));
    match receiver.recv_timeout(Duration::from_secs(5)) {
        Ok(done) => done,
        Err(mpsc::RecvTimeoutError::Timeout) => Err("no end after five seconds".to_owned()),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err("panic".to_owned()),
    }
}

/// All samples as `mp4` reads them. It does not tell offsets, but the bytes: those are looked up in the
/// file where we think they are.
fn read_with_mp4<R: Read + Seek>(reader: R, size: u64, path: &Path) -> Result<Tables, String> {
    let (_, ours) = our_tables(path);
    let file = File::open(path).unwrap();
    let mut reader = mp4::Mp4Reader::read_header(reader, size).map_err(|error| error.to_string())?;
    let numbers: Vec<_> = reader.tracks().keys().copied().collect();
    let mut out = Tables::new();
    for number in numbers {
        let mut samples = Vec::new();
        for id in 1..=reader.sample_count(number).map_err(|error| error.to_string())? {
            let found = reader.read_sample(number, id).map_err(|error| error.to_string())?;
            let found = found.ok_or_else(|| format!("track {number}: no sample {id}"))?;
            let own = ours.get(&number).and_then(|own| own.get(samples.len())).ok_or("a sample too many")?;
            let mut bytes = vec![0; found.bytes.len()];
            file.read_exact_at(&mut bytes, own.offset).map_err(|error| error.to_string())?;
            samples.push(Sample {
                index: id - 1,
                decode_time: found.start_time,
                duration: found.duration,
                composition_offset: found.rendering_offset,
                offset: if bytes == found.bytes { own.offset } else { 0 },
                size: u32::try_from(found.bytes.len()).unwrap(),
                is_sync: found.is_sync,
                description: own.description,
            });
        }
        out.insert(number, samples);
    }
    Ok(out)
}

/// All samples from the tables and fragments that `mp4-atom` reads, expanded here.
fn read_with_mp4_atom(fixture: &Fixture, moov: &Bytes) -> Result<Tables, String> {
    let moov = mp4_atom::Moov::decode(&mut Cursor::new(moov)).map_err(|error| error.to_string())?;
    let mut tables: Tables =
        moov.trak.iter().map(|trak| (trak.tkhd.track_id, expand(&trak.mdia.minf.stbl))).collect();
    if let Some(mvex) = &moov.mvex {
        let file = fixture.bytes();
        for (at, moof) in moofs(&file)? {
            add_fragment(&mut tables, (mvex, &moof), at);
        }
        // What a cut file does not have.
        for samples in tables.values_mut() {
            samples.retain(|sample| sample.offset + u64::from(sample.size) <= file.len() as u64);
        }
    }
    Ok(tables)
}

/// All whole fragments of a file and where they are.
fn moofs(file: &[u8]) -> Result<Vec<(u64, mp4_atom::Moof)>, String> {
    let mut out = Vec::new();
    let mut at = 0;
    while at + 8 <= file.len() {
        let size = u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        if &file[at + 4..at + 8] == b"moof" {
            let moof =
                mp4_atom::Moof::decode(&mut Cursor::new(&file[at..])).map_err(|error| error.to_string())?;
            out.push((at as u64, moof));
        }
        at += size;
    }
    Ok(out)
}

/// The samples of one fragment (ISO/IEC 14496-12 §8.8.7, §8.8.8).
fn add_fragment(tables: &mut Tables, (mvex, moof): (&mp4_atom::Mvex, &mp4_atom::Moof), moof_at: u64) {
    const NON_SYNC: u32 = 0x1_0000;
    let mut data_end = moof_at;
    for traf in &moof.traf {
        let tfhd = &traf.tfhd;
        let trex = mvex.trex.iter().find(|trex| trex.track_id == tfhd.track_id).unwrap();
        let base = if tfhd.default_base_is_moof { moof_at } else { data_end };
        let base = tfhd.base_data_offset.unwrap_or(base);
        let samples = tables.entry(tfhd.track_id).or_default();
        let end = samples.last().map_or(0, |last| last.decode_time + u64::from(last.duration));
        let mut clock = traf.tfdt.as_ref().map_or(end, |tfdt| tfdt.base_media_decode_time);
        if let Some(last) = samples.last_mut() {
            last.duration = u32::try_from(clock - last.decode_time).unwrap();
        }
        let mut at = base;
        for trun in &traf.trun {
            at = trun.data_offset.map_or(at, |offset| base.strict_add_signed(offset.into()));
            for entry in &trun.samples {
                let default_flags = tfhd.default_sample_flags.unwrap_or(trex.default_sample_flags);
                let sample = Sample {
                    index: u32::try_from(samples.len()).unwrap(),
                    decode_time: clock,
                    duration: entry
                        .duration
                        .or(tfhd.default_sample_duration)
                        .unwrap_or(trex.default_sample_duration),
                    composition_offset: i32::try_from(entry.cts.unwrap_or(0)).unwrap(),
                    offset: at,
                    size: entry.size.or(tfhd.default_sample_size).unwrap_or(trex.default_sample_size),
                    is_sync: entry.flags.unwrap_or(default_flags) & NON_SYNC == 0,
                    description: tfhd
                        .sample_description_index
                        .unwrap_or(trex.default_sample_description_index),
                };
                clock += u64::from(sample.duration);
                at += u64::from(sample.size);
                samples.push(sample);
            }
        }
        data_end = at;
    }
}

fn expand(stbl: &mp4_atom::Stbl) -> Vec<Sample> {
    let sizes = match &stbl.stsz.samples {
        StszSamples::Identical { count, size } => vec![*size; *count as usize],
        StszSamples::Different { sizes } => sizes.clone(),
    };
    let durations: Vec<_> =
        stbl.stts.entries.iter().flat_map(|e| vec![e.sample_delta; e.sample_count as usize]).collect();
    let runs = stbl.ctts.iter().flat_map(|ctts| &ctts.entries);
    let offsets: Vec<_> = runs.flat_map(|e| vec![e.sample_offset; e.sample_count as usize]).collect();
    let places = places(stbl, &sizes);
    let mut decode_time = 0;
    let mut out = Vec::new();
    for (index, size) in sizes.into_iter().enumerate() {
        let number = u32::try_from(index).unwrap();
        out.push(Sample {
            index: number,
            decode_time,
            duration: durations[index],
            composition_offset: offsets.get(index).map_or(0, |&offset| i32::try_from(offset).unwrap()),
            offset: places[index].0,
            size,
            is_sync: stbl.stss.as_ref().is_none_or(|stss| stss.entries.contains(&(number + 1))),
            description: places[index].1,
        });
        decode_time += u64::from(durations[index]);
    }
    out
}

/// Offset and description of each sample (ISO/IEC 14496-12 §8.7.4, §8.7.5).
fn places(stbl: &mp4_atom::Stbl, sizes: &[u32]) -> Vec<(u64, u32)> {
    let chunks: Vec<u64> = match (&stbl.co64, &stbl.stco) {
        (Some(co64), _) => co64.entries.clone(),
        (None, Some(stco)) => stco.entries.iter().map(|&offset| offset.into()).collect(),
        (None, None) => Vec::new(),
    };
    let mut out = Vec::new();
    for (index, &start) in chunks.iter().enumerate() {
        let of_chunk = |entry: &&mp4_atom::StscEntry| entry.first_chunk as usize <= index + 1;
        let entry = stbl.stsc.entries.iter().rfind(of_chunk).unwrap();
        let mut at = start;
        for _ in 0..entry.samples_per_chunk {
            let Some(&size) = sizes.get(out.len()) else { break };
            out.push((at, entry.sample_description_index));
            at += u64::from(size);
        }
    }
    out
}

fn open_with_mp4(whole: &[u8]) -> Result<(), String> {
    let size = whole.len() as u64;
    let reader = mp4::Mp4Reader::read_header(Cursor::new(whole), size).map_err(|error| error.to_string())?;
    if reader.tracks().len() != 1 || reader.moofs.len() != 1 || !reader.is_fragmented() {
        return Err("it does not find one track and one fragment".to_owned());
    }
    Ok(())
}

/// Opens an init and a media segment and compares what they say of each sample.
fn open_with_mp4_atom(whole: &[u8], expected: &fmp4::Segment) -> Result<(), String> {
    let mut cursor = Cursor::new(whole);
    let mut moof = None;
    while cursor.position() < whole.len() as u64 {
        match Any::decode(&mut cursor).map_err(|error| error.to_string())? {
            Any::Moof(found) => moof = Some(found),
            Any::Ftyp(_) | Any::Styp(_) | Any::Moov(_) | Any::Mdat(_) => {}
            other => return Err(format!("unexpected {other:?}")),
        }
    }
    let moof = moof.ok_or("no moof")?;
    assert_eq!(moof.mfhd.sequence_number, expected.sequence);
    let traf = &moof.traf[0];
    assert_eq!(traf.tfdt.as_ref().unwrap().base_media_decode_time, expected.decode_time);
    let entries: Vec<_> = traf.trun.iter().flat_map(|trun| trun.samples.iter()).collect();
    assert_eq!(entries.len(), expected.samples.len());
    for (entry, sample) in entries.iter().zip(&expected.samples) {
        assert!(entry.size.is_none_or(|size| size as usize == sample.bytes.len()));
        assert!(entry.duration.is_none_or(|duration| duration == sample.duration));
        assert_eq!(sample.decode_time.cast_signed() + entry.cts.unwrap_or(0), sample.composition_time);
    }
    Ok(())
}
