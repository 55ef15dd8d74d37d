//! Base URLs: which host is called, and nothing beside it.

use url::{Host, Url};

use crate::failure::Failure;

/// Checks a base URL: `https`, or plain `http` to this machine only, since every call carries a secret; a host and
/// perhaps a path. `/v1` at its end is taken off, since every call adds it.
pub(super) fn parse(name: &str, value: &str) -> Result<Url, Failure> {
    let wrong = |why: &str| Failure::usage(format!("`{name}` {why}"));
    let example = format!("for instance `{name}=https://api.example.com`");
    let mut url = Url::parse(value).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => wrong("must begin with `https://`").hint(example.clone()),
        error => wrong("is not a URL").because(error).hint(example.clone()),
    })?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        _ => {
            return Err(wrong("must begin with `https://`")
                .hint("plain `http://` would send the keys in the clear; it is allowed to this machine only"));
        }
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("holds a user name or a password").hint("keys have variables of their own; leave it out"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("holds a `?` or a `#`").hint("a host is asked for, and perhaps a path"));
    }
    let without_version = url.path().trim_end_matches('/').strip_suffix("/v1").map(str::to_owned);
    if let Some(path) = without_version {
        url.set_path(&path);
    }
    Ok(url)
}

/// Whether a URL names this machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_goes_to_this_machine_only() {
        for allowed in ["https://api.example.com", "http://127.0.0.1:80", "http://localhost:1", "http://[::1]:9"] {
            assert!(parse("X", allowed).is_ok(), "{allowed}");
        }
        for refused in ["http://api.example.com", "http://127.0.0.1.example.com", "ftp://localhost", "localhost:80"] {
            assert!(parse("X", refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_base_is_a_host_and_a_path_without_the_version() {
        for (typed, taken) in [
            ("https://a.example", "https://a.example/"),
            ("https://a.example/v1", "https://a.example/"),
            ("https://a.example/v1/", "https://a.example/"),
            ("https://a.example/proxy/v1", "https://a.example/proxy"),
            ("https://a.example/v12", "https://a.example/v12"),
        ] {
            assert_eq!(parse("X", typed).unwrap().as_str(), taken);
        }
        for refused in ["https://u@a.example", "https://u:p@a.example", "https://a.example?x", "https://a.example/#x"] {
            let message = parse("X", refused).unwrap_err().to_string();
            assert!(message.starts_with("`X` holds a ") && !message.contains("a.example"), "{message}");
        }
        assert_eq!(parse("X", "api.example.com").unwrap_err().to_string(), "`X` must begin with `https://`");
    }
}
