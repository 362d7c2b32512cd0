//! Oracle: the steps of the W3C parser, followed by hand.

use super::*;
use crate::{Color, LinePosition};

/// Start, end and text of each cue.
fn told(text: &str) -> Vec<(u64, u64, String)> {
    read(text).unwrap().cues.iter().map(|cue| (cue.start, cue.end, cue.plain_text())).collect()
}

fn cue(start: u64, end: u64, text: &str) -> (u64, u64, String) {
    (start, end, text.to_owned())
}

#[test]
fn a_file_with_all_kinds_of_blocks() {
    let file = "\u{feff}WEBVTT - a title\nKind: captions\nLanguage: pt-BR\n\n\
        NOTE a\nb\n\nSTYLE\n::cue(.shout) { color: red }\n\n\
        REGION\nid:top width:50% lines:2 regionanchor:0%,0% viewportanchor:25%,10%\n\n\
        first\n00:01.000 --> 00:02.500 region:top\nOne\n<c.shout>two</c>\n\n\
        01:00:00.000 --> 01:00:01.000 line:0 align:left\nThree\n";
    let captions = read(file).unwrap();
    assert_eq!(captions.language.as_deref(), Some("pt-BR"));
    assert_eq!(read(&file.replace("pt-BR", "pt_BR")).unwrap().language.as_deref(), Some("pt-BR"));
    assert_eq!(told(file), [cue(1_000, 2_500, "One\ntwo"), cue(3_600_000, 3_601_000, "Three")]);
    assert_eq!(captions.cues[0].id.as_deref(), Some("first"));
    assert_eq!(captions.cues[0].text[1].style.color, Some(Color([255, 0, 0, 255])));
    assert_eq!(captions.cues[0].placement.line, Some(LinePosition::Percent(2_200)));
    assert_eq!(captions.cues[1].placement.line, Some(LinePosition::Line(0)));
    assert_eq!(captions.cues[1].id, None);
}

#[test]
fn all_ends_of_lines_are_the_same() {
    let wanted = [cue(0, 1_000, "a\nb"), cue(1_000, 2_000, "c")];
    let file = "WEBVTT\n\n00:00.000 --> 00:01.000\na\nb\n\n00:01.000 --> 00:02.000\nc";
    assert_eq!(told(file), wanted);
    assert_eq!(told(&file.replace('\n', "\r\n")), wanted);
    assert_eq!(told(&file.replace('\n', "\r")), wanted);
}

#[test]
fn a_forgotten_blank_line_costs_nothing() {
    let file =
        "WEBVTT\n00:00.000 --> 00:01.000\na\n00:01.000 --> 00:02.000\nb\nid\n00:02.000 --> 00:03.000\nc";
    // As in browsers, an identifier that follows text is text.
    assert_eq!(told(file), [cue(0, 1_000, "a"), cue(1_000, 2_000, "b\nid"), cue(2_000, 3_000, "c")]);
}

#[test]
fn a_faulty_cue_takes_only_itself_away() {
    let file = "WEBVTT\n\n00:00.000 -> 00:01.000\narrow\n\n00:00:00 --> 00:01.000\nfraction\n\n\
        00:02.000-->00:03.000\ngood\n\n00:03.000 --> 00:03.000\nnever\n\n00:04.000 --> 00:05.000\n\n\
        00:05.000 --> 00:06.000\n&nbsp;\n\nNOTE --> not a note\n";
    assert_eq!(told(file), [cue(2_000, 3_000, "good")]);
}

#[test]
fn order_is_that_of_start_and_overlapping_cues_stay_whole() {
    let file = "WEBVTT\n\n00:05.000 --> 00:09.000\nlate\n\n00:01.000 --> 00:08.000\nעברית\n\n00:05.000 --> 00:06.000\nعربي\n";
    assert_eq!(
        told(file),
        [cue(1_000, 8_000, "עברית"), cue(5_000, 9_000, "late"), cue(5_000, 6_000, "عربي")]
    );
}

/// What `MediaConvert` and Apple's tools write into files that also go beside MP4s.
#[test]
fn the_clock_of_transport_streams_moves_no_cue() {
    let maps =
        ["MPEGTS:900000,LOCAL:00:00:00.000", "LOCAL:00:00:00.000,MPEGTS:0", "MPEGTS:900000", "", "x:y,:,"];
    for map in maps {
        let file = format!("WEBVTT\nX-TIMESTAMP-MAP={map}\n\n00:00:11.000 --> 00:00:13.000\nx\n");
        assert_eq!(told(&file), [cue(11_000, 13_000, "x")], "{map}");
    }
}

#[test]
fn only_the_signature_makes_a_file() {
    for wrong in ["", "WEBVT", "WEBVTTX\n", "1\n00:00.000 --> 00:01.000\nx", "\u{feff}\u{feff}WEBVTT"] {
        assert!(matches!(read(wrong), Err(Error::Invalid { line: 1, .. })), "{wrong:?}");
    }
    assert_eq!(told("WEBVTT"), []);
    assert_eq!(told("WEBVTT\tx"), []);
}

#[test]
fn too_much_is_refused() {
    let long = format!("WEBVTT\n\n00:00.000 --> 00:01.000\n{}", "x".repeat(70_000));
    assert_eq!(read(&long), Err(Error::Limit { format: "WebVTT", what: "bytes in a cue", limit: 65_536 }));
    let many = format!("WEBVTT\n\n{}", "00:00.000 --> 00:01.000\nx\n\n".repeat(200_001));
    assert_eq!(read(&many), Err(Error::Limit { format: "WebVTT", what: "cues", limit: 200_000 }));
}
