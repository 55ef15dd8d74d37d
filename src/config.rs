//! Environment and `.env` become checked values, once; past this border nothing reads the environment.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use secrecy::SecretString;
use url::{Host, Url};

use crate::failure::Failure;

/// File that is read when `--env-file` does not name another.
const DEFAULT_ENVIRONMENT_FILE: &str = ".env";

/// Region of a Segment workspace (docs/api-facts.md A0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SegmentRegion {
    /// `https://profiles.segment.com`
    Us,
    /// `https://profiles.euw1.segment.com`
    Eu,
}

/// Region of a Voucherify project (docs/api-facts.md C0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VoucherifyRegion {
    /// `https://api.voucherify.io`
    Eu,
    /// `https://us1.api.voucherify.io`
    Us,
    /// `https://as1.api.voucherify.io`
    As,
}

/// Where and as whom to read profiles.
#[derive(Debug, Clone)]
pub struct SegmentAccess {
    /// Base URL of the Profile API, without `/v1`.
    pub api_url: Url,
    /// Space id; opaque.
    pub space_id: String,
    /// Profile API access token.
    pub token: SecretString,
}

/// Where and as whom to write customers.
#[derive(Debug, Clone)]
pub struct VoucherifyAccess {
    /// Base URL of the API, without `/v1`.
    pub api_url: Url,
    /// Application id: names the project; no secret on its own.
    pub application_id: String,
    /// Secret key of the application.
    pub secret_key: SecretString,
    /// Where a dedicated cluster keeps the files of exports; the documented hosts need none.
    pub download_url: Option<Url>,
}

/// Reads the file that `--env-file` names among `arguments`, or `.env` where there is one; what is already in the
/// environment wins.
///
/// # Errors
/// A named file that is not there, or a file with a line that is no assignment.
pub fn load_environment_file(arguments: impl IntoIterator<Item = OsString>) -> Result<(), Failure> {
    let named = named_environment_file(arguments);
    let path = named.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_ENVIRONMENT_FILE));
    match dotenvy::from_path(&path) {
        Ok(()) => Ok(()),
        Err(dotenvy::Error::Io(error)) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        // Its own message would show the line, and with it the secret.
        Err(dotenvy::Error::LineParse(..)) => Err(unreadable(&path, "a line is not of the form `NAME=value`")),
        Err(error) => Err(unreadable(&path, &error.to_string())),
    }
}

fn unreadable(path: &Path, why: &str) -> Failure {
    Failure::usage(format!("cannot read the environment file `{}`: {why}", path.display()))
        .hint("see `.env-example` for what it may hold")
}

fn named_environment_file(arguments: impl IntoIterator<Item = OsString>) -> Option<PathBuf> {
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let argument = argument.to_string_lossy();
        if argument == "--env-file" {
            return arguments.next().map(PathBuf::from);
        }
        if let Some(path) = argument.strip_prefix("--env-file=") {
            return Some(PathBuf::from(path));
        }
    }
    None
}

impl SegmentAccess {
    /// Takes `SEGMENT_ACCESS_TOKEN`, `SEGMENT_SPACE_ID` and `SEGMENT_API_URL` from the environment.
    ///
    /// # Errors
    /// A variable that is missing or empty, or a host that would be called in the clear.
    pub fn from_environment(region: SegmentRegion) -> Result<Self, Failure> {
        const WHERE: &str = "Segment: Unify settings, API access";
        let default = match region {
            SegmentRegion::Us => "https://profiles.segment.com",
            SegmentRegion::Eu => "https://profiles.euw1.segment.com",
        };
        let [token, space_id] = required(["SEGMENT_ACCESS_TOKEN", "SEGMENT_SPACE_ID"], WHERE)?;
        Ok(Self { token: token.into(), space_id, api_url: api_url("SEGMENT_API_URL", default)? })
    }
}

impl VoucherifyAccess {
    /// Takes `VOUCHERIFY_APPLICATION_ID`, `VOUCHERIFY_SECRET_KEY` and `VOUCHERIFY_API_URL` from the environment.
    ///
    /// # Errors
    /// A variable that is missing or empty, or a host that would be called in the clear.
    pub fn from_environment(region: VoucherifyRegion) -> Result<Self, Failure> {
        const WHERE: &str = "Voucherify: Project settings, application keys";
        let default = match region {
            VoucherifyRegion::Eu => "https://api.voucherify.io",
            VoucherifyRegion::Us => "https://us1.api.voucherify.io",
            VoucherifyRegion::As => "https://as1.api.voucherify.io",
        };
        let [application_id, secret_key] = required(["VOUCHERIFY_APPLICATION_ID", "VOUCHERIFY_SECRET_KEY"], WHERE)?;
        let download = optional("VOUCHERIFY_DOWNLOAD_URL");
        let download_url = download.map(|url| parse_api_url("VOUCHERIFY_DOWNLOAD_URL", &url)).transpose()?;
        let api_url = api_url("VOUCHERIFY_API_URL", default)?;
        Ok(Self { application_id, secret_key: secret_key.into(), api_url, download_url })
    }
}

/// The value of an environment variable; one that is empty or blank counts as not set.
#[must_use]
pub fn optional(name: &str) -> Option<String> {
    std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// The values of environment variables that must all be there; all that are missing are named at once.
fn required<const N: usize>(names: [&str; N], place: &str) -> Result<[String; N], Failure> {
    let missing: Vec<String> =
        names.iter().filter(|name| optional(name).is_none()).map(|name| format!("`{name}`")).collect();
    if missing.is_empty() {
        return Ok(names.map(|name| optional(name).unwrap_or_default()));
    }
    let (verb, whose) = if missing.len() == 1 { ("is", "its value") } else { ("are", "their values") };
    Err(Failure::usage(format!("{} {verb} not set", missing.join(" and ")))
        .hint(format!("find {whose} in {place}; put what is missing into the environment or into `.env`")))
}

fn api_url(name: &str, default: &str) -> Result<Url, Failure> {
    parse_api_url(name, &optional(name).unwrap_or_else(|| default.to_owned()))
}

/// Checks a base URL: `https`, or plain `http` to this machine only, since every call carries a secret.
fn parse_api_url(name: &str, value: &str) -> Result<Url, Failure> {
    let url = Url::parse(value).map_err(|error| Failure::usage(format!("`{name}` is not a URL")).because(error))?;
    let loopback = match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if loopback => Ok(url),
        _ => Err(Failure::usage(format!("`{name}` must begin with `https://`"))
            .hint("plain `http://` would send the keys in the clear; it is allowed to this machine only")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_to_this_machine_only() {
        for allowed in ["https://api.example.com", "http://127.0.0.1:80", "http://localhost:1", "http://[::1]:9"] {
            assert!(parse_api_url("X", allowed).is_ok(), "{allowed}");
        }
        for refused in ["http://api.example.com", "http://127.0.0.1.example.com", "ftp://localhost", "localhost:80"] {
            assert!(parse_api_url("X", refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn the_environment_file_is_found_among_arguments() {
        let named = |arguments: &[&str]| named_environment_file(arguments.iter().map(OsString::from));
        assert_eq!(named(&["x", "export"]), None);
        assert_eq!(named(&["x", "--env-file", "a"]), Some("a".into()));
        assert_eq!(named(&["x", "export", "--env-file=b"]), Some("b".into()));
    }
}
