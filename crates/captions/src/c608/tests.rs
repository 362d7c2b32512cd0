//! Oracles: the code tables of ANSI/CTA-608-E by hand, as captioners write them in Scenarist files, and what
//! ffmpeg's `eia608` decoder makes of the same pairs.

use super::*;
use crate::sample::testing::{by_the_second, survives_damage};
use crate::{Alignment, Color, LineAlignment, LinePosition, Placement, PositionAlignment, Span, Style};

/// A pair of bytes lasts for so many milliseconds here.
const FRAME: u64 = 40;

/// Samples of one pair each: from a time on, pairs of bytes in hexadecimal, parity included.
struct Script(Vec<(u64, Vec<u8>)>);

impl Script {
    fn new(kind: [u8; 4], lines: &[(u64, &str)]) -> Self {
        let mut samples = Vec::new();
        for (from, words) in lines {
            for (number, word) in (0..).zip(words.split_whitespace()) {
                let pair = u16::from_str_radix(word, 16).unwrap().to_be_bytes();
                let sample = [&10_u32.to_be_bytes()[..], &kind, &pair].concat();
                samples.push((from + FRAME * number, sample));
            }
        }
        Self(samples)
    }

    fn read(&self) -> Vec<Channel> {
        let sample = |(start, data): &'_ (u64, Vec<u8>)| (*start, start + FRAME, data.clone());
        let samples = self.0.iter().map(sample).collect::<Vec<_>>();
        read(samples.iter().map(|(start, end, data)| TextSample { start: *start, end: *end, data })).unwrap()
    }
}

/// The cues of a first field's only channel.
fn cues(lines: &[(u64, &str)]) -> Vec<Cue> {
    let channels = Script::new(*b"cdat", lines).read();
    assert!(channels.len() <= 1, "{channels:?}");
    channels.into_iter().flat_map(|channel| channel.cues).collect()
}

fn shown(lines: &[(u64, &str)]) -> Vec<(u64, u64, String)> {
    cues(lines).iter().map(|cue| (cue.start, cue.end, cue.plain_text())).collect()
}

fn span(text: &str, style: Style) -> Span {
    Span { text: text.to_owned(), style }
}

/// Resume caption loading, erase non-displayed memory; row 15, indent 0; "Hi"; end of caption; erase.
#[test]
fn pop_on_captions_show_at_the_end_of_caption() {
    let lines = [(0, "9420 9420 94ae 94ae 9470 9470 c8e9 942f 942f"), (2000, "942c 942c")];
    assert_eq!(shown(&lines), [(7 * FRAME, 2000, "Hi".to_owned())]);
    let cue = &cues(&lines)[0];
    assert_eq!(
        cue.placement,
        Placement {
            position: Some(1000),
            position_alignment: PositionAlignment::LineLeft,
            alignment: Alignment::Left,
            ..Placement::default()
        }
    );
}

/// A caption is replaced by the next: "one" until "two" is shown, and that until the samples end.
#[test]
fn a_caption_lasts_until_the_next() {
    let lines = [
        (0, "9420 9420 9470 9470 ef6e e580 942f 942f"),
        (3000, "9420 9420 94ae 94ae 9470 9470 f4f7 ef80 942f 942f"),
        (4000, "8080"),
    ];
    assert_eq!(shown(&lines), [(240, 3320, "one".to_owned()), (3320, 4040, "two".to_owned())]);
}

/// Row 1, indent 8 (9156) with tab offset 2 (97a2); row 14 italics (944e); mid-row: green underlined (9123).
#[test]
fn places_and_styles_come_from_addresses_and_mid_row_codes() {
    let lines = [
        (0, "9420 9420 9154 9154 97a2 97a2 c1c2 94ce 94ce 4380 9123 9123 c480 942f 942f"),
        (1000, "942c 942c"),
    ];
    let [top, bottom] = &cues(&lines)[..] else { panic!("{:?}", cues(&lines)) };
    assert_eq!(top.text, [span("AB", Style::default())]);
    assert_eq!(top.placement.line, Some(LinePosition::Percent(1000)));
    assert_eq!(top.placement.line_alignment, LineAlignment::Start);
    // Columns are 2.5 % wide: the tenth begins at 10 % + 10 × 2.5 %.
    assert_eq!(top.placement.position, Some(3500));
    let italic = Style { italic: true, ..Style::default() };
    let green = Style { underline: true, color: Some(Color([0, 255, 0, 255])), ..Style::default() };
    assert_eq!(bottom.text, [span("C ", italic), span("D", green)]);
    // Row 14 ends at 10 % + 14/15 of 80 %.
    assert_eq!(bottom.placement.line, Some(LinePosition::Percent(8466)));
    assert_eq!(bottom.placement.line_alignment, LineAlignment::End);
}

/// Roll-up with two rows (9425), carriage returns (94ad): a line moves up when the next begins.
#[test]
fn roll_up_captions_move_up() {
    let lines = [
        (0, "9425 9425 94ad 94ad 9470 9470 ef6e e580"),
        (2000, "94ad 94ad 9470 9470 f4f7 ef80"),
        (4000, "94ad 94ad 9470 9470 7368 f2e5 e580"),
        (6000, "942c 942c"),
    ];
    let texts = ["one", "one\ntwo", "two\nshree"].map(str::to_owned);
    let [first, second, third] = texts;
    assert_eq!(shown(&lines), [(240, 2000, first), (2000, 4000, second), (4000, 6000, third)]);
}

/// Text that comes after a pause is not shown before it came.
#[test]
fn a_pause_in_a_growing_line_begins_a_new_cue() {
    let lines = [(0, "9429 9429 9470 9470 ef6e e580"), (3000, "20f4 f7ef"), (5000, "942c 942c")];
    assert_eq!(shown(&lines), [(160, 3000, "one".to_owned()), (3000, 5000, "one two".to_owned())]);
}

/// Backspace (94a1), delete to end of row (94a4) after an address, an extended letter that replaces (92 a1: É).
#[test]
fn letters_are_taken_back_and_replaced() {
    let backspace = [(0, "9420 9420 9470 9470 c1c2 94a1 94a1 4380 942f 942f"), (1000, "942c")];
    assert_eq!(shown(&backspace)[0].2, "AC");
    let deleted = [(0, "9420 9420 9470 9470 c1c2 9470 9470 97a1 97a1 94a4 94a4 942f 942f"), (1000, "942c")];
    assert_eq!(shown(&deleted)[0].2, "A");
    let replaced = [(0, "9420 9420 9470 9470 c145 92a1 92a1 942f 942f"), (1000, "942c")];
    assert_eq!(shown(&replaced)[0].2, "AÉ");
}

/// Table 50's exceptions from ASCII, Table 49's special and Tables 5 to 10's extended letters.
#[test]
fn letters_are_those_of_the_tables() {
    let table = [
        ("2a80 dc80 5e80 df80 e080", "áéíóú"),
        ("fb80 7c80 fd80 fe80 7f80", "ç÷Ññ█"),
        ("91b0 9131 9132 91b3 9134 91b5 91b6 9137", "®°½¿™¢£♪"),
        ("9138 91ba 913b 91bc 913d 913e 91bf", "àèâêîôû"),
        ("9220 92a7 92ae 922f", "Á¡“”"),
        ("1320 13b0 1334 13b5 1386", "ÃÄß¥"),
    ];
    for (codes, letters) in table {
        // Extended letters replace what precedes them.
        let codes = codes.split(' ').map(|code| {
            if code.starts_with("92") || code.starts_with("13") {
                format!("2080 {code}")
            } else {
                code.to_owned()
            }
        });
        let words = format!("9420 9420 9470 9470 {} 942f 942f", codes.collect::<Vec<_>>().join(" "));
        assert_eq!(shown(&[(0, &words), (5000, "942c")])[0].2, letters);
    }
}

/// The codes of the second channel have bit 3 of their first byte set: 1c20, 1cd0, 1c2f, 1c2c.
#[test]
fn channels_and_fields_are_kept_apart() {
    let first = "9420 9420 9470 9470 c1c1 1c20 1c20 1cd0 1cd0 c2c2 942f 942f 1c2f 1c2f";
    let both = [(0, first), (2000, "942c 942c 1c2c 1c2c")];
    let channels = Script::new(*b"cdat", &both).read();
    let found = channels.iter().map(|it| (it.number, it.cues[0].plain_text())).collect::<Vec<_>>();
    assert_eq!(found, [(1, "AA".to_owned()), (2, "BB".to_owned())]);
    // Field 2 has codes of its own for what is 14 in field 1: 15 20, with parity 15 20; row 15 is 94 70 in both.
    let channels =
        Script::new(*b"cdt2", &[(0, "1520 1520 9470 9470 c1c1 152f 152f"), (2000, "152c 152c")]).read();
    assert_eq!((channels.len(), channels[0].number), (1, 3));
}

/// Text mode (94 2a: text restart) and packets about the programme (field 2: 01 03 … 8f) are no captions.
#[test]
fn text_mode_and_packets_are_left_out() {
    let text =
        [(0, "942a 942a c1c2 c1c2 94ad 94ad"), (1000, "9420 9420 9470 9470 4380 942f 942f"), (2000, "942c")];
    assert_eq!(shown(&text), [(1200, 2000, "C".to_owned())]);
    let packet = "1520 1520 9470 9470 c1c2 0183 43c4 43c4 8f62 1520 1520 4546 152f 152f";
    let channels = Script::new(*b"cdt2", &[(0, packet), (2000, "152c 152c")]).read();
    assert_eq!(channels[0].cues[0].plain_text(), "ABEF");
}

/// A code that is sent twice counts once; a third time it counts again.
#[test]
fn control_codes_are_doubled() {
    let twice = "9425 9425 94ad 94ad c180 94ad 94ad c280 94ad 94ad 94ad 94ad 4380";
    let cues = shown(&[(0, twice), (3000, "942c 942c")]);
    assert_eq!(cues.last().unwrap().2, "C", "two rolls put B out of the two rows");
}

#[test]
fn a_letter_with_wrong_parity_is_left_out() {
    let lines = [(0, "9420 9420 9470 9470 c142 c142 942f 942f"), (1000, "942c 942c")];
    assert_eq!(shown(&lines)[0].2, "AA");
}

#[test]
fn pairs_are_spread_over_their_sample() {
    let pairs = b"\0\0\0\x16cdat\x94\x20\x94\x20\x94\x70\x94\x70\xc1\xc1\x94\x2f\x80\x80";
    let channels = read(by_the_second(&[pairs]).into_iter()).unwrap();
    // The sixth of seven pairs.
    assert_eq!((channels[0].cues[0].start, channels[0].cues[0].end), (1000 * 5 / 7, 1000));
}

#[test]
fn damaged_samples_do_no_harm() {
    let lines =
        "9420 9154 97a2 c1c2 94ce 4380 9123 c480 942f 9425 94ad c180 94ad c280 9426 91d0 c1c1 94ad 9429 c2c2";
    let script = Script::new(*b"cdat", &[(0, lines)]);
    let pairs = script.0.iter().flat_map(|(_, sample)| sample[8..].to_vec()).collect::<Vec<_>>();
    let both = [&48_u32.to_be_bytes()[..], b"cdat", &pairs, &48_u32.to_be_bytes(), b"cdt2", &pairs].concat();
    let mut found = 0;
    survives_damage(&[&both], |samples| {
        found +=
            read(samples.iter().copied()).unwrap().iter().map(|channel| channel.cues.len()).sum::<usize>();
    });
    assert!(found > 1000, "{found}");
}

/// All pairs of bytes there are, in every mode: no place on the screen is left.
#[test]
fn every_pair_can_follow_every_mode() {
    for mode in ["9420", "9429", "9425", "9426", "94a7", "942a"] {
        let mode = u16::from_str_radix(mode, 16).unwrap().to_be_bytes();
        let pairs = (0..=u16::MAX).flat_map(|pair| [mode, pair.to_be_bytes()].concat()).collect::<Vec<_>>();
        let size = u32::try_from(pairs.len() + 8).unwrap().to_be_bytes();
        let sample = [&size[..], b"cdat", &pairs].concat();
        read([TextSample { start: 0, end: 60_000, data: &sample }].into_iter()).unwrap();
    }
}
