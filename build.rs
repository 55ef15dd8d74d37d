//! Links what unwinds the stack into the binary, so that on Linux it needs nothing but the C library.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |name: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        // There is only a static `libgcc_eh`; what it has is not looked for in the shared `libgcc_s` any more.
        println!("cargo::rustc-link-lib=dylib=gcc_eh");
    }
}
