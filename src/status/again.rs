//! The command of a run over again, as its manifest remembers it: with the options that are not the default.

use crate::{
    archive::manifest::{self as archive, DEFAULT_PART_SIZE},
    batches::{
        manifest::{self as batches, CORRECTIONS},
        settings::Settings,
    },
    invocation::{command, quoted},
    mapping::Preset,
    tables::Dialect,
};

/// The export into a folder; a file of identifiers is known by its content only.
#[must_use]
pub fn export(folder: &str, manifest: &archive::Manifest) -> String {
    let options = &manifest.options;
    let list = |values: &[String]| Some(values.join(",")).filter(|values| !values.is_empty());
    let part_size = (options.part_size != DEFAULT_PART_SIZE).then(|| options.part_size.to_string());
    let given = [
        ("--id-types", list(&options.id_types)),
        ("--identified-only", list(&options.identified_only)),
        ("--part-size", part_size),
        ("--from-cursor", options.from_cursor.clone()),
        ("--max-profiles", options.max_profiles.map(|most| most.to_string())),
        ("--ids-from", options.ids_from_sha256.as_ref().map(|_| "FILE".into())),
    ];
    let given = given.into_iter().filter_map(|(flag, value)| Some(format!(" {flag} {}", quoted(&value?))));
    command("export", "-o ", folder, "export") + &given.collect::<String>()
}

/// The transform into a folder, from the usual archive; the table of corrections stands for all sheets.
#[must_use]
pub fn transform(folder: &str, manifest: &batches::Manifest) -> String {
    let (options, usual) = (&manifest.options, Settings::default());
    let number = |flag: &str, number: Option<u64>| number.map(|number| format!(" --{flag} {number}"));
    let text = |flag: &str, text: Option<&str>| text.map(|text| format!(" --{flag} {}", quoted(text)));
    let bytes = Some(options.batch_bytes as u64).filter(|_| options.batch_bytes != usual.batch_bytes);
    let sheets = format!("{folder}/{CORRECTIONS}");
    let dialect = match options.csv {
        Dialect::Excel => None,
        Dialect::Plain => Some("plain"),
    };
    let mapping = Some(options.mapping.name.as_str());
    let given = [
        number("batch-bytes", bytes),
        number("batch-customers", options.batch_customers),
        text("corrections", (!options.corrections.is_empty()).then_some(&sheets)),
        text("csv", dialect),
        text("identifier", Some(options.identifier.as_str()).filter(|kind| *kind != usual.identifier)),
        match options.preset() {
            None => text("mapping", mapping),
            preset => text("preset", mapping.filter(|_| preset != Some(Preset::default()))),
        },
        text("metadata-schema", options.metadata_schema.as_ref().map(|schema| schema.name.as_str())),
        text("nulls", options.nulls.as_deref()),
        options.strict.then(|| " --strict".into()),
    ];
    command("transform", "-o ", folder, "batches") + &given.into_iter().flatten().collect::<String>()
}

/// The same with what people wrote into the table of rejects.
#[must_use]
pub fn transform_with_rejects(folder: &str, manifest: &batches::Manifest) -> String {
    let sheet = format!("{folder}/{}", manifest.rejects.file);
    transform(folder, manifest) + &format!(" --corrections {}", quoted(&sheet))
}
