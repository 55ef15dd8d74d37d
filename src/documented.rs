//! Holds the documentation of public items against its purpose: a name said again in two words helps nobody.

use std::{
    fs,
    path::{Path, PathBuf},
};

use syn::visit::{self, Visit};

/// Fewest words that say a meaning, a unit or a source.
const FEWEST: usize = 4;

/// Enums whose variants are names of forms outside: the name is all there is to say.
const NAMES: [&str; 1] = ["Form"];

/// Types whose documentation is printed as help, where a word may be enough: what is derived from `clap`.
const PRINTED: [&str; 4] = ["Args", "Parser", "Subcommand", "ValueEnum"];

/// Public items with fewer words, by file.
#[derive(Default)]
struct Short {
    found: Vec<String>,
    /// Item that the one that is looked at is in.
    within: Vec<String>,
}

impl Short {
    /// Looks at an item, unless it is private or has no documentation, which the compiler asks for.
    fn look(&mut self, name: &str, visible: bool, attributes: &[syn::Attribute]) {
        let words = attributes.iter().filter_map(documentation).flat_map(|text| {
            let words = text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            words.into_iter().filter(|word| word.contains(char::is_alphanumeric))
        });
        let words: Vec<String> = words.collect();
        if visible && !words.is_empty() && words.len() < FEWEST {
            self.found.push(format!("{}::{name}: {}", self.within.join("::"), words.join(" ")));
        }
    }
}

/// The text of a line of documentation.
fn documentation(attribute: &syn::Attribute) -> Option<String> {
    let syn::Meta::NameValue(pair) = &attribute.meta else { return None };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value else { return None };
    pair.path.is_ident("doc").then(|| text.value())
}

/// Whether the documentation of an item's members is what the help prints.
fn is_printed(attributes: &[syn::Attribute]) -> bool {
    let derives = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    derives.into_iter().any(|derive| {
        let mut printed = false;
        let _ = derive.parse_nested_meta(|derived| {
            printed |= derived.path.segments.last().is_some_and(|last| PRINTED.iter().any(|name| last.ident == name));
            Ok(())
        });
        printed
    })
}

fn is_public(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Public(_))
}

impl Visit<'_> for Short {
    fn visit_item_struct(&mut self, item: &syn::ItemStruct) {
        let name = item.ident.to_string();
        // `Arguments` of a command: the command's own file says what it is for.
        self.look(&name, is_public(&item.vis) && !is_printed(&item.attrs), &item.attrs);
        if is_public(&item.vis) && !is_printed(&item.attrs) {
            self.within.push(name);
            for field in &item.fields {
                let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                self.look(&name, is_public(&field.vis), &field.attrs);
            }
            self.within.pop();
        }
    }

    fn visit_item_enum(&mut self, item: &syn::ItemEnum) {
        let name = item.ident.to_string();
        self.look(&name, is_public(&item.vis), &item.attrs);
        if is_public(&item.vis) && !is_printed(&item.attrs) && !NAMES.contains(&&*name) {
            self.within.push(name);
            for variant in &item.variants {
                self.look(&variant.ident.to_string(), true, &variant.attrs);
            }
            self.within.pop();
        }
    }

    fn visit_item_fn(&mut self, item: &syn::ItemFn) {
        self.look(&item.sig.ident.to_string(), is_public(&item.vis), &item.attrs);
    }

    fn visit_item_const(&mut self, item: &syn::ItemConst) {
        self.look(&item.ident.to_string(), is_public(&item.vis), &item.attrs);
    }

    fn visit_item_type(&mut self, item: &syn::ItemType) {
        self.look(&item.ident.to_string(), is_public(&item.vis), &item.attrs);
    }

    fn visit_item_trait(&mut self, item: &syn::ItemTrait) {
        self.look(&item.ident.to_string(), is_public(&item.vis), &item.attrs);
        visit::visit_item_trait(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &syn::ImplItemFn) {
        self.look(&item.sig.ident.to_string(), is_public(&item.vis), &item.attrs);
    }

    fn visit_impl_item_const(&mut self, item: &syn::ImplItemConst) {
        self.look(&item.ident.to_string(), is_public(&item.vis), &item.attrs);
    }

    fn visit_item_impl(&mut self, item: &syn::ItemImpl) {
        let name = match &*item.self_ty {
            syn::Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
            _ => None,
        };
        self.within.push(name.unwrap_or_default());
        visit::visit_item_impl(self, item);
        self.within.pop();
    }
}

#[test]
fn what_is_public_is_documented_in_more_than_three_words() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut found, mut folders): (Vec<String>, Vec<PathBuf>) = (Vec::new(), vec![src.clone()]);
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&src).unwrap().display().to_string();
                let mut short = Short { within: vec![name], ..Short::default() };
                short.visit_file(&syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap());
                found.extend(short.found);
            }
        }
    }
    found.sort();
    assert!(found.is_empty(), "{} say too little:\n{}", found.len(), found.join("\n"));
}
