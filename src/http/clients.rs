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

/// Whether a URL names this machine.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
