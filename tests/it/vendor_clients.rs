//! The vendor's own clients against the sandbox, and our client against it through a proxy that holds both to the vendor's
//! OpenAPI. `tests/vendor/run` installs what is needed.

use std::{
    ffi::OsString,
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use segment_to_voucherify::sandbox::{
    APPLICATION_ID, SECRET_KEY, Sandbox, SandboxOptions,
    voucherify::options::{CreatedAt, VoucherifyOptions},
};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::{upload::project::table, workdir::Workdir};

/// The folder with the clients; nothing, and a line that says so, where they are not installed.
#[expect(clippy::print_stderr, reason = "a test that was skipped has to say so")]
fn clients() -> Option<PathBuf> {
    let folder = std::env::var_os("VENDOR_CLIENTS");
    if folder.is_none() {
        eprintln!("skipped: `VENDOR_CLIENTS` names no folder with the vendor's clients; `tests/vendor/run` makes one");
    }
    folder.map(PathBuf::from)
}

/// A project with a schema, and a folder with a file to import.
struct Project {
    sandbox: Sandbox,
    workdir: Workdir,
    _runtime: Runtime,
}

impl Project {
    fn new(prefix: &str) -> Self {
        let workdir = Workdir::new();
        let definition =
            |kind: &str| json!({"type": kind, "array": false, "optional": true, "deleted": false, "objectType": null});
        let schema = json!({
            "id": "ms_1", "related_object": "customer", "allow_defined_only": false,
            "properties": {"tier": definition("string"), "points": definition("number")},
            "created_at": "2020-01-01T00:00:00.000Z", "updated_at": null, "object": "metadata_schema",
        });
        fs::write(workdir.path("schema.json"), schema.to_string()).unwrap();
        fs::write(workdir.path("people.csv"), format!("Source_id,Name,tier\n{prefix}-imported,Zoe,gold\n")).unwrap();
        let voucherify = VoucherifyOptions {
            created_at: CreatedAt::Distinct,
            metadata_schema: Some(workdir.path("schema.json")),
            refuse: vec!["refused".into()],
            ..VoucherifyOptions::default()
        };
        let runtime = Runtime::new().unwrap();
        let sandbox = runtime
            .block_on(Sandbox::start(SandboxOptions { profiles: 0, voucherify, ..SandboxOptions::default() }))
            .unwrap();
        Self { sandbox, workdir, _runtime: runtime }
    }

    /// Runs something with all that it needs to call the project.
    fn check(&self, command: &mut Command) {
        command.env("VOUCHERIFY_API_URL", self.sandbox.voucherify_url());
        command.env("VOUCHERIFY_APPLICATION_ID", APPLICATION_ID).env("VOUCHERIFY_SECRET_KEY", SECRET_KEY);
        command.env("PEOPLE_CSV", self.workdir.path("people.csv"));
        self.workdir.check(command, 0);
    }
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vendor").join(name)
}

fn node(clients: &Path, name: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(script(name)).env("NODE_PATH", clients.join("node_modules"));
    command
}

#[test]
fn the_javascript_client_finds_what_it_expects() {
    let Some(clients) = clients() else { return };
    let project = Project::new("js");
    project.check(&mut node(&clients, "client.cjs"));
    let calls = project.sandbox.project().calls();
    // Two scrolls of 25 customers, 7 a page; three pages beside them, of which one has wrong keys.
    assert_eq!(calls["GET /v1/customers"], 4 + 4 + 3);
    assert_eq!(project.sandbox.customers().len(), 26);
}

#[test]
fn the_python_client_finds_what_it_expects() {
    let Some(clients) = clients() else { return };
    let project = Project::new("py");
    project.check(Command::new(clients.join("python/bin/python")).arg(script("client.py")));
    let calls = project.sandbox.project().calls();
    // Two scrolls of 25 customers, 7 a page; ten pages by date, and one with wrong keys.
    assert_eq!(calls["GET /v1/customers"], 4 + 4 + 10 + 1);
    assert_eq!(project.sandbox.customers().len(), 26);
}

/// Prism in front of a project, ended when dropped.
struct Proxy {
    process: Child,
    url: String,
}

impl Proxy {
    /// Starts it and waits until it listens; nothing where the vendor's OpenAPI is not there.
    #[expect(clippy::print_stderr, reason = "a test that was skipped has to say so")]
    fn start(clients: &Path, project: &Project) -> Option<Self> {
        let Some(contract) = std::env::var_os("VOUCHERIFY_OPENAPI").map(PathBuf::from) else {
            eprintln!("skipped: `VOUCHERIFY_OPENAPI` does not name the vendor's OpenAPI");
            return None;
        };
        let file = project.workdir.path("contract.json");
        project.check(node(clients, "contract.cjs").arg(contract.parent().unwrap()).arg(&file));
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port().to_string();
        drop(free);
        let mut command = Command::new(clients.join("node_modules/.bin/prism"));
        let upstream = OsString::from(project.sandbox.voucherify_url());
        command.arg("proxy").arg(file).arg(upstream).args(["--errors", "-h", "127.0.0.1", "-p", &port]);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains("Prism is listening")), "it ended instead");
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { process, url: format!("http://127.0.0.1:{port}") })
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn what_is_asked_and_answered_is_as_the_vendor_describes_it() {
    let Some(clients) = clients() else { return };
    let project = Project::new("proxy");
    let Some(proxy) = Proxy::start(&clients, &project) else { return };
    project.check(node(&clients, "calls.cjs").env("PROXY_URL", &proxy.url));

    // Our own client; whatever the proxy finds wrong with it or with an answer comes as 4xx or 5xx and ends the run.
    let profile = |number: u32| {
        json!({
            "segment_id": format!("use_{number}"), "external_ids": [{"type": "user_id", "id": format!("ours-{number}")}],
            "traits": {
                "name": "Ada", "email": "ada@example.com", "phone": "+1 212 555 0100", "birthday": "1990-02-28",
                "address": {"city": "Bath", "street": "1 High Street"},
                "metadata": {"tier": "gold", "points": number, "free": true},
            },
        })
    };
    let lines: String = (0..40).map(|number| format!("{}\n", profile(number))).collect::<Vec<_>>().concat();
    fs::write(project.workdir.path("people.ndjson"), lines).unwrap();
    let ours = |arguments: &[&str], exit_code| {
        let mut command = project.workdir.command();
        command.args(arguments).env("VOUCHERIFY_API_URL", &proxy.url);
        // Files are no part of the contract, and come from where the project says.
        command.env("VOUCHERIFY_DOWNLOAD_URL", project.sandbox.voucherify_url());
        command.env("VOUCHERIFY_APPLICATION_ID", APPLICATION_ID).env("VOUCHERIFY_SECRET_KEY", SECRET_KEY);
        project.workdir.check(&mut command, exit_code);
    };
    let landed = || project.sandbox.customers().keys().filter(|id| id.starts_with("ours-")).count();
    ours(&["schema", "-o", "saved.json"], 0);
    ours(&["transform", "people.ndjson", "--metadata-schema", "saved.json", "--batch-customers", "10"], 0);
    ours(&["upload", "--keep-before"], 0);
    assert_eq!(landed(), 40);
    let targets = fs::read_dir(project.workdir.path("batches/receipts")).unwrap().map(Result::unwrap);
    let target = targets.map(|entry| entry.path()).find(|path| path.is_dir()).unwrap();
    assert_eq!(
        fs::read_dir(target.join("outcomes")).unwrap().count(),
        4,
        "what became of each customer, batch by batch"
    );
    ours(&["verify", "--sample", "5"], 0);
    project.check(&mut node(&clients, "spoil.cjs"));
    ours(&["verify", "--sample", "5"], 3);
    let rows = table(&target.join("verify.csv"));
    let found: Vec<[&str; 3]> = rows.iter().map(|row| [row[1].as_str(), &row[2], &row[3]]).collect();
    assert_eq!(found, [["ours-7", "differs", "name"], ["ours-8", "missing", ""]]);
    ours(&["undo", "--delete-created", "--force", "--yes"], 0);
    assert_eq!(landed(), 0);
    // One from the calls one by one, and four batches.
    assert_eq!(project.sandbox.project().calls()["POST /v1/customers/bulk/async"], 1 + 4);
}
