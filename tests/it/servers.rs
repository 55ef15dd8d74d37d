//! The export against servers, proxies and networks that do what no vendor promises.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use crate::{
    hearing::send_until_heard,
    server::{Server, json, no_profiles},
    space::{Script, Space, ids, manifest, numbered},
    workdir::Workdir,
};

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn export(workdir: &Workdir, url: &str, arguments: &[&str]) -> Command {
    let mut command = workdir.command();
    command.args(["export", "--rate", "3000", "--sweeps", "0"]).args(arguments);
    command.env("SEGMENT_API_URL", url).env("SEGMENT_SPACE_ID", "space").env("SEGMENT_ACCESS_TOKEN", "token");
    command
}

/// A space of one profile with these bodies.
fn one_profile(external_ids: &'static str, traits: String) -> Server {
    Server::start(move |_, head, stream| {
        let body = if head.contains("/traits") {
            format!(r#"{{"traits": {traits}, "cursor": {{"has_more": false}}}}"#)
        } else if head.contains("/external_ids") {
            format!(r#"{{"data": {external_ids}, "cursor": {{"has_more": false}}}}"#)
        } else {
            r#"{"data":[{"segment_id":"use_1"}],"cursor":{"has_more":false,"next":""}}"#.into()
        };
        drop(stream.write_all(json("200 OK", "", &body).as_bytes()));
    })
}

#[test]
fn text_that_only_some_can_read_is_exported_as_it_was_given() {
    let deep = format!("{}1{}", "[".repeat(300), "]".repeat(300));
    for (ids, traits, written) in [
        (
            r#"[{"type": "user_id", "id": "1"}]"#,
            r#"{"a": "cut \ud83d"}"#.to_owned(),
            r#"{"a":"cut \ud83d"}"#.to_owned(),
        ),
        (
            r#"[{"type": "user_id", "id": "1"}]"#,
            r#"{"\udc00": {"b" : [ 1, "\ud83d" ]}}"#.into(),
            r#"{"\udc00":{"b":[1,"\ud83d"]}}"#.into(),
        ),
        (r#"[{"type": "user_id", "id": "1"}]"#, format!("{{\"deep\":\n {deep} }}"), format!(r#"{{"deep":{deep}}}"#)),
        (r#"[{"type": "user_id", "id": "1"}]"#, r#"{"a": 1.10, "b": "\u00e9"}"#.into(), r#"{"a":1.10,"b":"é"}"#.into()),
    ] {
        for arguments in [&[][..], &["--identified-only", "user_id"]] {
            let server = one_profile(ids, traits.clone());
            let workdir = Workdir::new();
            let arguments = [arguments, &["-o", "-", "--plain"]].concat();
            let output = workdir.check(&mut export(&workdir, &server.url, &arguments), 0);
            let line = format!(
                r#"{{"segment_id":"use_1","external_ids":[{{"type":"user_id","id":"1"}}],"traits":{written}}}"#
            );
            assert_eq!(String::from_utf8(output.stdout).unwrap(), line + "\n");
        }
    }
    let server = one_profile(r#"[{"type": "email", "id": "\ud83d@x"}]"#, "{}".into());
    let workdir = Workdir::new();
    workdir.check(&mut export(&workdir, &server.url, &[]), 0);
    assert_eq!(manifest(&workdir.path("export"))["books"]["exported"], 1);
}

#[test]
fn a_pipe_that_fails_is_left_cut() {
    let space = Space::start(Script { profiles: 300, ..Script::default() });
    space.poison("use_250");
    let workdir = Workdir::new();
    let failed = workdir.check(&mut space.export(&workdir, &["-o", "-"]), 1).stdout;
    let mut lines = Vec::new();
    let error = flate2::read::MultiGzDecoder::new(&failed[..]).read_to_end(&mut lines).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    let failed = workdir.check(&mut space.export(&workdir, &["-o", "-", "--plain"]), 1).stdout;
    let text = String::from_utf8(failed).unwrap();
    assert!(!text.ends_with('\n') && serde_json::from_str::<serde_json::Value>(text.lines().last().unwrap()).is_err());

    let empty = Space::start(Script { refuse: Some(401), ..Script::default() });
    let failed = workdir.check(&mut empty.export(&workdir, &["-o", "-"]), 1).stdout;
    assert!(flate2::read::MultiGzDecoder::new(&failed[..]).read_to_end(&mut lines).is_err(), "{failed:?}");
}

#[test]
fn a_pipe_that_is_interrupted_is_left_cut() {
    for signal in ["-INT", "-TERM"] {
        let space = Space::profiles(3_000);
        space.hold_after(299);
        let workdir = Workdir::new();
        let mut piped = space.export(&workdir, &["-o", "-", "--plain"]);
        let mut child = piped.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        assert!(space.saw(300, &mut child));
        send_until_heard(&child, signal);
        space.release();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{signal}");
        assert!(!output.stdout.ends_with(b"\n"), "{signal}");
    }
}

#[test]
fn no_proxy_gets_what_is_meant_for_this_machine() {
    let server = Server::answering(no_profiles());
    for url in [server.url.clone(), server.url.replace("127.0.0.1", "localhost")] {
        let workdir = Workdir::new();
        let mut through = export(&workdir, &url, &[]);
        for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            through.env(name, "http://127.0.0.1:9");
        }
        // Nor does it need certificates.
        workdir.check(through.env("SSL_CERT_FILE", "/nowhere").env("SSL_CERT_DIR", "/nowhere"), 0);
    }
    assert_eq!(server.heads().len(), 2);
}

#[test]
fn a_proxy_that_is_in_the_way_is_named_without_its_password() {
    // Nobody listens there.
    let port = 9;
    let workdir = Workdir::new();
    let mut through = export(&workdir, "https://profiles.invalid", &[]);
    through.env("https_proxy", format!("http://me:hush@127.0.0.1:{port}"));
    let said = stderr(&workdir.check(&mut through, 1));
    assert!(said.contains(&format!("(through the proxy http://127.0.0.1:{port}/)")), "{said}");
    assert!(!said.contains("hush"), "{said}");
}

#[test]
#[expect(clippy::print_stderr, reason = "who runs the tests should know what they did not prove")]
fn a_certificate_of_nobody_known_is_told_at_once_with_what_helps() {
    let workdir = Workdir::new();
    let mut make = Command::new("openssl");
    make.current_dir(workdir.path("")).args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]);
    make.args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]);
    make.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    make.args(["-keyout", "key.pem", "-out", "own.pem"]).stderr(Stdio::null());
    if !make.status().is_ok_and(|status| status.success()) {
        eprintln!("left out: openssl is not installed, so there is no certificate to distrust");
        return;
    }
    let serve = || {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Command::new("openssl");
        server.current_dir(workdir.path("")).args(["s_server", "-quiet", "-cert", "own.pem", "-key", "key.pem"]);
        server.args(["-accept", &port.to_string()]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut server = server.spawn().unwrap();
        // Somebody else may have taken the port meanwhile: then it ends.
        while server.try_wait().unwrap().is_none() {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some((server, port));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    };
    let (mut server, port) = (0..9).find_map(|_| serve()).unwrap();
    let output = export(&workdir, &format!("https://localhost:{port}"), &[]).output().unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("this machine does not trust the server's certificate"), "{said}");
    assert!(said.contains("`ca-certificates`") && said.contains("`SSL_CERT_FILE`"), "{said}");
    assert!(said.contains("(tried 1 time in"), "{said}");
}

#[test]
fn a_redirect_is_not_followed_and_says_where_to() {
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        for (location, place) in [
            ("https://elsewhere.example/login?next=hush", "https://elsewhere.example/login"),
            ("/v2/spaces?hush", "/v2/spaces"),
        ] {
            let server = Server::answering(json(status, &format!("Location: {location}\r\n"), ""));
            let workdir = Workdir::new();
            let said = stderr(&workdir.check(&mut export(&workdir, &server.url, &[]), 1));
            let place = if place.starts_with('/') { format!("{}{place}", server.url) } else { place.to_owned() };
            assert!(said.contains(&format!("the server redirects to `{place}`")), "{said}");
            assert!(said.contains("`SEGMENT_API_URL`") && !said.contains("hush"), "{said}");
            assert_eq!(server.heads().len(), 1);
        }
    }
}

#[test]
fn a_wait_that_is_too_long_ends_the_run_and_says_when_to_come_back() {
    for (status, asked) in [
        ("429 Too Many Requests", "86400"),
        ("503 Service Unavailable", "301"),
        ("429 Too Many Requests", "18446744073709551615"),
        ("429 Too Many Requests", "Fri, 27 Nov 2026 04:00:00 GMT\r\nDate: Fri, 27 Nov 2026 03:00:00 GMT"),
    ] {
        let server = Server::answering(json(status, &format!("Retry-After: {asked}\r\n"), "{}"));
        let workdir = Workdir::new();
        let said = stderr(&workdir.check(&mut export(&workdir, &server.url, &[]), 1));
        assert!(said.contains("; come back at 20") && said.contains("run the same command again"), "{said}");
        assert_eq!(server.heads().len(), 1, "{asked}");
    }
    // The same for a profile: it is not one that failed.
    let server = Server::start(|_, head, stream| {
        let answer = if head.contains("/external_ids") {
            json("429 Too Many Requests", "Retry-After: 9000\r\n", "{}")
        } else if head.contains("/traits") {
            json("200 OK", "", r#"{"traits":{},"cursor":{"has_more":false}}"#)
        } else {
            json("200 OK", "", r#"{"data":[{"segment_id":"use_1"}],"cursor":{"has_more":false}}"#)
        };
        drop(stream.write_all(answer.as_bytes()));
    });
    let workdir = Workdir::new();
    let said = stderr(&workdir.check(&mut export(&workdir, &server.url, &[]), 1));
    assert!(said.contains("come back at"), "{said}");
    assert_eq!(manifest(&workdir.path("export"))["books"]["failed"], 0);
}

#[test]
fn a_server_that_says_wait_no_time_is_not_stormed_and_gets_more_patience_than_a_broken_one() {
    let server = Server::start(|number, _, stream| {
        let busy = json("429 Too Many Requests", "Retry-After: 0\r\n", "{}");
        let answer = if number < 7 { busy } else { no_profiles() };
        drop(stream.write_all(answer.as_bytes()));
    });
    let workdir = Workdir::new();
    let begun = Instant::now();
    workdir.check(&mut export(&workdir, &server.url, &[]), 0);
    assert_eq!(server.heads().len(), 8);
    assert!(begun.elapsed() >= Duration::from_secs(7), "a second each at least");
}

#[test]
fn a_cursor_that_is_refused_later_makes_the_list_begin_again() {
    // The first run is refused on the second page; the next one must not ask for that page for ever.
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |number, head, stream| {
        let page = |ids: &str, next: &str| {
            let more = !next.is_empty();
            json("200 OK", "", &format!(r#"{{"data":[{ids}],"cursor":{{"has_more":{more},"next":"{next}"}}}}"#))
        };
        let one = r#"{"segment_id":"use_0"}"#;
        let two = r#"{"segment_id":"use_1"}"#;
        let detail = head.contains("/traits") || head.contains("/external_ids");
        let answer = match (detail, head.contains("next=old"), head.contains("next=new")) {
            (true, ..) => json("200 OK", "", r#"{"cursor":{"has_more":false}}"#),
            (_, true, _) if asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 => {
                json("401 Unauthorized", "", r#"{"error":{"message":"first"}}"#)
            }
            (_, true, _) => json("400 Bad Request", "", r#"{"error":{"message":"no such cursor"}}"#),
            (_, _, true) => page(two, ""),
            _ if number == 0 => page(one, "old"),
            _ => page(one, "new"),
        };
        drop(stream.write_all(answer.as_bytes()));
    });
    let workdir = Workdir::new();
    workdir.check(&mut export(&workdir, &server.url, &[]), 1);
    let said = stderr(&workdir.check(&mut export(&workdir, &server.url, &[]), 0));
    assert!(said.contains("refuses the cursor of the earlier run, so the list is read again"), "{said}");
    assert_eq!(ids(&workdir.path("export")), numbered(0..2));
    let oddities = manifest(&workdir.path("export"))["listing"]["oddities"].to_string();
    assert_eq!(oddities, r#"["first listing: its cursor was refused, so it began again"]"#);
    workdir.check(&mut export(&workdir, &server.url, &[]), 0);
}

#[test]
fn a_first_mistake_binds_nothing() {
    let right = Space::profiles(30);
    let nowhere = Server::answering(json("404 Not Found", "", "{}"));
    let refused = Server::answering(json("401 Unauthorized", "", "{}"));
    for wrong in [&nowhere.url, &refused.url] {
        let workdir = Workdir::new();
        workdir.check(&mut export(&workdir, wrong, &["--max-profiles", "5"]), 1);
        let said = stderr(&workdir.check(&mut right.export(&workdir, &[]), 0));
        assert!(said.contains("nothing was read into `export` yet, so it is begun anew with"), "{said}");
        assert_eq!(ids(&workdir.path("export")), numbered(0..30));
        let said = stderr(&workdir.check(&mut export(&workdir, wrong, &[]), 2));
        assert!(said.contains("`export` holds another export"), "{said}");
    }
}

#[test]
fn a_list_or_a_profile_without_end_comes_to_one() {
    let server = Server::start(|number, head, stream| {
        let answer = if head.contains("/profiles?") {
            let ids: Vec<String> = (0..100).map(|id| format!(r#"{{"segment_id":"use_{id}"}}"#)).collect();
            format!(r#"{{"data":[{}],"cursor":{{"has_more":true,"next":"{number}"}}}}"#, ids.join(","))
        } else {
            r#"{"cursor":{"has_more":false}}"#.into()
        };
        drop(stream.write_all(json("200 OK", "", &answer).as_bytes()));
    });
    let workdir = Workdir::new();
    workdir.check(&mut export(&workdir, &server.url, &[]), 0);
    let reasons = manifest(&workdir.path("export"))["verdict"]["reasons"].to_string();
    assert!(reasons.contains("it brought the same profiles 5 times, with ever new cursors"), "{reasons}");

    let filler = "x".repeat(8 << 20);
    let server = Server::start(move |number, head, stream| {
        let answer = if head.contains("/traits") {
            format!(r#"{{"traits":{{"{number}":"{filler}"}},"cursor":{{"has_more":true,"next":"{number}"}}}}"#)
        } else if head.contains("/external_ids") {
            r#"{"data":[],"cursor":{"has_more":false}}"#.into()
        } else {
            r#"{"data":[{"segment_id":"use_1"}],"cursor":{"has_more":false}}"#.into()
        };
        drop(stream.write_all(json("200 OK", "", &answer).as_bytes()));
    });
    let workdir = Workdir::new();
    workdir.check(&mut export(&workdir, &server.url, &[]), 3);
    let failures = fs::read_to_string(workdir.path("export/failures.csv")).unwrap();
    assert!(failures.contains("its pages have more than 64 MB, and there should be more"), "{failures}");
}

#[test]
fn a_body_beyond_all_bounds_is_an_error_and_not_kept() {
    let server = Server::start(|_, _, stream| {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{\r\n";
        let piece = format!("{:x}\r\n{}\r\n", 1 << 20, " ".repeat(1 << 20));
        let mut written = stream.write_all(head.replace("{\r\n", "").as_bytes());
        for _ in 0..600 {
            written = written.and_then(|()| stream.write_all(piece.as_bytes()));
        }
    });
    let workdir = Workdir::new();
    let said = stderr(&workdir.check(&mut export(&workdir, &server.url, &[]), 1));
    assert!(said.contains("the answer is larger than 64 MB"), "{said}");
    assert_eq!(server.heads().len(), 1, "another try would bring the same");
}

#[test]
fn what_voucherify_says_is_said_once_and_a_redirect_says_where_to() {
    let keys = "check `VOUCHERIFY_APPLICATION_ID`, `VOUCHERIFY_SECRET_KEY` (Voucherify: Project settings, application keys), \
                the keys' rights and `--region`; then";
    for (status, header, body, error, hint) in [
        (
            "302 Found",
            "Location: https://login.example.com/sso?token=x\r\n",
            "",
            "`URL` redirects to `https://login.example.com/sso`, and keys and personal data go nowhere but to the host that was \
             named",
            "check `VOUCHERIFY_API_URL` and `--region`; then",
        ),
        (
            "308 Permanent Redirect",
            "Location: /v2\r\n",
            "moved",
            "`URL` redirects to `HOST/v2`, and keys and personal data go nowhere but to the host that was named",
            "check `VOUCHERIFY_API_URL` and `--region`; then",
        ),
        ("302 Found", "", "", "Voucherify answered 302 Found", keys),
        ("403 Forbidden", "", "<html>no</html>", "Voucherify answered 403 Forbidden", keys),
        ("422 Unprocessable Entity", "", "{}", "Voucherify answered 422 Unprocessable Entity", keys),
        ("401 Unauthorized", "", r#"{"message":"no key"}"#, "Voucherify answered 401 Unauthorized: no key", keys),
        (
            "402 Payment Required",
            "",
            "",
            "Voucherify asks for payment",
            "see Voucherify: Organization settings, plan and usage; when there are calls again,",
        ),
    ] {
        let server = Server::start(move |_, _, stream| {
            drop(stream.write_all(json(status, header, body).as_bytes()));
        });
        let workdir = Workdir::new();
        let mut schema = workdir.command();
        schema.args(["schema"]).env("VOUCHERIFY_APPLICATION_ID", "x").env("VOUCHERIFY_SECRET_KEY", "x");
        let said = stderr(&workdir.check(schema.env("VOUCHERIFY_API_URL", &server.url), 1));
        let url = format!("{}/v1/metadata-schemas", server.url);
        let error = error.replace("URL", &url).replace("HOST", &server.url);
        let again = "run the same command again: `segment-to-voucherify schema`";
        assert_eq!(said, format!("error: {error}\nhint: {hint} {again}\n"), "{status}");
    }
}
