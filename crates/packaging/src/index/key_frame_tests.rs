//! Key frames as pages give them, against the source's tables.

use crate::plan::Piece;
use crate::synthetic::{SIZE, package, pictures, reordered, v1, video};

/// Every listed key frame is one fragment with the right sample, wherever it lies in its page.
#[test]
fn each_is_found_on_the_page_of_its_segment() {
    // 140 s, a key frame every 2 s: three pages.
    let made = package(vec![video().with_samples(pictures(3500, 50))]);
    let track = v1(&made);
    let starts: Vec<_> = track.key_frames.iter().map(|key| (key.start, key.duration())).collect();
    assert_eq!(starts, (0..70).map(|i| (i * 25_600, 25_600)).collect::<Vec<_>>());
    for (number, key) in (0u32..).zip(&track.key_frames) {
        assert_eq!(key.bytes, SIZE + number * 50);
        let plan = track.page(key.start).key_frame(key.start).unwrap().unwrap();
        assert_eq!(plan.content_length, track.key_frame_bytes(key));
        let [Piece::Made(header), Piece::Source(range)] = &plan.pieces[..] else { panic!("{plan:?}") };
        assert_eq!(range.end - range.start, u64::from(key.bytes));
        // `tfdt` stands 8 bytes into its box; the sequence number behind `mfhd`.
        let at = header.windows(4).position(|name| name == b"tfdt").unwrap();
        assert_eq!(header[at + 8..at + 16], key.start.to_be_bytes());
        let at = header.windows(4).position(|name| name == b"mfhd").unwrap();
        assert_eq!(header[at + 8..at + 12], (number + 1).to_be_bytes());
    }
    assert!(track.page(25_600).key_frame(25_601).unwrap().is_none());
    assert!(track.page(25_600).key_frame(512).unwrap().is_none(), "no key frame");
}

/// In open groups of pictures the key frame is shown behind its leading pictures, so it is named by a later
/// time than its segment.
#[test]
fn behind_leading_pictures() {
    let samples =
        reordered(10, &[2, 0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19], 1024);
    let made = package(vec![video().with_samples(samples)]);
    let track = v1(&made);
    let starts: Vec<_> = track.key_frames.iter().map(|key| key.start).collect();
    assert_eq!(starts, (0..10).map(|group| (group * 20 + 2) * 512).collect::<Vec<_>>());
    for key in &track.key_frames {
        let found = track.page(0).key_frame(key.start).unwrap().unwrap();
        assert_eq!(found.content_length, track.key_frame_bytes(key));
    }
}
