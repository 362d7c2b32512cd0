//! Text as a path: what parses prints as an equal route.

#![no_main]

use libfuzzer_sys::fuzz_target;
use packaging::route::Route;

/// Escaping at most triples a path, and no path of more than 4096 bytes is looked at.
const LONGEST: usize = 1365;

fuzz_target!(|path: &str| {
    if path.len() > LONGEST {
        return;
    }
    if let Some(route) = Route::parse(path) {
        assert_eq!(Route::parse(&route.to_string()), Some(route));
    }
});
