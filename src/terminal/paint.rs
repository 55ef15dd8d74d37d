//! Colours, or none: every line reads the same without them.
//!
//! Painted text carries marks that take no room, which become colours when it is written. So whatever looks like a colour
//! by then comes from outside, and is shown as the text that it is.

/// Begins a mark: a character that takes no room and that no text has.
const MARK: char = '\u{2063}';

/// Marks with what a terminal takes for them.
const MARKS: [(char, &str); 6] = [
    ('\u{2060}', "\x1b[0m"),
    ('\u{2061}', "\x1b[1m"),
    ('\u{2062}', "\x1b[32m"),
    ('\u{2064}', "\x1b[33m"),
    ('\u{200b}', "\x1b[31m\x1b[1m"),
    ('\u{200c}', "\x1b[36m"),
];

/// Whether text is coloured, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// With the terminal's own colours.
    Coloured,
    /// Nothing but the text itself.
    Plain,
}

impl Paint {
    /// What a block of text is about.
    #[must_use]
    pub fn title(self, text: &str) -> String {
        self.with(1, text)
    }

    /// Text that says that all is well.
    #[must_use]
    pub fn good(self, text: &str) -> String {
        self.with(2, text)
    }

    /// Something is left to do or to decide.
    #[must_use]
    pub fn warning(self, text: &str) -> String {
        self.with(3, text)
    }

    /// Text that says that something is wrong.
    #[must_use]
    pub fn bad(self, text: &str) -> String {
        self.with(4, text)
    }

    /// What to do next.
    #[must_use]
    pub fn hint(self, text: &str) -> String {
        self.with(5, text)
    }

    fn with(self, mark: usize, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Coloured => format!("{MARK}{}{text}{MARK}{}", MARKS[mark].0, MARKS[0].0),
        }
    }

    /// The text with colours for its marks.
    pub(super) fn applied(self, text: &str) -> String {
        if self == Self::Plain {
            return text.to_owned();
        }
        let paint = |text: String, (mark, colour): &(char, &str)| text.replace(&format!("{MARK}{mark}"), colour);
        MARKS.iter().fold(text.to_owned(), paint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_take_no_room_and_become_colours() {
        for painted in [Paint::title, Paint::good, Paint::warning, Paint::bad, Paint::hint] {
            assert_eq!(painted(Paint::Plain, "done"), "done");
            let text = painted(Paint::Coloured, "done");
            assert_eq!(console::measure_text_width(&text), 4);
            let shown = Paint::Coloured.applied(&text);
            assert!(shown.starts_with("\x1b[") && shown.ends_with("done\x1b[0m"), "{shown:?}");
        }
    }
}
