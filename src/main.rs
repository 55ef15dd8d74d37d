//! Note how the program was started, read `.env`, parse, set up logging, turn the result into an exit code; nothing else.

use std::process::ExitCode;

use clap::Parser;
use segment_to_voucherify::{cli::Cli, config, invocation, terminal::Terminal};

fn main() -> ExitCode {
    invocation::started(std::env::args_os());
    if let Err(failure) = config::load_environment_file(std::env::args_os()) {
        return Terminal::plain().failed(&failure.into());
    }
    let cli = Cli::parse();
    let terminal = Terminal::new(&cli.output);
    match cli.run(&terminal) {
        Ok(outcome) => outcome.into(),
        Err(error) => terminal.failed(&error),
    }
}
