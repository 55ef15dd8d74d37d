#!/usr/bin/env bash
# serde-xml-rs takes the blanks from both ends of each text, those between `<![CDATA[` and `]]>` and under xml:space="preserve", too, and writes
# them: a value that it wrote comes back as another. Attributes keep theirs; quick-xml keeps all.
#
# Version: serde-xml-rs 0.8.2, quick-xml 0.42.0, serde 1 (Rust).   Needs: bash, Rust with cargo.
# Hurts: passwords, codes and parts of texts: ids that differ in a blank are one, and a text of one blank is empty.
# Expected: the text, in which XML says that blanks count. Here: texts are sent byte for byte.
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
quick-xml = { version = "=0.42.0", features = ["serialize"] }
serde = { version = "1", features = ["derive"] }
serde-xml-rs = "=0.8.2"
END
cat > src/main.rs <<'END'
#[derive(Debug, serde::Deserialize, serde::Serialize)]
struct Person {
    code: String,
}

fn main() {
    for xml in [
        "<Person><code>  7 </code></Person>",
        "<Person><code><![CDATA[  7 ]]></code></Person>",
        "<Person><code xml:space=\"preserve\">  7 </code></Person>",
    ] {
        let one: Result<Person, _> = serde_xml_rs::from_str(xml);
        let other: Result<Person, _> = quick_xml::de::from_str(xml);
        println!("{xml} -> {:?}, quick-xml {:?}", one.map(|p| p.code).ok(), other.map(|p| p.code).ok());
    }
    let written = serde_xml_rs::to_string(&Person { code: " 7".to_owned() }).unwrap_or_default();
    println!("{:?} written and read: {:?}", " 7", serde_xml_rs::from_str::<Person>(&written).map(|p| p.code).ok());
}
END
cargo run -q > seen
cat seen
diff seen - <<'END'
<Person><code>  7 </code></Person> -> Some("7"), quick-xml Some("  7 ")
<Person><code><![CDATA[  7 ]]></code></Person> -> Some("7"), quick-xml Some("  7 ")
<Person><code xml:space="preserve">  7 </code></Person> -> Some("7"), quick-xml Some("  7 ")
" 7" written and read: Some("7")
END
