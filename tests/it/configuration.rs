//! `.env`, the environment, hosts and keys: what is taken from where, and what is refused before anything is sent.

use std::{fs, process::Output};

use crate::{
    server::{Server, no_profiles},
    workdir::Workdir,
};

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The header that an export sends whose `.env` holds the server's address and then `text`.
fn authorization(text: &str) -> String {
    let server = Server::answering(no_profiles());
    let workdir = Workdir::new();
    fs::write(workdir.path(".env"), format!("SEGMENT_API_URL={}\n{text}", server.url)).unwrap();
    workdir.run(&["export", "--sweeps", "0"], 0);
    let heads = server.heads();
    let line = heads[0].lines().find_map(|line| line.strip_prefix("authorization: "));
    line.unwrap_or_default().to_owned()
}

#[test]
fn the_environment_file_is_read_as_the_script_read_it() {
    // The token of the basic authorization, in base64 with a colon behind it.
    for (line, token) in [
        ("SEGMENT_ACCESS_TOKEN=ab$cd", "Basic YWIkY2Q6"),
        ("SEGMENT_ACCESS_TOKEN='ab$cd'", "Basic YWIkY2Q6"),
        ("SEGMENT_ACCESS_TOKEN=\"${HOME}\" # not expanded", "Basic JHtIT01FfTo="),
        ("export SEGMENT_ACCESS_TOKEN = abc", "Basic YWJjOg=="),
        ("SEGMENT_ACCESS_TOKEN: abc", "Basic YWJjOg=="),
        ("SEGMENT_ACCESS_TOKEN=`abc`", "Basic YWJjOg=="),
        ("SEGMENT_ACCESS_TOKEN=abc#def", "Basic YWJjOg=="),
        ("SEGMENT_ACCESS_TOKEN=\"abc#def\"", "Basic YWJjI2RlZjo="),
        ("SEGMENT_ACCESS_TOKEN=old\nSEGMENT_ACCESS_TOKEN=abc", "Basic YWJjOg=="),
        ("APP_NAME=My Shop\nthis is no line\n\"\n=\nSEGMENT_ACCESS_TOKEN=abc", "Basic YWJjOg=="),
        ("KEY=\"-----BEGIN\nSEGMENT_ACCESS_TOKEN=no\n-----END\"\nSEGMENT_ACCESS_TOKEN=abc", "Basic YWJjOg=="),
        ("SEGMENT_ACCESS_TOKEN=abc\nHTTP_PROXY=http://127.0.0.1:9\nhttps_proxy=http://127.0.0.1:9", "Basic YWJjOg=="),
    ] {
        for ending in ["\n", "\r\n"] {
            let text = format!("SEGMENT_SPACE_ID=space\n{line}\n").replace('\n', ending);
            assert_eq!(authorization(&text), token, "{text:?}");
        }
    }
}

#[test]
fn files_of_windows_are_read_and_an_empty_variable_hides_nothing() {
    let server = Server::answering(no_profiles());
    let text = format!("SEGMENT_API_URL={}\r\nSEGMENT_SPACE_ID=é\r\nSEGMENT_ACCESS_TOKEN=abc\r\n", server.url);
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    for bytes in [format!("\u{feff}{text}").into_bytes(), utf16(&format!("\u{feff}{text}"))] {
        let workdir = Workdir::new();
        fs::write(workdir.path("settings"), bytes).unwrap();
        let mut export = workdir.command();
        export.args(["export", "--env-file", "settings", "--sweeps", "0"]);
        let said = stderr(&workdir.check(export.env("SEGMENT_ACCESS_TOKEN", "").env("SEGMENT_SPACE_ID", " "), 0));
        // What comes next is configured alike.
        assert!(said.contains("  or    segment-to-voucherify transform --env-file settings\n"), "{said}");
    }
    assert_eq!(server.heads().len(), 2);
    assert!(server.heads().iter().all(|head| head.starts_with("GET /v1/spaces/%C3%A9/")), "{:?}", server.heads());
}

#[test]
fn a_bad_line_of_ours_is_told_by_its_number_and_only_to_who_needs_it() {
    let workdir = Workdir::new();
    fs::write(workdir.path("people.ndjson"), "{\"segment_id\":\"use_1\",\"external_ids\":{\"user_id\":\"1\"}}\n")
        .unwrap();
    for (text, said) in [
        ("A=1\n\nSEGMENT_ACCESS_TOKEN hush", "`.env`, line 3: `SEGMENT_ACCESS_TOKEN` stands there without a `=`"),
        (
            "SEGMENT_ACCESS_TOKEN=\"hush",
            "`.env`, line 1: `SEGMENT_ACCESS_TOKEN` has a quotation mark that is not closed",
        ),
        ("SEGMENT_ACCESS_TOKEN='hush' hush", "`.env`, line 1: `SEGMENT_ACCESS_TOKEN` has a quotation mark"),
    ] {
        fs::write(workdir.path(".env"), text).unwrap();
        let told = stderr(&workdir.run(&["export"], 2));
        assert!(told.contains(said) && !told.contains("hush"), "{told}");
        workdir.run(&["--help"], 0);
        workdir.run(&["transform", "people.ndjson"], 0);
        workdir.run(&["status"], 0);
        let mut export = workdir.command();
        export.arg("export").env("SEGMENT_ACCESS_TOKEN", "abc").env("SEGMENT_SPACE_ID", "space");
        workdir.check(export.env("SEGMENT_API_URL", "http://127.0.0.1:9").arg("--ids-from=gone"), 2);
    }
    let told = stderr(&workdir.run(&["export", "--env-file", "gone.env"], 2));
    assert!(told.contains("cannot read the environment file `gone.env`: No such file"), "{told}");
    fs::remove_file(workdir.path(".env")).unwrap();
    fs::create_dir(workdir.path(".env")).unwrap();
    let told = stderr(&workdir.run(&["export"], 2));
    assert!(told.contains("`SEGMENT_ACCESS_TOKEN` and `SEGMENT_SPACE_ID` are not set"), "{told}");
}

#[test]
fn a_host_out_of_a_file_gets_no_key_from_elsewhere() {
    let server = Server::answering(no_profiles());
    let workdir = Workdir::new();
    let hosts = format!("SEGMENT_API_URL={0}\nVOUCHERIFY_API_URL={0}\n", server.url);
    fs::write(workdir.path(".env"), hosts).unwrap();
    for (command, names) in [
        ("export", ["SEGMENT_API_URL", "SEGMENT_ACCESS_TOKEN", "SEGMENT_SPACE_ID"]),
        ("schema", ["VOUCHERIFY_API_URL", "VOUCHERIFY_SECRET_KEY", "VOUCHERIFY_APPLICATION_ID"]),
    ] {
        let mut refused = workdir.command();
        refused.arg(command).env(names[1], "hush").env(names[2], "id");
        let told = stderr(&workdir.check(&mut refused, 2));
        let said =
            format!("`{}` is in the environment file, and `{}`, which would be sent there, is not", names[0], names[1]);
        assert!(told.contains(&said), "{told}");
    }
    assert_eq!(server.heads(), [""; 0], "nothing was sent");
}

#[test]
fn hosts_and_keys_are_checked_before_anything_is_sent() {
    let workdir = Workdir::new();
    let export = |url: &str, token: &str| {
        let mut export = workdir.command();
        export.arg("export").env("SEGMENT_API_URL", url).env("SEGMENT_ACCESS_TOKEN", token);
        stderr(&workdir.check(export.env("SEGMENT_SPACE_ID", "space"), 2))
    };
    for (url, said) in [
        ("profiles.segment.com", "`SEGMENT_API_URL` must begin with `https://`"),
        ("localhost:80", "`SEGMENT_API_URL` must begin with `https://`"),
        ("http://profiles.segment.com", "`SEGMENT_API_URL` must begin with `https://`"),
        ("https://me:hush@profiles.segment.com", "`SEGMENT_API_URL` holds a user name or a password"),
        ("https://profiles.segment.com/?key=hush", "`SEGMENT_API_URL` holds a `?` or a `#`"),
        ("https://profiles.segment.com/#hush", "`SEGMENT_API_URL` holds a `?` or a `#`"),
        ("https://[::1", "`SEGMENT_API_URL` is not a URL: invalid IPv6 address"),
    ] {
        let told = export(url, "abc");
        assert!(told.contains(said) && !told.contains("hush"), "{url}: {told}");
    }
    for token in ["hush\nhush", "hush hush", "hush\u{201d}", "\"hush\u{a0}\"", "hush\u{7f}"] {
        let told = export("http://127.0.0.1:9", token);
        assert!(
            told.contains("`SEGMENT_ACCESS_TOKEN` holds a line break or another character that no key has, at place"),
            "{told}"
        );
        assert!(!told.contains("hush"), "{told}");
    }
    assert!(!workdir.path("export").exists());
}

#[test]
fn a_version_in_the_base_is_taken_off_and_a_region_beside_a_host_is_told() {
    let server = Server::answering(no_profiles());
    for base in ["", "/", "/v1", "/v1/"] {
        let workdir = Workdir::new();
        let mut export = workdir.command();
        export.args(["export", "--sweeps", "0", "--region", "eu"]).env("SEGMENT_ACCESS_TOKEN", "abc");
        export.env("SEGMENT_SPACE_ID", "space").env("SEGMENT_API_URL", format!("{}{base}", server.url));
        let told = stderr(&workdir.check(&mut export, 0));
        let url = &server.url;
        let said = format!(
            "`SEGMENT_API_URL` goes before the region: calls go to {url}/, not to https://profiles.euw1.segment.com"
        );
        assert!(told.contains(&said), "{told}");
        let manifest = fs::read_to_string(workdir.path("export/manifest.json")).unwrap();
        assert!(manifest.contains(&format!("\"api_url\": \"{url}/\"")), "{manifest}");
    }
    assert!(server.heads().iter().all(|head| head.starts_with("GET /v1/spaces/space/collections/")));
}

#[test]
fn no_option_is_taken_that_the_way_of_the_run_has_no_use_for() {
    let workdir = Workdir::new();
    let of_the_api =
        ["--rate=1", "--sweeps=1", "--max-failures=1", "--region=eu", "--from-cursor=x", "--id-types=email"];
    for option in of_the_api {
        for other in ["--warehouse", "--values=json", "--schema=x", "--table=user_traits=x"] {
            let said = stderr(&workdir.run(&["export", option, other], 2));
            assert!(said.contains("cannot be used with"), "{option} {other}: {said}");
        }
    }
    for other in ["--sandbox", "--profiles=5"] {
        let said = stderr(&workdir.run(&["migrate", "--segment-region=eu", other], 2));
        assert!(said.contains("cannot be used with"), "{other}: {said}");
    }
    let said = stderr(&workdir.run(&["export", "--values=json"], 2));
    assert!(said.contains("required arguments were not provided:\n  --warehouse"), "{said}");
}
