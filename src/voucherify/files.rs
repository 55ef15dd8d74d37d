//! Files that an answer names by an address: reports and exports. A server may steer us to its own hosts and nowhere else.

use std::{fs::File, sync::atomic::Ordering::Relaxed, time::Duration};

use reqwest::{Method, header::HeaderMap};
use url::{Host, Url};

use super::{POLICY, Voucherify};
use crate::http::{Call, Place, policy::Policy};

const FILE_POLICY: Policy = Policy { attempts: 3, backoff: Duration::from_millis(200), ..POLICY };

/// Which hosts see our keys beside the API itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// The vendor's: nobody says that reports need them (docs/api-facts.md C3).
    Vendors,
    /// All that a file may be fetched from: exports need them (docs/api-facts.md C6).
    Everywhere,
}

/// Why a file was not fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotFetched {
    /// The host wants another address (401): that of an export is good for minutes only.
    Expired,
    /// In words.
    Because(String),
}

impl Voucherify {
    /// Fetches the file at an address that the server gave, into `file`. Redirects are not followed.
    pub(super) async fn fetch(&self, address: &str, keys: Keys, file: &mut File) -> Result<(), NotFetched> {
        let because = |words: String| NotFetched::Because(words);
        let url = self.api_url.join(address).map_err(|error| because(format!("its address is none: {error}")))?;
        if !may_be_fetched(&self.api_url, self.download_url.as_ref(), &url) {
            let host = url.host_str().unwrap_or_default();
            return Err(because(format!(
                "its address is at `{host}`, which is no host of this API; if it is one of a dedicated cluster, name it in `VOUCHERIFY_DOWNLOAD_URL`"
            )));
        }
        let shown = keys == Keys::Everywhere || sees_keys(&self.api_url, &url);
        let headers = if shown { self.headers.clone() } else { HeaderMap::new() };
        let call = Call { method: Method::GET, url, headers, body: None, policy: FILE_POLICY, place: Place::InLine };
        let answer = self.transport.download(&call, file).await;
        let tries = answer.as_ref().map_or_else(|error| error.attempts, |reply| reply.attempts);
        self.downloads.fetch_add(tries.into(), Relaxed);
        match answer.map_err(|error| because(error.to_string()))?.status.as_u16() {
            200..=299 => Ok(()),
            401 => Err(NotFetched::Expired),
            300..=399 => Err(because("its host sends us elsewhere, and keys and personal data do not go there".into())),
            status => Err(because(format!("its host answered {status}"))),
        }
    }
}

/// The vendor's hosts where the API is one of them, else the API's own host and the one that was configured. In the clear
/// only on this machine.
fn may_be_fetched(api: &Url, download: Option<&Url>, url: &Url) -> bool {
    if !url.username().is_empty() || url.password().is_some() {
        return false;
    }
    if is_loopback(api) {
        return is_loopback(url) && matches!(url.scheme(), "http" | "https");
    }
    let same_host = |other: &Url| other.host() == url.host();
    let ours = same_host(api) || download.is_some_and(same_host) || (is_vendors(api) && is_vendors(url));
    url.scheme() == "https" && ours
}

/// The API itself, or a host of the vendor.
fn sees_keys(api: &Url, url: &Url) -> bool {
    url.origin() == api.origin() || (url.scheme() == "https" && is_vendors(url))
}

fn is_vendors(url: &Url) -> bool {
    url.domain().is_some_and(|name| name == "voucherify.io" || name.ends_with(".voucherify.io"))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_from_the_apis_own_hosts_and_keys_go_nowhere_else() {
        let vendor = Url::parse("https://us1.api.voucherify.io").unwrap();
        for (address, fetched, keys) in [
            ("https://us1.api.voucherify.io/v1/reports/1", true, true),
            ("https://us1.download.voucherify.io/x?token=1", true, true),
            ("http://download.voucherify.io/x", false, false),
            ("https://voucherify.io.example.com/x", false, false),
            ("https://notvoucherify.io/x", false, false),
            ("https://us1.api.voucherify.io@example.com/x", false, false),
            ("https://user:word@download.voucherify.io/x", false, true),
            ("https://storage.example.com/x", false, false),
            ("http://127.0.0.1:9/x", false, false),
            ("https://localhost/x", false, false),
            ("ftp://us1.api.voucherify.io/x", false, false),
            ("file:///etc/passwd", false, false),
        ] {
            let url = Url::parse(address).unwrap();
            assert_eq!((may_be_fetched(&vendor, None, &url), sees_keys(&vendor, &url)), (fetched, keys), "{address}");
        }
        let dedicated = Url::parse("https://voucherify.example.com").unwrap();
        let download = Url::parse("https://files.example.com").unwrap();
        for (address, without, with) in [
            ("https://voucherify.example.com/r", true, true),
            ("https://files.example.com/r", false, true),
            ("https://download.voucherify.io/r", false, false),
            ("http://files.example.com/r", false, false),
        ] {
            let url = Url::parse(address).unwrap();
            assert_eq!(may_be_fetched(&dedicated, None, &url), without, "{address}");
            assert_eq!(may_be_fetched(&dedicated, Some(&download), &url), with, "{address}");
        }
        let here = Url::parse("http://127.0.0.1:8080").unwrap();
        for (address, fetched, keys) in [
            ("http://127.0.0.1:8080/r", true, true),
            ("http://127.0.0.1:8081/r", true, false),
            ("http://192.0.2.1/r", false, false),
            ("https://storage.example.com/r", false, false),
        ] {
            let url = Url::parse(address).unwrap();
            assert_eq!((may_be_fetched(&here, None, &url), sees_keys(&here, &url)), (fetched, keys), "{address}");
        }
    }
}
