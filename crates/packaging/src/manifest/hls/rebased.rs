//! Playlists that are asked for by another path than their own.

/// A media playlist whose children are all below `base`, a relative path that ends with `/`.
pub fn rebased(playlist: &str, base: &str) -> String {
    let mut out = String::with_capacity(playlist.len() * 2);
    for line in playlist.lines() {
        match line.strip_prefix('#') {
            Some(_) => out.push_str(&line.replace("URI=\"", &format!("URI=\"{base}"))),
            None if line.is_empty() => {}
            None => {
                out.push_str(base);
                out.push_str(line);
            }
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: relative references resolved by hand (RFC 3986 §5.2).
    #[test]
    fn segments_and_maps() {
        let own = "#EXTM3U\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:6.000000,\n0.m4s\n#EXT-X-ENDLIST\n";
        let expected =
            "#EXTM3U\n#EXT-X-MAP:URI=\"../v/t/init.mp4\"\n#EXTINF:6.000000,\n../v/t/0.m4s\n#EXT-X-ENDLIST\n";
        assert_eq!(rebased(own, "../v/t/"), expected);
    }
}
