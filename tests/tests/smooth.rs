//! Smooth Streaming of every fixture: packets and times. Oracle: ffprobe on the source, and a reader of manifests
//! and fragments of its own.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::collections::HashSet;
use std::process::Command;

use http::{Method, StatusCode};
use sha2::{Digest, Sha256};
use tests::client::{asset_path, header, join};
use tests::ffprobe::{self, EditList};
use tests::{Client, Fixture, each, fixtures};

/// Edit lists with several entries, or of times that ffprobe rounds: which packets are there is judged, not when.
const UNTIMED: [&str; 4] = ["cut-inside-gop.mp4", "two-edits.mp4", "two-edits-gap.mp4", "vfr.mp4"];

/// A `StreamIndex` with one of its levels.
struct Level {
    kind: String,
    bit_rate: u64,
    url: String,
    chunks: Vec<(u64, u64)>,
    attributes: String,
}

/// A sample of a fragment: when it is shown, in units of 100 ns, whether it is a sync sample, and the hash of its
/// bytes.
struct Sample {
    shown: i64,
    is_sync: bool,
    hash: String,
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let value = tag.split_once(&format!(" {name}=\""))?.1;
    value.split_once('"').map(|(value, _)| value)
}

/// All levels of a client manifest.
fn levels(manifest: &str) -> Vec<Level> {
    let mut out = Vec::new();
    for stream in manifest.split("<StreamIndex").skip(1) {
        let (head, _) = stream.split_once('>').unwrap();
        let number = |tag: &str, name: &str| attribute(tag, name).unwrap().parse::<u64>().unwrap();
        let tags = |name: &'static str| stream.split(name).skip(1).map(|tag| tag.split_once("/>").unwrap().0);
        let chunks: Vec<_> = tags("<c").map(|c| (number(c, "t"), number(c, "d"))).collect();
        assert_eq!(number(head, "Chunks"), chunks.len() as u64);
        assert!(chunks.windows(2).all(|pair| pair[0].0 + pair[0].1 == pair[1].0));
        let levels: Vec<_> = tags("<QualityLevel ").collect();
        assert_eq!(number(head, "QualityLevels"), levels.len() as u64);
        let rates: HashSet<_> = levels.iter().map(|level| number(&format!(" {level}"), "Bitrate")).collect();
        assert_eq!(rates.len(), levels.len());
        out.extend(levels.iter().map(|level| Level {
            kind: attribute(head, "Type").unwrap().to_owned(),
            bit_rate: number(&format!(" {level}"), "Bitrate"),
            url: attribute(head, "Url").unwrap().to_owned(),
            chunks: chunks.clone(),
            attributes: format!(" {level}"),
        }));
    }
    out
}

impl Level {
    fn path(&self, manifest: &str, start: u64) -> String {
        let url = self.url.replace("{bitrate}", &self.bit_rate.to_string());
        join(manifest, &url.replace("{start time}", &start.to_string()))
    }

    /// All samples, after a look at each fragment: its time, and that its samples last as long as it says.
    fn samples(&self, client: &Client<impl origin::Source>, manifest: &str) -> Vec<Sample> {
        let mut out = Vec::new();
        for &(start, duration) in &self.chunks {
            let body = client.body(&self.path(manifest, start));
            out.extend(samples(&body, (start, duration)));
        }
        out
    }
}

/// Reads `moof` and `mdat` ([MS-SSTR] §2.2.4): no `styp`, no `tfdt`, one `trun` of version 1, `tfxd`.
fn samples(body: &[u8], (start, duration): (u64, u64)) -> Vec<Sample> {
    let u32_at = |at: usize| u32::from_be_bytes(body[at..at + 4].try_into().unwrap());
    let u64_at = |at: usize| u64::from_be_bytes(body[at..at + 8].try_into().unwrap());
    assert_eq!(&body[4..8], b"moof");
    let moof = u32_at(0) as usize;
    assert_eq!((&body[moof + 4..moof + 8], moof + u32_at(moof) as usize), (&b"mdat"[..], body.len()));
    let places = |kind: &[u8; 4]| -> Vec<usize> {
        body[..moof].windows(4).enumerate().filter(|(_, w)| w == kind).map(|(at, _)| at).collect()
    };
    assert!(places(b"tfdt").is_empty() && places(b"trun").len() == 1);
    let (tfhd, trun, uuid) = (places(b"tfhd")[0], places(b"trun")[0], places(b"uuid")[0]);
    assert_eq!(body[uuid + 4..uuid + 8], [0x6d, 0x1d, 0x9b, 0x05]);
    assert_eq!((u64_at(uuid + 24), u64_at(uuid + 32)), (start, duration));
    let (mut at, mut defaults) = (tfhd + 12, [0; 3]);
    for (bit, field) in [8, 16, 32].into_iter().zip(&mut defaults) {
        if u32_at(tfhd + 4) & bit != 0 {
            *field = u32_at(at);
            at += 4;
        }
    }
    let flags = u32_at(trun + 4);
    let mut at = trun + 16;
    let mut next = |has: bool, otherwise: u32| {
        let value = if has { u32_at(at) } else { otherwise };
        at += if has { 4 } else { 0 };
        value
    };
    let first_flags = next(flags & 4 != 0, defaults[2]);
    let (mut clock, mut data, mut out) = (start, u32_at(trun + 12) as usize, Vec::new());
    for number in 0..u32_at(trun + 8) {
        let lasts = next(flags & 0x100 != 0, defaults[0]);
        let size = next(flags & 0x200 != 0, defaults[1]) as usize;
        let own_flags = next(flags & 0x400 != 0, if number == 0 { first_flags } else { defaults[2] });
        let offset = next(flags & 0x800 != 0, 0).cast_signed();
        let hash = Sha256::digest(&body[data..data + size]);
        out.push(Sample {
            shown: i64::try_from(clock).unwrap() + i64::from(offset),
            is_sync: own_flags & 0x1_0000 == 0,
            hash: format!("{hash:x}"),
        });
        (clock, data) = (clock + u64::from(lasts), data + size);
    }
    assert_eq!((clock, data), (start + duration, body.len()));
    out
}

/// The names that ffprobe has for the codecs of a file's pictures and sound.
fn codecs(fixture: &Fixture) -> Vec<String> {
    let arguments = ["-v", "error", "-show_entries", "stream=codec_type,codec_name", "-of", "csv=p=0"];
    let output = Command::new("ffprobe").args(arguments).arg(fixture.path()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    // More fields may follow where a stream has side data.
    let fields = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let media = fields.filter(|fields| fields.len() > 1 && matches!(fields[1], "video" | "audio"));
    media.map(|fields| fields[0].to_owned()).collect()
}

/// What Smooth Streaming has names for.
fn is_carried(codec: &str) -> bool {
    matches!(codec, "h264" | "hevc" | "aac" | "eac3")
}

fn check(fixture: &Fixture) {
    let client = Client::new(fixture.source());
    let manifest = format!("{}/Manifest", asset_path(&fixture.key));
    let answer = client.get(&manifest);
    let carried = codecs(fixture).iter().filter(|codec| is_carried(codec)).count();
    // Where parameter sets are in the samples alone, no client could make an init segment.
    if carried == 0 || fixture.is("avc3-in-band") || fixture.is("hev1-in-band") {
        let said = String::from_utf8_lossy(answer.body()).into_owned();
        let is_refused = answer.status() == StatusCode::UNPROCESSABLE_ENTITY && said.contains("Smooth");
        assert!(is_refused || fixture.key.contains("in-band"), "{said}");
        return;
    }
    assert_eq!(answer.status(), StatusCode::OK, "{}", String::from_utf8_lossy(answer.body()));
    assert_eq!(header(answer.headers(), "content-type"), "application/vnd.ms-sstr+xml");
    let text = String::from_utf8(answer.body().to_vec()).unwrap();
    let source = ffprobe::streams(&fixture.path(), EditList::Ignore);
    let shown = ffprobe::streams(&fixture.path(), EditList::Apply);
    let mut shifts = Vec::new();
    for level in levels(&text).iter().filter(|level| level.kind != "text") {
        let samples = level.samples(&client, &manifest);
        let known = |hash: &String| {
            source.iter().position(|stream| stream.packets.iter().any(|packet| packet.hash == *hash))
        };
        let place = samples.iter().rev().find_map(|sample| known(&sample.hash)).unwrap();
        in_order(level, &samples, &source[place]);
        if !UNTIMED.contains(&fixture.key.as_str()) {
            shifts.push(shift(&samples, &shown[place]));
        }
    }
    for shift in &shifts {
        assert!((shift - shifts[0]).abs() < 10_000.0, "{shifts:?}");
    }
}

/// Samples are the source's, one after the other, but for silence; the first is a sync sample.
fn in_order(level: &Level, samples: &[Sample], source: &ffprobe::Stream) {
    let mut rest = source.packets.iter();
    let mut strange = 0;
    for sample in samples {
        let before = rest.clone();
        if let Some(packet) = rest.find(|packet| packet.hash == sample.hash) {
            assert!(!packet.is_key || sample.is_sync || level.kind == "audio");
        } else {
            rest = before;
            strange += 1;
        }
    }
    assert!(samples[0].is_sync);
    assert!(strange == 0 || level.kind == "audio", "{strange} of {} are not there", samples.len());
    assert!(!level.attributes.contains("CodecPrivateData=\"\""));
}

/// The median of how much later than in the source samples are shown, in units of 100 ns. All but those at the very
/// start, which the edit list squeezes or holds, agree with it to a millisecond.
fn shift(samples: &[Sample], source: &ffprobe::Stream) -> f64 {
    let mut rest = source.packets.iter();
    let mut all = Vec::new();
    for sample in samples {
        let before = rest.clone();
        match rest.find(|packet| packet.hash == sample.hash) {
            #[expect(clippy::cast_precision_loss, reason = "hours in units of 100 ns fit")]
            Some(packet) => {
                let due = packet.pts as f64 * 10_000_000.0 / f64::from(source.timescale);
                all.push((sample.shown as f64 - due, sample.shown));
            }
            None => rest = before,
        }
    }
    let mut sorted: Vec<_> = all.iter().map(|(shift, _)| *shift).collect();
    sorted.sort_by(f64::total_cmp);
    let median = sorted[sorted.len() / 2];
    let off: Vec<_> = all.iter().filter(|(shift, _)| (shift - median).abs() > 10_000.0).collect();
    assert!(off.iter().all(|(_, shown)| *shown < 10_000), "{off:?} against {median}");
    median
}

#[test]
fn every_fixture() {
    each(fixtures::playable(), check);
}

/// `.ism` is another spelling of the same, and URLs without a version are answered for a while.
#[test]
fn spellings_and_lifetimes() {
    let client = Client::new(fixtures::named("avc-aac.mp4").source());
    let text = client.text("/avc-aac.mp4/Manifest");
    assert_eq!(client.text("/avc-aac.mp4.ism/Manifest"), text);
    let level = &levels(&text)[0];
    let path = level.path("/avc-aac.mp4/Manifest", 0);
    let versioned = client.get(&path);
    assert!(header(versioned.headers(), "cache-control").contains("immutable"));
    assert_eq!(header(versioned.headers(), "content-type"), "video/mp4");
    let (version, _) = level.url.split_once('/').unwrap();
    let plain = path.replace(&format!("{version}/"), "");
    let unversioned = client.get(&plain);
    assert_eq!(unversioned.body(), versioned.body());
    assert_eq!(header(unversioned.headers(), "cache-control"), "public, max-age=60");
    // Length, ranges and conditions follow from the plan.
    let head = client.send(Method::HEAD, &path, &[]);
    assert_eq!(header(head.headers(), "content-length"), versioned.body().len().to_string());
    let part = client.send(Method::GET, &path, &[("range", "bytes=10-19")]);
    assert_eq!((part.status(), part.body()), (StatusCode::PARTIAL_CONTENT, &versioned.body().slice(10..20)));
    let tag = header(versioned.headers(), "etag").to_owned();
    let again = client.send(Method::GET, &path, &[("if-none-match", &tag)]);
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    let old = path.replace(version, "0123456789abcdef");
    assert_eq!(client.get(&old).status(), StatusCode::GONE);
    for wrong in [path.replace("=0)", "=1)"), plain.replace("(video", "(audio")] {
        assert_eq!(client.get(&wrong).status(), StatusCode::NOT_FOUND, "{wrong}");
    }
}

/// What a filter leaves out of a manifest changes no URL of what is left.
#[test]
fn fragments_of_a_filtered_manifest() {
    let client = Client::new(fixtures::named("avc-aac.mp4").source());
    let all = levels(&client.text("/avc-aac.mp4/Manifest"));
    let left = levels(&client.text("/avc-aac.mp4/Manifest?aws.manifestfilter=video_bitrate:0-10"));
    assert_eq!((all.len(), left.len()), (2, 1));
    assert_eq!(
        (left[0].kind.as_str(), &left[0].url, left[0].bit_rate),
        ("audio", &all[1].url, all[1].bit_rate)
    );
    assert!(!client.body(&left[0].path("/avc-aac.mp4/Manifest", 0)).is_empty());
}

/// Captions are TTML: one document for each fragment.
#[test]
fn captions() {
    let client = Client::new(fixtures::named("text.mp4").source());
    let found = levels(&client.text("/text.mp4/Manifest"));
    let text: Vec<_> = found.iter().filter(|level| level.kind == "text").collect();
    assert!(!text.is_empty());
    for level in text {
        assert_eq!(attribute(&level.attributes, "FourCC"), Some("TTML"));
        for (number, (start, duration)) in level.chunks.iter().enumerate() {
            let body = client.body(&level.path("/text.mp4/Manifest", *start));
            assert_eq!(samples(&body, (*start, *duration)).len(), 1, "{number}");
            let document = String::from_utf8_lossy(&body).into_owned();
            assert!(document.ends_with("</tt>") || document.trim_end().ends_with("</tt>"), "{document}");
        }
    }
}
