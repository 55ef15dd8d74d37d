//! What a file is, told by its first bytes and never by its name: what can be read, and what is refused by name with the
//! command that converts it.

mod remedy;
mod told;

use remedy::{Command, Converter};

use crate::failure::Failure;

pub(super) use told::{HEAD, WINDOW_LOG, packing};
pub use told::{refused, seems};

/// What a file is in, of what can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// As it is.
    Plain,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

/// A form that is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Compressed twice.
    GzipInGzip,
    /// `.xz`, and its forerunner `.lzma`.
    Xz,
    /// `.lz`
    Lzip,
    /// `.zst` that takes more memory than there is for it.
    ZstdWindow,
    /// `.zst` for which another file is needed.
    ZstdDictionary,
    /// `.lzo`
    Lzo,
    /// `.Z`
    Compress,
    /// `.zz`, RFC 1950.
    Zlib,
    /// `.bz2`
    Bzip2,
    /// `.lz4`
    Lz4,
    /// `.sz`, framed.
    Snappy,
    /// `.7z`
    SevenZip,
    /// `.zip`, and with it workbooks.
    Zip,
    /// `.tar`
    Tar,
    /// Apache Parquet.
    Parquet,
    /// Apache Avro.
    Avro,
    /// Apache ORC.
    Orc,
    /// Apache Arrow.
    Arrow,
    /// Two or four bytes a letter, in this encoding.
    Wide(&'static str),
    /// One array of all profiles.
    JsonArray,
    /// An object that holds such an array, as APIs answer.
    Wrapped,
    /// Objects over several lines.
    PrettyJson,
    /// Objects with commas between the lines, as they stand in an array.
    Commas,
    /// Objects one after another on a line.
    SeveralALine,
    /// RFC 7464: a separator before each object.
    Sequence,
    /// Each object as the text of a JSON string.
    JsonInJson,
    /// Each object in the one column of a table of text.
    JsonInCsv,
    /// What Python prints of its dictionaries.
    Python,
    /// Lines that end in CR alone.
    CarriageReturns,
    /// A table of text.
    Csv,
    /// HTML or XML.
    Markup,
    /// Lines `NAME=value`.
    Settings,
    /// Statements of SQL.
    Sql,
    /// JSON lines of another shape.
    OtherJson,
    /// No text at all.
    Binary,
    /// Anything else.
    Unknown,
}

impl Form {
    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GzipInGzip => "compressed twice",
            Self::Xz => "compressed by xz",
            Self::Lzip => "compressed by lzip",
            Self::ZstdWindow => "compressed by zstd with a window of more than 32 MiB",
            Self::ZstdDictionary => "compressed by zstd with a dictionary",
            Self::Lzo => "compressed by lzop",
            Self::Compress => "compressed by compress",
            Self::Zlib => "compressed by zlib",
            Self::Bzip2 => "compressed by bzip2",
            Self::Lz4 => "compressed by lz4",
            Self::Snappy => "compressed by snappy",
            Self::SevenZip => "a 7z archive",
            Self::Zip => "a zip archive or a workbook",
            Self::Tar => "a tar archive",
            Self::Parquet => "Parquet",
            Self::Avro => "Avro",
            Self::Orc => "ORC",
            Self::Arrow => "Arrow",
            Self::Wide(encoding) if encoding.starts_with("UTF-32") => "text in UTF-32",
            Self::Wide(_) => "text in UTF-16",
            Self::JsonArray => "one JSON array",
            Self::Wrapped => "one JSON object around an array",
            Self::PrettyJson => "JSON over several lines",
            Self::Commas => "lines of JSON with commas between",
            Self::SeveralALine => "several JSON objects on a line",
            Self::Sequence => "a JSON text sequence (RFC 7464)",
            Self::JsonInJson => "JSON in JSON strings",
            Self::JsonInCsv => "JSON in a table of text (CSV)",
            Self::Python => "what Python prints of dictionaries",
            Self::CarriageReturns => "lines that end in carriage returns",
            Self::Csv => "a table of text (CSV)",
            Self::Markup => "HTML or XML",
            Self::Settings => "lines of the form `NAME=value`",
            Self::Sql => "statements of SQL",
            Self::OtherJson => "JSON lines of another shape",
            Self::Binary => "no text",
            Self::Unknown => "no JSON",
        }
    }

    /// What makes lines of JSON of the file of that name, which may be packed itself.
    fn remedy(self, file: &str, packed: Packing) -> String {
        match self.converter() {
            Converter::Command(_) if self == Self::GzipInGzip && packed == Packing::Zstd => {
                remedy::piped(Command::OfInput("zstd -dc"), file, None)
            }
            Converter::Command(command) => remedy::piped(command, file, self.unpacked(packed)),
            Converter::Query(scan) => remedy::queried(scan, file, self.unpacked(packed)),
            Converter::Advice(advice) => advice.into(),
        }
    }

    /// What inflates a file first that is packed itself.
    fn unpacked(self, packed: Packing) -> Option<&'static str> {
        match packed {
            // What is compressed twice is read when it is inflated once.
            _ if self == Self::GzipInGzip => None,
            Packing::Plain => None,
            Packing::Gzip => Some("gzip -dc"),
            Packing::Zstd => Some("zstd -dc"),
        }
    }

    fn converter(self) -> Converter {
        use Command::{ByJq, Fed, OfFile, OfInput};
        use Converter::{Advice, Query};
        Converter::Command(match self {
            Self::GzipInGzip | Self::Compress => OfInput("gzip -dc"),
            Self::Xz => OfInput("xz -dc"),
            Self::Lzip => OfInput("lzip -dc"),
            Self::ZstdWindow => OfInput("zstd -dc --long=31"),
            Self::ZstdDictionary => OfInput("zstd -dc -D DICTIONARY"),
            Self::Lzo => OfInput("lzop -dc"),
            Self::Zlib => OfInput("pigz -dc"),
            Self::Bzip2 => OfInput("bzip2 -dc"),
            Self::Lz4 => OfInput("lz4 -dc"),
            Self::Snappy => OfInput("snzip -dc"),
            Self::SevenZip => OfFile("7z x -so"),
            Self::Zip => OfFile("unzip -p"),
            Self::Tar => Fed("tar -xOf -"),
            Self::Wide(encoding) => OfInput(match encoding {
                "UTF-16LE" => "iconv -f UTF-16LE -t UTF-8",
                "UTF-16BE" => "iconv -f UTF-16BE -t UTF-8",
                "UTF-32LE" => "iconv -f UTF-32LE -t UTF-8",
                "UTF-32BE" => "iconv -f UTF-32BE -t UTF-8",
                "UTF-32" => "iconv -f UTF-32 -t UTF-8",
                _ => "iconv -f UTF-16 -t UTF-8",
            }),
            Self::JsonArray => ByJq("jq -c '.[]'"),
            Self::Wrapped => ByJq("jq -c '.[] | arrays[]'"),
            Self::PrettyJson | Self::SeveralALine => ByJq("jq -c ."),
            Self::JsonInJson => ByJq("jq -c fromjson"),
            Self::Sequence => Fed(r"tr -d '\036'"),
            Self::CarriageReturns => Fed(r"tr '\r' '\n'"),
            Self::Commas => OfInput("sed 's/},[[:space:]]*$/}/'"),
            Self::JsonInCsv => Fed(
                "python3 -c 'import csv, sys; csv.field_size_limit(1 << 30); [print(row[-1]) for row in csv.reader(sys.stdin)]'",
            ),
            Self::Python => Fed(
                "python3 -c 'import ast, json, sys; [print(json.dumps(ast.literal_eval(line))) for line in sys.stdin]'",
            ),
            Self::Parquet => return Query("read_parquet"),
            Self::Avro => return Query("read_avro"),
            Self::Csv => return Query("read_csv"),
            Self::Orc | Self::Arrow => return Advice("unload lines of JSON instead: an object a line"),
            Self::Markup | Self::Settings | Self::Sql | Self::OtherJson | Self::Binary | Self::Unknown => {
                return Advice(
                    "a line is `{\"segment_id\":…,\"external_ids\":[…],\"traits\":{…}}`; `warehouse` prints SQL that unloads such lines",
                );
            }
        })
    }

    /// The error for a file in this form.
    #[must_use]
    pub fn refusal(self, file: &str) -> Failure {
        Failure::stopped(format!("`{file}` is {}, and profiles are read from lines of JSON", self.name()))
            .hint(self.remedy(file, told::packing_of(file)))
    }

    /// The error for an input of which nearly nothing is a profile.
    #[must_use]
    pub fn no_profiles(self, file: &str, malformed: u64, read: u64) -> Failure {
        Failure::stopped(format!("{malformed} of {read} lines are no profiles: `{file}` seems to be {}", self.name()))
            .kept("what was there before: nothing was published")
            .hint(self.remedy(file, told::packing_of(file)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_is_a_command_that_names_the_file() {
        let said = |form: Form, file| form.remedy(file, Packing::Plain);
        assert_eq!(
            said(Form::JsonArray, "my people"),
            "`jq -c '.[]' 'my people' | segment-to-voucherify transform -`; jq before 1.7 rounds long numbers"
        );
        assert_eq!(said(Form::CarriageReturns, "a"), "`tr '\\r' '\\n' < a | segment-to-voucherify transform -`");
        let packed = |form: Form, packing| form.remedy("it.gz", packing);
        assert_eq!(
            packed(Form::JsonArray, Packing::Gzip),
            "`gzip -dc it.gz | jq -c '.[]' | segment-to-voucherify transform -`; jq before 1.7 rounds long numbers"
        );
        assert_eq!(
            packed(Form::CarriageReturns, Packing::Zstd),
            "`zstd -dc it.gz | tr '\\r' '\\n' | segment-to-voucherify transform -`"
        );
        assert_eq!(
            packed(Form::Avro, Packing::Gzip),
            "`gzip -dc it.gz > unpacked && duckdb -c \"COPY (SELECT * FROM read_avro('unpacked')) TO 'profiles.ndjson' (FORMAT json)\"` writes lines of JSON, a member for each column"
        );
        assert_eq!(said(Form::Tar, "-"), "`tar -xOf - | segment-to-voucherify transform -`");
        assert_eq!(said(Form::Zip, "-"), "`unzip -p FILE | segment-to-voucherify transform -`");
        assert_eq!(
            packed(Form::Tar, Packing::Gzip),
            "`gzip -dc it.gz | tar -xOf - | segment-to-voucherify transform -`"
        );
        assert_eq!(
            packed(Form::Zip, Packing::Gzip),
            "`gzip -dc it.gz > unpacked && unzip -p unpacked | segment-to-voucherify transform -`"
        );
        assert_eq!(packed(Form::GzipInGzip, Packing::Zstd), "`zstd -dc it.gz | segment-to-voucherify transform -`");
        assert_eq!(
            packed(Form::ZstdWindow, Packing::Gzip),
            "`gzip -dc it.gz | zstd -dc --long=31 | segment-to-voucherify transform -`"
        );
        assert_eq!(packed(Form::GzipInGzip, Packing::Gzip), "`gzip -dc it.gz | segment-to-voucherify transform -`");
        assert_eq!(
            said(Form::Parquet, "it's"),
            r#"`duckdb -c "COPY (SELECT * FROM read_parquet('it''s')) TO 'profiles.ndjson' (FORMAT json)"` writes lines of JSON, a member for each column"#
        );
    }
}
