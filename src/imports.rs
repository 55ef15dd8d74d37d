//! Holds the table of rooms in `lib.rs` against what the rooms import.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use syn::visit::{self, Visit};

/// A row of the table: which rooms it is about, and what these may know.
#[derive(Debug)]
struct Row {
    rooms: Vec<String>,
    /// Rooms that it may know beside those of its own row; none is: all that stand below.
    only: Option<Vec<String>>,
    /// What it must not know all the same: rooms, or paths of other crates.
    never: Vec<String>,
}

/// Names between backticks.
fn names(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The table, from the documentation of the crate.
fn table() -> Vec<Row> {
    let rows = include_str!("lib.rs").lines().filter_map(|line| line.strip_prefix("//! | [`"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split(" | ").collect();
        let [rooms, _, knows] = cells[..] else { panic!("not a row of three cells: {row}") };
        let (may, never) = knows.split_once("not ").unwrap_or((knows, ""));
        let only = (!may.contains("below")).then(|| names(may));
        Row { rooms: names(&format!("`{rooms}")), only, never: names(never) }
    })
    .collect()
}

impl Row {
    /// Whether a room of this row, the `here`th of the table, may know a room of that one.
    fn allows(&self, here: usize, room: &str, there: usize) -> bool {
        let named = |names: &[String]| names.iter().any(|name| name == room);
        let by_place = self.only.as_ref().map_or(there > here, |only| named(only)) || here == there;
        by_place && !named(&self.never)
    }
}

/// Every path of a file that is not a test's, whole: those of `use` lines, and those within the code.
#[derive(Default)]
struct Paths {
    all: BTreeSet<Vec<String>>,
    /// The names that `use` lines bring in, and what they stand for.
    brought: BTreeMap<String, Vec<String>>,
}

impl Paths {
    fn bring(&mut self, name: Option<String>, path: Vec<String>) {
        self.all.insert(path.clone());
        self.brought.extend(name.map(|name| (name, path)));
    }

    fn tree(&mut self, begin: &[String], tree: &syn::UseTree) {
        let with = |name: &syn::Ident| match name.to_string() {
            same if same == "self" => begin.to_vec(),
            other => [begin, &[other]].concat(),
        };
        match tree {
            syn::UseTree::Path(path) => self.tree(&[begin, &[path.ident.to_string()]].concat(), &path.tree),
            syn::UseTree::Name(name) => self.bring(with(&name.ident).last().cloned(), with(&name.ident)),
            syn::UseTree::Rename(name) => self.bring(Some(name.rename.to_string()), with(&name.ident)),
            syn::UseTree::Glob(_) => drop(self.all.insert(begin.to_vec())),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(begin, item)),
        }
    }
}

impl Visit<'_> for Paths {
    fn visit_item(&mut self, item: &syn::Item) {
        let attributes = match item {
            syn::Item::Mod(module) => &module.attrs,
            syn::Item::Use(import) => &import.attrs,
            syn::Item::Fn(function) => &function.attrs,
            _ => &Vec::new(),
        };
        let is_test = |attribute: &syn::Attribute| {
            attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
        };
        if !attributes.iter().any(is_test) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, import: &syn::ItemUse) {
        self.tree(&[], &import.tree);
    }

    fn visit_path(&mut self, path: &syn::Path) {
        self.all.insert(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }
}

/// A module by the names that lead to it from the root, and the paths in it from there: `crate` and `super` resolved,
/// those of other crates as they are.
type Modules = BTreeMap<Vec<String>, Paths>;

/// All modules of the crate, read once for all tests.
static MODULES: LazyLock<Modules> = LazyLock::new(modules);

fn modules() -> Modules {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut files, mut folders): (Vec<PathBuf>, _) = (Vec::new(), vec![src.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() { folders.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    let own = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.ends_with(".rs") && !["lib.rs", "main.rs", "tests.rs", "imports.rs", "documented.rs"].contains(&&*name)
    };
    let parsed = files.iter().filter(|path| own(path)).map(|path| {
        let module = path.strip_prefix(&src).unwrap().with_extension("");
        let mut module: Vec<String> = module.iter().map(|name| name.to_string_lossy().into_owned()).collect();
        module.pop_if(|last| last == "mod");
        let mut paths = Paths::default();
        paths.visit_file(&syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap());
        let all = paths.all.into_iter().map(|path| resolved(&module, path)).collect();
        let brought = paths.brought.into_iter().map(|(name, path)| (name, resolved(&module, path))).collect();
        (module, Paths { all, brought })
    });
    parsed.collect()
}

/// A path from the root, where it begins with `crate`, `self` or `super`.
fn resolved(module: &[String], path: Vec<String>) -> Vec<String> {
    let ups = path.iter().take_while(|name| *name == "super").count();
    let begin = match path[0].as_str() {
        "crate" => &[],
        "self" => module,
        "super" => &module[..module.len().saturating_sub(ups)],
        _ => return path,
    };
    let skipped = if ups > 0 { ups } else { 1 };
    [&["crate".to_owned()], begin, &path[skipped..]].concat()
}

#[test]
fn every_room_knows_only_what_the_table_lets_it_know() {
    let table = table();
    let place_of = |room: &str| table.iter().position(|row| row.rooms.iter().any(|name| name == room));
    let mut wrong = Vec::new();
    for (module, paths) in &*MODULES {
        let room = &module[0];
        let Some(here) = place_of(room) else {
            wrong.push(format!("`{room}` has no row in the table of `lib.rs`: say there what it is for and may know"));
            continue;
        };
        for path in &paths.all {
            let allowed = match path.as_slice() {
                [begin, known, ..] if begin == "crate" => {
                    known == room || place_of(known).is_none_or(|there| table[here].allows(here, known, there))
                }
                _ => {
                    !table[here].never.iter().any(|never| never.split("::").zip(path).all(|(one, other)| one == other))
                }
            };
            if !allowed {
                let (module, path) = (module.join("::"), path.join("::"));
                wrong.push(format!("`{module}` imports `{path}`: its row in `lib.rs` does not allow that"));
            }
        }
    }
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_must_not_be_known_is_not_allowed() {
    let table = table();
    let place = |room: &str| table.iter().position(|row| row.rooms.iter().any(|name| name == room)).unwrap();
    for (room, other, expected) in [
        ("mapping", "publish", false),
        ("mapping", "json", true),
        ("export", "terminal", false),
        ("upload", "sandbox", false),
        ("upload", "receipts", true),
        ("cmd", "cli", false),
        ("cmd", "sandbox", true),
        ("http", "segment", false),
        ("invocation", "failure", false),
        ("findings", "tables", true),
    ] {
        let here = place(room);
        assert_eq!(table[here].allows(here, other, place(other)), expected, "{room} knows {other}");
    }
}

#[test]
fn rooms_are_not_in_a_circle() {
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (module, paths) in &*MODULES {
        let others = paths.all.iter().filter(|path| path.len() > 1 && path[0] == "crate" && path[1] != module[0]);
        known.entry(module[0].clone()).or_default().extend(others.map(|path| path[1].clone()));
    }
    // Whoever knows nobody that is left may go; who stays is in a circle, or knows one.
    while let Some(free) = known.iter().find(|(_, others)| others.iter().all(|other| !known.contains_key(other))) {
        let free = free.0.clone();
        known.remove(&free);
    }
    assert!(known.is_empty(), "a circle of imports among {known:#?}");
}

/// The file that holds what a path from the root stands for: names that a `mod.rs` passes on are followed to where they
/// are from.
fn file_of(modules: &Modules, path: &[String]) -> Option<Vec<String>> {
    let names = path.strip_prefix(&["crate".to_owned()])?;
    let module = (1..=names.len()).rev().map(|length| &names[..length]).find(|names| modules.contains_key(*names))?;
    let passed_on = names.get(module.len()).and_then(|name| modules[module].brought.get(name));
    let from = |path: &Vec<String>| match path[0].as_str() {
        "crate" => file_of(modules, path),
        _ if modules.contains_key(&[module, &path[..1]].concat()) => {
            file_of(modules, &[&["crate".to_owned()], module, path].concat())
        }
        _ => None,
    };
    passed_on.and_then(from).or_else(|| Some(module.to_vec()))
}

#[test]
fn files_are_not_in_a_circle() {
    let modules = &*MODULES;
    let known = modules.iter().map(|(module, paths)| {
        let others = paths.all.iter().filter_map(|path| file_of(modules, path));
        // A file may know the `mod.rs` of the folder that it lies in, which knows it.
        (module.join("::"), others.filter(|other| !module.starts_with(other)).map(|other| other.join("::")).collect())
    });
    let known: BTreeMap<String, BTreeSet<String>> = known.collect();
    let circles: BTreeSet<BTreeSet<String>> = known.keys().filter_map(|module| circle(&known, module)).collect();
    assert!(circles.is_empty(), "circles of imports: {circles:#?}");
}

/// The files of the shortest way from a file back to itself.
fn circle(known: &BTreeMap<String, BTreeSet<String>>, begin: &String) -> Option<BTreeSet<String>> {
    let mut seen = BTreeSet::new();
    let mut ways = VecDeque::from([vec![begin]]);
    while let Some(way) = ways.pop_front() {
        for next in &known[*way.last()?] {
            if next == begin {
                return Some(way.into_iter().cloned().collect());
            }
            if seen.insert(next) {
                ways.push_back([&way[..], &[next]].concat());
            }
        }
    }
    None
}

#[test]
fn the_table_names_rooms_that_there_are() {
    let rooms: BTreeSet<String> = MODULES.keys().map(|module| module[0].clone()).collect();
    for row in table() {
        for name in row.rooms.iter().chain(row.only.iter().flatten()) {
            assert!(rooms.contains(name), "`{name}` is in the table of `lib.rs` and not in `src`");
        }
    }
}

#[test]
fn the_table_of_files_names_files_that_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("src/lib.rs")).unwrap();
    let rows =
        text.lines().skip_while(|line| *line != "//! # Files").skip(4).take_while(|line| line.starts_with("//! |"));
    let mut seen = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_start_matches("//!").split('|').map(str::trim).collect();
        let words = cells[2..5].iter().flat_map(|cell| cell.split('`')).map(Path::new);
        let named = words.filter(|word| word.extension().is_some_and(|extension| extension == "rs"));
        for path in named {
            assert!(root.join(path).is_file(), "`{}` is in the table of files and not there", path.display());
        }
        let tests = cells[4].trim_matches('`');
        let holds = std::fs::read_to_string(root.join(tests)).unwrap();
        assert!(holds.contains("#[test]"), "`{tests}` holds no test");
        seen += 1;
    }
    assert_eq!(seen, 29);
}
