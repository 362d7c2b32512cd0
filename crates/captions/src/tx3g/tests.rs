//! Oracles: tables of 3GPP TS 26.245 §5.16 and §5.17 by hand, and samples that ffmpeg 5.1.9 made from an SRT
//! file with `-c:s mov_text`, with the texts of that file.

use super::*;
use crate::sample::testing::{by_the_second, survives_damage};

/// ffmpeg's: centred at the bottom, white, no text box.
const ENTRY: &[u8] = b"\0\0\0\x54tx3g\0\0\0\0\0\0\0\x01\0\0\0\0\x01\xff\0\0\0\xff\0\0\0\0\0\0\0\0\
    \0\0\0\0\0\x01\0\x10\xff\xff\xff\xff\0\0\0\x12ftab\0\x01\0\x01\x05Arial\0\0\0\x14btrt\0\0\0\0\0\0\0\xde\0\0\0\xde";

const STYLED: &[u8] = b"\0\x15Hello bold and italic\0\0\0\x2estyl\0\x03\
    \0\x06\0\x0a\0\x01\x01\x10\xff\xff\xff\xff\
    \0\x0f\0\x11\0\x01\x02\x10\xff\xff\xff\xff\
    \0\x11\0\x13\0\x01\x04\x10\xff\xff\xff\xff";

const CZECH_AND_JAPANESE: &[u8] = b"\0\x23\xc5\xbdlu\xc5\xa5ou\xc4\x8dk\xc3\xbd r\xc3\xb8d\n\
    \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e \xe6\x96\x9c\xe4\xbd\x93\0\0\0\x16styl\0\x01\
    \0\x12\0\x14\0\x01\x02\x10\xff\xff\xff\xff";

fn entry_with(flags: u32, justification: [i8; 2], top: i16) -> Vec<u8> {
    let mut entry = ENTRY.to_vec();
    entry[16..20].copy_from_slice(&flags.to_be_bytes());
    entry[20] = justification[0].cast_unsigned();
    entry[21] = justification[1].cast_unsigned();
    entry[26..28].copy_from_slice(&top.to_be_bytes());
    entry
}

fn only(entry: &[u8], sample: &[u8]) -> Cue {
    let cues = read(entry, by_the_second(&[sample]).into_iter()).unwrap();
    assert_eq!(cues.len(), 1, "{cues:?}");
    cues.into_iter().next().unwrap()
}

fn span(text: &str, [bold, italic, underline]: [bool; 3]) -> Span {
    Span { text: text.to_owned(), style: Style { italic, bold, underline, ..Style::default() } }
}

#[test]
fn styles_are_runs_of_characters() {
    let cue = only(ENTRY, STYLED);
    assert_eq!(
        cue.text,
        [
            span("Hello ", [false; 3]),
            span("bold", [true, false, false]),
            span(" and ", [false; 3]),
            span("it", [false, true, false]),
            span("al", [false, false, true]),
            span("ic", [false; 3]),
        ]
    );
    assert_eq!((cue.start, cue.end, cue.placement), (0, 1000, Placement::default()));
}

#[test]
fn offsets_count_characters_and_not_bytes() {
    let cue = only(ENTRY, CZECH_AND_JAPANESE);
    assert_eq!(cue.text, [span("Žluťoučký rød\n日本語 ", [false; 3]), span("斜体", [false, true, false])]);
}

#[test]
fn empty_samples_show_nothing_and_equal_ones_stay_apart() {
    let samples: [&[u8]; 5] = [b"\0\0", b"\0\x02hi", b"\0\x02hi", b"", b"\0\x03 \n "];
    let cues = read(ENTRY, by_the_second(&samples).into_iter()).unwrap();
    let times = cues.iter().map(|cue| (cue.start, cue.end, cue.plain_text())).collect::<Vec<_>>();
    assert_eq!(times, [(1000, 2000, "hi".to_owned()), (2000, 3000, "hi".to_owned())]);
}

#[test]
fn a_byte_order_mark_says_utf_16() {
    let big = b"\0\x08\xfe\xff\x26\x3a\xd8\x3d\xde\x00";
    let little = b"\0\x08\xff\xfe\x3a\x26\x3d\xd8\x00\xde";
    assert_eq!(only(ENTRY, big).plain_text(), "☺😀");
    assert_eq!(only(ENTRY, little).plain_text(), "☺😀");
    assert_eq!(only(ENTRY, b"\0\x04\0c\0\xe9").plain_text(), "cé", "the mark is missing");
}

#[test]
fn lines_end_alike_and_controls_go() {
    assert_eq!(only(ENTRY, b"\0\x0aa\r\nb\rc\x07\td\n").plain_text(), "a\nb\nc d");
}

#[test]
fn colours_differ_from_the_usual_white() {
    let red = b"\0\x05abcde\0\0\0\x16styl\0\x01\0\x01\0\x03\0\x01\0\x10\xff\0\0\xff";
    let cue = only(ENTRY, red);
    let colors = cue.text.iter().map(|span| (span.text.as_str(), span.style.color)).collect::<Vec<_>>();
    assert_eq!(colors, [("a", None), ("bc", Some(Color([255, 0, 0, 255]))), ("de", None)]);
}

#[test]
fn style_records_that_overlap_or_pass_the_end_are_cut() {
    let sample = b"\0\x04abcd\0\0\0\x22styl\0\x02\0\x01\0\x03\0\x01\x01\x10\xff\xff\xff\xff\
        \0\x02\xff\xff\0\x01\x02\x10\xff\xff\xff\xff";
    assert_eq!(
        only(ENTRY, sample).text,
        [span("a", [false; 3]), span("bc", [true, false, false]), span("d", [false, true, false])]
    );
}

#[test]
fn justification_is_placement() {
    let placement = |justification, flags| only(&entry_with(flags, justification, 0), b"\0\x01x").placement;
    let top = Some(LinePosition::Line(0));
    assert_eq!(placement([1, -1], 0), Placement::default());
    assert_eq!(placement([1, 0], 0), Placement { line: top, ..Placement::default() });
    let upper_right = Placement { line: top, alignment: Alignment::Right, ..Placement::default() };
    assert_eq!(placement([-1, 0], 0), upper_right);
    assert_eq!(placement([0, -1], 0), Placement { alignment: Alignment::Left, ..Placement::default() });
    assert_eq!(placement([1, 1], 0).line, Some(LinePosition::Percent(5000)));
    assert_eq!(placement([0, 0], 0), Placement::default(), "nothing is stated");
    assert_eq!(placement([1, -1], 0x0002_0000).writing, Writing::VerticalFromRight);
}

#[test]
fn the_text_box_places_where_the_flag_says_so() {
    let boxed = b"\0\x01x\0\0\0\x10tbox\0\0\0\0\0\x3c\x02\x80";
    let top = Some(LinePosition::Line(0));
    assert_eq!(only(&entry_with(0x2000_0000, [1, -1], 300), b"\0\x01x").placement.line, None);
    assert_eq!(only(&entry_with(0x2000_0000, [1, -1], 300), boxed).placement.line, top);
    assert_eq!(only(&entry_with(0, [1, -1], 300), boxed).placement.line, None);
}

#[test]
fn forced_tracks_say_so() {
    let forced = |flags| is_forced(&entry_with(flags, [1, -1], 0));
    assert!(forced(0xc000_0000));
    assert!(!forced(0x4000_0000) && !forced(0) && !is_forced(b"tx3g"));
}

/// QuickTime File Format, "Text sample description": 43 bytes and the font's name.
#[test]
fn quicktime_text_is_macintosh_unless_it_is_utf_8() {
    let mut entry = b"\0\0\0\x3ctext\0\0\0\0\0\0\0\x01".to_vec();
    entry.resize(60, 0);
    assert_eq!(only(&entry, b"\0\x05caf\x8e\xc9").plain_text(), "café…");
    assert_eq!(only(&entry, b"\0\x05caf\xc3\xa9\0\0\0\x0cencd\0\0\x01\0").plain_text(), "café");
    assert_eq!(only(&entry, b"\0\x02ab").placement, Placement::default());
    entry[49] = 2;
    assert_eq!(only(&entry, b"\0\x02ab").text, [span("ab", [false, true, false])]);
}

/// `-c:s mov_text` into a `.mov`: the entry above under another name.
#[test]
fn timed_text_under_the_name_of_quicktime_text_keeps_its_styles() {
    let mut entry = ENTRY.to_vec();
    entry[4..8].copy_from_slice(b"text");
    assert_eq!(only(&entry, STYLED), only(ENTRY, STYLED));
}

#[test]
fn entries_that_are_cut_or_foreign_are_refused() {
    for cut in 0..46 {
        assert!(read(&ENTRY[..cut], std::iter::empty()).is_err(), "{cut}");
    }
    let mut foreign = ENTRY.to_vec();
    foreign[4..8].copy_from_slice(b"wvtt");
    assert!(read(&foreign, std::iter::empty()).is_err());
}

#[test]
fn damaged_samples_do_no_harm() {
    let mut read_cues = 0;
    survives_damage(&[STYLED, CZECH_AND_JAPANESE, ENTRY], |samples| {
        read_cues += read(ENTRY, samples.iter().copied()).unwrap().len();
        read_cues +=
            samples.iter().filter(|sample| read(sample.data, samples.iter().copied()).is_ok()).count();
    });
    assert!(read_cues > 1000);
}
