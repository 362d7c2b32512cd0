//! Oracle: IMSC 1 §7 and TTML1, by hand.

use super::*;
use crate::{Color, LinePosition, Placement, Style};

fn cue(start: u64, end: u64, text: &str) -> Cue {
    let text = vec![Span { text: text.to_owned(), style: Style::default() }];
    Cue { id: None, start, end, placement: Placement::default(), text }
}

/// The document from the first paragraph or region on.
fn part<'a>(document: &'a str, from: &str, to: &str) -> &'a str {
    let start = document.find(from).unwrap();
    &document[start..start + document[start..].find(to).unwrap() + to.len()]
}

#[test]
fn a_document_of_the_text_profile() {
    let document = write(&[cue(3_723_004, 3_724_000, "a < b & c\nd")], 0..u64::MAX, Some("en-GB"));
    assert!(
        document.starts_with(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<tt xmlns=\"http://www.w3.org/ns/ttml\""
        )
    );
    assert!(document.contains("xml:lang=\"en-GB\" xml:space=\"preserve\" ttp:timeBase=\"media\" ttp:profile=\"http://www.w3.org/ns/ttml/profile/imsc1/text\""));
    assert_eq!(
        part(&document, "<region", "/>"),
        "<region xml:id=\"r-h-after-center-1000-1000-8000-8000\" tts:origin=\"10% 10%\" tts:extent=\"80% 80%\" \
         tts:displayAlign=\"after\" tts:textAlign=\"center\"/>"
    );
    assert_eq!(
        part(&document, "<p ", "</p>"),
        "<p region=\"r-h-after-center-1000-1000-8000-8000\" begin=\"01:02:03.004\" end=\"01:02:04.000\">\
         a &lt; b &amp; c<br/>d</p>"
    );
}

#[test]
fn cues_are_cut_to_the_window() {
    let cues = [
        cue(0, 1_000, "before"),
        cue(500, 2_500, "over"),
        cue(1_200, 1_300, "within"),
        cue(2_000, 3_000, "after"),
    ];
    let document = write(&cues, 1_000..2_000, None);
    assert_eq!(document.matches("<p ").count(), 2);
    assert!(document.contains("begin=\"00:00:01.000\" end=\"00:00:02.000\">over</p>"));
    assert!(document.contains("begin=\"00:00:01.200\" end=\"00:00:01.300\">within</p>"));
    assert!(document.contains("xml:lang=\"\""));
    assert_eq!(write(&cues, 5_000..6_000, None).matches("<p ").count(), 0);
}

#[test]
fn styles_voices_and_ruby() {
    let span = |text: &str, style| Span { text: text.to_owned(), style };
    let loud = Style {
        italic: true,
        bold: true,
        underline: true,
        color: Some(Color([255, 255, 0, 255])),
        background: Some(Color([0, 0, 0, 128])),
        voice: Some("Ann & Bob".into()),
        language: Some("fr".into()),
        ruby: Ruby::None,
    };
    let ruby = |ruby| Style { ruby, ..Style::default() };
    let mut styled = cue(0, 1, "");
    styled.text = vec![
        span("x", loud),
        span("漢", ruby(Ruby::Base)),
        span("kan", ruby(Ruby::Text)),
        span("y", ruby(Ruby::Base)),
    ];
    let document = write(&[styled], 0..u64::MAX, None);
    assert!(document.contains("<ttm:agent xml:id=\"a0\" type=\"character\"><ttm:name type=\"alias\">Ann &amp; Bob</ttm:name></ttm:agent>"));
    assert!(document.contains(
        "<span xml:lang=\"fr\" ttm:agent=\"a0\" tts:fontStyle=\"italic\" tts:fontWeight=\"bold\" \
         tts:textDecoration=\"underline\" tts:color=\"#ffff00\" tts:backgroundColor=\"#00000080\">x</span>\
         <span tts:ruby=\"container\"><span tts:ruby=\"base\">漢</span><span tts:ruby=\"text\">kan</span></span>y</p>"
    ));
    assert!(document.contains("ttp:contentProfiles=\"http://www.w3.org/ns/ttml/profile/imsc1.1/text\""));
    assert!(!document.contains("ttp:profile="));
}

#[test]
fn text_from_right_to_left_says_so() {
    for (text, rtl) in [
        ("שלום", true),
        ("- \"مرحبا\" OK", true),
        ("1. سلام", true),
        ("OK שלום", false),
        ("日本語", false),
        ("Ωμέγα", false),
        ("12 - !", false),
        ("٣ abc", false),
    ] {
        let document = write(&[cue(0, 1, text)], 0..u64::MAX, None);
        let marked = document.contains(" tts:direction=\"rtl\" tts:unicodeBidi=\"embed\"");
        assert_eq!(marked, rtl, "{text}");
    }
}

/// Oracle: geometry by hand.
#[test]
fn placements_become_regions() {
    let extents = |placement, text: &str| {
        let placed = Cue { placement, ..cue(0, 1, text) };
        let document = write(&[placed], 0..u64::MAX, None);
        part(&document, "tts:origin", "/>").trim_end_matches("/>").to_owned()
    };
    let top = Placement { line: Some(LinePosition::Line(0)), ..Placement::default() };
    assert_eq!(
        extents(top, "x"),
        "tts:origin=\"10% 5%\" tts:extent=\"80% 90%\" tts:displayAlign=\"before\" tts:textAlign=\"center\""
    );
    let last = Placement { line: Some(LinePosition::Line(-1)), ..Placement::default() };
    assert_eq!(
        extents(last, "x"),
        "tts:origin=\"10% 5%\" tts:extent=\"80% 90%\" tts:displayAlign=\"after\" tts:textAlign=\"center\""
    );
    let left = Placement {
        line: Some(LinePosition::Percent(9_000)),
        line_alignment: crate::LineAlignment::End,
        position: Some(1_000),
        size: Some(3_550),
        alignment: crate::Alignment::Left,
        ..Placement::default()
    };
    assert_eq!(
        extents(left, "x"),
        "tts:origin=\"10% 0%\" tts:extent=\"35.50% 90%\" tts:displayAlign=\"after\" tts:textAlign=\"left\""
    );
    let japanese = Placement { writing: crate::Writing::VerticalFromRight, ..Placement::default() };
    assert_eq!(
        extents(japanese, "x"),
        "tts:origin=\"10% 10%\" tts:extent=\"80% 80%\" tts:displayAlign=\"after\" tts:textAlign=\"center\" tts:writingMode=\"tbrl\""
    );
}
