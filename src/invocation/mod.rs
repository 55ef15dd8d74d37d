//! Command lines that are suggested to users, typed from one place.

/// A command to run next, with the folder only where it is not the default.
#[must_use]
pub fn command(command: &str, flag: &str, folder: &str, default: &str) -> String {
    let program = env!("CARGO_PKG_NAME");
    if folder == default {
        format!("{program} {command}")
    } else {
        format!("{program} {command} {flag}{}", quoted(folder))
    }
}

/// An argument as a shell takes it.
#[must_use]
pub fn quoted(argument: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./,:=@%+".contains(character);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_names_its_folder_as_a_shell_takes_it() {
        assert_eq!(command("upload", "", "batches", "batches"), "segment-to-voucherify upload");
        assert_eq!(command("export", "-o ", "my files", "export"), "segment-to-voucherify export -o 'my files'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
