//! Headers as people leave them: in any order and case, with blanks, other columns between.

use std::path::Path;

use super::row::Columns;
use crate::failure::Failure;

/// Rows in which the header has to be: people put a title above it.
pub(super) const HEADER_WITHIN: usize = 20;

/// A column's name, however it is cased and spaced.
fn normal(name: &str) -> String {
    name.trim_matches(|character: char| character.is_whitespace() || character == '\u{feff}' || character == '\'')
        .to_lowercase()
        .replace([' ', '-', '\u{a0}'], "_")
}

/// Where each wanted column is, and how many of them there are; the needed ones count first.
pub(super) fn find(names: &[&str], columns: Columns) -> (Vec<Option<usize>>, usize) {
    let names: Vec<String> = names.iter().map(|name| normal(name)).collect();
    let at: Vec<_> = columns.all().map(|wanted| names.iter().position(|name| name == wanted)).collect();
    let (needed, further) = at.split_at(columns.needed.len());
    let [needed, further] = [needed, further].map(|at| at.iter().flatten().count());
    (at, needed * 1_000 + further)
}

/// A column that comes twice has no meaning.
pub(super) fn check_once(names: &[&str], columns: Columns, path: &Path) -> Result<(), Failure> {
    let names: Vec<String> = names.iter().map(|name| normal(name)).collect();
    match columns.all().find(|wanted| names.iter().filter(|name| name == wanted).count() > 1) {
        Some(twice) => Err(Failure::usage(format!("`{}` has several columns `{twice}`", path.display()))
            .hint("rename or remove all but one of them")),
        None => Ok(()),
    }
}

/// Insists on the needed columns. What else the file holds is nobody's business: it may be the wrong one.
pub(super) fn check(at: &[Option<usize>], columns: Columns, path: &Path, tab: Option<&str>) -> Result<(), Failure> {
    let has = |position: usize| at.get(position).copied().flatten().is_some();
    let Some(missing) = columns.needed.iter().enumerate().find(|(position, _)| !has(*position)) else { return Ok(()) };
    let found: Vec<String> =
        columns.all().enumerate().filter(|(at, _)| has(*at)).map(|(_, name)| format!("`{name}`")).collect();
    let found = if found.is_empty() { "none of them".into() } else { format!("only {}", found.join(", ")) };
    let sheet = tab.map(|tab| format!("sheet `{tab}` of ")).unwrap_or_default();
    let (path, missing) = (path.display(), missing.1);
    Err(Failure::usage(format!(
        "{sheet}`{path}` has no column `{missing}`; of the columns of our tables it has {found}"
    ))
    .hint("keep the header of `rejects.csv`; columns may be moved, added and taken out, but not this one"))
}
