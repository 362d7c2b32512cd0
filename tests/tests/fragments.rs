//! Long films in fragments: what their index costs, and that it does not depend on what helps to find fragments.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use origin::index_store::MemoryIndexStore;
use origin::{Config, Service};
use tests::fragmented_film::{FragmentedFilm, Hint, KEY, LATENCY};

/// What an index costs: reads, bytes, and how many reads come one after the other.
#[derive(Debug)]
struct Cost {
    reads: u64,
    bytes: u64,
    rounds: u128,
    index: Bytes,
}

/// Time stands still but for reads, so that the time that passes counts those that wait for each other.
fn cost(film: FragmentedFilm) -> Cost {
    let (film, store) = (Arc::new(film), Arc::new(MemoryIndexStore::default()));
    let service = Service::with_indexes(Arc::clone(&film), Arc::clone(&store), Config::default());
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let elapsed: Duration = runtime.block_on(async {
        let start = tokio::time::Instant::now();
        service.index(KEY).await.unwrap();
        start.elapsed()
    });
    let (reads, bytes) = film.cost();
    let index = store.objects().into_values().next().unwrap();
    Cost { reads, bytes, rounds: elapsed.as_millis() / LATENCY.as_millis(), index }
}

/// Two hours in fragments of 6 s with 3.2 Mbit/s.
fn two_hours(hint: Hint) -> FragmentedFilm {
    FragmentedFilm::new((1200, 6), 16_000, hint)
}

/// One read for each fragment, sixteen at a time, and hardly more than their headers.
#[test]
fn indexes_of_fragments_are_followed_in_parallel() {
    for hint in [Hint::Sidx, Hint::Mfra] {
        let cost = cost(two_hours(hint));
        assert!(cost.reads <= 1200 + 6, "{hint:?}: {} reads", cost.reads);
        assert!(cost.rounds <= 1200 / 16 + 6, "{hint:?}: {} rounds", cost.rounds);
        // And a look at the first pictures.
        assert!(cost.bytes <= 1205 * (17 << 10) + (1 << 20), "{hint:?}: {} bytes", cost.bytes);
    }
}

/// Without an index, and with one that lies, fragments are looked for all over the file; the result is the same.
#[test]
fn the_index_does_not_depend_on_hints() {
    let [right, none, wrong] = [Hint::Mfra, Hint::Nothing, Hint::WrongMfra].map(|hint| cost(two_hours(hint)));
    assert!(none.reads <= 1300 && none.rounds <= 130, "{} reads, {} rounds", none.reads, none.rounds);
    assert!(none.bytes <= 110 << 20, "{} bytes of {}", none.bytes, two_hours(Hint::Nothing).bytes);
    assert!(wrong.reads <= 3601, "{} reads", wrong.reads);
    assert_eq!(right.index, none.index);
    assert_eq!(right.index, wrong.index);
}

/// Two hours in fragments of 2 s with 300 kbit/s: reading all is faster than reading each.
#[test]
fn small_fragments_are_read_many_at_a_time() {
    let film = |hint| FragmentedFilm::new((3600, 2), 600, hint);
    let all = film(Hint::Nothing).bytes;
    let [indexed, plain] = [Hint::Mfra, Hint::Nothing].map(|hint| cost(film(hint)));
    assert_eq!(indexed.index, plain.index);
    assert!(
        indexed.reads <= 200 && indexed.rounds <= 25,
        "{} reads, {} rounds",
        indexed.reads,
        indexed.rounds
    );
    assert!(plain.reads <= 110 && plain.rounds <= 55, "{} reads, {} rounds", plain.reads, plain.rounds);
    assert!(plain.bytes <= all + (16 << 20) && indexed.bytes <= all + (16 << 20));
}
