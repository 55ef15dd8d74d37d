//! Where and as whom the two APIs are called.

use clap::ValueEnum;
use secrecy::SecretString;
use url::Url;

use super::{Origin, base_url, found, required};
use crate::failure::Failure;

/// Region of a Segment workspace (docs/api-facts.md A0).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum SegmentRegion {
    /// `https://profiles.segment.com`
    #[default]
    Us,
    /// `https://profiles.euw1.segment.com`
    Eu,
}

/// Region of a Voucherify project (docs/api-facts.md C0).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum VoucherifyRegion {
    /// `https://api.voucherify.io`
    #[default]
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
    /// Id of the space; nothing is read into it.
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

impl SegmentRegion {
    fn url(self) -> &'static str {
        match self {
            Self::Us => "https://profiles.segment.com",
            Self::Eu => "https://profiles.euw1.segment.com",
        }
    }
}

impl VoucherifyRegion {
    fn url(self) -> &'static str {
        match self {
            Self::Eu => "https://api.voucherify.io",
            Self::Us => "https://us1.api.voucherify.io",
            Self::As => "https://as1.api.voucherify.io",
        }
    }
}

/// The region whose documented host this is, unless it is the usual one; of any other host only the environment knows.
fn unusual<Region: ValueEnum + Default + PartialEq>(
    host: &str,
    url: impl Fn(Region) -> &'static str,
) -> Option<Region> {
    let regions = Region::value_variants().iter().cloned();
    regions
        .into_iter()
        .find(|region| *region != Region::default() && url(region.clone()).strip_prefix("https://") == Some(host))
}

impl SegmentRegion {
    /// What `--region` takes for this base URL of the Profile API, where that is not the default.
    #[must_use]
    pub fn unusual(api_url: &str) -> Option<&'static str> {
        unusual(api_url.trim_start_matches("https://").trim_end_matches('/'), Self::url).map(Into::into)
    }
}

impl VoucherifyRegion {
    /// What `--region` takes for this host of the API, where that is not the default.
    #[must_use]
    pub fn unusual(host: &str) -> Option<&'static str> {
        unusual(host, Self::url).map(Self::as_str)
    }

    /// The word for it on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl SegmentAccess {
    /// Takes `SEGMENT_ACCESS_TOKEN`, `SEGMENT_SPACE_ID` and `SEGMENT_API_URL` from the environment or `.env`; the URL
    /// goes before the region.
    ///
    /// # Errors
    /// A variable that is missing or empty, a token that no header takes, a host that would be called in the clear, or
    /// one that is in `.env` while the token is not.
    pub fn from_environment(region: Option<SegmentRegion>) -> Result<Self, Failure> {
        const WHERE: &str = "Segment: Unify settings, API access";
        let [token, space_id] = required(["SEGMENT_ACCESS_TOKEN", "SEGMENT_SPACE_ID"], WHERE)?;
        let secret = ("SEGMENT_ACCESS_TOKEN", token.1);
        let api_url =
            api_url("SEGMENT_API_URL", region.map(SegmentRegion::url), SegmentRegion::default().url(), secret)?;
        Ok(Self { token: header_safe("SEGMENT_ACCESS_TOKEN", token.0)?.into(), space_id: space_id.0, api_url })
    }
}

impl VoucherifyAccess {
    /// Takes `VOUCHERIFY_APPLICATION_ID`, `VOUCHERIFY_SECRET_KEY` and `VOUCHERIFY_API_URL` from the environment or
    /// `.env`; the URL goes before the region.
    ///
    /// # Errors
    /// A variable that is missing or empty, keys that no header takes, a host that would be called in the clear, or one
    /// that is in `.env` while the secret key is not.
    pub fn from_environment(region: Option<VoucherifyRegion>) -> Result<Self, Failure> {
        const WHERE: &str = "Voucherify: Project settings, application keys";
        let [id, key] = required(["VOUCHERIFY_APPLICATION_ID", "VOUCHERIFY_SECRET_KEY"], WHERE)?;
        let secret = ("VOUCHERIFY_SECRET_KEY", key.1);
        let of_region = region.map(VoucherifyRegion::url);
        let api_url = api_url("VOUCHERIFY_API_URL", of_region, VoucherifyRegion::default().url(), secret)?;
        let download_url = host("VOUCHERIFY_DOWNLOAD_URL", secret)?;
        Ok(Self {
            application_id: header_safe("VOUCHERIFY_APPLICATION_ID", id.0)?,
            secret_key: header_safe("VOUCHERIFY_SECRET_KEY", key.0)?.into(),
            api_url,
            download_url,
        })
    }
}

/// The host: that of the variable, or else that of the region that was asked for, or else the usual one.
fn api_url(name: &str, of_region: Option<&str>, usual: &str, secret: (&str, Origin)) -> Result<Url, Failure> {
    let Some(url) = host(name, secret)? else {
        return base_url::parse(name, of_region.unwrap_or(usual));
    };
    if let Some(of_region) = of_region
        && Url::parse(of_region).is_ok_and(|of_region| of_region != url)
    {
        tracing::warn!("`{name}` goes before the region: calls go to {url}, not to {of_region}");
    }
    Ok(url)
}

/// A host that is set; one that is in the file gets no key that is not.
fn host(name: &str, (secret_name, secret): (&str, Origin)) -> Result<Option<Url>, Failure> {
    let Some((value, origin)) = found(name)? else { return Ok(None) };
    if origin == Origin::File && secret != Origin::File {
        return Err(Failure::usage(format!(
            "`{name}` is in the environment file, and `{secret_name}`, which would be sent there, is not"
        ))
        .hint(format!(
            "put both into one place, or take `{name}` out of the file: who writes it chooses who gets the key"
        )));
    }
    base_url::parse(name, &value).map(Some)
}

/// A key as a header takes it: visible ASCII. The message does not show it.
fn header_safe(name: &str, value: String) -> Result<String, Failure> {
    match value.chars().position(|one| !one.is_ascii_graphic()) {
        None => Ok(value),
        Some(place) => {
            let place = place + 1;
            Err(Failure::usage(format!(
                "`{name}` holds a line break or another character that no key has, at place {place}"
            ))
            .hint("copy the key again, without line breaks, blanks and quotation marks of a text program"))
        }
    }
}
