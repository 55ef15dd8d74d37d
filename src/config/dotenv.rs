//! The grammar of `.env` as Node's `dotenv` reads it, which the script before this one used.
//!
//! A line is `NAME=value` or `NAME: value`, with or without `export` in front. A value may be in single, double or back
//! quotes, and then go over several lines; in double quotes `\n` and `\r` stand for line breaks. Without quotes it ends
//! before a `#`. Nothing else is special: a `$` is a dollar sign. Of two lines with one name the last one counts.

use std::collections::BTreeMap;

/// What a file says of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Assigned {
    /// Its value, perhaps an empty one.
    Value(String),
    /// A line that names it and is no assignment.
    Odd {
        /// Number of the line, counted from 1.
        line: u64,
        /// What is wrong with it, as a verb.
        why: &'static str,
    },
}

/// What `text` says of the variables in `names`; all its other lines may be what they like.
pub(super) fn assigned<'n>(text: &str, names: &[&'n str]) -> BTreeMap<&'n str, Assigned> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut assigned = BTreeMap::new();
    let (mut rest, mut number) = (text.as_str(), 1_u64);
    while !rest.is_empty() {
        let line = rest.split('\n').next().unwrap_or_default();
        let statement = line.trim_start();
        let statement =
            statement.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).unwrap_or(statement);
        let statement = statement.trim_start();
        let end = statement.find(|one: char| !(one.is_ascii_alphanumeric() || "_.-".contains(one)));
        let (name, after) = statement.split_at(end.unwrap_or(statement.len()));
        if let Some(known) = set_elsewhere(statement, names) {
            let why = "is written as for another shell";
            assigned.entry(known).or_insert(Assigned::Odd { line: number, why });
        }
        let mut taken = line.len();
        if let Some(value) = behind_the_sign(after) {
            // From the value to the end of the text: quotes may close on a later line.
            let from = line.len() - value.len();
            let (read, length) = read_value(&rest[from..]);
            taken = from + length;
            if let Some(known) = names.iter().find(|known| **known == name) {
                let odd =
                    Assigned::Odd { line: number, why: "has a quotation mark that is not closed, or text behind it" };
                assigned.insert(*known, read.map_or(odd, Assigned::Value));
            }
        } else if let Some(known) = names.iter().find(|known| **known == name) {
            assigned.insert(*known, Assigned::Odd { line: number, why: "stands there without a `=`" });
        }
        let next = rest[taken..].find('\n').map_or(rest.len(), |end| taken + end + 1);
        number = number.saturating_add(rest[..next].matches('\n').count() as u64);
        rest = &rest[next..];
    }
    assigned
}

/// The name in a line that a shell or a command prompt would take: `set NAME=…`, `setx NAME …`, `$env:NAME = …`.
fn set_elsewhere<'n>(statement: &str, names: &[&'n str]) -> Option<&'n str> {
    let (command, behind) = statement.split_at_checked(statement.find([' ', '\t', ':'])?)?;
    let words = ["set", "setx", "setenv", "$env"];
    words.iter().find(|word| command.eq_ignore_ascii_case(word))?;
    let behind = behind.trim_start_matches([' ', '\t', ':', '"']);
    let stands_there = |name: &&&str| {
        let rest = behind.strip_prefix(**name);
        rest.is_some_and(|rest| rest.starts_with([' ', '\t', '=']))
    };
    names.iter().find(stands_there).copied()
}

/// What follows `=`, or a colon and a blank.
fn behind_the_sign(after: &str) -> Option<&str> {
    match after.trim_start().strip_prefix('=') {
        Some(value) => Some(value),
        None => after.strip_prefix(':').filter(|value| value.starts_with([' ', '\t'])),
    }
}

/// The value at the start of `text`, unless it is odd, and how many bytes of text it takes.
fn read_value(text: &str) -> (Option<String>, usize) {
    let line = text.split('\n').next().unwrap_or_default();
    let trimmed = line.trim_start();
    let before = line.len() - trimmed.len();
    let Some(quote) = trimmed.chars().next().filter(|first| "'\"`".contains(*first)) else {
        let value = line.split('#').next().unwrap_or_default().trim();
        return (Some(value.to_owned()), line.len());
    };
    let quoted = &text[before + 1..];
    let mut escaped = false;
    let close = quoted.find(|one: char| {
        let closes = one == quote && !escaped;
        escaped = one == '\\';
        closes
    });
    let Some(close) = close else { return (None, line.len()) };
    let behind = quoted[close + 1..].split('\n').next().unwrap_or_default();
    let taken = before + 1 + close + 1 + behind.len();
    if !behind.trim().is_empty() && !behind.trim_start().starts_with('#') {
        // The mark closed nothing: what follows on later lines is read for itself.
        return (None, line.len());
    }
    let value = quoted[..close].to_owned();
    (Some(if quote == '"' { value.replace("\\n", "\n").replace("\\r", "\r") } else { value }), taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Option<Assigned> {
        assigned(text, &["A"]).remove("A")
    }

    #[test]
    fn values_are_read_as_the_script_read_them() {
        for (text, value) in [
            ("A=b", "b"),
            ("A = b ", "b"),
            ("export A=b", "b"),
            ("\texport\tA=b", "b"),
            ("A: b", "b"),
            ("A=", ""),
            ("A=ab$cd${e}", "ab$cd${e}"),
            ("A=b # why", "b"),
            ("A=b#why", "b"),
            ("A=\"b # c\" # why", "b # c"),
            ("A='b \"c\" $d\\n'", "b \"c\" $d\\n"),
            ("A=\"b\\nc\"", "b\nc"),
            ("A=`b 'c'`", "b 'c'"),
            ("A='b\nB=c'\nC=d", "b\nB=c"),
            ("A=My Shop", "My Shop"),
            ("A=b\r\nC=d\r\n", "b"),
            ("A=b\nA=c", "c"),
            ("A=a=b", "a=b"),
            ("nonsense\n= x\n\"\nA=b", "b"),
            ("set A=c\nA=b", "b"),
            ("A=b\nset A=c", "b"),
            ("A=it's", "it's"),
        ] {
            assert_eq!(one(text), Some(Assigned::Value(value.into())), "{text:?}");
        }
        for nothing in ["", "#A=b", "AA=b", "A.B=c", "x A=b", "a=b", "set AA=b", "set x A=b", "unset A=b", "set=A"] {
            assert_eq!(one(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn an_odd_line_of_a_name_that_is_ours_is_known_by_its_number() {
        for (text, number) in [
            ("A", 1),
            ("B='1\n2'\nA b", 3),
            ("\n\nA:b", 3),
            ("A=\"b", 1),
            ("A='b' c", 1),
            ("B=\"\nA=\"b", 2),
            ("set A=b", 1),
            ("\nSET \"A=b\"", 2),
            ("setx A b", 1),
            ("setenv A b", 1),
            ("$env:A = \"b\"", 1),
            ("$Env:A=b", 1),
        ] {
            assert!(
                matches!(one(text), Some(Assigned::Odd { line, .. }) if line == number),
                "{text:?}: {:?}",
                one(text)
            );
        }
    }
}
