//! Thumbnails that lie in a folder.

use super::key::Kind;

/// The JPEG files among these names, in the order of the numbers in them: the last number counts, then the
/// one before it, then the name. Names without a number come last.
pub fn order<S: AsRef<str>>(names: &[S]) -> Vec<String> {
    let jpegs = names.iter().map(AsRef::as_ref).filter(|name| Kind::Jpeg.is(name));
    let mut keyed: Vec<_> = jpegs.map(|name| (numbers(name), name)).collect();
    keyed.sort_by(|(a, a_name), (b, b_name)| {
        a.is_empty().cmp(&b.is_empty()).then_with(|| a.cmp(b)).then_with(|| a_name.cmp(b_name))
    });
    keyed.into_iter().map(|(_, name)| name.to_owned()).collect()
}

/// The numbers of a name before its ending, the last one first. Each as its length and digits, without
/// leading zeros, which compares as the numbers do however long they are.
fn numbers(name: &str) -> Vec<(usize, &str)> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let file = stem.rsplit_once('/').map_or(stem, |(_, file)| file);
    let runs = file.rsplit(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty());
    runs.map(|run| run.trim_start_matches('0')).map(|digits| (digits.len(), digits)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count() {
        let names = [
            "t/thumb_10.jpg",
            "t/thumb_9.jpg",
            "t/thumb_0011.JPEG",
            "t/cover.jpg",
            "t/index.vtt",
            "t/thumb_1.png",
            "t/thumb_99999999999999999999999.jpg",
            "t/thumb_0.jpg",
        ];
        let expected = [
            "t/thumb_0.jpg",
            "t/thumb_9.jpg",
            "t/thumb_10.jpg",
            "t/thumb_0011.JPEG",
            "t/thumb_99999999999999999999999.jpg",
            "t/cover.jpg",
        ];
        assert_eq!(order(&names), expected);
    }

    #[test]
    fn equal_last_numbers_leave_it_to_those_before() {
        let names = ["s10_160x90.jpg", "s9_160x90.jpg", "b_1.jpg", "a_1.jpg", "a_01.jpg"];
        let expected = ["a_01.jpg", "a_1.jpg", "b_1.jpg", "s9_160x90.jpg", "s10_160x90.jpg"];
        assert_eq!(order(&names), expected);
    }
}
