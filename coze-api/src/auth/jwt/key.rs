//! The private key of an app, and signing with it.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Serialize;

use crate::base::error::{Error, Result};

/// An RSA key that is known to sign.
pub(super) struct Key(KeyPair);

#[derive(Serialize)]
struct Header<'a> {
    typ: &'static str,
    alg: &'static str,
    kid: &'a str,
}

impl Key {
    /// Reads PEM text, and sees whether the key is good for signing.
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
        let key = match &der {
            PrivateKeyDer::Pkcs1(key) => KeyPair::from_der(key.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(key) => KeyPair::from_pkcs8(key.secret_pkcs8_der()),
            _ => return Err(Error::config("the private key is no RSA key")),
        };
        let key = Self(key.map_err(|_| Self::unfit())?);
        key.signature(b"")?;
        Ok(key)
    }

    fn unfit() -> Error {
        Error::config(
            "the private key cannot sign: it is damaged, shorter than 2048 bits, or no RSA key",
        )
    }

    /// Signs a JWT.
    pub(super) fn sign(&self, key_id: &str, claims: &impl Serialize) -> Result<String> {
        let header = Header { typ: "JWT", alg: "RS256", kid: key_id };
        let failed = |e| Error::config("the JWT cannot be written as JSON").with_source(e);
        let header = serde_json::to_vec(&header).map_err(failed)?;
        let claims = serde_json::to_vec(claims).map_err(failed)?;
        let mut jwt = BASE64_URL_SAFE_NO_PAD.encode(header);
        jwt.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(claims, &mut jwt);
        let signature = self.signature(jwt.as_bytes())?;
        jwt.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut jwt);
        Ok(jwt)
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| Self::unfit())?;
        Ok(signature)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(***)")
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
    use base64::prelude::BASE64_STANDARD;

    use super::*;

    #[test]
    fn what_is_no_key_is_refused_without_being_quoted() {
        let body = "dG9wc2VjcmV0";
        let cases = [
            (body.to_owned(), "no PEM text"),
            (
                format!("-----BEGIN EC PRIVATE KEY-----\n{body}\n-----END EC PRIVATE KEY-----"),
                "no RSA key",
            ),
            (
                format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----"),
                "cannot sign",
            ),
            (
                format!("-----BEGIN RSA PRIVATE KEY-----\\n{body}\\n-----END RSA PRIVATE KEY-----"),
                "cannot sign",
            ),
            (
                format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----"),
                "no PEM text",
            ),
        ];
        for (pem, expected) in cases {
            let error = Key::from_pem(&pem).expect_err(expected);
            assert!(error.to_string().contains(expected), "{expected}: {error}");
            assert!(!format!("{error:?}").contains(body), "{error:?}");
        }
    }

    /// An RSA key of 1024 bits, made for this test.
    const SHORT: &str = "MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBANQXS0SyQxO9+9WSJ0hEKnXL/ZE6teoQ\
         m0mty9OgdULrfl7QBe4fsv2aCT7ZHytYHigQlfR+41rBe4CyNCaYhPf3L0lsjFU+p7gmMPhUKIQmWxvM\
         JuJdMrgfxtgBhrNWLUQ72HyXT9ZxqZQtMvgubW7s4ZxSeDa6qUW2chq/8M1DAgMBAAECgYBnP2/E4YMF\
         +Va/gYbeB1EkR0oJiStF5w+xromrXFG5YisCvQImCgh4rKQTlF84Go2Ts39MpvjHFamp3RbGMzmHGhI6\
         akTsXU0Qa/u/ELqVMaQn96H+gtu24HHDBb6H/EYvx9UEl6HFXcXtgTz6iGy3z24lF/rOOfLwQj9lkiIF\
         AQJBAPP7S1qIH7vudjIpGSdjfTVn2teYVno1wFLneh0nNyQPxl2Tbu4m6bxp4K4SR+VcsKFSytERDxJG\
         nPr7iQ5Q1T8CQQDeidicKgeH6WubFzB4kV5m3HPUYW8W5u+dTPrYzky8JNdeXBAggcqPq3RGCmIvEsut\
         mKrw15INB642EuEm6HL9AkEAmRfPAcC2wPLxwaneOcQI1hET1gKmCMtfoeXTzyVDSWKIo0EW82MBeZOq\
         Qy//YyGVR7UuxJ8CqQIcELTzHEOGewJAeHPiY/y34M/uZ57wpIICt+hhZbZrW9kaH2l4aXuYu0mxrShl\
         rkKycntaT0L1jAc/abI17HCyZA0hNbGYXuf4vQJAKDhRwQAKGZPscXWudii3U7kagzwRYXi5prhP/zhc\
         qa+E+fJZMnkrCjuvsVgnNgXkoobc7douVKvpnuvH2/E7Eg==";

    #[test]
    fn good_keys_that_cannot_sign_are_refused() {
        let curve = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .and_then(|pair| pair.to_pkcs8v1())
            .expect("a key of another kind");
        for der in [SHORT.to_owned(), BASE64_STANDARD.encode(curve)] {
            let pem = format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----");
            let error = Key::from_pem(&pem).expect_err("unfit");
            assert!(error.to_string().contains("cannot sign"), "{error}");
        }
    }
}
