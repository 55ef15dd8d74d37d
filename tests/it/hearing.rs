//! Signals for programs under test: sent, and heard.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command},
    time::Duration,
};

use crate::upload::project::eventually;

pub(crate) fn send(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

/// Sends a signal, and waits until the program has heard of it, which a thread of its own then tells, or has ended.
pub(crate) fn send_until_heard(child: &Child, signal: &str) {
    send(child, signal);
    let process = PathBuf::from(format!("/proc/{}", child.id()));
    if !process.exists() {
        // A system that tells nothing of its processes.
        std::thread::sleep(Duration::from_secs(1));
        return;
    }
    eventually("the signal is heard", || {
        let ended = fs::read_to_string(process.join("status")).map_or(true, |status| status.contains("\nState:\tZ"));
        let threads = fs::read_dir(process.join("task")).into_iter().flatten().flatten();
        let mut names = threads.filter_map(|thread| fs::read_to_string(thread.path().join("comm")).ok());
        ended || names.any(|name| name.trim() == "interrupted")
    });
}
