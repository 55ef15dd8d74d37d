//! Why there was no answer, in words that help.

use std::{error::Error, io};

/// What helps where no issuer of certificates is known.
const ADVICE: &str =
    "install the package `ca-certificates`, or name the file with your company's certificates in `SSL_CERT_FILE`";

/// Why a body did not arrive.
#[derive(Debug, Clone)]
pub(super) enum NoBody {
    /// Refused, reset, cut, timed out: another try may bring it.
    Broken(String),
    /// Too large, or nowhere to put it: another try brings the same.
    Unusable(String),
    /// The server cannot be trusted: no call fares better.
    Untrusted(String),
}

impl NoBody {
    /// Adds to the words.
    pub(super) fn map(self, words: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Broken(cause) => Self::Broken(words(cause)),
            Self::Unusable(cause) => Self::Unusable(words(cause)),
            Self::Untrusted(cause) => Self::Untrusted(words(cause)),
        }
    }

    pub(super) fn into_cause(self) -> String {
        match self {
            Self::Broken(cause) | Self::Unusable(cause) | Self::Untrusted(cause) => cause,
        }
    }
}

/// The innermost words of an error chain, `connection refused` rather than `error sending request`. Certificates stay what
/// they are, whatever is tried again.
pub(super) fn no_body(error: &reqwest::Error) -> NoBody {
    if error.is_timeout() {
        return NoBody::Broken("the server did not answer in time".into());
    }
    let mut cause: &dyn Error = error;
    loop {
        if let Some(words) = certificate(cause) {
            return NoBody::Untrusted(words);
        }
        // What an I/O error holds is none of its sources: those are the sources of that.
        let held = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref).map(|held| held as &dyn Error);
        match held.or_else(|| cause.source()) {
            Some(source) => cause = source,
            None => break,
        }
    }
    let text = cause.to_string();
    if error.is_builder() { NoBody::Untrusted(format!("{text}; {ADVICE}")) } else { NoBody::Broken(text) }
}

fn certificate(error: &(dyn Error + 'static)) -> Option<String> {
    use rustls::CertificateError::{NotValidForName, NotValidForNameContext};
    match error.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => Some(
            "the server's certificate is for another name: either the host is misspelt, or something stands in between"
                .into(),
        ),
        rustls::Error::InvalidCertificate(why) => {
            Some(format!("this machine does not trust the server's certificate ({why}); {ADVICE}"))
        }
        _ => None,
    }
}
