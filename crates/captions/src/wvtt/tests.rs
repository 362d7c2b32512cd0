//! Oracles: the box tables of ISO/IEC 14496-30 §7 by hand, a sample as another packager writes it, and, for
//! what was written, the cues themselves cut at the window.

use proptest::prelude::*;

use super::*;
use crate::sample::testing::{by_the_second, survives_damage};
use crate::{LinePosition, Placement, Span, Style};

const NOTHING: &[u8] = b"\0\0\0\x08vtte";

fn boxed(kind: [u8; 4], payload: &[u8]) -> Vec<u8> {
    [&u32::try_from(payload.len() + 8).unwrap().to_be_bytes()[..], &kind, payload].concat()
}

fn vttc(source: Option<i32>, payload: &str) -> Vec<u8> {
    let source = source.map(|number| boxed(*b"vsid", &number.to_be_bytes())).unwrap_or_default();
    boxed(*b"vttc", &[source, boxed(*b"payl", payload.as_bytes())].concat())
}

fn shown(samples: &[&[u8]]) -> Vec<(u64, u64, String)> {
    let cues = read(by_the_second(samples).into_iter()).unwrap();
    cues.iter().map(|cue| (cue.start, cue.end, cue.plain_text())).collect()
}

fn cue(start: u64, end: u64, text: &str) -> Cue {
    let text = vec![Span { text: text.to_owned(), style: Style::default() }];
    Cue { start, end, text, ..Cue::default() }
}

/// As Shaka Packager 2.4 writes it.
#[test]
fn cues_and_silence_are_read() {
    let first = b"\0\0\0\x2bvttc\0\0\0\x23paylThis is the first subtitle.";
    assert_eq!(shown(&[NOTHING, first, NOTHING]), [(1000, 2000, "This is the first subtitle.".to_owned())]);
}

#[test]
fn names_settings_and_markup_are_read() {
    let content = [
        boxed(*b"iden", b"first"),
        boxed(*b"sttg", b"line:0 position:20%"),
        boxed(*b"payl", "<i>Žluť</i> &amp; 日本".as_bytes()),
    ];
    let sample = [boxed(*b"vtta", b"NOTE no cue"), boxed(*b"vttc", &content.concat())].concat();
    let cues = read(by_the_second(&[&sample]).into_iter()).unwrap();
    let italic = Style { italic: true, ..Style::default() };
    assert_eq!(
        cues,
        [Cue {
            id: Some("first".to_owned()),
            start: 0,
            end: 1000,
            placement: Placement {
                line: Some(LinePosition::Line(0)),
                position: Some(2000),
                ..Placement::default()
            },
            text: vec![
                Span { text: "Žluť".to_owned(), style: italic },
                Span { text: " & 日本".to_owned(), style: Style::default() },
            ],
        }]
    );
}

/// A cue of three seconds, and one that overlaps its second: three samples.
#[test]
fn pieces_of_one_cue_are_joined() {
    let (long, short) = (vttc(Some(7), "long"), vttc(None, "short"));
    let both = [long.clone(), short].concat();
    let joined = [(0, 3000, "long".to_owned()), (1000, 2000, "short".to_owned())];
    assert_eq!(shown(&[&long, &both, &long]), joined);
    let unnumbered = vttc(None, "a");
    assert_eq!(
        shown(&[&unnumbered, &unnumbered, NOTHING, &unnumbered]),
        [(0, 2000, "a".to_owned()), (3000, 4000, "a".to_owned())]
    );
}

#[test]
fn different_sources_and_samples_apart_are_not_joined() {
    let [one, other] = [1, 2].map(|source| vttc(Some(source), "same"));
    assert_eq!(shown(&[&one, &other]).len(), 2);
    let apart = [0, 1002].map(|start| TextSample { start, end: start + 1000, data: &one });
    assert_eq!(read(apart.into_iter()).unwrap().len(), 2);
    // A rounded millisecond does not part them.
    let near = [0, 1001].map(|start| TextSample { start, end: start + 1000, data: &one });
    assert_eq!(read(near.into_iter()).unwrap().len(), 1);
}

#[test]
fn the_head_of_the_file_stands_in_the_entry() {
    let entry =
        boxed(*b"wvtt", &[&[0, 0, 0, 0, 0, 0, 0, 1][..], &boxed(*b"vttC", b"WEBVTT - films")].concat());
    assert_eq!(config(&entry), "WEBVTT - films");
    assert_eq!(config(b"wvtt"), "WEBVTT");
    assert_eq!(sample_entry(), b"\0\0\0\x1ewvtt\0\0\0\0\0\0\0\x01\0\0\0\x0evttCWEBVTT");
}

#[test]
fn a_cue_alone_is_one_sample_without_a_source_number() {
    let samples = write(&[cue(1000, 2000, "a < b")], 0..3000).unwrap();
    let found = samples.iter().map(|sample| (sample.duration, sample.data.as_slice())).collect::<Vec<_>>();
    let shown = vttc(None, "a &lt; b");
    assert_eq!(found, [(1000, NOTHING), (1000, &shown), (1000, NOTHING)]);
}

#[test]
fn overlapping_cues_share_samples() {
    let samples = write(&[cue(0, 2000, "one"), cue(1000, 3000, "two")], 0..3000).unwrap();
    let texts = samples.iter().map(|sample| {
        let payloads = boxes(FourCc(*b"wvtt"), &sample.data).map(|(_, cue)| Piece::parse(cue).payload);
        (sample.duration, payloads.map(|payload| std::str::from_utf8(payload).unwrap()).collect::<Vec<_>>())
    });
    let expected = [(1000, vec!["one"]), (1000, vec!["one", "two"]), (1000, vec!["two"])];
    assert_eq!(texts.collect::<Vec<_>>(), expected);
}

#[test]
fn a_cue_across_windows_keeps_its_source_number() {
    let cues = [cue(500, 1500, "across")];
    let [before, after] = [0..1000, 1000..2000].map(|window| write(&cues, window).unwrap());
    assert_eq!((before[1].duration, after[0].duration), (500, 500));
    assert_eq!(before[1].data, after[0].data);
    assert!(before[1].data.windows(4).any(|kind| kind == b"vsid"));
}

#[test]
fn windows_without_cues_are_silent_however_long() {
    assert_eq!(write(&[], 5..5).unwrap(), []);
    let durations = write(&[cue(0, 9, "early")], 9..u64::from(u32::MAX) + 19).unwrap();
    let durations = durations.iter().map(|sample| sample.duration).collect::<Vec<_>>();
    assert_eq!(durations, [u32::MAX, 10]);
}

/// A thousand cues that all overlap would be half a million pieces.
#[test]
fn too_many_cues_at_once_are_refused() {
    let text = "x".repeat(100);
    let cues = (0..1000).map(|number| cue(number, 10_000 - number, &text)).collect::<Vec<_>>();
    assert!(matches!(write(&cues, 0..10_000), Err(Error::Limit { .. })));
}

#[test]
fn damaged_samples_do_no_harm() {
    let content =
        [boxed(*b"sttg", b"line:0"), boxed(*b"payl", b"<b>bold</b>"), boxed(*b"vsid", &[0; 4])].concat();
    let both = [boxed(*b"vttc", &content), vttc(None, "other")].concat();
    let mut found = 0;
    survives_damage(&[&both], |samples| {
        found += read(samples.iter().copied()).unwrap().len();
        found += config(samples[0].data).len().min(1);
    });
    assert!(found > 1000, "{found}");
}

proptest! {
    /// What is written window by window is read as the cues were, cut where the windows end.
    #[test]
    fn what_is_written_is_read(
        times in prop::collection::vec((0u64..8000, 1u64..4000), 0..12),
        cuts in prop::collection::btree_set(1u64..9000, 0..6),
    ) {
        let cues = (0..).zip(&times).map(|(number, (start, duration))| Cue {
            id: (number % 2 == 0).then(|| format!("cue {number}")),
            placement: Placement { position: (number % 3 == 0).then_some(2500), ..Placement::default() },
            ..cue(*start, start + duration, &format!("text {number}\nof <it> & more"))
        }).collect::<Vec<_>>();
        let borders = [0].into_iter().chain(cuts).chain([9000]).collect::<Vec<_>>();
        let mut written = Vec::new();
        let mut at = 0;
        for window in borders.windows(2) {
            for sample in write(&cues, window[0]..window[1]).unwrap() {
                let end = at + u64::from(sample.duration);
                written.push((at, end, sample.data));
                at = end;
            }
            prop_assert_eq!(at, window[1]);
        }
        let samples = written.iter().map(|(start, end, data)| TextSample { start: *start, end: *end, data });
        let mut found = read(samples).unwrap();
        let mut expected = cues.into_iter().map(|cue| Cue { end: cue.end.min(9000), ..cue }).collect::<Vec<_>>();
        found.sort_by_key(|cue| (cue.start, cue.plain_text()));
        expected.sort_by_key(|cue| (cue.start, cue.plain_text()));
        prop_assert_eq!(found, expected);
    }
}
