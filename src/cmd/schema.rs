//! `schema`: The project's customer metadata schema, saved for transform.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;

use super::{Outcome, block_on};
use crate::{
    config::{VoucherifyAccess, VoucherifyRegion},
    failure::Failure,
    invocation::Transform,
    mapping::{MetadataSchema, SchemaContents, UndefinedKeys},
    publish::{self, Named, check_places},
    terminal::{self, Summary, Terminal},
    voucherify::{Voucherify, VoucherifyError},
};

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where to save the schema, or `-` for stdout
    #[arg(short, long, value_name = "FILE|-", default_value = "metadata-schema.json")]
    pub output: PathBuf,
    /// Region of the Voucherify project; `VOUCHERIFY_API_URL` goes before it [default: eu]
    #[arg(long, value_enum)]
    pub region: Option<VoucherifyRegion>,
}

/// Runs the command.
///
/// # Errors
/// Configuration that is missing or wrong, a call that brought nothing, or a file that cannot be written.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    check_places(&[Named { what: "`-o`", path: &arguments.output }], None)?;
    let client = Voucherify::new(&VoucherifyAccess::from_environment(arguments.region)?)?;
    let schemas = block_on(async { Ok(client.metadata_schemas().await) })?.map_err(VoucherifyError::into_failure)?;
    let mut text = serde_json::to_string_pretty(&schemas)?;
    text.push('\n');
    let schema = MetadataSchema::parse(&text)
        .map_err(|error| Failure::stopped("the API's answer is no metadata schema").because(error))?;
    let summary = summary(&arguments.output, schema.contents().as_ref());
    if arguments.output.as_os_str() == "-" {
        terminal::data(text.as_bytes())?;
        terminal.summary_beside_data(&summary);
    } else {
        publish::typed(&arguments.output, text.as_bytes()).context("the metadata schema is not saved")?;
        terminal.summary(&summary)?;
    }
    Ok(Outcome::Done)
}

fn summary(path: &Path, contents: Option<&SchemaContents>) -> Summary {
    let piped = path.as_os_str() == "-";
    let file = path.display().to_string();
    Summary {
        title: if contents.is_some() { "schema: done" } else { "schema: the project has none for customers" }.into(),
        rows: contents.map_or_else(no_rows, rows),
        files: if piped { Vec::new() } else { vec![(file.clone(), "the project's metadata schemas".into())] },
        next: (!piped && contents.is_some())
            .then(|| Transform::default().metadata_schema(path).to_string())
            .into_iter()
            .collect(),
        json: json!({
            "file": (!piped).then_some(&file),
            "customer_schema": contents.is_some(),
            "definitions": contents.map_or(0, |contents| contents.definitions),
            "required": contents.map(|contents| &contents.required[..]).unwrap_or_default(),
            "allow_defined_only": contents.is_some_and(|contents| contents.undefined_keys == UndefinedKeys::Refused),
            "nested": contents.map(|contents| &contents.nested[..]).unwrap_or_default(),
            "unknown": contents.map(|contents| &contents.unknown[..]).unwrap_or_default(),
        }),
        ..Summary::default()
    }
}

fn rows(contents: &SchemaContents) -> Vec<(String, String)> {
    let listed = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let undefined = match contents.undefined_keys {
        UndefinedKeys::Accepted => "accepted with any value",
        UndefinedKeys::Refused => "refused by Voucherify; transform leaves them out",
    };
    let mut rows = vec![
        ("definitions".into(), contents.definitions.to_string()),
        ("required".into(), listed(&contents.required)),
        ("other keys".into(), undefined.into()),
        ("nested schemas".into(), listed(&contents.nested)),
    ];
    if !contents.unknown.is_empty() {
        let unknown = format!("{}: of types that this version does not know", listed(&contents.unknown));
        rows.push(("unchecked".into(), unknown));
    }
    rows
}

fn no_rows() -> Vec<(String, String)> {
    vec![("meaning".into(), "Voucherify accepts any metadata; there is nothing to hold profiles against".into())]
}
