//! Oracles: ISO/IEC 14496-30 §5 and -12 §12.6.3.2 by hand; documents whose times are stated in the tests.

use super::*;
use crate::sample::testing::{by_the_second, survives_damage};

/// A document with a paragraph for each start and end, in milliseconds, and text.
fn document(paragraphs: &[(u64, u64, &str)]) -> String {
    let paragraphs = paragraphs
        .iter()
        .map(|(begin, end, text)| format!("<p begin=\"{begin}ms\" end=\"{end}ms\">{text}</p>"));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<tt xmlns=\"http://www.w3.org/ns/ttml\" xml:lang=\"en\">\
        <body><div>{}</div></body></tt>",
        paragraphs.collect::<String>()
    )
}

fn shown_shifted(documents: &[&str], shift: i64) -> Vec<(u64, u64, String)> {
    let bytes = documents.iter().map(|document| document.as_bytes()).collect::<Vec<_>>();
    let cues = read(by_the_second(&bytes).into_iter(), shift).unwrap();
    cues.iter().map(|cue| (cue.start, cue.end, cue.plain_text())).collect()
}

fn shown(documents: &[&str]) -> Vec<(u64, u64, String)> {
    shown_shifted(documents, 0)
}

fn cue(start: u64, end: u64, text: &str) -> (u64, u64, String) {
    (start, end, text.to_owned())
}

#[test]
fn documents_state_times_of_the_media() {
    let [first, second] = [&[(100, 900, "one")], &[(1200, 1700, "two")]].map(|it| document(it));
    assert_eq!(shown(&[&first, &second]), [cue(100, 900, "one"), cue(1200, 1700, "two")]);
}

/// An edit list that starts 500 ms into the media: what is at 1000 there is shown at 500.
#[test]
fn media_times_are_shifted_to_the_presentation() {
    let [first, second] = [&[(600, 1400, "one")], &[(1700, 2100, "two")]].map(|it| document(it));
    assert_eq!(shown_shifted(&[&first, &second], -500), [cue(100, 900, "one"), cue(1200, 1600, "two")]);
}

#[test]
fn documents_that_begin_at_zero_count_from_their_samples() {
    let documents = [(100, 900, "one"), (200, 700, "two"), (0, 500, "three")].map(|it| document(&[it]));
    let expected = [cue(100, 900, "one"), cue(1200, 1700, "two"), cue(2000, 2500, "three")];
    assert_eq!(shown(&documents.each_ref().map(String::as_str)), expected);
}

#[test]
fn cues_that_go_on_in_the_next_sample_are_one() {
    let whole = document(&[(500, 2500, "long"), (1200, 1300, "short")]);
    assert_eq!(shown(&[&whole, &whole, &whole]), [cue(500, 2500, "long"), cue(1200, 1300, "short")]);
    // Cut to their samples by the writer.
    let cut = [(500, 1000, "long"), (1000, 2000, "long"), (2000, 2500, "long")].map(|it| document(&[it]));
    assert_eq!(shown(&cut.each_ref().map(String::as_str)), [cue(500, 2500, "long")]);
}

#[test]
fn cues_that_do_not_touch_or_differ_are_several() {
    let apart = [document(&[(500, 1000, "a")]), document(&[(1001, 1500, "a")])];
    assert_eq!(shown(&[&apart[0], &apart[1]]).len(), 2);
    let styled = document(&[(1000, 1500, "<span tts:fontStyle=\"italic\">a</span>")])
        .replace("<tt ", "<tt xmlns:tts=\"http://www.w3.org/ns/ttml#styling\" ");
    assert_eq!(shown(&[&apart[0], &styled]).len(), 2);
}

/// §5.5: nothing of a document is shown outside its sample.
#[test]
fn cues_end_with_their_samples() {
    let long = document(&[(500, 5000, "long")]);
    let none = document(&[]);
    assert_eq!(shown(&[&long, &none]), [cue(500, 1000, "long")]);
    assert_eq!(shown(&[&long, "", &long]), [cue(500, 1000, "long"), cue(2000, 3000, "long")]);
}

#[test]
fn pictures_and_other_bytes_are_refused() {
    let with_picture = [document(&[]).as_bytes(), b"\x89PNG\r\n\x1a\n"].concat();
    let refused = read(by_the_second(&[&with_picture]).into_iter(), 0);
    assert_eq!(refused, Err(Error::Sample { format: "stpp", reason: "the captions are pictures" }));
    assert!(read(by_the_second(&[b"no document"]).into_iter(), 0).is_err());
}

#[test]
fn the_entry_names_the_namespace_alone() {
    let expected = b"\0\0\0\x2cstpp\0\0\0\0\0\0\0\x01http://www.w3.org/ns/ttml\0\0\0";
    assert_eq!(sample_entry(), expected);
}

#[test]
fn damaged_documents_do_no_harm() {
    let good = document(&[(100, 1500, "one <br/> &amp; two"), (200, 300, "<span>three</span>")]);
    let mut read_well = 0;
    survives_damage(&[good.as_bytes()], |samples| {
        read_well += usize::from(read(samples.iter().copied(), -50).is_ok_and(|cues| !cues.is_empty()));
    });
    assert!(read_well > 100, "{read_well}");
}
