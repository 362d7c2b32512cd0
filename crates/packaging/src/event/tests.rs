use isobmff::EventBody;

use super::*;

const SECOND: i64 = 1_000_000_000;

fn event(scheme: &str, id: u32, start_nanos: i64, track: Option<u32>) -> MovieEvent {
    let body = EventBody { scheme: scheme.to_owned(), value: String::new(), id, message: vec![1, 2] };
    MovieEvent { body, start_nanos, track, duration_nanos: Some(1_500_000_000) }
}

fn clock() -> EventClock {
    EventClock { timescale: Timescale::new(90_000).unwrap(), origin: 180_000, end: 900_000 }
}

/// Ten seconds from second 2 of the movie on; track 7 counts in milliseconds, half a second late.
fn placed(events: &[MovieEvent]) -> Vec<(u32, u64)> {
    let shift = |track: u32| (track == 7).then(|| (Timescale::new(1000).unwrap(), -2500));
    clock().place(events, shift).iter().map(|event| (event.id, event.start)).collect()
}

#[test]
fn times_of_both_kinds() {
    let all = [
        event("a:a", 1, 3 * SECOND, None),
        event("a:a", 2, 3 * SECOND, Some(7)),
        // A track that is not packaged.
        event("a:a", 3, 4 * SECOND, Some(8)),
    ];
    assert_eq!(placed(&all), [(2, 45_000), (1, 90_000), (3, 180_000)]);
}

#[test]
fn what_starts_outside_is_dropped() {
    let all = [
        event("a:a", 1, 2 * SECOND - 6000, None),
        event("a:a", 2, 2 * SECOND, None),
        event("a:a", 3, 12 * SECOND - 11_112, None),
        event("a:a", 4, 12 * SECOND, None),
        event("a:a", 5, i64::MAX, None),
        event("a:a", 6, i64::MIN, None),
    ];
    assert_eq!(placed(&all), [(2, 0), (3, 899_999)]);
}

/// Once for each scheme, id and time; and of 64 schemes.
#[test]
fn duplicates_and_limits() {
    let same = [
        event("a:a", 1, 3 * SECOND, None),
        event("a:a", 1, 3 * SECOND + 1, None),
        event("a:b", 1, 3 * SECOND, None),
        event("a:a", 1, 4 * SECOND, None),
        event("a:a", 2, 3 * SECOND, None),
    ];
    assert_eq!(placed(&same).len(), 4);
    let many: Vec<_> = (0..100).map(|n| event(&format!("a:{n}"), n, 3 * SECOND, None)).collect();
    assert_eq!(placed(&many).len(), 64);
}

#[test]
fn durations() {
    let duration = |nanos| {
        let one = MovieEvent { duration_nanos: nanos, ..event("a:a", 1, 3 * SECOND, None) };
        clock().place(&[one], |_| None)[0].duration
    };
    assert_eq!(duration(Some(1_500_000_000)), Some(135_000));
    assert_eq!(duration(None), None);
    // 2^32 - 2 ticks are the most that the field can say.
    assert_eq!(duration(Some(47_721_858_822_222)), Some(u32::MAX - 1));
    assert_eq!(duration(Some(47_721_858_833_333)), None);
}

#[test]
fn each_event_is_of_one_segment() {
    let all: Vec<_> = [10, 99, 100, 250]
        .into_iter()
        .enumerate()
        .map(|(id, start)| PagedEvent {
            scheme: EventScheme { scheme: "a:a".to_owned(), value: String::new() },
            id: u32::try_from(id).unwrap(),
            start,
            duration: None,
            message: Vec::new(),
        })
        .collect();
    let ids = |is_first, start, end| {
        events_of(&all, (is_first, start, end)).iter().map(|event| event.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(true, 50, 100), [0, 1]);
    assert_eq!(ids(false, 50, 100), [1]);
    assert_eq!(ids(false, 100, 200), [2]);
    assert_eq!(ids(false, 200, 300), [3]);
    assert_eq!(event_bytes(&all), 4 * (12 + 20 + 4 + 1));
    assert_eq!(schemes_of(&all).len(), 1);
}
