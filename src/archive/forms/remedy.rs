//! The commands that make lines of JSON of a file in another form: to be pasted as they are.

use std::path::Path;

use crate::invocation::{quoted, typed_reading_input_for};

/// What converts a form.
#[derive(Debug, Clone, Copy)]
pub(super) enum Converter {
    /// A command that writes lines to its standard output.
    Command(Command),
    /// DuckDB, by a function that reads the form.
    Query(&'static str),
    /// Nothing that is at hand everywhere; what to do instead.
    Advice(&'static str),
}

/// A command, by how it takes a file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Command {
    /// By its name, or standard input where none is given.
    OfInput(&'static str),
    /// The same, by `jq`.
    ByJq(&'static str),
    /// By standard input alone.
    Fed(&'static str),
    /// By its name alone.
    OfFile(&'static str),
}

impl Command {
    /// The command over a file, which is a word of a shell, or empty for standard input.
    fn over(self, file: &str, unpack: Option<&str>) -> String {
        match (self, unpack) {
            (Self::OfInput(command) | Self::ByJq(command) | Self::Fed(command), Some(unpack)) => {
                format!("{} | {command}", [unpack, file].join(" ").trim_end())
            }
            (Self::OfFile(command), Some(unpack)) => format!("{unpack} {file} > unpacked && {command} unpacked"),
            (Self::OfFile(command), None) if file.is_empty() => format!("{command} FILE"),
            (Self::Fed(command), None) if !file.is_empty() => format!("{command} < {file}"),
            (Self::OfInput(command) | Self::ByJq(command) | Self::Fed(command) | Self::OfFile(command), None) => {
                [command, file].join(" ").trim_end().to_owned()
            }
        }
    }
}

/// Converts a file that was typed and goes on; or all files beside one that was found in a folder, since whoever transforms
/// what came of one of them alone has lost the others.
pub(super) fn piped(command: Command, file: &str, unpack: Option<&str>) -> String {
    let rounded = if matches!(command, Command::ByJq(_)) { "; jq before 1.7 rounds long numbers" } else { "" };
    if let Some(transform) = typed_reading_input_for(file) {
        let named = if file == "-" { String::new() } else { quoted(file) };
        return format!("`{} | {transform}`{rounded}", command.over(&named, unpack));
    }
    let each = command.over("\"$file\"", unpack);
    let (folder, files) = like(file);
    let folder = folder.map(|folder| format!("{}/", quoted(&folder.display().to_string()))).unwrap_or_default();
    // Files of several folders may be called the same.
    let name = if files.contains('/') { "$(printf %s \"$file\" | tr / _)" } else { "${file##*/}" };
    format!(
        "`mkdir -p converted && for file in {folder}{files}; do {each} > \"converted/{name}\" || break; done` converts all files \
         like it; then give the folder `converted` instead{rounded}"
    )
}

/// Has DuckDB write lines of JSON; some forms are read from their ends.
pub(super) fn queried(scan: &str, file: &str, unpack: Option<&str>) -> String {
    let (first, name) = match unpack {
        Some(unpack) => (format!("{unpack} {} > unpacked && ", quoted(file)), "unpacked".to_owned()),
        None if file == "-" => (String::new(), "FILE".to_owned()),
        None if typed_reading_input_for(file).is_some() => (String::new(), file.to_owned()),
        None => {
            let (folder, files) = like(file);
            (String::new(), folder.map_or_else(|| files.clone(), |folder| folder.join(&files).display().to_string()))
        }
    };
    let sql = format!("COPY (SELECT * FROM {scan}('{}')) TO 'profiles.ndjson' (FORMAT json)", name.replace('\'', "''"));
    format!("`{first}duckdb -c {}` writes lines of JSON, a member for each column", quoted(&sql))
}

/// The files with its ending in its folder, and in all folders of the form `key=value` beside that: where they lie, and a
/// pattern.
fn like(file: &str) -> (Option<&Path>, String) {
    let path = Path::new(file);
    let ending = path.extension().and_then(|ending| ending.to_str());
    let ending = ending.filter(|ending| ending.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let mut files = ending.map_or_else(|| "*".into(), |ending| format!("*.{ending}"));
    let mut folder = path.parent();
    while let Some(keyed) =
        folder.filter(|folder| folder.file_name().is_some_and(|name| name.to_string_lossy().contains('=')))
    {
        files.insert_str(0, "*=*/");
        folder = keyed.parent();
    }
    (folder.filter(|folder| !folder.as_os_str().is_empty()), files)
}
