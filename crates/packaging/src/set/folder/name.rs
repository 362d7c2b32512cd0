//! One file's name, token by token.

use super::words::{self, Word};
use crate::set::{Role, tag};

/// Most tokens of a name that are looked at, from its end.
const MAX_TOKENS: usize = 32;

/// What the end of a name says.
#[derive(Debug, Default)]
pub(super) struct Name {
    /// BCP 47 tag.
    pub(super) language: Option<String>,
    pub(super) roles: Vec<Role>,
    pub(super) is_forced: bool,
    /// The file is sound alone.
    pub(super) is_audio: bool,
    /// Of a source: how many tokens at its start are its title.
    pub(super) title: usize,
    /// How large it is: lines of the picture or the number that stands there, then the rate.
    pub(super) rank: (u32, u32),
}

/// A part of a name between separators, and the separator before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Token<'a> {
    text: &'a str,
    separator: Option<char>,
}

/// How many tokens at the start are the same in all these names; all of them in a single one.
pub(super) fn shared_tokens(stems: &[&str]) -> usize {
    let Some((first, others)) = stems.split_first() else { return 0 };
    let first = tokens(first);
    others.iter().map(|other| shared(&first, &tokens(other))).min().unwrap_or(first.len()).min(first.len())
}

impl Name {
    /// A source's name, whose first tokens are the title. `is_sound`: its ending says that it is sound alone;
    /// `is_pair`: there is one for high and one for low rates.
    pub(super) fn of_source(stem: &str, title: usize, (is_sound, is_pair): (bool, bool)) -> Self {
        let tokens = tokens(stem);
        let says = |token: &Token<'_>| Word::parse(&token.text.to_ascii_lowercase());
        let says_sound = |token: &Token<'_>| {
            matches!(says(token), Some(Word::Audio | Word::Description | Word::Commentary))
        };
        let own = tokens.get(title..).unwrap_or_default();
        let first = match () {
            () if is_sound || own.iter().any(says_sound) => First::Language,
            () if is_pair => First::Rate,
            () => First::Quality,
        };
        let mut name = Self { is_audio: is_sound, ..Self::default() };
        let words = name.read(&tokens, title, first);
        let has = |word: Word| words.said.contains(&word);
        name.is_audio |= has(Word::Audio) || has(Word::Description) || has(Word::Commentary);
        if has(Word::Description) || (name.is_audio && has(Word::MaybeDescription)) {
            name.roles.push(Role::Description);
        }
        if has(Word::Commentary) {
            name.roles.push(Role::Commentary);
        }
        if has(Word::Dub) {
            name.roles.push(Role::Dub);
        }
        // A word of another title may be a code: without a sign that the file is sound, it must follow the
        // title that all share.
        name.title = words.start;
        if !name.is_audio && words.start != title {
            name.language = None;
            name.title = tokens.len();
        }
        name
    }

    /// A caption file's name, beside sources with these names and so many tokens of each as its title.
    pub(super) fn of_captions<'a>(stem: &str, sources: impl Iterator<Item = (&'a str, usize)>) -> Self {
        let own = tokens(stem);
        let titles = sources.map(|(source, title)| shared(&own, &tokens(source)).min(title));
        let title = titles.max().unwrap_or(0);
        let mut name = Self::default();
        let words = name.read(&own, title, First::Language);
        name.is_forced = words.said.contains(&Word::Forced);
        if name.is_forced {
            name.roles.push(Role::ForcedSubtitle);
        }
        if words.said.contains(&Word::Sdh) {
            name.roles.push(Role::Caption);
        }
        name
    }

    /// Reads from the end as long as the words are known, down to the title.
    fn read(&mut self, tokens: &[Token<'_>], title: usize, first: First) -> Words {
        let lowest = title.max(tokens.len().saturating_sub(MAX_TOKENS));
        let mut words = Words { start: tokens.len(), said: Vec::new() };
        while words.start > lowest {
            let rest = tokens.get(lowest..words.start).unwrap_or_default();
            let Some(last) = rest.last() else { break };
            let before = rest.split_last().map_or(rest, |(_, before)| before);
            let word = last.text.to_ascii_lowercase();
            if first.takes(&word) {
                words.say(Word::Neutral);
            } else if word == "hi" && language_at_end(before).is_some() {
                // `hi` is Hindi, and after a language: for those hard of hearing.
                words.say(Word::Sdh);
            } else if let Some((language, count)) = language_at_end(rest) {
                if self.language.is_some() {
                    break;
                }
                self.language = Some(language);
                words.start -= count - 1;
            } else if let Some(word) = Word::parse(&word) {
                words.say(word);
                match word {
                    Word::Number(number) => self.rank.0 = self.rank.0.max(number),
                    Word::Rate(rate) => self.rank.1 = self.rank.1.max(rate),
                    _ => {}
                }
            } else {
                break;
            }
            words.start -= 1;
        }
        words
    }
}

/// What a word means that may mean both: `sd` is Sindhi, `dv` Divehi, and `ts` Tsonga.
#[derive(Clone, Copy, PartialEq, Eq)]
enum First {
    /// Of captions and sound: the language.
    Language,
    /// Of pictures: how large or how coded they are.
    Quality,
    /// Of pictures with a high and a low rate: these too, and not Hindi and Lao.
    Rate,
}

impl First {
    fn takes(self, word: &str) -> bool {
        match self {
            Self::Language => false,
            Self::Rate if matches!(word, "hi" | "lo") => true,
            Self::Rate | Self::Quality => Word::parse(word) == Some(Word::Neutral),
        }
    }
}

/// Whether some of these names end with `hi` and some with `lo`.
pub(super) fn is_pair(stems: &[&str]) -> bool {
    let is_there = |word: &str| {
        stems.iter().any(|stem| tokens(stem).last().is_some_and(|last| last.text.eq_ignore_ascii_case(word)))
    };
    is_there("hi") && is_there("lo")
}

/// The known words at the end of a name, and the first token of them.
struct Words {
    start: usize,
    said: Vec<Word>,
}

impl Words {
    fn say(&mut self, word: Word) {
        self.said.push(word);
    }
}

fn tokens(stem: &str) -> Vec<Token<'_>> {
    let is_separator = |c: char| matches!(c, '.' | '_' | '-' | ' ' | '(' | ')' | '[' | ']' | '+');
    let mut separator = None;
    let mut found = Vec::new();
    for part in stem.split_inclusive(is_separator) {
        let text = part.trim_end_matches(is_separator);
        if !text.is_empty() {
            found.push(Token { text, separator });
        }
        separator = part.chars().next_back().filter(|c| is_separator(*c));
    }
    found
}

fn shared(a: &[Token<'_>], b: &[Token<'_>]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a.text.eq_ignore_ascii_case(b.text)).count()
}

/// The language that the last tokens name, and how many do: `fr`, `pt-BR`, `zh-Hant-TW`, `english`.
fn language_at_end(tokens: &[Token<'_>]) -> Option<(String, usize)> {
    (1..=3).rev().find_map(|count| {
        let start = tokens.len().checked_sub(count)?;
        Some((language(tokens.get(start..)?)?, count))
    })
}

/// The language that exactly these tokens name.
fn language(tokens: &[Token<'_>]) -> Option<String> {
    let (first, subtags) = tokens.split_first()?;
    let code = first.text.to_ascii_lowercase();
    if subtags.is_empty()
        && let Some(tag) = words::language_by_name(&code)
    {
        return Some(tag.to_owned());
    }
    let is_code = first.text.len() == 2 || first.text.len() == 3;
    if !is_code || !first.text.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let primary = tag::canonical(&code)?;
    if primary == code && code.len() == 3 && !words::is_long_code(&code) {
        return None;
    }
    let mut tag = primary;
    for (index, subtag) in subtags.iter().enumerate() {
        let is_script = index == 0 && is_script(subtag);
        let is_region = index + 1 == subtags.len() && is_region(subtag);
        if !is_script && !is_region {
            return None;
        }
        tag.push('-');
        tag.push_str(subtag.text);
    }
    tag::canonical(&tag)
}

fn is_script(token: &Token<'_>) -> bool {
    let scripts = ["latn", "cyrl", "hans", "hant", "arab", "deva", "guru", "mong"];
    is_joined(token) && scripts.contains(&token.text.to_ascii_lowercase().as_str())
}

/// A region: the Americas, or two letters, which are capitals unless a hyphen joins them.
fn is_region(token: &Token<'_>) -> bool {
    let is_capital = token.text.bytes().all(|b| b.is_ascii_uppercase());
    let is_letters = token.text.len() == 2 && token.text.bytes().all(|b| b.is_ascii_alphabetic());
    let is_country = is_letters
        && (is_capital || token.separator == Some('-'))
        && Word::parse(&token.text.to_ascii_lowercase()).is_none();
    is_joined(token) && (is_country || token.text == "419")
}

fn is_joined(token: &Token<'_>) -> bool {
    matches!(token.separator, Some('-' | '_'))
}
