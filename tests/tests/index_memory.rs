//! What making an index takes, in a process of its own.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use origin::Config;
use origin::index_store::MemoryIndexStore;
use peak_alloc::PeakAlloc;
use tests::Client;
use tests::film::{Film, MoovPlace};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Two hours: 180,000 pictures and 337,500 frames of sound.
#[test]
fn an_index_is_small_and_takes_little_memory() {
    let film = Film::new(2 * 3600, MoovPlace::Front);
    let moov_bytes = film.moov_bytes;
    let client = Client::with_indexes(film, MemoryIndexStore::default(), Config::default());
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let index = client.run(client.service.index("film.mp4")).unwrap();
    let peak = MEMORY.peak_usage() - before;
    println!("index {} B of {moov_bytes} B moov, {peak} B of memory", index.bytes);
    assert!(index.bytes * 10 <= moov_bytes * 3, "{} of {moov_bytes}", index.bytes);
    // ffmpeg writes 5.5 MB of `moov` for such a film.
    assert!(index.bytes * 10 <= 5_500_000 * 3, "{}", index.bytes);
    assert!(peak <= 64 << 20, "{peak} bytes of memory");
}
