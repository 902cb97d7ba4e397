//! Finds a private key in text from files, environment variables and the clipboard. If there is no
//! usable key, it describes what the text contains instead.
//!
//! Texts arrive damaged in a few well-known ways, and are read all the same:
//!
//! | damage | for example |
//! |---|---|
//! | line breaks written as characters | `\n` in a variable of the environment |
//! | no line breaks, or indentation | a value of a YAML file |
//! | a byte order mark, or quotes around the text | a file that an editor of Windows has saved |
//! | base64 around the text | a secret store |
//! | a missing end of the padding | a text that was copied without its last line |

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::base::pasted::unquote;

/// An RSA private key in DER.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RsaKey {
    Pkcs1(Vec<u8>),
    Pkcs8(Vec<u8>),
}

/// The reason why a text cannot be used as a private key, as the end of a sentence that begins with
/// "the private key". It never quotes the text.
pub(super) type Reason = String;

/// The maximum number of times that a PEM text may be wrapped in base64, for example by a secret
/// store and by its user.
const MAX_WRAPPING: usize = 2;

/// Padding is optional, because it is often lost together with the line break after it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

const ENCRYPTED: &str = "is encrypted; decrypt it first, for example with \
                         `openssl pkey -in key.pem -out decrypted.pem`";
const PUBLIC: &str = "is a public key; use the private key of the same pair";
const CERTIFICATE: &str = "is a certificate; use the private key that belongs to the app";
const OPENSSH: &str = "is in the format of OpenSSH; convert it with `ssh-keygen -p -m PEM -f FILE`";
const CUT_OFF: &str = "is damaged or cut off; copy it again as a whole, from \
                       `-----BEGIN` to the last line `-----END … KEY-----`";
const NOT_PEM: &str = "is not PEM text; it must begin with `-----BEGIN PRIVATE KEY-----` or \
                       `-----BEGIN RSA PRIVATE KEY-----`";
const PATH: &str = "is a path in place of the text of a key; read the file with \
                    `private_key_file(…)`";
const UTF_16: &str = "is UTF-16 text; save it as UTF-8";

/// Finds the private key in a text.
pub(super) fn find(text: &str) -> Result<RsaKey, Reason> {
    let mut text = unquote(text).to_owned();
    for _ in 0..=MAX_WRAPPING {
        if text.contains('\0') {
            return Err(UTF_16.into());
        }
        let plain = unescape(&text);
        if let Some(key) = from_blocks(&plain) {
            return key;
        }
        let Some(bytes) = decode(&plain) else { break };
        match String::from_utf8(bytes) {
            Ok(inner) if inner.contains(BEGIN) || inner.len() > text.len() / 2 => text = inner,
            Ok(_) => break,
            // DER without the lines of PEM around it.
            Err(error) => match classify(error.as_bytes()) {
                Some(result) => return result,
                None => break,
            },
        }
    }
    Err(if is_path(&text) { PATH } else { NOT_PEM }.into())
}

/// Describes the content of a file that is not text.
pub(super) fn of_binary(bytes: &[u8]) -> Reason {
    match classify(bytes) {
        Some(Ok(_)) => "is in DER format; convert it to PEM with \
                        `openssl pkey -inform DER -in key.der -out key.pem`"
            .into(),
        Some(Err(reason)) => format!("is in DER format, and {reason}"),
        None => NOT_PEM.into(),
    }
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// Reads the blocks of a PEM text: the first private key, or what the first block is instead.
fn from_blocks(text: &str) -> Option<Result<RsaKey, Reason>> {
    let mut first = None;
    let mut rest = text;
    while let Some(start) = rest.find(BEGIN) {
        rest = &rest[start + BEGIN.len()..];
        let Some((label, after)) = rest.split_once(DASHES) else { break };
        let block = match after.split_once(END) {
            Some((body, after)) => {
                rest = after;
                from_block(label, body)
            }
            None => from_block(label, "").and(Err(CUT_OFF.into())),
        };
        if block.is_ok() {
            return Some(block);
        }
        // A key that cannot be used says more than the certificate before it.
        if label.contains("PRIVATE KEY") || first.is_none() {
            first = Some(block);
        }
    }
    first.or_else(|| text.contains(BEGIN.trim_end()).then(|| Err(CUT_OFF.into())))
}

fn from_block(label: &str, body: &str) -> Result<RsaKey, Reason> {
    let label = label.trim();
    // The older format says so in a header, `Proc-Type: 4,ENCRYPTED`.
    if label.starts_with("ENCRYPTED") || body.contains("ENCRYPTED") {
        return Err(ENCRYPTED.into());
    }
    if label.ends_with("PUBLIC KEY") {
        return Err(PUBLIC.into());
    }
    if label.contains("CERTIFICATE") {
        return Err(CERTIFICATE.into());
    }
    match label {
        "OPENSSH PRIVATE KEY" => return Err(OPENSSH.into()),
        "EC PRIVATE KEY" => return Err(wrong_algorithm("EC")),
        "DSA PRIVATE KEY" => return Err(wrong_algorithm("DSA")),
        "PRIVATE KEY" | "RSA PRIVATE KEY" => {}
        _ => return Err(NOT_PEM.into()),
    }
    let der = decode(body).ok_or(CUT_OFF)?;
    classify(&der).unwrap_or_else(|| Err(CUT_OFF.into()))
}

fn wrong_algorithm(name: &str) -> Reason {
    format!("is a key of the kind {name}; Coze needs an RSA key of at least 2048 bits")
}

/// Replaces line breaks that are written as characters, such as `\n` and `\\r\\n`. Base64 has
/// no backslash, so nothing of a key is taken for one.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('\\') {
        plain.push_str(&rest[..start]);
        let escaped = rest[start..].trim_start_matches('\\');
        rest = escaped;
        if let Some(after) = escaped.strip_prefix(['n', 'r', 't']) {
            plain.push('\n');
            rest = after;
        } else if escaped.starts_with('/') || escaped.starts_with(char::is_whitespace) {
            // JSON may escape slashes, and shells continue lines.
        } else {
            plain.push('\\');
        }
    }
    plain.push_str(rest);
    plain
}

/// Decodes base64, however its lines are broken, indented and quoted.
fn decode(text: &str) -> Option<Vec<u8>> {
    let ignored = |c: &char| c.is_whitespace() || matches!(c, '"' | '\'' | '\u{feff}');
    let text: String = text.chars().filter(|c| !ignored(c)).collect();
    if text.is_empty() { None } else { BASE64.decode(text).ok() }
}

fn is_path(text: &str) -> bool {
    const EXTENSIONS: [&str; 7] = [".pem", ".key", ".der", ".p8", ".txt", ".crt", ".cer"];
    const MAX_PATH: usize = 512;
    let text = text.trim();
    let absolute = text.starts_with(['/', '~', '\\']) || text.get(1..3) == Some(":\\");
    let lower = text.to_ascii_lowercase();
    text.len() < MAX_PATH
        && !text.contains('\n')
        && (absolute
            || text.starts_with("./")
            || text.starts_with("../")
            || EXTENSIONS.iter().any(|extension| lower.ends_with(extension)))
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// Object identifiers of the algorithms that private keys are made for.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const ALGORITHMS: [(&[u8], &str); 7] = [
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a], "RSASSA-PSS"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01], "EC"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01], "DSA"),
    (&[0x2b, 0x65, 0x6e], "X25519"),
    (&[0x2b, 0x65, 0x6f], "X448"),
    (&[0x2b, 0x65, 0x70], "Ed25519"),
    (&[0x2b, 0x65, 0x71], "Ed448"),
];

/// Identifies a key by its DER. Returns `None` if the structure is unknown.
fn classify(der: &[u8]) -> Option<Result<RsaKey, Reason>> {
    let (SEQUENCE, outer, _) = element(der)? else { return None };
    let (first_tag, first, rest) = element(outer)?;
    let (second_tag, second, rest) = element(rest)?;
    match (first_tag, second_tag) {
        // PKCS#8: version, algorithm, key.
        (INTEGER, SEQUENCE) => {
            let (OBJECT_IDENTIFIER, algorithm, _) = element(second)? else { return None };
            if algorithm == RSA {
                let (OCTET_STRING, key, _) = element(rest)? else { return None };
                let (SEQUENCE, key, _) = element(key)? else { return None };
                let (INTEGER, _, key) = element(key)? else { return None };
                return Some(check_size(key).map(|()| RsaKey::Pkcs8(der.to_vec())));
            }
            let name = ALGORITHMS.iter().find(|(id, _)| *id == algorithm);
            Some(Err(wrong_algorithm(name.map_or("unknown", |(_, name)| name))))
        }
        // PKCS#1: version, modulus, exponents, primes.
        (INTEGER, INTEGER) => {
            let (_, _, key) = element(outer)?;
            Some(check_size(key).map(|()| RsaKey::Pkcs1(der.to_vec())))
        }
        // SEC 1: version, key.
        (INTEGER, OCTET_STRING) if first == [1] => Some(Err(wrong_algorithm("EC"))),
        // A certificate holds its content, the algorithm and the signature; a public key its
        // algorithm and the key; an encrypted one its encryption and the ciphertext.
        (SEQUENCE, SEQUENCE) => Some(Err(CERTIFICATE.into())),
        (SEQUENCE, BIT_STRING) => Some(Err(PUBLIC.into())),
        (SEQUENCE, OCTET_STRING) => Some(Err(ENCRYPTED.into())),
        _ => None,
    }
}

/// Checks the number of bits of the modulus with which `key` begins.
fn check_size(key: &[u8]) -> Result<(), Reason> {
    const MIN_BITS: usize = 2048;
    let Some((INTEGER, modulus, _)) = element(key) else { return Err(CUT_OFF.into()) };
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let modulus = &modulus[zeros..];
    let unused = modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    match modulus.len() * 8 - unused {
        bits if bits < MIN_BITS => {
            Err(format!("is an RSA key of {bits} bits; Coze needs at least {MIN_BITS}"))
        }
        _ => Ok(()),
    }
}

/// Splits the first element off DER: its tag, its content and what follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, length], rest) = der.split_first_chunk::<2>()?;
    let (length, rest) = if length < 0x80 {
        (usize::from(length), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
        if bytes.is_empty() || bytes.len() > size_of::<u32>() {
            return None;
        }
        (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}
