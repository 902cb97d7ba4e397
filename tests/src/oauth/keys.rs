//! The key of the app, made anew by every test program.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value};

/// The fingerprint under which the server knows the public key.
pub const KEY_ID: &str = "_v0VjcMlLdQc3tRTD3jC5Xz29TUnKQOhtuD5k-gpyf4";

/// A pair of keys.
pub struct TestKey {
    pkcs8: Vec<u8>,
    public: Vec<u8>,
}

/// The pair that the server knows.
pub fn key() -> &'static TestKey {
    static KEY: LazyLock<TestKey> = LazyLock::new(TestKey::generate);
    &KEY
}

impl TestKey {
    /// A new pair.
    pub fn generate() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        Self { pkcs8: pkcs8.as_ref().to_vec(), public: pair.public_key().as_ref().to_vec() }
    }

    /// The private key as Coze lets one download it.
    pub fn pkcs8(&self) -> String {
        pem("PRIVATE KEY", &self.pkcs8)
    }

    /// The private key as older tools write it.
    pub fn pkcs1(&self) -> String {
        // The inner key stands behind 26 bytes that are the same for all RSA keys of
        // this length.
        pem("RSA PRIVATE KEY", &self.pkcs8[26..])
    }

    /// The claims of a JWT, if this key signed it.
    pub(super) fn verify(&self, jwt: &str) -> Option<Map<String, Value>> {
        let mut validation = Validation::new(Algorithm::RS256);
        // The server looks at its own clock and names.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let key = DecodingKey::from_rsa_der(&self.public);
        let token = jsonwebtoken::decode::<Map<String, Value>>(jwt, &key, &validation).ok()?;
        let header = &token.header;
        let known = header.kid.as_deref() == Some(KEY_ID) && header.typ.as_deref() == Some("JWT");
        known.then_some(token.claims)
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for start in (0..text.len()).step_by(64) {
        pem.push_str(&text[start..text.len().min(start + 64)]);
        pem.push('\n');
    }
    pem + &format!("-----END {label}-----\n")
}
