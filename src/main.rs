//! Note how the program was started, parse, set up logging, listen for signals, look at the clock, read `.env`, turn the
//! result into an exit code; nothing else.

use std::{process::ExitCode, time::SystemTime};

use clap::Parser;
use segment_to_voucherify::{cli::Cli, config, interrupt, invocation, publish, terminal::Terminal};

fn main() -> ExitCode {
    invocation::started(std::env::args_os());
    let cli = Cli::parse();
    let terminal = Terminal::new(&cli.output);
    if let Err(error) = interrupt::install() {
        return terminal.failed(&anyhow::Error::new(error).context("signals cannot be listened to"));
    }
    let screen = terminal.clone();
    interrupt::at_every_end(move |told| {
        publish::abandon();
        if !told {
            let again = invocation::typed();
            screen.last_word(&format!("interrupted: what was on disk before is there; to go on: `{again}`"));
        }
    });
    let ready = config::check_clock(SystemTime::now())
        .and_then(|()| config::load_environment_file(cli.output.env_file.as_deref()));
    if let Err(failure) = ready {
        return terminal.failed(&failure.into());
    }
    match cli.run(&terminal) {
        Ok(outcome) => outcome.into(),
        Err(error) => terminal.failed(&error),
    }
}
