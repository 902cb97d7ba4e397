//! The keys of service apps.

use std::io;
use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rustls_pki_types::pem::{PemObject as _, SectionKind};

/// The fingerprint of the key that is generated once per process.
pub(super) const OWN_KEY_ID: &str = "mock-key-of-this-process";

/// The key pair of this process, generated on first use. Without it no server can run, so a failure
/// panics.
static OWN: LazyLock<Option<KeyPair>> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).ok());

/// A public RSA key.
#[derive(Clone)]
pub enum PublicKey {
    /// The public key of this process.
    Own,
    /// A given key, as PKCS#1.
    Der(Vec<u8>),
}

impl PublicKey {
    /// Reads a public key, or the public half of a private key.
    ///
    /// # Errors
    /// Returns an error if the text does not contain an RSA key.
    pub fn from_pem(pem: &str) -> io::Result<Self> {
        let wrong = || {
            io::Error::new(io::ErrorKind::InvalidInput, "the PEM text does not contain an RSA key")
        };
        let section = <(SectionKind, Vec<u8>)>::from_pem_slice(pem.as_bytes());
        let (kind, der) = section.map_err(|_| wrong())?;
        let of_pair = |pair: KeyPair| pair.public_key().as_ref().to_vec();
        let der = match kind {
            SectionKind::PublicKey => {
                let key = aws_lc_rs::rsa::PublicKey::from_der(&der);
                key.map(|key| key.as_ref().to_vec())
            }
            SectionKind::PrivateKey => KeyPair::from_pkcs8(&der).map(of_pair),
            SectionKind::RsaPrivateKey => KeyPair::from_der(&der).map(of_pair),
            _ => return Err(wrong()),
        };
        der.map(Self::Der).map_err(|_| wrong())
    }

    /// Returns `true` if the signature is by this key (RS256).
    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let verify = |der: &[u8]| {
            let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der);
            key.verify(message, signature).is_ok()
        };
        match self {
            Self::Own => OWN.as_ref().is_some_and(|pair| verify(pair.public_key().as_ref())),
            Self::Der(der) => verify(der),
        }
    }
}

/// The private key of this process as PEM text (PKCS#8).
pub(super) fn own_private_key() -> String {
    let der = OWN.as_ref().and_then(|pair| {
        let der: Option<Pkcs8V1Der<'_>> = pair.as_der().ok();
        der
    });
    let text = BASE64_STANDARD.encode(der.as_ref().map_or(&[][..], |der| der.as_ref()));
    let mut pem = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    for (index, letter) in text.char_indices() {
        if index > 0 && index % 64 == 0 {
            pem.push('\n');
        }
        pem.push(letter);
    }
    pem + "\n-----END PRIVATE KEY-----\n"
}
