use super::*;
use crate::FourCc;
use crate::read::Boxes;
use crate::testing::boxed;

/// An `emsg` of version 1 (or 0, whose time counts from the fragment) in milliseconds.
fn emsg(version: u8, id: u32, time: u32, message: usize) -> Vec<u8> {
    let names = b"u:s\0v\0";
    let numbers: Vec<u8> = match version {
        0 => [1000, time, 0, id].into_iter().flat_map(u32::to_be_bytes).collect(),
        _ => [1000, 0, time, 0, id].into_iter().flat_map(u32::to_be_bytes).collect(),
    };
    let fields = if version == 0 { [names, &numbers[..]].concat() } else { [&numbers[..], names].concat() };
    boxed(*b"emsg", &[&[version, 0, 0, 0], &fields[..], &vec![0; message]].concat())
}

fn take(events: &mut Events, bytes: &[u8]) {
    let found = Boxes::new(FourCc(*b"file"), bytes, 0).next().unwrap().unwrap();
    events.take(&found);
}

fn found(events: Events) -> Vec<(u32, i64, Option<u32>)> {
    events.finish(0).into_iter().map(|event| (event.body.id, event.start_nanos, event.track)).collect()
}

#[test]
fn relative_times_count_from_the_next_fragment() {
    let mut events = Events::default();
    take(&mut events, &emsg(0, 1, 250, 0));
    take(&mut events, &emsg(1, 2, 250, 0));
    assert!(events.wait());
    events.begin_fragment(Some(Earliest { nanos: 3_000_000_000, track: 7 }));
    assert!(!events.wait());
    // No fragment follows; and one whose time nobody knows.
    take(&mut events, &emsg(0, 3, 0, 0));
    events.begin_fragment(None);
    take(&mut events, &emsg(0, 4, 0, 0));
    assert_eq!(found(events), [(2, 250_000_000, None), (1, 3_250_000_000, Some(7))]);
}

/// The same scheme, value, id and time, in whatever version.
#[test]
fn repeated_events_are_one() {
    let mut events = Events::default();
    for _ in 0..3 {
        take(&mut events, &emsg(1, 1, 2000, 0));
        take(&mut events, &emsg(0, 1, 1000, 0));
        events.begin_fragment(Some(Earliest { nanos: 1_000_000_000, track: 1 }));
        take(&mut events, &emsg(1, 2, 2000, 0));
        take(&mut events, &emsg(1, 1, 2001, 0));
    }
    assert_eq!(found(events).len(), 3);
}

#[test]
fn so_many_and_so_much_at_most() {
    let taken = |versions: [u8; 2], message: usize| {
        let mut events = Events::default();
        for id in 0..5000 {
            take(&mut events, &emsg(versions[usize::try_from(id).unwrap() % 2], id, 0, message));
        }
        events.begin_fragment(Some(Earliest { nanos: 0, track: 1 }));
        events.finish(0).len()
    };
    for versions in [[0, 0], [1, 1], [0, 1]] {
        assert_eq!(taken(versions, 0), MAX_EVENTS);
        // 34 bytes of fields, 4 of names.
        assert_eq!(taken(versions, 60_000), MAX_EVENT_BYTES / 60_038);
    }
}

#[test]
fn far_times_come_near_with_the_samples() {
    let mut events = Events::default();
    take(&mut events, &emsg(1, 1, 2_000_500, 0));
    let nanos: Vec<_> = events.finish(2000).iter().map(|event| event.start_nanos).collect();
    assert_eq!(nanos, [500_000_000]);
}
