#!/usr/bin/env bash
# human_name gives back names in which each letter with an accent is two characters: they look the same, and are equal to no name of the source. It
# makes "M. C. Donald" of Mc Donald. Its own comparison of two names is not hurt by that.
#
# Version: human_name 2.0.4 (Rust).   Needs: bash, Rust with cargo.
# Hurts: who parts full names with it: joins and look-ups by name fail for José and Zoë, and for them alone; lengths are others.
# Expected: the letters of the source; that it changes capitals is documented. Here: texts are sent byte for byte.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'END'
[package]
name = "show"
version = "0.1.0"
edition = "2021"

[dependencies]
human_name = "=2.0.4"
END
cat > src/main.rs <<'END'
fn main() {
    for text in ["Ada Lovelace", "José Müller", "Łukasz Żak", "Zoë Mc Donald", "Mc Donald"] {
        if let Some(name) = human_name::Name::parse(text) {
            let full = name.display_full();
            let same = if full == text { "same" } else { "other" };
            println!("{text} -> {same}, {} and {} characters: {}", text.chars().count(), full.chars().count(), full.escape_unicode_above_ascii());
        }
    }
}

trait Escape {
    fn escape_unicode_above_ascii(&self) -> String;
}

impl Escape for str {
    fn escape_unicode_above_ascii(&self) -> String {
        self.chars().map(|c| if c.is_ascii() { c.to_string() } else { format!("<{:04x}>", u32::from(c)) }).collect()
    }
}
END
cargo run -q > seen
cat seen
diff seen - <<'END'
Ada Lovelace -> same, 12 and 12 characters: Ada Lovelace
José Müller -> other, 11 and 13 characters: Jose<0301> Mu<0308>ller
Łukasz Żak -> other, 10 and 11 characters: <0141>ukasz Z<0307>ak
Zoë Mc Donald -> other, 13 and 17 characters: Zoe<0308> M. C. Donald
Mc Donald -> other, 9 and 12 characters: M. C. Donald
END
