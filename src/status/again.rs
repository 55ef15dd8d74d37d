//! The command of a run over again, as its manifest remembers it: with the options that are not the default.

use serde_json::{Value, json};

use crate::{
    archive::manifest::{self as archive, DEFAULT_PART_SIZE},
    batches::{
        manifest::{self as batches, CORRECTIONS},
        writer::DEFAULT_BYTES,
    },
    invocation::{command, quoted},
    mapping::Preset,
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
    let given = manifest.options.iter().filter(|(name, value)| !is_default(name, value));
    let given = given.map(|(name, value)| match (name.as_str(), value) {
        ("corrections", _) => format!(" --corrections {}", quoted(&format!("{folder}/{CORRECTIONS}"))),
        (flag, Value::Bool(_)) => format!(" --{flag}"),
        (flag, Value::String(text)) => format!(" --{flag} {}", quoted(text)),
        (flag, Value::Object(file)) => {
            let name = file.get("name").and_then(Value::as_str).unwrap_or_default();
            let is_preset = flag == "mapping" && Preset::ALL.iter().any(|preset| preset.as_str() == name);
            format!(" --{} {}", if is_preset { "preset" } else { flag }, quoted(name))
        }
        (flag, value) => format!(" --{flag} {value}"),
    });
    command("transform", "-o ", folder, "batches") + &given.collect::<String>()
}

/// The same with what people wrote into the table of rejects.
#[must_use]
pub fn transform_with_rejects(folder: &str, manifest: &batches::Manifest) -> String {
    let sheet = format!("{folder}/{}", manifest.rejects.file);
    transform(folder, manifest) + &format!(" --corrections {}", quoted(&sheet))
}

fn is_default(option: &str, value: &Value) -> bool {
    match option {
        "batch-bytes" => *value == json!(DEFAULT_BYTES),
        "batch-customers" => value.is_null(),
        "csv" => value == "excel",
        "identifier" => value == "user_id",
        "mapping" => value["name"] == Preset::default().as_str(),
        _ => false,
    }
}
