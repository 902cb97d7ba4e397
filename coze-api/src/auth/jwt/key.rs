//! The private key of an app, and signing with it.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
// The provider by name, because `jsonwebtoken::encode` panics where the features of two
// are on, which another crate of the program may cause. It is that of the feature in the
// workspace's Cargo.toml.
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Serialize;

use crate::error::{Error, Result};

/// An RSA key that is known to sign.
pub(super) struct Key(EncodingKey);

impl Key {
    /// Reads PEM text, and signs something to see whether the key is good for it.
    pub(super) fn from_pem(pem: &str) -> Result<Self> {
        // Environment variables and JSON in JSON tend to hold the two characters instead
        // of a line break.
        let pem = pem.trim().replace("\\n", "\n");
        let der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| {
            // The parser's error may quote what it read.
            Error::config(
                "the private key is no PEM text; it should begin with `-----BEGIN PRIVATE KEY-----` or \
                 `-----BEGIN RSA PRIVATE KEY-----`",
            )
        })?;
        let pkcs1 = match &der {
            PrivateKeyDer::Pkcs1(key) => Some(key.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(key) => rsa_in_pkcs8(key.secret_pkcs8_der()),
            _ => None,
        };
        let pkcs1 =
            pkcs1.ok_or_else(|| Error::config("the private key is no RSA key"))?;
        let key = Self(EncodingKey::from_rsa_der(pkcs1));
        key.signature(b"").map_err(|_| {
            Error::config(
                "the private key cannot sign: it is damaged, or shorter than 2048 bits",
            )
        })?;
        Ok(key)
    }

    /// Signs a JWT.
    pub(super) fn sign(&self, key_id: &str, claims: &impl Serialize) -> Result<String> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(key_id.to_owned());
        let failed = |e| Error::config("the JWT cannot be signed").with_source(e);
        let header = serde_json::to_vec(&header).map_err(|e| failed(e.to_string()))?;
        let claims = serde_json::to_vec(claims).map_err(|e| failed(e.to_string()))?;
        let mut jwt = BASE64_URL_SAFE_NO_PAD.encode(header);
        jwt.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(claims, &mut jwt);
        let signature =
            self.signature(jwt.as_bytes()).map_err(|e| failed(e.to_string()))?;
        jwt.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut jwt);
        Ok(jwt)
    }

    fn signature(&self, message: &[u8]) -> jsonwebtoken::errors::Result<Vec<u8>> {
        let signer = (DEFAULT_PROVIDER.signer_factory)(&Algorithm::RS256, &self.0)?;
        Ok(signer.try_sign(message)?)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(***)")
    }
}

/// The RSA key (PKCS#1) inside of a key of any kind (PKCS#8):
/// `SEQUENCE { version, SEQUENCE { OID, … }, OCTET STRING, … }`.
///
/// The signing library takes the inner one only. What is in there it checks by itself.
fn rsa_in_pkcs8(der: &[u8]) -> Option<&[u8]> {
    const SEQUENCE: u8 = 0x30;
    const INTEGER: u8 = 0x02;
    const OCTET_STRING: u8 = 0x04;
    const OBJECT_ID: u8 = 0x06;
    const RSA_ENCRYPTION: [u8; 9] =
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

    let (key_info, _) = element(der, SEQUENCE)?;
    let (_version, rest) = element(key_info, INTEGER)?;
    let (algorithm, rest) = element(rest, SEQUENCE)?;
    let (key, _attributes) = element(rest, OCTET_STRING)?;
    let (algorithm, _parameters) = element(algorithm, OBJECT_ID)?;
    (algorithm == RSA_ENCRYPTION).then_some(key)
}

/// Splits a DER element with this tag off: its content, and what follows.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, length], rest) = der.split_first_chunk()?;
    if found != tag {
        return None;
    }
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        // The length of the length. Nothing that is a key needs more than three bytes.
        0x81..=0x83 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn der_elements_are_split_and_never_overrun() {
        assert_eq!(element(&[2, 1, 7, 9], 2), Some((&[7][..], &[9][..])));
        assert_eq!(element(&[2, 0x81, 1, 7], 2), Some((&[7][..], &[][..])));
        for broken in [
            &[][..],
            &[2],
            &[3, 1, 7],
            &[2, 2, 7],
            &[2, 0x80, 7],
            &[2, 0x82, 1],
            &[2, 0x84, 0, 0, 0, 1, 7],
        ] {
            assert_eq!(element(broken, 2), None, "{broken:?}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_quoted() {
        let body = "dG9wc2VjcmV0";
        let cases = [
            (body.to_owned(), "no PEM text"),
            (
                format!(
                    "-----BEGIN EC PRIVATE KEY-----\n{body}\n-----END EC PRIVATE KEY-----"
                ),
                "no RSA key",
            ),
            (
                format!(
                    "-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----"
                ),
                "no RSA key",
            ),
            (
                format!(
                    "-----BEGIN RSA PRIVATE KEY-----\\n{body}\\n-----END RSA PRIVATE KEY-----"
                ),
                "cannot sign",
            ),
            (
                format!(
                    "-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----"
                ),
                "no PEM text",
            ),
        ];
        for (pem, expected) in cases {
            let error = Key::from_pem(&pem).expect_err(expected);
            assert!(error.to_string().contains(expected), "{expected}: {error}");
            assert!(!format!("{error:?}").contains(body), "{error:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_der_is_too_strange(der: Vec<u8>) {
            let _ = rsa_in_pkcs8(&der);
        }
    }
}
