//! The tokens of download addresses: signed, and dead after a while (docs/api-facts.md C6).

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Utc;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Makes and checks the tokens of one export.
#[derive(Debug)]
pub(super) struct Tokens {
    secret: u128,
    lifetime: Duration,
}

impl Tokens {
    pub(super) fn new(lifetime: Duration) -> Self {
        Self { secret: rand::random(), lifetime }
    }

    /// A token that is good from now on, for as long as tokens live.
    pub(super) fn issue(&self) -> String {
        let now = Utc::now().timestamp_millis();
        let until = now.saturating_add(i64::try_from(self.lifetime.as_millis()).unwrap_or(i64::MAX));
        // Whole seconds would make a life of one second anything between none and two.
        let claims = json!({"iat": now / 1_000, "exp_ms": until});
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let content = format!("{}.{}", encode(&json!({"alg": "HS256", "typ": "JWT"})), encode(&claims));
        let signature = self.sign(&content);
        format!("{content}.{signature}")
    }

    /// Whether this is one of them that still lives.
    pub(super) fn takes(&self, token: &str) -> bool {
        let alive = |content: &str| {
            let claims = URL_SAFE_NO_PAD.decode(content.split_once('.')?.1).ok()?;
            let claims: Value = serde_json::from_slice(&claims).ok()?;
            Some(Utc::now().timestamp_millis() < claims["exp_ms"].as_i64()?)
        };
        token
            .rsplit_once('.')
            .is_some_and(|(content, signature)| signature == self.sign(content) && alive(content) == Some(true))
    }

    fn sign(&self, content: &str) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{}.{content}", self.secret)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_export_and_its_time_alone() {
        let tokens = Tokens::new(Duration::from_hours(1));
        let token = tokens.issue();
        assert!(tokens.takes(&token));
        assert!(!Tokens::new(Duration::from_hours(1)).takes(&token), "of another export");
        assert!(
            !tokens.takes("") && !tokens.takes(&token[..token.len() - 1]) && !tokens.takes(&token.replace('.', ""))
        );
        let expired = Tokens { secret: 1, lifetime: Duration::ZERO };
        assert!(!expired.takes(&expired.issue()));
    }
}
