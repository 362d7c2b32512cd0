//! Conditional and range requests (RFC 9110 §13, §14), on values alone.

use std::ops::Range;

use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, HeaderName, IF_NONE_MATCH, IF_RANGE, RANGE};

/// Whether the client has this representation already (`If-None-Match`, weak comparison, §8.8.3.2).
pub(crate) fn is_unmodified(headers: &HeaderMap, etag: &str) -> bool {
    let tags = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    tags.flat_map(|list| list.split(',').map(opaque).collect::<Vec<_>>()).any(|tag| tag == "*" || tag == etag)
}

/// What a `Range` header asks of a resource of `len` bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RangeRequest {
    /// The whole resource: no range, one that cannot be read, or several.
    Whole,
    /// One part.
    Part(Range<u64>),
    /// Nothing of what is there.
    Unsatisfiable,
}

/// Reads `Range` and `If-Range` (strong comparison, §13.1.5).
pub(crate) fn range(headers: &HeaderMap, etag: &str, len: u64) -> RangeRequest {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if text(IF_RANGE).is_some_and(|tag| tag.trim() != etag) {
        return RangeRequest::Whole;
    }
    let spec = text(RANGE).and_then(|value| value.trim().strip_prefix("bytes="));
    let Some((first, last)) = spec.filter(|spec| !spec.contains(',')).and_then(|spec| spec.split_once('-'))
    else {
        return RangeRequest::Whole;
    };
    let number = |text: &str| {
        let text = text.trim();
        text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().unwrap_or(u64::MAX))
    };
    let part = match (first.trim().is_empty(), last.trim().is_empty()) {
        (true, false) => number(last).map(|suffix| len.saturating_sub(suffix)..len),
        (false, true) => number(first).map(|first| first..len),
        (false, false) => match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => Some(first..len.min(last.saturating_add(1))),
            _ => None,
        },
        (true, true) => None,
    };
    match part {
        None => RangeRequest::Whole,
        Some(part) if part.start < part.end => RangeRequest::Part(part),
        Some(_) => RangeRequest::Unsatisfiable,
    }
}

/// Whether the client takes gzip (`Accept-Encoding`, §12.5.3).
pub(crate) fn takes_gzip(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut named = None;
    let mut any = None;
    for item in lists.flat_map(|list| list.split(',')) {
        let mut parts = item.split(';').map(str::trim);
        let coding = parts.next().unwrap_or_default().to_ascii_lowercase();
        let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let is_wanted = quality.is_none_or(|q| q.bytes().any(|b| matches!(b, b'1'..=b'9')));
        match coding.as_str() {
            "gzip" | "x-gzip" => named = Some(is_wanted),
            "*" => any = Some(is_wanted),
            _ => {}
        }
    }
    named.or(any).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    fn part(value: &str) -> RangeRequest {
        range(&headers(&[("range", value)]), "\"a\"", 100)
    }

    /// Oracle: RFC 9110 §14.1.2 with its examples' forms.
    #[test]
    fn ranges() {
        assert_eq!(part("bytes=0-9"), RangeRequest::Part(0..10));
        assert_eq!(part("bytes=90-"), RangeRequest::Part(90..100));
        assert_eq!(part("bytes=-10"), RangeRequest::Part(90..100));
        assert_eq!(part("bytes=-1000"), RangeRequest::Part(0..100));
        assert_eq!(part("bytes=50-1000"), RangeRequest::Part(50..100));
        assert_eq!(part("bytes=50-99999999999999999999999"), RangeRequest::Part(50..100));
        for unsatisfiable in ["bytes=100-", "bytes=100-200", "bytes=-0"] {
            assert_eq!(part(unsatisfiable), RangeRequest::Unsatisfiable, "{unsatisfiable}");
        }
        for whole in ["bytes=5-4", "bytes=a-b", "bytes=-", "bytes=0-1,5-6", "items=0-1", "bytes=+1-2"] {
            assert_eq!(part(whole), RangeRequest::Whole, "{whole}");
        }
    }

    #[test]
    fn if_range() {
        let ask = |tag: &str| range(&headers(&[("range", "bytes=0-1"), ("if-range", tag)]), "\"a\"", 100);
        assert_eq!(ask("\"a\""), RangeRequest::Part(0..2));
        assert_eq!(ask("\"b\""), RangeRequest::Whole);
        assert_eq!(ask("W/\"a\""), RangeRequest::Whole);
    }

    #[test]
    fn entity_tags() {
        assert!(is_unmodified(&headers(&[("if-none-match", "\"b\", W/\"a\"")]), "\"a\""));
        assert!(is_unmodified(&headers(&[("if-none-match", "*")]), "\"a\""));
        assert!(!is_unmodified(&headers(&[("if-none-match", "\"aa\"")]), "\"a\""));
        assert!(!is_unmodified(&headers(&[]), "\"a\""));
    }

    #[test]
    fn encodings() {
        let takes = |value: &str| takes_gzip(&headers(&[("accept-encoding", value)]));
        assert!(takes("gzip, deflate, br"));
        assert!(takes("br;q=1.0, gzip;q=0.1"));
        assert!(takes("*"));
        assert!(!takes("gzip;q=0, *"));
        assert!(!takes("gzip; q=0.000"));
        assert!(!takes("identity"));
        assert!(!takes(""));
    }
}
