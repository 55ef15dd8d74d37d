//! Which way a call goes: never through a proxy to this machine, and with certificates only where there are some to check.

use std::{fmt, sync::OnceLock, time::Duration};

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Client;
use url::{Host, Url};

use super::trouble::{self, NoBody};

/// A host that does not take a connection by then is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// The clients of a transport, each made when it is first needed: a machine without certificates can still call itself.
pub(super) struct Clients {
    timeout: Duration,
    proxies: Matcher,
    /// To this machine in the clear: no proxy, no certificates.
    plain: OnceLock<Result<Client, NoBody>>,
    /// To this machine, encrypted: no proxy.
    here: OnceLock<Result<Client, NoBody>>,
    /// To other machines.
    elsewhere: OnceLock<Result<Client, NoBody>>,
}

impl fmt::Debug for Clients {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Clients").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl Clients {
    pub(super) fn new(timeout: Duration) -> Self {
        // The first of the process installs the provider; later ones find it in place.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (plain, here, elsewhere) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { timeout, proxies: Matcher::from_env(), plain, here, elsewhere }
    }

    /// The client for a URL, or why there can be none.
    pub(super) fn to(&self, url: &Url) -> Result<&Client, NoBody> {
        if !is_here(url) {
            check_proxies(url, |name| std::env::var(name).ok())?;
        }
        let (client, build) = match (is_here(url), url.scheme()) {
            (true, "http") => (&self.plain, self.builder().no_proxy().tls_certs_only([])),
            (true, _) => (&self.here, self.builder().no_proxy()),
            (false, _) => (&self.elsewhere, self.builder()),
        };
        let made = client.get_or_init(|| build.build().map_err(|error| trouble::no_body(&error)));
        made.as_ref().map_err(Clone::clone)
    }

    fn builder(&self) -> reqwest::ClientBuilder {
        Client::builder()
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
            .timeout(self.timeout)
            .read_timeout(self.timeout)
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
    }

    /// The proxy through which calls to a URL go, without its credentials.
    pub(super) fn proxy(&self, url: &Url) -> Option<String> {
        if is_here(url) {
            return None;
        }
        let uri = url.as_str().parse().ok()?;
        let proxy = self.proxies.intercept(&uri)?.uri().to_string();
        Some(Url::parse(&proxy).map_or(proxy, |proxy| super::redacted(&proxy)))
    }
}

/// Insists on proxies that can be used: one that is misspelt would else be passed by without a word, and a network that has
/// a proxy has it for a reason. The value is not repeated, since it may hold a password.
fn check_proxies(url: &Url, variable: impl Fn(&str) -> Option<String>) -> Result<(), NoBody> {
    let Ok(uri) = url.as_str().parse() else { return Ok(()) };
    let exceptions = ["NO_PROXY", "no_proxy"].into_iter().find_map(&variable).unwrap_or_default();
    if Matcher::builder().all("http://proxy.example").no(exceptions).build().intercept(&uri).is_none() {
        return Ok(());
    }
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let Some(value) = variable(name).filter(|value| !value.trim().is_empty()) else { continue };
        let proxy = Matcher::builder().all(value).build().intercept(&uri).map(|proxy| proxy.uri().clone());
        let usable = proxy.is_some_and(|proxy| {
            let scheme = proxy.scheme_str().is_some_and(|scheme| ["http", "https"].contains(&scheme));
            scheme && proxy.host().is_some_and(|host| !host.is_empty())
        });
        if !usable {
            return Err(NoBody::Untrusted(format!(
                "`{name}` names no proxy that can be used: it is `http://HOST:PORT`"
            )));
        }
    }
    Ok(())
}

/// Whether a URL names this machine.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_cannot_be_used_is_not_passed_by() {
        let url: Url = "https://api.example.com/v1".parse().unwrap();
        let check = |variables: &[(&str, &str)]| {
            let of = |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
            check_proxies(&url, of).map_err(NoBody::into_cause)
        };
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            for good in ["", " ", "http://proxy:3128", "https://me:hush@proxy.example", "proxy:3128", "proxy"] {
                assert_eq!(check(&[(name, good)]), Ok(()), "{good}");
            }
            for bad in [":::", "socks9://x", "socks5://me:hush@x:1080", "/x", "http://", "http://a b:1"] {
                let words = check(&[(name, bad)]).unwrap_err();
                assert_eq!(
                    words,
                    format!("`{name}` names no proxy that can be used: it is `http://HOST:PORT`"),
                    "{bad}"
                );
                assert_eq!(check(&[(name, bad), ("no_proxy", "example.com")]), Ok(()));
            }
        }
        assert_eq!(check(&[("HTTP_PROXY", ":::")]), Ok(()), "calls to other machines are encrypted");
    }
}
