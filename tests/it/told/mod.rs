//! What each command says at its end: in a pipe as it stands here, and the same on a terminal of 80 columns.

mod mistakes;
mod phases;
mod sandbox;

use std::process::{Command, Stdio};

use segment_to_voucherify::sandbox::{
    APPLICATION_ID, SECRET_KEY, SEGMENT_TOKEN, SPACE_ID, Sandbox, SandboxOptions, segment::options::SegmentOptions,
    voucherify::options::VoucherifyOptions,
};
use tokio::runtime::Runtime;

use crate::workdir::Workdir;

/// A dirty migration: somebody cannot be read, some are rejected, somebody is refused.
struct Migration {
    sandbox: Sandbox,
    _runtime: Runtime,
    workdir: Workdir,
}

impl Migration {
    fn dirty() -> Self {
        Self::start(SegmentOptions { poison: 1, ..SegmentOptions::default() })
    }

    fn start(segment: SegmentOptions) -> Self {
        let runtime = Runtime::new().unwrap();
        let options = SandboxOptions {
            profiles: 120,
            segment_rate: 2_000,
            segment,
            voucherify: VoucherifyOptions { refuse: vec!["user-0".to_owned()], ..VoucherifyOptions::default() },
            ..SandboxOptions::default()
        };
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        Self { sandbox, _runtime: runtime, workdir: Workdir::new() }
    }

    fn with_environment<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("SEGMENT_API_URL", self.sandbox.segment_url()).env("SEGMENT_RATE_LIMIT", "1900");
        command.env("SEGMENT_SPACE_ID", SPACE_ID).env("SEGMENT_ACCESS_TOKEN", SEGMENT_TOKEN);
        command.env("VOUCHERIFY_API_URL", self.sandbox.voucherify_url());
        command.env("VOUCHERIFY_APPLICATION_ID", APPLICATION_ID).env("VOUCHERIFY_SECRET_KEY", SECRET_KEY)
    }

    /// Both streams of a command in a pipe.
    fn says(&self, arguments: &str, exit_code: i32) -> String {
        let mut command = self.workdir.command();
        let output = self.workdir.check(self.with_environment(command.args(arguments.split_whitespace())), exit_code);
        self.masked(&[output.stdout, output.stderr].concat())
    }

    /// What stays on a terminal of 80 columns, without colours; nothing where no terminal can be had.
    fn shows(&self, arguments: &str) -> Option<String> {
        let program = self.workdir.command().get_program().to_str()?.to_owned();
        let mut on_terminal = Command::new("script");
        on_terminal.args(["-qec", &format!("stty cols 80 rows 40; {program} {arguments}"), "/dev/null"]);
        on_terminal.current_dir(self.workdir.path("")).env_clear().env("TERM", "xterm");
        on_terminal.env("PATH", Workdir::search_path());
        let output = self.with_environment(&mut on_terminal).stdin(Stdio::null()).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
        assert!(text.contains("\u{1b}["), "neither a colour nor a bar: {text}");
        let plain = console::strip_ansi_codes(&text);
        let lines = plain.lines().map(|line| line.rsplit('\r').next().unwrap_or_default().trim_end());
        let lines: Vec<&str> = lines.collect();
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "wider than 80 columns: {lines:#?}");
        Some(self.masked(lines.join("\n").as_bytes()))
    }

    /// Ports and times are others in each run.
    fn masked(&self, text: &[u8]) -> String {
        let urls = [self.sandbox.segment_url(), self.sandbox.voucherify_url()];
        let ports = urls.iter().filter_map(|url| url.rsplit(':').next()).map(|port| port.trim_matches('/').to_owned());
        ports.fold(timeless(text), |text, port| text.replace(&port, "12345"))
    }
}

/// The text without the times that runs take.
fn timeless(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let lines = text.lines().map(|line| match line.strip_prefix("  time  ") {
        Some(time) if time.ends_with('s') => line.replace(time.trim_start(), "[time]"),
        _ => line.to_owned(),
    });
    lines.map(|line| line + "\n").collect()
}

/// What a command said in a pipe stays on the terminal, too, after whatever bars there were.
fn stays(shown: Option<String>, said: &str) {
    if let Some(shown) = shown {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words(&shown).ends_with(&words(said)), "--- on a terminal\n{shown}\n--- in a pipe\n{said}");
    }
}
