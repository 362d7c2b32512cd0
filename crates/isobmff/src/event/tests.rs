use proptest::prelude::*;

use super::*;
use crate::FourCc;
use crate::read::Boxes;
use crate::testing::boxed;

fn parse(bytes: &[u8]) -> Result<EventMessage, Error> {
    let found = Boxes::new(FourCc(*b"file"), bytes, 0).next().unwrap()?;
    EventMessage::parse(&found)
}

/// Version 0, laid out by hand from the table of §5.10.3.3.3.
#[rustfmt::skip]
const RELATIVE: [u8; 40] = [
    0, 0, 0, 40, b'e', b'm', b's', b'g', 0, 0, 0, 0,
    b'u', b':', b's', 0, b'v', 0,
    0, 0, 3, 0xe8,              // timescale
    0, 0, 1, 0,                 // presentation_time_delta
    0xff, 0xff, 0xff, 0xff,     // event_duration
    0, 0, 0, 7,                 // id
    0xde, 0xad, 0xbe, 0xef, 0, 1,
];

/// Version 1 of much the same.
#[rustfmt::skip]
const ABSOLUTE: [u8; 43] = [
    0, 0, 0, 43, b'e', b'm', b's', b'g', 1, 0, 0, 0,
    0, 0, 3, 0xe8,              // timescale
    0, 0, 0, 2, 0, 0, 1, 0,     // presentation_time
    0, 0, 0, 9,                 // event_duration
    0, 0, 0, 7,                 // id
    b'u', b':', b's', 0, b'v', 0,
    0xde, 0xad, 0xbe, 0xef, 0,
];

#[test]
fn both_versions() {
    let scale = Timescale::new(1000).unwrap();
    let body = |message: &[u8]| EventBody {
        scheme: "u:s".into(),
        value: "v".into(),
        id: 7,
        message: message.to_vec(),
    };
    let relative = EventMessage {
        body: body(&[0xde, 0xad, 0xbe, 0xef, 0, 1]),
        timescale: scale,
        start: EventStart::Segment(256),
        duration: None,
    };
    assert_eq!(parse(&RELATIVE), Ok(relative));
    let absolute = EventMessage {
        body: body(&[0xde, 0xad, 0xbe, 0xef, 0]),
        timescale: scale,
        start: EventStart::Presentation(0x2_0000_0100),
        duration: Some(9),
    };
    assert_eq!(parse(&ABSOLUTE), Ok(absolute));
}

#[test]
fn written_as_the_table_has_it() {
    let message = &[0xde, 0xad, 0xbe, 0xef, 0];
    let (scheme, value) = ("u:s", "v");
    let event = TimedEvent { scheme, value, id: 7, message, start: 0x2_0000_0100, duration: Some(9) };
    let mut w = BoxWriter::default();
    event.write(&mut w, Timescale::new(1000).unwrap());
    assert_eq!(w.into_bytes(), ABSOLUTE);
    assert_eq!(event.bytes(), 43);
}

#[test]
fn malformed_messages_are_faults() {
    let changed = |at: usize, byte: u8| {
        let mut bytes = ABSOLUTE;
        bytes[at] = byte;
        parse(&bytes)
    };
    assert!(changed(8, 2).is_err(), "version 2");
    assert!(changed(32, 0).is_err(), "no scheme");
    assert!(changed(33, 7).is_err(), "a control character");
    assert!(changed(33, 0xff).is_err(), "no UTF-8");
    let mut timeless = ABSOLUTE;
    timeless[14..16].fill(0);
    assert!(parse(&timeless).is_err());
    for end in 8..38 {
        assert!(parse(&boxed(*b"emsg", &ABSOLUTE[8..end])).is_err(), "{end}");
    }
    let with = |message: usize| parse(&boxed(*b"emsg", &[&ABSOLUTE[8..38], &vec![5; message]].concat()));
    assert!(with(MAX_MESSAGE_BYTES).is_ok());
    assert!(with(MAX_MESSAGE_BYTES + 1).is_err());
    let named =
        |name: usize| parse(&boxed(*b"emsg", &[&ABSOLUTE[8..32], &vec![b'a'; name], &[0, 0][..]].concat()));
    assert!(named(MAX_NAME_BYTES).is_ok());
    assert!(named(MAX_NAME_BYTES + 1).is_err());
}

#[test]
fn nanoseconds_to_the_nearest() {
    let nanos = |ticks, scale| ticks_to_nanos(ticks, Timescale::new(scale).unwrap());
    assert_eq!(nanos(1, 3), Some(333_333_333));
    assert_eq!(nanos(2, 3), Some(666_666_667));
    assert_eq!(nanos(-1, 1000), Some(-1_000_000));
    assert_eq!(nanos(u64::MAX.into(), 1), None);
}

proptest! {
    #[test]
    fn any_bytes(payload in proptest::collection::vec(any::<u8>(), 0..200), version in 0u8..3) {
        let bytes = boxed(*b"emsg", &[&[version, 0, 0, 0], &payload[..]].concat());
        if let Ok(message) = parse(&bytes) {
            prop_assert!(!message.body.scheme.is_empty());
            prop_assert!(message.body.message.len() < payload.len());
        }
    }

    /// What is written is read as what it was.
    #[test]
    fn round_trip(
        (scheme, value) in ("[a-zé:/]{1,40}", "[^\\p{C}]{0,20}"),
        (start, duration, id) in (any::<u64>(), 0..u32::MAX, any::<u32>()),
        (scale, message) in (1u32.., proptest::collection::vec(any::<u8>(), 0..100)),
    ) {
        let body = EventBody { scheme, value, id, message };
        let timescale = Timescale::new(scale).unwrap();
        let mut w = BoxWriter::default();
        let EventBody { scheme, value, message, .. } = &body;
        let event = TimedEvent { scheme, value, id, message, start, duration: Some(duration) };
        event.write(&mut w, timescale);
        let bytes = w.into_bytes();
        prop_assert_eq!(bytes.len() as u64, event.bytes());
        let start = EventStart::Presentation(start);
        let read = parse(&bytes).unwrap();
        prop_assert_eq!(read, EventMessage { body: body.clone(), timescale, start, duration: Some(duration) });
    }
}
