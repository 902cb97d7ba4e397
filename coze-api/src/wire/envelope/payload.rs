//! Decoding of payloads: of types of this crate, and of types of the caller.
//!
//! Types of this crate are decoded by code that is compiled once. A type of the caller, with which
//! raw calls are made, brings its own `Deserialize`, so the code that reads its envelope is
//! compiled for that type, in the crate of the caller.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::root::Root;
use crate::base::decode::{self, Decode, Decoded, Input, Object, Shape};

/// The code of an envelope, and `true` if there is a payload.
pub(super) type Found = (Option<i64>, bool);

/// A payload in `data`. It is a trait object, so that nothing else depends on its type.
pub(super) trait Payload {
    /// Decodes the payload from the member `data` of an envelope.
    fn read_data(&mut self, json: &str) -> serde_json::Result<Found>;

    /// Decodes the payload from a text that contains nothing else.
    fn read(&mut self, json: &str) -> serde_json::Result<()>;
}

/// A payload of this crate.
pub(super) struct Known<'a>(pub(super) &'a mut dyn Decode);

impl Payload for Known<'_> {
    fn read_data(&mut self, json: &str) -> serde_json::Result<Found> {
        let mut envelope = DataEnvelope { code: None, data: self.0, found: false };
        decode::read_text(&mut envelope, json)?;
        Ok((envelope.code, envelope.found))
    }

    fn read(&mut self, json: &str) -> serde_json::Result<()> {
        decode::read_text(self.0, json)
    }
}

/// An envelope with the payload in `data`.
struct DataEnvelope<'a> {
    code: Option<i64>,
    data: &'a mut dyn Decode,
    found: bool,
}

impl Decode for DataEnvelope<'_> {
    fn decode(&mut self, input: &mut dyn Input) -> Decoded {
        input.object(self)
    }
}

impl Object for DataEnvelope<'_> {
    fn shape(&self) -> Option<&'static Shape> {
        Some(&Shape { name: "Envelope", fields: &["code", "data"] })
    }

    fn clear(&mut self) {
        (self.code, self.found) = (None, false);
    }

    fn set(&mut self, name: &str, value: &mut dyn Input) -> Decoded {
        match name {
            "code" => self.code.decode(value)?,
            "data" => self.found |= value.option(self.data)?,
            _ => {}
        }
        Ok(())
    }
}

/// Decodes a payload of this crate from the root of a response, beside the envelope.
pub(super) fn read_flat(payload: &mut dyn Object, json: &str) -> serde_json::Result<Found> {
    let mut root = FlatEnvelope { payload, code: None, found: false };
    decode::read_members(&mut root, json)?;
    Ok((root.code, root.found))
}

/// An envelope with the payload beside the code.
struct FlatEnvelope<'a> {
    payload: &'a mut dyn Object,
    code: Option<i64>,
    found: bool,
}

impl Object for FlatEnvelope<'_> {
    fn shape(&self) -> Option<&'static Shape> {
        self.payload.shape()
    }

    fn clear(&mut self) {
        self.payload.clear();
        (self.code, self.found) = (None, false);
    }

    fn set(&mut self, name: &str, value: &mut dyn Input) -> Decoded {
        match name {
            "code" => self.code.decode(value),
            "msg" | "detail" => Ok(()),
            _ => {
                let decoded = self.payload.set(name, value);
                self.found |= value.is_read();
                decoded
            }
        }
    }
}

/// A payload of a type of the caller.
pub(super) struct Foreign<T>(pub(super) Option<T>);

impl<T: DeserializeOwned> Payload for Foreign<T> {
    fn read_data(&mut self, json: &str) -> serde_json::Result<Found> {
        #[derive(Deserialize)]
        #[serde(bound = "T: DeserializeOwned")]
        struct Envelope<T> {
            code: Option<i64>,
            #[serde(default = "Option::default")]
            data: Option<T>,
        }

        let Envelope { code, data } = decode::from_str(json)?;
        self.0 = data;
        Ok((code, self.0.is_some()))
    }

    fn read(&mut self, json: &str) -> serde_json::Result<()> {
        self.0 = Some(decode::from_str(json)?);
        Ok(())
    }
}

/// Decodes a payload of the caller from the root of a response, beside the envelope.
pub(super) fn read_foreign_flat<T: DeserializeOwned>(
    payload: &mut Option<T>,
    json: &str,
) -> serde_json::Result<Found> {
    let (mut code, mut known) = (None, false);
    let mut json = serde_json::Deserializer::from_str(json);
    let root = Root { json: &mut json, fields: &[], code: &mut code, known: &mut known };
    *payload = Some(T::deserialize(root)?);
    json.end()?;
    Ok((code, known))
}
