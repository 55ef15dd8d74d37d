//! How long a server may ask an export to wait, in every form, and lists that no longer know where they stood.

use std::{
    io::Write,
    process::Command,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use crate::{
    server::{Server, json, no_profiles},
    space::{ids, manifest, numbered},
    upload::project::side_by_side,
    workdir::Workdir,
};

fn export(workdir: &Workdir, url: &str, arguments: &[&str]) -> Command {
    let mut command = workdir.command();
    command.args(["export", "--rate", "3000", "--sweeps", "0"]).args(arguments);
    command.env("SEGMENT_API_URL", url).env("SEGMENT_SPACE_ID", "space").env("SEGMENT_ACCESS_TOKEN", "token");
    command
}

/// A server whose first answer is this one; and when it was asked.
fn first(status: &'static str, headers: String) -> (Server, Arc<Mutex<Vec<Instant>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let times = asked.clone();
    let server = Server::start(move |number, _, stream| {
        times.lock().unwrap().push(Instant::now());
        let answer = if number == 0 { json(status, &headers, "{}") } else { no_profiles() };
        drop(stream.write_all(answer.as_bytes()));
    });
    (server, asked)
}

#[test]
fn an_export_waits_as_long_as_it_is_asked_to_by_the_servers_clock() {
    const LIMITED: &str = "429 Too Many Requests";
    let cases = [
        (LIMITED, "Retry-After: 1.5\r\n", 1.5),
        (LIMITED, "Retry-After:   2  \r\n", 2.0),
        (LIMITED, "Retry-After: 0\r\n", 1.0),
        (LIMITED, "Retry-After: 0.01\r\n", 1.0),
        (LIMITED, "Retry-After: -5\r\n", 0.0),
        (LIMITED, "Retry-After: soon\r\n", 0.0),
        (LIMITED, "Retry-After: \r\n", 0.0),
        // An hour behind our clock, and years: what counts is the difference of the two.
        (LIMITED, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:40 GMT\r\n", 3.0),
        (LIMITED, "Date: Sunday, 06-Nov-94 08:49:37 GMT\r\nRetry-After: Sun Nov  6 08:49:39 1994\r\n", 2.0),
        // What has passed already.
        (LIMITED, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:40:00 GMT\r\n", 1.0),
        ("503 Service Unavailable", "Retry-After: 2\r\n", 2.0),
        // Seconds since 1970 are no wait of fifty years.
        (LIMITED, "Date: Sun, 09 Sep 2001 01:46:40 GMT\r\nRetry-After: 1000000002\r\n", 2.0),
    ];
    side_by_side(&cases, |(status, headers, least)| {
        let (server, asked) = first(status, (*headers).to_owned());
        let workdir = Workdir::new();
        workdir.check(&mut export(&workdir, &server.url, &[]), 0);
        let asked = asked.lock().unwrap();
        assert_eq!(asked.len(), 2, "{headers}");
        let waited = asked[1].duration_since(asked[0]).as_secs_f64();
        // Far less than what a wrong reading would wait, whatever else this machine is at.
        assert!(waited >= *least && waited < 40.0, "{status} {headers}: {waited}");
    });
}

#[test]
fn a_wait_of_five_minutes_is_waited_for_and_one_second_more_is_not() {
    for (seconds, waits) in
        [("300", true), ("300.5", false), ("301", false), ("86400.5", false), ("9999999999999999999999", false)]
    {
        let (server, asked) = first("429 Too Many Requests", format!("Retry-After: {seconds}\r\n"));
        let workdir = Workdir::new();
        let mut command = export(&workdir, &server.url, &[]);
        if !waits {
            let said = String::from_utf8(workdir.check(&mut command, 1).stderr).unwrap();
            assert!(said.contains("; come back at 2"), "{seconds}: {said}");
            assert_eq!(asked.lock().unwrap().len(), 1, "{seconds}");
            continue;
        }
        let mut child = command.stderr(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_secs(3));
        assert!(child.try_wait().unwrap().is_none(), "{seconds}: it waits");
        assert_eq!(asked.lock().unwrap().len(), 1, "{seconds}");
        assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(130));
    }
}

/// A list of three pages, whose cursors hold for one run each; `refused` is what a cursor of an earlier run is answered.
fn forgetful(refused: &'static str) -> Server {
    // The run ends at its third page, once; the next run has cursors of its own.
    let ended = std::sync::atomic::AtomicBool::new(false);
    Server::start(move |_, head, stream| {
        use std::sync::atomic::Ordering::SeqCst;
        let page = |id: u32, next: &str| {
            let more = !next.is_empty();
            let body =
                format!(r#"{{"data":[{{"segment_id":"use_{id}"}}],"cursor":{{"has_more":{more},"next":"{next}"}}}}"#);
            json("200 OK", "", &body)
        };
        let answer = if head.contains("/traits") || head.contains("/external_ids") {
            json("200 OK", "", r#"{"cursor":{"has_more":false}}"#)
        } else if head.contains("next=one_third") && !ended.swap(true, SeqCst) {
            json("403 Forbidden", "", "{}")
        } else if head.contains("next=one") && ended.load(SeqCst) {
            json(refused, "", r#"{"error":{"code":"bad_request","message":"unknown cursor"}}"#)
        } else {
            let run = if ended.load(SeqCst) { "two" } else { "one" };
            match (head.contains("_second"), head.contains("_third")) {
                (true, _) => page(1, &format!("{run}_third")),
                (_, true) => page(2, ""),
                _ => page(0, &format!("{run}_second")),
            }
        };
        drop(stream.write_all(answer.as_bytes()));
    })
}

#[test]
fn a_list_that_forgot_where_it_stood_is_read_again_and_nobody_comes_twice() {
    for refused in ["400 Bad Request", "404 Not Found", "410 Gone", "422 Unprocessable Entity"] {
        let server = forgetful(refused);
        let workdir = Workdir::new();
        workdir.check(&mut export(&workdir, &server.url, &[]), 1);
        let output = export(&workdir, &server.url, &[]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{refused}: {said}");
        assert!(said.contains("refuses the cursor of the earlier run, so the list is read again"), "{refused}: {said}");
        assert_eq!(ids(&workdir.path("export")), numbered(0..3), "{refused}");
        assert_eq!(manifest(&workdir.path("export"))["books"]["exported"], 3, "{refused}");
    }
}
