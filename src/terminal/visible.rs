//! What is printed is text: control characters from profiles, servers, names and keys are shown, and do nothing.

use std::borrow::Cow;

/// Escapes what a terminal would act on, line breaks excepted.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, |character| character != '\n' && acts(character))
}

/// The same for what must stay on one line.
pub(super) fn visible_line(text: &str) -> Cow<'_, str> {
    escaped(text, acts)
}

/// Control characters, and those that turn the direction in which a line is read or end it unseen.
fn acts(character: char) -> bool {
    let turns = matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character.is_control() || turns
}

fn escaped(text: &str, is_meant: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&is_meant) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_meant(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_shown() {
        for (text, lines, line) in [
            ("plain, zażółć, 日本語, 🦀", "plain, zażółć, 日本語, 🦀", "plain, zażółć, 日本語, 🦀"),
            ("\u{1b}[31mred", r"\u{1b}[31mred", r"\u{1b}[31mred"),
            ("a\nb\tc\rd", "a\nb\\tc\\rd", r"a\nb\tc\rd"),
            ("\u{9b}2J \u{7}\u{7f}\0", r"\u{9b}2J \u{7}\u{7f}\u{0}", r"\u{9b}2J \u{7}\u{7f}\u{0}"),
            ("gpj\u{202e}.exe", r"gpj\u{202e}.exe", r"gpj\u{202e}.exe"),
        ] {
            assert_eq!((&*visible(text), &*visible_line(text)), (lines, line));
        }
    }
}
