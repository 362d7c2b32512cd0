//! Segments of made-up sources, read with a few lines that know nothing of how they were written.

use crate::manifest::hls::ts_media;
use crate::plan::Piece;
use crate::route::{PackedForm, Playlist, TrackKind};
use crate::synthetic::{
    Made, MadeTrack, PICTURE, a2, aac, numbered, opus_track, package, pictures, reordered, samples, v1, video,
};
use crate::ts::{Span, TsPlan};

/// Media of a plan: NAL units that fill the sample, as its source has no bytes. All samples have NAL units of
/// their whole length, sound any bytes.
fn media(plan: &TsPlan, sizes: &[u32], is_video: bool) -> Vec<u8> {
    let whole = plan.media().iter().map(|read| read.content_length).sum::<u64>();
    let out: Vec<u8> = sizes.iter().flat_map(|&size| sample(size, is_video)).collect();
    assert_eq!(out.len() as u64, whole);
    out
}

fn sample(size: u32, is_video: bool) -> Vec<u8> {
    let mut out = if is_video { (size - 4).to_be_bytes().to_vec() } else { Vec::new() };
    out.resize(size as usize, 0x41);
    out
}

/// PTS of all PES packets of a stream (ISO/IEC 13818-1 §2.4.3.6), in order.
fn stamps(body: &[u8], stream_id: u8) -> Vec<u64> {
    let header = |packet: &[u8]| {
        let field = if packet[3] & 0x20 == 0 { 0 } else { usize::from(packet[4]) + 1 };
        let payload = packet[4 + field..].to_vec();
        (packet[1] & 0x40 != 0 && payload.starts_with(&[0, 0, 1, stream_id])).then_some(payload)
    };
    let stamp = |pes: Vec<u8>| {
        let bits = |at: usize, shift: u32| u64::from(pes[at]) >> shift;
        (bits(9, 1) & 7) << 30 | bits(10, 0) << 22 | bits(11, 1) << 15 | bits(12, 0) << 7 | bits(13, 1)
    };
    body.chunks(188).filter_map(header).map(stamp).collect()
}

fn sizes_of(track: &MadeTrack, start: u64) -> Vec<u32> {
    let page = track.page(start);
    let (_, samples) = page.of_media().unwrap().samples_of(start).unwrap();
    samples.iter().map(|paged| paged.sample.size).collect()
}

fn film() -> Made {
    let order = [0, 3, 1, 2, 4];
    let tracks = vec![video().with_samples(reordered(100, &order, 1024)), aac(940)];
    package(tracks)
}

/// What the head says of sizes is what segments have, and every picture has its time to the tick: 512 ticks of
/// 12,800 are 3,600 of 90,000.
#[test]
fn pictures_have_their_times_and_the_planned_length() {
    let made = film();
    let track = v1(&made);
    let mut times = Vec::new();
    for (segment, packets) in track.segmentation.segments.iter().zip(&track.transport_packets) {
        let plan = track.page(segment.start).ts(segment.start).unwrap().unwrap();
        assert_eq!(plan.content_length(), packets * 188);
        let body = plan.body(&media(&plan, &sizes_of(track, segment.start), true)).unwrap();
        assert_eq!(body.len() as u64, plan.content_length());
        times.extend(stamps(&body, 0xe0));
    }
    let expected: Vec<_> = samples(track)
        .iter()
        .map(|s| u64::try_from(900_000 + s.presentation_time * 3600 / i64::from(PICTURE)).unwrap())
        .collect();
    assert_eq!(times, expected);
    assert_eq!(times.iter().min(), Some(&900_000));
}

/// Every frame of sound is in exactly one segment, the priming before time 0 in the first.
#[test]
fn sound_inside_is_whole() {
    let made = film();
    let (pictures, sound) = (v1(&made), a2(&made));
    let mut read = Vec::new();
    for segment in &pictures.segmentation.segments {
        let page = pictures.page(segment.start);
        let span = Span::new(&page, segment.start, sound.path()).unwrap();
        let mut pages: Vec<_> =
            span.pages(sound.path()).unwrap().into_iter().map(|time| sound.page(time)).collect();
        if span.begins_before(&pages[0]) {
            pages.insert(0, sound.page(segment.start / 2));
        }
        let plan = TsPlan::muxed((&page, segment.start), &span, &pages.iter().collect::<Vec<_>>());
        let plan = plan.unwrap().unwrap();
        let all = plan.media().iter().flat_map(|read| &read.pieces).filter_map(|piece| match piece {
            Piece::Source(range) => Some(range.clone()),
            Piece::Made(_) => None,
        });
        read.extend(all);
    }
    let whole = |track: &MadeTrack| samples(track).iter().map(|s| u64::from(s.size)).sum::<u64>();
    let bytes = read.iter().map(|range| range.end - range.start).sum::<u64>();
    assert_eq!(bytes, whole(pictures) + whole(sound));
    read.sort_by_key(|range| range.start);
    assert!(read.windows(2).all(|pair| pair[0].end <= pair[1].start), "nothing twice");
}

#[test]
fn packed_audio_says_the_time_of_its_first_frame() {
    let made = film();
    let track = a2(&made);
    for segment in &track.segmentation.segments {
        let page = track.page(segment.start);
        assert!(page.packed(segment.start, PackedForm::Ac3).unwrap().is_none());
        let plan = page.packed(segment.start, PackedForm::Aac).unwrap().unwrap();
        let body = plan.body(&media(&plan, &sizes_of(track, segment.start), false)).unwrap();
        assert_eq!(body.len() as u64, plan.content_length());
        let stamp = u64::from_be_bytes(body[65..73].try_into().unwrap());
        let first = segment.decode_time.cast_signed() - i64::from(track.media_time);
        assert_eq!(stamp.cast_signed(), 900_000 + first * 90_000 / 48_000);
        // What the manifests say of packed audio is no less than it is.
        assert!(segment.bytes + 7 * u64::from(segment.samples) >= plan.content_length());
    }
}

/// Times of packed audio follow from its first; where that is wrong, the playlist names MPEG-TS. A gap of 550 ticks
/// is too short for a frame of silence.
#[test]
fn sound_with_gaps_is_no_packed_audio() {
    let gaps = |number: u32| if number % 90 == 89 { 1574 } else { 1024 };
    let made = package(vec![aac(0).with_samples(numbered((0..400).map(gaps).collect()))]);
    let track = a2(&made);
    assert!(!track.is_isochronous && track.packed_form().is_none());
    for (segment, packets) in track.segmentation.segments.iter().zip(&track.transport_packets) {
        let plan = track.page(segment.start).ts(segment.start).unwrap().unwrap();
        assert_eq!(plan.content_length(), packets * 188);
        let body = plan.body(&media(&plan, &sizes_of(track, segment.start), false)).unwrap();
        let first = segment.decode_time.cast_signed() - i64::from(track.media_time);
        let due = 900_000 + first * 90_000 / 48_000;
        assert!(stamps(&body, 0xc0)[0].cast_signed().abs_diff(due) <= 1);
    }
    let list = ts_media(&made.asset, track, Playlist::default(), None).unwrap();
    assert!(list.contains("\n0.ts\n") && !list.contains(".aac"), "{list}");
    let regular = film();
    assert_eq!(a2(&regular).packed_form(), Some(PackedForm::Aac));
    let list = ts_media(&regular.asset, a2(&regular), Playlist::default(), None).unwrap();
    assert!(list.contains("\n0.aac\n") && !list.contains(".ts"), "{list}");
}

#[test]
fn key_frames_stand_alone() {
    let made = package(vec![video().with_samples(pictures(500, 50))]);
    let track = v1(&made);
    for key in &track.key_frames {
        let plan = track.page(key.start).ts_key_frame(key.start).unwrap().unwrap();
        assert_eq!(plan.content_length(), super::ts_key_frame_bytes(track, key));
        let body = plan.body(&sample(key.bytes, true)).unwrap();
        assert_eq!(stamps(&body, 0xe0), [900_000 + key.start * 3600 / u64::from(PICTURE)]);
    }
}

#[test]
fn what_cannot_be_carried_says_why() {
    let made = package(vec![opus_track(100, 312)]);
    let track = &made.tracks[0];
    assert_eq!(track.name.kind, TrackKind::Audio);
    assert_eq!(track.transport_packets, [0]);
    assert!(track.transport_codec().unwrap_err().contains("Opus"));
    let refused = track.page(0).packed(0, PackedForm::Aac).unwrap_err();
    assert!(refused.to_string().contains("Opus"), "{refused}");
}

/// A picture whose NAL units lead out of it is an error, not a panic.
#[test]
fn damage_is_an_error() {
    let made = package(vec![video().with_samples(pictures(50, 50))]);
    let plan = v1(&made).page(0).ts(0).unwrap().unwrap();
    let whole = plan.media().iter().map(|read| read.content_length).sum::<u64>();
    let ones = vec![0xff; usize::try_from(whole).unwrap()];
    assert!(plan.body(&ones).unwrap_err().to_string().contains("picture 0"));
    assert!(plan.body(&ones[1..]).is_err());
}
