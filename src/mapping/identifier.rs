//! Which external ids may become a customer's `source_id`.

/// Why an id that reaches the mapping is none.
#[must_use]
pub fn objection(value: &str) -> Option<&'static str> {
    if is_blocked(value) {
        Some("a placeholder that many users share")
    } else if !value.is_ascii() && value.chars().all(is_invisible) || value.bytes().all(|byte| byte.is_ascii_control())
    {
        Some("nothing in it can be seen")
    } else {
        None
    }
}

/// The first character in a text that nobody sees, and that makes it another text than it looks like.
#[must_use]
pub fn invisible(text: &str) -> Option<char> {
    // Joiners and marks of form belong to the letters and pictures that they stand between.
    let is_odd = |one: &char| is_invisible(*one) && !matches!(one, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}');
    // Every byte is looked at, several at once.
    let is_plain = text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'));
    let ends = || [text.chars().next(), text.chars().next_back()].into_iter().flatten().find(|one| is_joiner(*one));
    if is_plain { None } else { text.chars().find(is_odd).or_else(ends) }
}

/// At an end of a text there is nothing to join.
fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}')
}

/// Characters without width or ink, but for blanks: controls, and what Unicode calls default ignorable
/// (`DerivedCoreProperties.txt`, `Default_Ignorable_Code_Point`), with the empty pattern of Braille.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Values that Segment itself blocks (docs/api-facts.md A7).
#[must_use]
pub fn is_blocked(value: &str) -> bool {
    let word = ["null", "undefined", "anonymous", "-1"].iter().any(|word| value.eq_ignore_ascii_case(word));
    word || value.bytes().all(|byte| matches!(byte, b'0' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_nobody_sees_is_none() {
        for id in [
            "\u{200b}",
            "\u{feff}",
            "\u{2060}\u{ad}",
            "\u{0}",
            "\u{1}\u{7f}",
            "\u{200d}",
            "\u{3164}",
            "\u{e0041}",
            "\u{85}",
        ] {
            assert_eq!(objection(id), Some("nothing in it can be seen"), "{}", id.escape_debug());
        }
        for id in ["a", "\u{200b}a", "ü", "日本", "👍", "0\u{200b}", "1", "."] {
            assert_eq!(objection(id), None, "{}", id.escape_debug());
        }
        for id in ["null", "0", "---", "Anonymous"] {
            assert_eq!(objection(id), Some("a placeholder that many users share"), "{id}");
        }
    }

    #[test]
    fn what_makes_an_id_another_one_unseen_is_found() {
        for (id, found) in [
            ("u1\u{200b}", Some('\u{200b}')),
            ("\u{feff}u1", Some('\u{feff}')),
            ("u\u{ad}1", Some('\u{ad}')),
            ("u\u{0}1", Some('\0')),
            ("u\n1", Some('\n')),
            ("u1\u{200d}", Some('\u{200d}')),
            ("u 1", None),
            ("", None),
            ("Zoë", None),
            // A family, and a word of Persian.
            ("👩\u{200d}👧", None),
            ("می\u{200c}خواهم", None),
            ("❤\u{fe0f}", None),
        ] {
            assert_eq!(invisible(id), found, "{}", id.escape_debug());
        }
    }
}
