//! The options of a transform, as its manifest holds them: what shaped the batches, and what it takes to make them again.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::packing::{DEFAULT_BYTES, Limits};
use crate::{
    archive::{share::Share, trait_texts::TextsAre},
    mapping::{IdentifierChoice, Preset},
    tables::{Dialect, Form},
};

/// Everything that shaped the batches. The members are named and ordered as the flags are; what shaped nothing is not
/// written, but for those that every version has written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Settings {
    /// `--batch-bytes`: most bytes of JSON in a batch.
    pub batch_bytes: usize,
    /// `--batch-customers`: most customers in a batch; none is no limit.
    pub batch_customers: Option<u64>,
    /// `--corrections`: the sheets that were applied, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<NamedFile>,
    /// `--csv`: the dialect of the tables.
    pub csv: Dialect,
    /// `--identifier`: the external id type that became `source_id`.
    pub identifier: String,
    /// `--identifier-choice`: which of several ids of that type.
    #[serde(skip_serializing_if = "IdentifierChoice::is_first")]
    pub identifier_choice: IdentifierChoice,
    /// `--mapping` or `--preset`: a mapping file, or a preset by its name.
    pub mapping: NamedFile,
    /// `--metadata-schema`: what metadata was held against.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_schema: Option<NamedFile>,
    /// `--nulls`, as it was typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nulls: Option<String>,
    /// `--partition`: the share that was taken, `I/N`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    /// Any finding rejects its profile: `--strict`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub strict: bool,
    /// `--tables`: whether there are workbooks beside the tables.
    #[serde(skip_serializing_if = "Form::is_csv")]
    pub tables: Form,
    /// `--values`: what the texts of traits stood for, where there were any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<TextsAre>,
}

/// A file that the transform read beside its input, known again by its content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedFile {
    /// As it was typed; of a preset its name.
    pub name: String,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: String,
}

impl Default for Settings {
    /// Those of a transform without options; the mapping is the default preset, whose text may differ between versions.
    fn default() -> Self {
        Self {
            batch_bytes: DEFAULT_BYTES,
            batch_customers: None,
            corrections: Vec::new(),
            csv: Dialect::default(),
            identifier: "user_id".into(),
            identifier_choice: IdentifierChoice::default(),
            mapping: NamedFile { name: Preset::default().as_str().into(), sha256: String::new() },
            metadata_schema: None,
            nulls: None,
            partition: None,
            strict: false,
            tables: Form::default(),
            values: None,
        }
    }
}

impl Settings {
    /// The share of the profiles that was taken, where it was a partition.
    #[must_use]
    pub fn share(&self) -> Option<Share> {
        let partition = self.partition.as_deref()?.parse().ok()?;
        Some(Share::of(partition, &self.identifier))
    }

    /// How large a batch may be.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits::new(self.batch_bytes, self.batch_customers)
    }

    /// The preset that made the batches; none where it was a mapping file.
    #[must_use]
    pub fn preset(&self) -> Option<Preset> {
        Preset::ALL.iter().copied().find(|preset| preset.as_str() == self.mapping.name)
    }

    /// Names of the flags that shaped these batches otherwise than those.
    #[must_use]
    pub fn unlike(&self, other: &Self) -> BTreeSet<String> {
        let (ours, theirs) = (self.members(), other.members());
        let names: BTreeSet<String> = ours.iter().chain(&theirs).map(|(name, _)| name.clone()).collect();
        let value = |members: &[(String, Value)], name: &str| {
            members.iter().find(|(member, _)| member == name).map(|(_, value)| value.clone())
        };
        names.into_iter().filter(|name| value(&ours, name) != value(&theirs, name)).collect()
    }

    /// Each flag with its value, in order.
    #[must_use]
    pub fn members(&self) -> Vec<(String, Value)> {
        match serde_json::to_value(self) {
            Ok(Value::Object(members)) => members.into_iter().collect(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_the_first_version_are_read_and_written_as_they_were() {
        let text = concat!(
            r#"{"batch-bytes":9437184,"batch-customers":20,"corrections":[{"name":"sheet.csv","sha256":"a0"}],"#,
            r#""csv":"plain","identifier":"email","mapping":{"name":"m.toml","sha256":"fd"},"#,
            r#""metadata-schema":{"name":"s.json","sha256":"02"},"nulls":"clear=phone","strict":true}"#
        );
        let settings: Settings = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&settings).unwrap(), text);
        assert_eq!((settings.preset(), settings.csv), (None, Dialect::Plain));

        let plain = r#"{"batch-bytes":9437184,"batch-customers":null,"csv":"excel","identifier":"user_id","mapping":{"name":"initial-sync","sha256":""}}"#;
        assert_eq!(serde_json::to_string(&Settings::default()).unwrap(), plain);
        assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
        let unlike = settings.unlike(&Settings::default());
        let names =
            ["batch-customers", "corrections", "csv", "identifier", "mapping", "metadata-schema", "nulls", "strict"];
        assert_eq!(unlike, names.map(String::from).into());
    }
}
