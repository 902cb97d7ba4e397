//! The private key of an app, which signs JWTs. It is checked when the app is built, so that a key
//! that cannot sign is reported before the first request.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;

use super::pem::{self, RsaKey};
use crate::base::error::{Error, Result};
use crate::base::pasted::{self, Encoding};

/// An RSA key that was checked to be able to sign.
pub(super) struct Key(KeyPair);

#[derive(Serialize)]
struct Header<'a> {
    typ: &'static str,
    alg: &'static str,
    kid: &'a str,
}

impl Key {
    /// Reads the text of a key, and checks that the key can sign.
    pub(super) fn from_pem(text: &str) -> Result<Self> {
        Self::from_rsa(pem::find(text))
    }

    /// Reads the content of a file that holds the text of a key.
    pub(super) fn from_file(content: Vec<u8>) -> Result<Self> {
        match pasted::text_of_file(content) {
            Ok(text) => Self::from_pem(&text),
            Err((Encoding::Binary, content)) => Self::from_rsa(Err(pem::of_binary(&content))),
            Err((reason, _)) => Self::from_rsa(Err(format!("is {reason}"))),
        }
    }

    fn from_rsa(key: Result<RsaKey, pem::Reason>) -> Result<Self> {
        let key = match key {
            Ok(RsaKey::Pkcs1(der)) => KeyPair::from_der(&der),
            Ok(RsaKey::Pkcs8(der)) => KeyPair::from_pkcs8(&der),
            Err(reason) => return Err(Error::config(format!("the private key {reason}"))),
        };
        let key = Self(key.map_err(|_| Self::damaged())?);
        key.signature(b"")?;
        Ok(key)
    }

    fn damaged() -> Error {
        Error::config("the private key is damaged: its numbers are not those of an RSA key")
    }

    /// Signs a JWT.
    pub(super) fn sign(&self, key_id: &str, claims: &impl Serialize) -> Result<String> {
        let header = Header { typ: "JWT", alg: "RS256", kid: key_id };
        let failed = |e| Error::config("cannot write the JWT as JSON").with_source(e);
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
            .map_err(|_| Self::damaged())?;
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
    use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
    };
    use base64::prelude::BASE64_STANDARD;

    use super::*;

    #[test]
    fn text_without_a_usable_key_is_refused_with_the_reason_and_not_quoted() {
        let body = "dG9wc2VjcmV0";
        let block = |label: &str| format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----");
        let old = format!("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n{body}");
        let cases = [
            (body.to_owned(), "not PEM text"),
            (String::new(), "not PEM text"),
            (block("EC PRIVATE KEY"), "kind EC"),
            (block("PRIVATE KEY"), "damaged or cut off"),
            (block("RSA PRIVATE KEY").replace('\n', "\\n"), "damaged or cut off"),
            (block("PRIVATE KEY").replace(body, ""), "damaged or cut off"),
            (block("PRIVATE KEY").replace(body, "%%%"), "damaged or cut off"),
            (format!("-----BEGIN PRIVATE KEY-----\n{body}"), "damaged or cut off"),
            ("-----BEGIN".to_owned(), "damaged or cut off"),
            (block("ENCRYPTED PRIVATE KEY"), "encrypted"),
            (block("RSA PRIVATE KEY").replace(body, &old), "encrypted"),
            (block("PUBLIC KEY"), "public key"),
            (block("RSA PUBLIC KEY"), "public key"),
            (block("CERTIFICATE"), "certificate"),
            (block("OPENSSH PRIVATE KEY"), "OpenSSH"),
            ("/etc/coze/private".to_owned(), "path"),
            ("C:\\keys\\private_key.pem".to_owned(), "path"),
            ("keys/private_key.pem".to_owned(), "path"),
            (block("PRIVATE KEY").replace("", "\0"), "UTF-16"),
        ];
        for (text, expected) in cases {
            let error = Key::from_pem(&text).expect_err(expected);
            assert!(error.is_config() && error.to_string().contains(expected), "{text}: {error}");
            assert!(!format!("{error:?}").contains(body), "{error:?}");
        }
    }

    fn pem(label: &str, der: &[u8]) -> String {
        let text = BASE64_STANDARD.encode(der);
        let lines: Vec<&str> = (0..text.len().div_ceil(64))
            .map(|line| &text[line * 64..text.len().min(line * 64 + 64)])
            .collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    }

    #[test]
    fn keys_are_read_in_every_common_form() {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
        let der: Pkcs8V1Der<'_> = pair.as_der().expect("DER");
        // The older structure stands behind 26 bytes that are the same for keys of this size.
        let keys = [pem("PRIVATE KEY", der.as_ref()), pem("RSA PRIVATE KEY", &der.as_ref()[26..])];
        for key in keys {
            let certificate = pem("CERTIFICATE", b"something");
            let forms = [
                key.clone(),
                key.trim_end().to_owned(),
                format!("\u{feff}{key}"),
                key.replace('\n', "\r\n"),
                key.replace('\n', "\\n"),
                key.replace('\n', "\\r\\n"),
                key.replace('\n', "\\\\n"),
                key.replace('\n', "\\\n"),
                key.replace('\n', " "),
                key.replace('\n', ""),
                key.replace('\n', "\n    "),
                key.replace('=', ""),
                format!("\"{key}\""),
                format!("'{}'", key.replace('\n', "\\n")),
                format!("\"\"\"\n{key}\"\"\""),
                key.replace('/', "\\/"),
                format!("Bag Attributes\n  friendlyName: coze\n{key}"),
                format!("{certificate}{key}{certificate}"),
                BASE64_STANDARD.encode(&key),
                BASE64_STANDARD.encode(BASE64_STANDARD.encode(&key)),
                BASE64_STANDARD.encode(key.replace('\n', "\r\n")),
                // The content alone.
                key.lines().filter(|line| !line.contains("-----")).collect(),
            ];
            for form in forms {
                Key::from_pem(&form).unwrap_or_else(|error| panic!("{error}: {form}"));
                let mut content = form.into_bytes();
                Key::from_file(content.clone()).expect("the same from a file");
                content.truncate(content.len() / 2);
                Key::from_file(content).expect_err("half a key");
            }
        }
        let error = Key::from_file(der.as_ref().to_vec()).expect_err("DER");
        assert!(error.to_string().contains("DER format; convert"), "{error}");
        let text = pem("PRIVATE KEY", der.as_ref());
        let utf_16 = text.encode_utf16().flat_map(u16::to_le_bytes);
        let error = Key::from_file(utf_16.collect()).expect_err("UTF-16");
        assert!(error.to_string().contains("UTF-16"), "{error}");
        let public = pair.public_key().as_ref();
        let error = Key::from_pem(&pem("PUBLIC KEY", public)).expect_err("public");
        assert!(error.to_string().contains("public key"), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_handled(text in "\\PC*", bytes: Vec<u8>) {
            let _ = Key::from_pem(&text);
            let _ = Key::from_file(bytes.clone());
            let _ = Key::from_pem(&pem("PRIVATE KEY", &bytes));
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
    fn good_keys_of_other_kinds_and_sizes_are_refused() {
        let curve = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .and_then(|pair| pair.to_pkcs8v1())
            .expect("a key on a curve");
        let edwards = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        let short = BASE64_STANDARD.decode(SHORT).expect("base64");
        let cases = [
            (&*short, "RSA key of 1024 bits"),
            (curve.as_ref(), "kind EC"),
            (edwards.as_ref(), "kind Ed25519"),
        ];
        for (der, expected) in cases {
            for text in [pem("PRIVATE KEY", der), BASE64_STANDARD.encode(der)] {
                let error = Key::from_pem(&text).expect_err(expected);
                assert!(error.to_string().contains(expected), "{error}");
                assert!(error.to_string().contains("2048"), "{error}");
            }
        }
    }
}
