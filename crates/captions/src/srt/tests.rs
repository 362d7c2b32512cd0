//! Oracle: files as people and programs make them, read by eye.

use super::*;

fn told(text: &str) -> Vec<(u64, u64, String)> {
    read(text).unwrap().cues.iter().map(|cue| (cue.start, cue.end, cue.plain_text())).collect()
}

fn cue(start: u64, end: u64, text: &str) -> (u64, u64, String) {
    (start, end, text.to_owned())
}

#[test]
fn a_file_as_it_should_be() {
    let file =
        "1\n00:00:01,000 --> 00:00:02,000\nOne\ntwo\n\n2\n00:00:03,000 --> 00:00:04,000\n<i>Three</i>\n";
    let wanted = [cue(1_000, 2_000, "One\ntwo"), cue(3_000, 4_000, "Three")];
    assert_eq!(told(file), wanted);
    assert_eq!(told(&format!("\u{feff}{}", file.replace('\n', "\r\n"))), wanted);
    assert_eq!(told(&file.replace('\n', "\r")), wanted);
}

#[test]
fn counters_may_be_missing_repeated_or_stuck_to_the_text() {
    let wanted = [cue(1_000, 2_000, "a"), cue(2_000, 3_000, "b"), cue(3_000, 4_000, "c")];
    assert_eq!(told("00:01,0 --> 00:02,0\na\n\n00:02,0 --> 00:03,0\nb\n\n00:03,0 --> 00:04,0\nc"), wanted);
    assert_eq!(
        told("1\n00:01,0 --> 00:02,0\na\n\n1\n00:02,0 --> 00:03,0\nb\n\n\n1\n00:03,0 --> 00:04,0\nc"),
        wanted
    );
    assert_eq!(
        told("1\n00:01,0 --> 00:02,0\na\n2\n00:02,0 --> 00:03,0\nb\n3\n00:03,0 --> 00:04,0\nc"),
        wanted
    );
    let spaced =
        "1\n\n00:01,0 --> 00:02,0\n\na\n\n2\n\n00:02,0 --> 00:03,0\n\nb\n\n3\n\n00:03,0 --> 00:04,0\n\nc";
    assert_eq!(told(spaced), wanted);
}

#[test]
fn numbers_and_blank_lines_can_be_text() {
    let file =
        "1\n00:01,0 --> 00:02,0\n42\n\n2\n00:02,0 --> 00:03,0\na\n\n\nb\n\n3\n00:03,0 --> 00:04,0\n7\n";
    assert_eq!(told(file), [cue(1_000, 2_000, "42"), cue(2_000, 3_000, "a\n\nb"), cue(3_000, 4_000, "7")]);
    // Without counters a number is text.
    let unnumbered = "00:01,0 --> 00:02,0\na\n\n00:02,0 --> 00:03,0\nb\n\n42\n\n00:03,0 --> 00:04,0\nc";
    assert_eq!(
        told(unnumbered),
        [cue(1_000, 2_000, "a"), cue(2_000, 3_000, "b\n\n42"), cue(3_000, 4_000, "c")]
    );
}

#[test]
fn cues_that_take_no_time_are_dropped_and_overlapping_ones_kept() {
    let file = "1\n00:05,0 --> 00:04,0\nback\n\n2\n00:04,0 --> 00:04,0\nzero\n\n3\n-00:00:01,0 --> 00:04,0\nminus\n\n\
        4\n00:03,0 --> 00:09,0\nשלום\n\n5\n00:02,0 --> 00:08,0\nこんにちは\n\n6\n00:08,0 --> 00:09,0\n\n";
    assert_eq!(told(file), [cue(2_000, 8_000, "こんにちは"), cue(3_000, 9_000, "שלום")]);
}

#[test]
fn text_without_times_is_no_file_and_nothing_is_an_empty_one() {
    assert!(matches!(read("Dear Sir,\n\nno."), Err(Error::Invalid { .. })));
    assert_eq!(told(""), []);
    assert_eq!(told("\u{feff}\n \n"), []);
}

#[test]
fn too_much_is_refused() {
    let long = format!("00:01,0 --> 00:02,0\n{}", "x\n".repeat(70_000));
    assert_eq!(read(&long), Err(Error::Limit { format: "SRT", what: "bytes in a cue", limit: 65_536 }));
    let many = "00:01,0 --> 00:02,0\nx\n".repeat(200_001);
    assert_eq!(read(&many), Err(Error::Limit { format: "SRT", what: "cues", limit: 200_000 }));
}
