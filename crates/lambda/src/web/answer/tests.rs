//! Buffered bodies.

use serde_json::Value;

use super::*;

fn body(content_type: &'static str, bytes: &'static [u8]) -> Body {
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
    to_body(&headers, Bytes::from_static(bytes))
}

#[test]
fn text_stays_text_and_media_is_binary() {
    let text = b"#EXTM3U\n";
    for content_type in [
        "application/vnd.apple.mpegurl",
        "application/dash+xml",
        "application/json",
        "text/vtt; charset=utf-8",
    ] {
        assert!(matches!(body(content_type, text), Body::Text(_)), "{content_type}");
    }
    for content_type in ["video/mp4", "audio/mp4", "application/mp4", "image/jpeg"] {
        assert!(matches!(body(content_type, text), Body::Binary(_)), "{content_type}");
    }
    assert!(matches!(body("application/json", b"\xff"), Body::Binary(_)), "no UTF-8");
    assert!(matches!(body("video/mp4", b""), Body::Empty));
}

#[test]
fn a_buffered_body_at_the_limit_fits_lambda() {
    // 6 MB (6 * 1024 * 1024) with 20,480 bytes for headers, as many as CloudFront takes.
    let base64 = MAX_BUFFERED_BYTES.div_ceil(3) * 4;
    assert!(base64 + 20_480 <= 6 * 1024 * 1024, "{base64}");
}

#[test]
fn errors_look_like_the_origins() {
    let response = failure(Failure::TooLarge { bytes: 9_000_000 });
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let length: usize = response.headers()["content-length"].to_str().unwrap().parse().unwrap();
    let body = response.into_body().into_bytes();
    assert_eq!(body.len(), length);
    let json: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(json["error"]["status"], 500);
    assert_eq!(json["error"]["kind"], "response_too_large");
    assert!(json["error"]["message"].as_str().unwrap().contains("9000000 bytes"));
}
