//! Colors as CSS, HTML and TTML write them (CSS Color 3 §4, TTML2 §10.3.5).

use crate::Color;

/// A color of CSS or HTML: a name, `#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa`, `rgb()`, `rgba()` with opacity from 0 to 1.
pub(crate) fn parse_css(text: &str) -> Option<Color> {
    parse(text, css_opacity)
}

/// A color of TTML: as in CSS, but the opacity of `rgba()` runs from 0 to 255.
pub(crate) fn parse_ttml(text: &str) -> Option<Color> {
    parse(text, |text| text.parse().ok())
}

/// A color of `<font>`, where the number sign is often forgotten.
pub(crate) fn parse_font(text: &str) -> Option<Color> {
    parse_css(text).or_else(|| if text.trim().len() == 6 { parse_hexadecimal(text.trim()) } else { None })
}

fn parse(text: &str, opacity: fn(&str) -> Option<u8>) -> Option<Color> {
    let text = text.trim();
    if let Some(digits) = text.strip_prefix('#') {
        return parse_hexadecimal(digits);
    }
    if text.len() > MAX_BYTES {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    match lower.strip_suffix(')').and_then(|inner| inner.split_once('(')) {
        Some(("rgb" | "rgba", numbers)) => parse_numbers(numbers, opacity),
        Some(_) => None,
        None => named(&lower),
    }
}

fn parse_hexadecimal(digits: &str) -> Option<Color> {
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let number = u32::from_str_radix(digits, 16).ok()?;
    let doubled = |shift: u32| u8::try_from((number >> shift & 0xf) * 17).unwrap_or(u8::MAX);
    match digits.len() {
        3 => Some(Color([doubled(8), doubled(4), doubled(0), u8::MAX])),
        4 => Some(Color([doubled(12), doubled(8), doubled(4), doubled(0)])),
        6 => Some(Color((number << 8 | 0xff).to_be_bytes())),
        8 => Some(Color(number.to_be_bytes())),
        _ => None,
    }
}

fn parse_numbers(text: &str, opacity: fn(&str) -> Option<u8>) -> Option<Color> {
    let mut parts = text.split([',', '/', ' ']).map(str::trim).filter(|part| !part.is_empty());
    let mut channel = || parts.next()?.parse::<u8>().ok();
    let (red, green, blue) = (channel()?, channel()?, channel()?);
    let alpha = parts.next().map_or(Some(u8::MAX), opacity)?;
    parts.next().is_none().then_some(Color([red, green, blue, alpha]))
}

/// `0.5`, `.5`, `50%` in 255ths.
fn css_opacity(text: &str) -> Option<u8> {
    let (number, percent) = match text.strip_suffix('%') {
        Some(number) => (number, true),
        None => (text, false),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if !whole.bytes().chain(fraction.bytes()).all(|digit| digit.is_ascii_digit()) || number.is_empty() {
        return None;
    }
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u32>().ok()? };
    let thousandths = format!("{fraction:0<3}").get(..3)?.parse::<u32>().ok()?;
    let thousandths = whole.checked_mul(1000)?.checked_add(thousandths)?;
    let full = if percent { 100_000 } else { 1_000 };
    u8::try_from((thousandths.min(full) * 255 + full / 2) / full).ok()
}

fn named(name: &str) -> Option<Color> {
    if name == "transparent" {
        return Some(Color([0; 4]));
    }
    let index = NAMES.binary_search_by_key(&name, |&(known, _)| known).ok()?;
    let &(_, number) = NAMES.get(index)?;
    Some(Color((number << 8 | 0xff).to_be_bytes()))
}

/// Longer text is no color.
const MAX_BYTES: usize = 64;

/// CSS Color 4 §6.1, in order of the names.
#[expect(clippy::unreadable_literal, reason = "six digits are how colors are written")]
#[rustfmt::skip]
const NAMES: [(&str, u32); 148] = [
    ("aliceblue", 0xf0f8ff), ("antiquewhite", 0xfaebd7), ("aqua", 0x00ffff), ("aquamarine", 0x7fffd4),
    ("azure", 0xf0ffff), ("beige", 0xf5f5dc), ("bisque", 0xffe4c4), ("black", 0x000000),
    ("blanchedalmond", 0xffebcd), ("blue", 0x0000ff), ("blueviolet", 0x8a2be2), ("brown", 0xa52a2a),
    ("burlywood", 0xdeb887), ("cadetblue", 0x5f9ea0), ("chartreuse", 0x7fff00), ("chocolate", 0xd2691e),
    ("coral", 0xff7f50), ("cornflowerblue", 0x6495ed), ("cornsilk", 0xfff8dc), ("crimson", 0xdc143c),
    ("cyan", 0x00ffff), ("darkblue", 0x00008b), ("darkcyan", 0x008b8b), ("darkgoldenrod", 0xb8860b),
    ("darkgray", 0xa9a9a9), ("darkgreen", 0x006400), ("darkgrey", 0xa9a9a9), ("darkkhaki", 0xbdb76b),
    ("darkmagenta", 0x8b008b), ("darkolivegreen", 0x556b2f), ("darkorange", 0xff8c00), ("darkorchid", 0x9932cc),
    ("darkred", 0x8b0000), ("darksalmon", 0xe9967a), ("darkseagreen", 0x8fbc8f), ("darkslateblue", 0x483d8b),
    ("darkslategray", 0x2f4f4f), ("darkslategrey", 0x2f4f4f), ("darkturquoise", 0x00ced1),
    ("darkviolet", 0x9400d3), ("deeppink", 0xff1493), ("deepskyblue", 0x00bfff), ("dimgray", 0x696969),
    ("dimgrey", 0x696969), ("dodgerblue", 0x1e90ff), ("firebrick", 0xb22222), ("floralwhite", 0xfffaf0),
    ("forestgreen", 0x228b22), ("fuchsia", 0xff00ff), ("gainsboro", 0xdcdcdc), ("ghostwhite", 0xf8f8ff),
    ("gold", 0xffd700), ("goldenrod", 0xdaa520), ("gray", 0x808080), ("green", 0x008000),
    ("greenyellow", 0xadff2f), ("grey", 0x808080), ("honeydew", 0xf0fff0), ("hotpink", 0xff69b4),
    ("indianred", 0xcd5c5c), ("indigo", 0x4b0082), ("ivory", 0xfffff0), ("khaki", 0xf0e68c),
    ("lavender", 0xe6e6fa), ("lavenderblush", 0xfff0f5), ("lawngreen", 0x7cfc00), ("lemonchiffon", 0xfffacd),
    ("lightblue", 0xadd8e6), ("lightcoral", 0xf08080), ("lightcyan", 0xe0ffff),
    ("lightgoldenrodyellow", 0xfafad2), ("lightgray", 0xd3d3d3), ("lightgreen", 0x90ee90),
    ("lightgrey", 0xd3d3d3), ("lightpink", 0xffb6c1), ("lightsalmon", 0xffa07a), ("lightseagreen", 0x20b2aa),
    ("lightskyblue", 0x87cefa), ("lightslategray", 0x778899), ("lightslategrey", 0x778899),
    ("lightsteelblue", 0xb0c4de), ("lightyellow", 0xffffe0), ("lime", 0x00ff00), ("limegreen", 0x32cd32),
    ("linen", 0xfaf0e6), ("magenta", 0xff00ff), ("maroon", 0x800000), ("mediumaquamarine", 0x66cdaa),
    ("mediumblue", 0x0000cd), ("mediumorchid", 0xba55d3), ("mediumpurple", 0x9370db),
    ("mediumseagreen", 0x3cb371), ("mediumslateblue", 0x7b68ee), ("mediumspringgreen", 0x00fa9a),
    ("mediumturquoise", 0x48d1cc), ("mediumvioletred", 0xc71585), ("midnightblue", 0x191970),
    ("mintcream", 0xf5fffa), ("mistyrose", 0xffe4e1), ("moccasin", 0xffe4b5), ("navajowhite", 0xffdead),
    ("navy", 0x000080), ("oldlace", 0xfdf5e6), ("olive", 0x808000), ("olivedrab", 0x6b8e23),
    ("orange", 0xffa500), ("orangered", 0xff4500), ("orchid", 0xda70d6), ("palegoldenrod", 0xeee8aa),
    ("palegreen", 0x98fb98), ("paleturquoise", 0xafeeee), ("palevioletred", 0xdb7093), ("papayawhip", 0xffefd5),
    ("peachpuff", 0xffdab9), ("peru", 0xcd853f), ("pink", 0xffc0cb), ("plum", 0xdda0dd),
    ("powderblue", 0xb0e0e6), ("purple", 0x800080), ("rebeccapurple", 0x663399), ("red", 0xff0000),
    ("rosybrown", 0xbc8f8f), ("royalblue", 0x4169e1), ("saddlebrown", 0x8b4513), ("salmon", 0xfa8072),
    ("sandybrown", 0xf4a460), ("seagreen", 0x2e8b57), ("seashell", 0xfff5ee), ("sienna", 0xa0522d),
    ("silver", 0xc0c0c0), ("skyblue", 0x87ceeb), ("slateblue", 0x6a5acd), ("slategray", 0x708090),
    ("slategrey", 0x708090), ("snow", 0xfffafa), ("springgreen", 0x00ff7f), ("steelblue", 0x4682b4),
    ("tan", 0xd2b48c), ("teal", 0x008080), ("thistle", 0xd8bfd8), ("tomato", 0xff6347), ("turquoise", 0x40e0d0),
    ("violet", 0xee82ee), ("wheat", 0xf5deb3), ("white", 0xffffff), ("whitesmoke", 0xf5f5f5),
    ("yellow", 0xffff00), ("yellowgreen", 0x9acd32),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_so_that_all_are_found() {
        for (name, number) in NAMES {
            assert_eq!(named(name), Some(Color((number * 256 + 255).to_be_bytes())));
        }
    }

    /// Oracle: the forms of CSS Color 4 §4 and TTML2 §10.3.5, worked out by hand.
    #[test]
    fn all_ways_to_write_a_color() {
        for (text, wanted) in [
            ("Yellow", [255, 255, 0, 255]),
            ("#fa0", [255, 170, 0, 255]),
            ("#fa08", [255, 170, 0, 136]),
            ("#12ABef", [18, 171, 239, 255]),
            ("#12abef80", [18, 171, 239, 128]),
            ("rgb( 1, 2,3 )", [1, 2, 3, 255]),
            ("rgba(1,2,3,0.5)", [1, 2, 3, 128]),
            ("rgb(1 2 3 / 50%)", [1, 2, 3, 128]),
            ("rgba(1,2,3,1)", [1, 2, 3, 255]),
            ("transparent", [0, 0, 0, 0]),
        ] {
            assert_eq!(parse_css(text), Some(Color(wanted)), "{text}");
        }
        assert_eq!(parse_ttml("rgba(1,2,3,128)"), Some(Color([1, 2, 3, 128])));
        assert_eq!(parse_font("00ff00"), Some(Color([0, 255, 0, 255])));
        for wrong in
            ["", "#", "#12", "#gggggg", "rgb(1,2)", "rgb(1,2,256)", "rgba(1,2,3,x)", "hsl(1,2,3)", "blurple"]
        {
            assert_eq!(parse_css(wrong), None, "{wrong}");
        }
    }
}
