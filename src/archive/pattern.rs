//! What a pattern names, as a shell has it: sorted, without what begins with a dot, whatever letters a name has. Nothing that it
//! names is passed over because it cannot be looked at.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs, io,
    path::{Component, Path, PathBuf},
};

use glob::{MatchOptions, Pattern, PatternError};

use crate::failure::Failure;

/// As a shell has it: what begins with a dot is no data unless it is asked for.
const AS_SHELLS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: false, require_literal_leading_dot: true };

/// One element of a path with patterns in it.
enum Element {
    /// A name as it stands, or `..`, or the root.
    Name(OsString),
    /// Names that match.
    Like(Pattern),
    /// `**`: this folder and all below it.
    Below,
}

/// The files and folders that a pattern names, in order; none where there are none.
///
/// # Errors
/// A pattern that is none, or a folder that cannot be listed.
pub(super) fn named(pattern: &Path) -> Result<Vec<PathBuf>, Failure> {
    let elements = pattern.components().filter(|component| *component != Component::CurDir).map(element);
    let elements: Vec<Element> = elements.collect::<Result<_, _>>().map_err(|error| {
        Failure::usage(format!("there is no file or folder `{}`", pattern.display()))
            .because(error)
            .hint("as a pattern it cannot be read either; `[[]` stands for a bracket")
    })?;
    let mut found = BTreeSet::new();
    walk(Path::new(""), &elements, &mut found)?;
    Ok(found.into_iter().collect())
}

fn element(component: Component) -> Result<Element, PatternError> {
    let name = component.as_os_str();
    let text = name.to_string_lossy();
    if text == "**" {
        Ok(Element::Below)
    } else if text.contains(['*', '?', '[']) {
        Pattern::new(&text).map(Element::Like)
    } else {
        Ok(Element::Name(name.to_owned()))
    }
}

/// Follows the elements from a folder on.
fn walk(folder: &Path, elements: &[Element], found: &mut BTreeSet<PathBuf>) -> Result<(), Failure> {
    let Some((first, rest)) = elements.split_first() else {
        found.insert(folder.to_owned());
        return Ok(());
    };
    match first {
        Element::Name(name) => {
            let path = folder.join(name);
            if path.symlink_metadata().is_ok() { walk(&path, rest, found) } else { Ok(()) }
        }
        Element::Like(pattern) => {
            for (name, _) in entries(folder)? {
                if pattern.matches_with(&name.to_string_lossy(), AS_SHELLS) {
                    walk(&folder.join(name), rest, found)?;
                }
            }
            Ok(())
        }
        Element::Below => {
            if !rest.is_empty() {
                walk(folder, rest, found)?;
            }
            for (name, is_folder) in entries(folder)? {
                let path = folder.join(&name);
                if name.to_string_lossy().starts_with('.') {
                    continue;
                }
                // A link may lead round in circles.
                if is_folder {
                    walk(&path, elements, found)?;
                } else if rest.is_empty() {
                    found.insert(path);
                }
            }
            Ok(())
        }
    }
}

/// The names in a folder, each with whether it is a folder itself and no link to one; none in what is no folder.
fn entries(folder: &Path) -> Result<Vec<(OsString, bool)>, Failure> {
    let place = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if !place.is_dir() {
        return Ok(Vec::new());
    }
    let list = || -> io::Result<Vec<(OsString, bool)>> {
        fs::read_dir(place)?
            .map(|entry| entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?.is_dir()))))
            .collect()
    };
    list().map_err(|error| {
        Failure::usage(format!(
            "the folder `{}` cannot be listed, and may hold what the pattern names",
            place.display()
        ))
        .because(error)
        .hint("check who may read it, or name the files without a pattern")
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::{ffi::OsStrExt, fs::symlink};

    use super::*;

    #[test]
    fn a_pattern_names_what_a_shell_would_and_every_name_there_is() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("b/c")).unwrap();
        for name in ["a.gz", ".hidden.gz", "b/a.gz", "b/c/z.gz", "b/c/.z.gz", "b.gz"] {
            fs::write(root.join(name), "").unwrap();
        }
        fs::write(root.join(std::ffi::OsStr::from_bytes(b"caf\xe9.gz")), "").unwrap();
        symlink(root, root.join("b/round")).unwrap();
        let of = |pattern: &str| -> Vec<String> {
            let paths = named(&root.join(pattern)).unwrap();
            paths.iter().map(|path| path.strip_prefix(root).unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(of("*.gz"), ["a.gz", "b.gz", "caf\u{fffd}.gz"]);
        assert_eq!(of("**/*.gz"), ["a.gz", "b/a.gz", "b/c/z.gz", "b.gz", "caf\u{fffd}.gz"]);
        assert_eq!(of("b/**"), ["b/a.gz", "b/c/z.gz", "b/round"]);
        assert_eq!(of("?/*/*.gz"), ["b/c/z.gz", "b/round/a.gz", "b/round/b.gz", "b/round/caf\u{fffd}.gz"]);
        assert_eq!(of(".*.gz"), [".hidden.gz"]);
        assert_eq!(of("[ab]*"), ["a.gz", "b", "b.gz"]);
        assert_eq!(of("b/../a*"), ["b/../a.gz"]);
        assert_eq!(of("none*/x"), [""; 0]);
        assert!(named(&root.join("[")).is_err());
    }
}
