//! The character encoding of caption files: said by a mark or a declaration, or guessed.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// The text of a file, without its byte order mark. What cannot be decoded becomes U+FFFD.
///
/// In this order: a byte order mark; UTF-16 without one, by its zero bytes; UTF-8, if it is valid or nearly so;
/// what an XML declaration says; the guess that browsers make.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    // The mark of UTF-32 begins as that of UTF-16 does.
    match bytes.first_chunk() {
        Some([0xff, 0xfe, 0, 0]) => return Cow::Owned(utf_32(bytes, u32::from_le_bytes)),
        Some([0, 0, 0xfe, 0xff]) => return Cow::Owned(utf_32(bytes, u32::from_be_bytes)),
        _ => {}
    }
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(bytes.get(length..).unwrap_or_default()).0;
    }
    guess(bytes).decode_without_bom_handling(bytes).0
}

fn utf_32(bytes: &[u8], read: fn([u8; 4]) -> u32) -> String {
    let (units, _) = bytes.as_chunks();
    units
        .iter()
        .skip(1)
        .map(|&unit| char::from_u32(read(unit)).unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    if let Some(encoding) = utf_16(bytes) {
        return encoding;
    }
    let shifts = bytes.contains(&ESCAPE);
    let declared = declaration(bytes);
    match declared {
        Some(encoding) if shifts && !encoding.is_ascii_compatible() => return encoding,
        None if !shifts && is_utf_8(bytes) => return UTF_8,
        Some(_) if is_utf_8(bytes) => return UTF_8,
        _ => {}
    }
    declared.filter(|encoding| encoding.is_ascii_compatible()).unwrap_or_else(|| {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
        detector.feed(bytes, true);
        detector.guess(None, Utf8Detection::Allow)
    })
}

/// Begins the shifts of ISO-2022-JP, which is valid UTF-8 too.
const ESCAPE: u8 = 0x1b;

/// UTF-16 text of captions has ASCII in it: digits, line breaks, markup. So one of two bytes is often zero.
fn utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = bytes.get(..SAMPLE_BYTES).unwrap_or(bytes);
    let zeros = |parity: usize| sample.iter().skip(parity).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let enough = sample.len() / 10;
    match (even > enough, odd > enough) {
        (true, false) if even > odd * 8 => Some(UTF_16BE),
        (false, true) if odd > even * 8 => Some(UTF_16LE),
        _ => None,
    }
}

const SAMPLE_BYTES: usize = 4_096;

/// Whether the bytes are UTF-8, but for a few that were damaged.
fn is_utf_8(bytes: &[u8]) -> bool {
    let (mut faults, mut characters) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        faults += usize::from(!chunk.invalid().is_empty());
        // A character beyond ASCII has one leading byte.
        characters += chunk.valid().bytes().filter(|&byte| byte >= 0xc0).count();
    }
    faults == 0 || characters > faults * 8
}

/// The encoding that an XML declaration names (XML 1.0 §4.3.3).
fn declaration(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..DECLARATION_BYTES).unwrap_or(bytes).trim_ascii_start();
    let head = String::from_utf8_lossy(head.strip_prefix(b"<?xml")?);
    let (declaration, _) = head.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let label = value.strip_prefix(['"', '\''])?.split(['"', '\'']).next()?;
    Encoding::for_label_no_replacement(label.as_bytes())
}

const DECLARATION_BYTES: usize = 256;

#[cfg(test)]
mod tests {
    use encoding_rs::{
        BIG5, EUC_KR, GBK, ISO_2022_JP, SHIFT_JIS, WINDOWS_874, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252,
        WINDOWS_1253, WINDOWS_1255, WINDOWS_1256,
    };

    use super::*;

    /// As it would stand in a SubRip file.
    fn file(text: &str) -> String {
        let cue = |(line, n): (&str, u8)| format!("{n}\n00:00:0{n},000 --> 00:00:0{n},500\n{line}\n\n");
        text.lines().zip(1..).map(cue).collect::<Vec<_>>().concat()
    }

    /// Oracle: the same text in UTF-8.
    #[test]
    fn old_encodings_are_guessed() {
        for (encoding, text) in [
            (WINDOWS_1252, "Où êtes-vous allé cet été ?\nÀ la plage, bien sûr.\nÇa m'étonne beaucoup."),
            (
                WINDOWS_1252,
                "Können wir jetzt nach Hause gehen?\nDas weiß ich nicht, mein Schatz.\nÜber alles schön.",
            ),
            (
                WINDOWS_1250,
                "Zażółć gęślą jaźń, proszę pana.\nWszyscy śpią, tylko ja nie śpię.\nDziękuję bardzo, idź już.",
            ),
            (WINDOWS_1251, "Привет, как дела?\nЯ не знаю, что сказать.\nПойдём домой, уже поздно."),
            (WINDOWS_1253, "Καλημέρα, τι κάνεις;\nΔεν ξέρω τι να πω.\nΠάμε σπίτι, είναι αργά."),
            (WINDOWS_1255, "שלום, מה שלומך היום?\nאני לא יודע מה לומר.\nבוא נלך הביתה, כבר מאוחר."),
            (
                WINDOWS_1256,
                "مرحبا، كيف حالك اليوم؟\nلا أعرف ماذا أقول لك.\nهيا بنا إلى البيت، لقد تأخر الوقت.",
            ),
            (WINDOWS_874, "สวัสดีครับ คุณเป็นอย่างไรบ้าง\nผมไม่รู้จะพูดอะไรดี\nกลับบ้านกันเถอะ ดึกแล้ว"),
            (
                SHIFT_JIS,
                "こんにちは、元気ですか。\n何と言えばいいのか分かりません。\n家に帰りましょう、もう遅いから。",
            ),
            (EUC_KR, "안녕하세요, 잘 지내세요?\n뭐라고 말해야 할지 모르겠어요.\n집에 갑시다, 벌써 늦었어요."),
            (GBK, "你好，今天过得怎么样？\n我不知道该说什么才好。\n我们回家吧，已经很晚了。"),
            (BIG5, "你好，今天過得怎麼樣？\n我不知道該說什麼才好。\n我們回家吧，已經很晚了。"),
            (ISO_2022_JP, "こんにちは、元気ですか。\n何と言えばいいのか分かりません。"),
        ] {
            let file = file(text);
            let (bytes, _, unmappable) = encoding.encode(&file);
            assert!(!unmappable, "{}", encoding.name());
            assert_eq!(decode(&bytes), file, "{}", encoding.name());
        }
    }

    #[test]
    fn unicode_is_known_with_and_without_a_mark() {
        let text = file("Où êtes-vous?\n你好\nשלום 😀");
        let little = text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let big = text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
        for (mark, bytes) in
            [(&b"\xef\xbb\xbf"[..], text.as_bytes()), (b"\xff\xfe", &little), (b"\xfe\xff", &big)]
        {
            assert_eq!(decode(bytes), text);
            assert_eq!(decode(&[mark, bytes].concat()), text);
        }
        let units = || std::iter::once('\u{feff}').chain(text.chars()).map(u32::from);
        assert_eq!(decode(&units().flat_map(u32::to_le_bytes).collect::<Vec<_>>()), text);
        assert_eq!(decode(&units().flat_map(u32::to_be_bytes).collect::<Vec<_>>()), text);
    }

    #[test]
    fn a_few_damaged_bytes_do_not_change_the_encoding() {
        let text = file("Où êtes-vous allé cet été ?\nÀ la plage, bien sûr, été comme hiver.");
        let damaged = [text.as_bytes(), b"\xff\n"].concat();
        assert_eq!(decode(&damaged), format!("{text}\u{fffd}\n"));
    }

    #[test]
    fn an_xml_declaration_is_believed_unless_the_bytes_belie_it() {
        let document = "<?xml version='1.0' encoding='ISO-8859-2'?><tt>łódź</tt>";
        let (bytes, _, _) = encoding_rs::ISO_8859_2.encode(document);
        assert_eq!(decode(&bytes), document);
        assert_eq!(decode(document.as_bytes()), document);
        let sixteen = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><tt>a</tt>";
        assert_eq!(decode(sixteen.as_bytes()), sixteen);
    }
}
