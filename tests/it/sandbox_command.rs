//! The command `sandbox`: its ports, what it serves, its help, and the memory of a very large export.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::workdir::Workdir;

/// The process, ended when dropped.
struct Running {
    process: Child,
    variables: Vec<(String, String)>,
}

impl Running {
    fn start(workdir: &Workdir, arguments: &[&str]) -> Self {
        let mut command = workdir.command();
        let mut process =
            command.arg("sandbox").args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let variable = |line: String| {
            let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        };
        let variables = lines.filter_map(variable).take(6).collect();
        Self { process, variables }
    }

    fn variable(&self, name: &str) -> &str {
        &self.variables.iter().find(|(known, _)| known == name).unwrap().1
    }

    /// The most memory that the process has had, in KiB.
    fn peak(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_port_that_is_taken_is_named_with_the_flag_that_gives_another() {
    let workdir = Workdir::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for flag in ["--port-segment", "--port-voucherify"] {
        let output = workdir.run(&["sandbox", flag, &port], 1);
        let expected = format!(
            "error: port {port} is taken by another program\nhint: give another one with `{flag}`, or leave it out for any \
             that is free\n"
        );
        assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
        assert!(output.stdout.is_empty(), "no address is printed that leads nowhere");
    }
    let both = workdir.run(&["sandbox", "--port-segment", "4999", "--port-voucherify", "4999"], 2);
    let expected = "error: port 4999 is given for both APIs\nhint: give two different ones with `--port-segment` and \
                    `--port-voucherify`\n";
    assert_eq!(String::from_utf8(both.stderr).unwrap(), expected);
}

#[test]
fn profiles_are_served_from_a_folder_a_file_or_a_pattern() {
    let workdir = Workdir::new();
    workdir.run(&["sandbox", "--profiles", "30", "--write", "archive"], 0);
    workdir.run(&["sandbox", "--profiles", "30", "--single-file", "people.gz"], 0);
    let plain = Command::new("gzip").args(["-dc", "people.gz"]).current_dir(workdir.path("")).output().unwrap().stdout;
    let lines: Vec<&[u8]> = plain.split_inclusive(|byte| *byte == b'\n').collect();
    fs::write(workdir.path("part-1.ndjson"), lines[..10].concat()).unwrap();
    fs::write(workdir.path("part-2.ndjson"), lines[10..].concat()).unwrap();
    for (archive, rows) in [("archive", 30), ("people.gz", 30), ("part-2.ndjson", 20), ("part-*.ndjson", 30)] {
        let sandbox = Running::start(&workdir, &["--archive", archive]);
        let mut export = workdir.command();
        export.args(["export", "-o", "-", "--plain"]);
        export.envs(sandbox.variables.iter().cloned());
        let exported = workdir.check(&mut export, 0).stdout;
        assert_eq!(String::from_utf8(exported).unwrap().lines().count(), rows, "{archive}");
    }
    fs::create_dir(workdir.path("empty")).unwrap();
    fs::write(workdir.path("table.csv"), "id,name\n1,Ada\n").unwrap();
    for (archive, said) in [
        ("empty", "`empty` has no `manifest.json`"),
        ("table.csv", "`table.csv`, line 1: not a profile"),
        ("none-*.gz", "there is no file or folder `none-*.gz`"),
    ] {
        let output = workdir.run(&["sandbox", "--archive", archive], 2);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.starts_with(&format!("error: {said}")) && stderr.contains("\nhint: "), "{archive}: {stderr}");
    }
}

/// The lines of the help that follow the words "pasted at once".
fn example(workdir: &Workdir) -> String {
    let help = String::from_utf8(workdir.run(&["sandbox", "--help"], 0).stdout).unwrap();
    let lines = help.lines().skip_while(|line| !line.contains("pasted at once")).skip(1);
    lines.take_while(|line| line.starts_with("  ")).map(str::trim).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_of_the_help_runs_against_the_sandbox_whatever_env_says() {
    let workdir = Workdir::new();
    let example = example(&workdir);
    assert!(example.contains("sandbox.env") && example.contains("migrate"), "{example}");
    let env = "SEGMENT_API_URL=http://127.0.0.1:9\nSEGMENT_ACCESS_TOKEN=real\nVOUCHERIFY_API_URL=http://127.0.0.1:9\n\
               VOUCHERIFY_SECRET_KEY=real\n";
    fs::write(workdir.path(".env"), env).unwrap();
    // Left by another day: a port that nobody listens on any more.
    fs::write(workdir.path("sandbox.env"), "export SEGMENT_API_URL=http://127.0.0.1:9\nexport SECRET_KEY=x\n").unwrap();
    let binary = assert_cmd::cargo::cargo_bin!("segment-to-voucherify");
    let path = format!("{}:{}", Path::new(binary).parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(
        example.replace("sandbox >", "sandbox --profiles 40 >").replace("kill $!", "status=$?\nkill $!\nexit $status"),
    );
    let output = shell.current_dir(workdir.path("")).env_clear().env("PATH", path).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(matches!(output.status.code(), Some(0 | 3)), "{stderr}");
    assert!(workdir.path("batches/receipts").exists(), "{stderr}");
}

#[test]
fn an_export_of_many_customers_is_made_while_it_is_sent() {
    let workdir = Workdir::new();
    let sandbox = Running::start(&workdir, &["--profiles", "1", "--crowd", "60000", "--queue-ms", "0"]);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let keys = |request: reqwest::RequestBuilder| {
        request
            .header("X-App-Id", sandbox.variable("VOUCHERIFY_APPLICATION_ID"))
            .header("X-App-Token", sandbox.variable("VOUCHERIFY_SECRET_KEY"))
    };
    let api = sandbox.variable("VOUCHERIFY_API_URL");
    let json = |request: reqwest::RequestBuilder| -> serde_json::Value {
        let text = runtime.block_on(async { keys(request).send().await.unwrap().text().await.unwrap() });
        serde_json::from_str(&text).unwrap()
    };
    let fields = ["source_id", "id", "created_at", "updated_at", "name", "email", "phone", "address_city"];
    let wanted = serde_json::json!({"exported_object": "customer", "parameters": {"fields": fields}});
    let created = json(client.post(format!("{api}/v1/exports")).body(wanted.to_string()));
    let done = json(client.get(format!("{api}/v1/exports/{}", created["id"].as_str().unwrap())));
    let before = sandbox.peak();
    let (rows, bytes) = runtime.block_on(async {
        let mut response = keys(client.get(done["result"]["url"].as_str().unwrap())).send().await.unwrap();
        let (mut rows, mut bytes) = (0, 0);
        while let Some(piece) = response.chunk().await.unwrap() {
            rows += piece.split(|byte| *byte == b'\n').count() - 1;
            bytes += piece.len();
        }
        (rows, bytes)
    });
    assert_eq!(rows, 60_001);
    let grown = 1024 * usize::try_from(sandbox.peak() - before).unwrap();
    assert!(bytes > 9_000_000 && grown < bytes / 2, "{bytes} bytes were sent, and memory grew by {grown}");
}

/// Invented profiles take nobody's place: neither that of the archive that was named, nor that of a part.
#[test]
fn what_is_written_is_what_was_asked_for_and_destroys_nothing() {
    let workdir = Workdir::new();
    let said = |arguments: &[&str], exit_code| {
        let arguments = [&["sandbox", "--profiles", "1"], arguments].concat();
        let output = workdir.run(&arguments, exit_code);
        (String::from_utf8(output.stderr).unwrap(), output.stdout)
    };
    let (words, _) = said(&["--write", "people", "--single-file", "people.gz"], 0);
    assert!(words.starts_with("wrote 1 profile to `people`: "), "{words}");
    let before = fs::read(workdir.path("people.gz")).unwrap();
    for output in ["--write", "--single-file", "--expect"] {
        let (words, _) = said(&["--archive", "people.gz", output, "people.gz"], 2);
        let told = format!("error: the argument '--archive <PATH>' cannot be used with '{output} <");
        assert!(words.starts_with(&told), "{words}");
    }
    for output in ["--single-file", "--expect"] {
        let (words, _) = said(&[output, "people/profiles-000001.ndjson.gz"], 2);
        assert!(words.contains("`people/profiles-000001.ndjson.gz`"), "{words}");
    }
    assert_eq!(fs::read(workdir.path("people/profiles-000001.ndjson.gz")).unwrap(), before);
    assert_eq!(fs::read(workdir.path("people.gz")).unwrap(), before);

    let (_, stdout) = said(&["--single-file", "-"], 0);
    assert_eq!(stdout, before);
    let (_, stdout) = said(&["--expect", "-"], 0);
    assert!(stdout.starts_with(b"{\"segment_id\":\"use_"), "{}", String::from_utf8_lossy(&stdout));
    let (words, _) = said(&["--write", "-"], 2);
    assert!(words.contains("hint: `--single-file -` writes the profiles to stdout\n"), "{words}");
    assert!(!workdir.path("-").exists());
}
