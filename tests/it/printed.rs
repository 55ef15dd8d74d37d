//! What is printed is text, whatever profiles, servers, files and names hold.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
};

use crate::workdir::Workdir;

/// What a terminal would act on, beside line breaks.
fn acts(text: &str) -> Vec<char> {
    let acts = |character: &char| {
        (character.is_control() && *character != '\n')
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().filter(acts).collect()
}

const EVIL: &str = "x\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m\r\u{202e}y";

/// Runs a command and insists that all that it prints is text; gives it.
fn printed(workdir: &Workdir, arguments: &[&str], exit_code: i32) -> String {
    let mut all = String::new();
    for colour in ["never", "always"] {
        let mut command = workdir.command();
        let output = workdir.check(command.args(arguments).args(["--color", colour]), exit_code);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        // Colours are the terminal's own: nothing but these two forms.
        let plain: String = text.split("\u{1b}[").enumerate().fold(String::new(), |plain, (number, piece)| {
            let own = ["0m", "1m", "2m", "31m", "32m", "33m", "35m", "36m", "3m"];
            match own.iter().find(|own| number > 0 && piece.starts_with(**own)) {
                Some(own) if colour == "always" => plain + &piece[own.len()..],
                _ if number == 0 => plain + piece,
                _ => plain + "\u{1b}[" + piece,
            }
        });
        assert_eq!(acts(&plain), Vec::<char>::new(), "{arguments:?} {colour}: {text:?}");
        all = plain;
    }
    all
}

fn evil_profiles() -> String {
    let profile = |id: &str, key: &str, value: &str| {
        serde_json::json!({
            "segment_id": format!("use_{id}"), "external_ids": {"user_id": format!("{id}{EVIL}")},
            "traits": {key: value, "birthday": format!("{EVIL} no date"), "name": EVIL, "email": EVIL},
        })
        .to_string()
            + "\n"
    };
    let lines =
        profile("1", EVIL, EVIL) + &profile("2", "plan", EVIL) + "{\"segment_id\":\"use_\\u001b[2Jz\",\"traits\":{}}\n";
    lines + "not json \u{1b}[2J\n"
}

#[test]
fn control_characters_of_profiles_and_names_are_shown_and_do_nothing() {
    let workdir = Workdir::new();
    let input = "evil\u{1b}[31m\u{7}.ndjson";
    fs::write(workdir.path(input), evil_profiles()).unwrap();
    let folder = "b\u{1b}[1mold\u{9b}m";
    let transformed = printed(&workdir, &["transform", input, "-o", folder], 0);
    assert!(transformed.contains(r"b\u{1b}[1mold\u{9b}m/rejects.csv"), "{transformed}");
    // What is to be pasted is the very same word for a shell.
    assert!(transformed.contains(r"segment-to-voucherify upload $'b\033[1mold\302\233m'"), "{transformed}");
    let inspected = printed(&workdir, &["inspect", input], 0);
    assert!(inspected.contains(r"x\u{1b}]0;title\u{7}"), "{inspected}");
    let explained = printed(&workdir, &["explain", "use_1", "--archive", input, "--batches", folder], 0);
    assert!(explained.contains(r"\u{1b}"), "{explained}");
    printed(&workdir, &["status", folder], 0);
    printed(&workdir, &["transform", "no\u{1b}[31m\u{202e}such"], 2);
    fs::write(workdir.path("map.toml"), format!("[customer]\n\"{}\" = [\"/a\"]\n", "a\\u001b[31mb")).unwrap();
    printed(&workdir, &["transform", input, "--mapping", "map.toml"], 2);
    fs::write(workdir.path("schema.json"), "{\"schemas\": \"\u{1b}[31m\"").unwrap();
    printed(&workdir, &["transform", input, "--metadata-schema", "schema.json"], 2);
}

/// A server that answers every call with this status and body.
fn answering(status: &'static str, body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 8_192]);
            let length = body.len();
            let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n");
            let _ = stream.write_all(format!("{head}Connection: close\r\n\r\n{body}").as_bytes());
        }
    });
    url
}

#[test]
fn words_of_a_server_are_text_and_cut() {
    let long = format!("{EVIL}{}", "very ".repeat(2_000));
    let segment = serde_json::json!({"error": {"code": "x", "message": long}}).to_string();
    let voucherify =
        serde_json::json!({"code": 401, "key": "unauthorized", "message": long, "details": long}).to_string();
    for (arguments, body) in [(&["export"][..], &segment), (&["schema"], &voucherify), (&["upload"], &voucherify)] {
        let workdir = Workdir::new();
        fs::write(workdir.path("one.ndjson"), "{\"segment_id\":\"use_1\",\"external_ids\":{\"user_id\":\"1\"}}\n")
            .unwrap();
        workdir.run(&["transform", "one.ndjson"], 0);
        let url = answering("401 Unauthorized", body.clone());
        let mut command = workdir.command();
        for name in ["SEGMENT_API_URL", "VOUCHERIFY_API_URL"] {
            command.env(name, &url);
        }
        for name in ["SEGMENT_SPACE_ID", "SEGMENT_ACCESS_TOKEN", "VOUCHERIFY_APPLICATION_ID", "VOUCHERIFY_SECRET_KEY"] {
            command.env(name, "x");
        }
        let output = workdir.check(command.args(arguments), 1);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(acts(&stderr), Vec::<char>::new(), "{stderr:?}");
        assert!(arguments == ["export"] || stderr.contains(r"x\u{1b}]0;title\u{7}"), "{stderr}");
        assert!(stderr.contains("very very") && stderr.matches("very").count() < 250, "{} letters", stderr.len());
    }
}
