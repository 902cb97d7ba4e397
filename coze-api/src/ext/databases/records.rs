//! Records from and into a caller's own types.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::base::error::{Error, Result};
use crate::ext::json;
use crate::generated::databases::{CreateRecords, DatabaseRecords};
use crate::wire::page::Page;

impl DatabaseRecords {
    /// Inserts records that are values of your own types.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// struct Order {
    ///     customer: String,
    ///     cups: u32,
    /// }
    ///
    /// let records = coze.databases().records();
    /// let order = Order { customer: "Ling".to_owned(), cups: 2 };
    /// records.create_from("7612903262538280018", [order]).await?;
    ///
    /// let page = records.query("7612903262538280018").await?.decode::<Order>()?;
    /// for order in page {
    ///     println!("{} cups for {}", order.cups, order.customer);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// Each value is [encoded](Self::encode). If a value cannot be encoded, awaiting the request
    /// returns an error for which [`is_request`](crate::Error::is_request) is true, and nothing is
    /// sent.
    #[doc(alias = "insert")]
    pub fn create_from<T: Serialize>(
        &self,
        database_id: impl Into<String>,
        values: impl IntoIterator<Item = T>,
    ) -> CreateRecords {
        let mut invalid = None;
        let mut records = Vec::new();
        for (index, value) in values.into_iter().enumerate() {
            match encode(&value) {
                Ok(record) => records.push(record),
                Err(reason) if invalid.is_none() => {
                    invalid = Some(format!("record {index} cannot be sent: {reason}"));
                }
                Err(_) => {}
            }
        }
        let call = self.create(database_id, records).0;
        CreateRecords(match invalid {
            Some(reason) => call.invalid(|| reason),
            None => call,
        })
    }

    /// Encodes a value as a record: a map from field names to text.
    ///
    /// Strings stay as they are, numbers and booleans are written as in JSON, and `null` is left
    /// out.
    ///
    /// # Errors
    ///
    /// [`is_request`](Error::is_request) if the value is not a struct or a map, or if it holds
    /// lists or objects, for which databases have no type.
    pub fn encode<T: Serialize>(value: &T) -> Result<BTreeMap<String, String>> {
        encode(value).map_err(|reason| Error::request(format!("invalid record: {reason}")))
    }

    /// Decodes a record into a value of your own type.
    ///
    /// The values of a record are text, from which the numbers and booleans of your type are
    /// parsed. `null` is `None` for an `Option`, and otherwise empty, 0 or `false`.
    ///
    /// # Errors
    ///
    /// [`is_decode`](Error::is_decode) if the record does not fit the type.
    pub fn decode<T: DeserializeOwned>(record: Map<String, Value>) -> Result<T> {
        json::parse("the record", &Value::Object(record).to_string())
    }
}

impl Page<Map<String, Value>> {
    /// Decodes all records of the page into values of your own type.
    ///
    /// See [`DatabaseRecords::decode`] for the conversions, and
    /// [`DatabaseRecords::create_from`] for an example.
    ///
    /// # Errors
    ///
    /// [`is_decode`](Error::is_decode) if a record does not fit the type. No record is returned
    /// then.
    pub fn decode<T: DeserializeOwned>(self) -> Result<Page<T>> {
        self.try_map(DatabaseRecords::decode)
    }
}

fn encode(value: &impl Serialize) -> Result<BTreeMap<String, String>, String> {
    let value = serde_json::to_value(value).map_err(|error| error.to_string())?;
    let Value::Object(members) = value else {
        return Err("it is not a struct or a map".to_owned());
    };
    let mut record = BTreeMap::new();
    for (name, value) in members {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text,
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            Value::Array(_) | Value::Object(_) => {
                return Err(format!("{name} is a list or an object"));
            }
        };
        record.insert(name, text);
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Order {
        customer: String,
        cups: u32,
        price: Option<f64>,
        paid: bool,
    }

    fn record(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(record) => record,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn values_are_text_in_both_directions() -> Result<()> {
        let order = Order { customer: "Mo".into(), cups: 2, price: Some(1.5), paid: true };
        let encoded = DatabaseRecords::encode(&order)?;
        let text = [("cups", "2"), ("customer", "Mo"), ("paid", "true"), ("price", "1.5")];
        let text: BTreeMap<_, _> =
            text.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(encoded, text);
        let encoded = serde_json::to_value(encoded).expect("JSON");
        assert_eq!(DatabaseRecords::decode::<Order>(record(encoded))?, order);
        Ok(())
    }

    #[test]
    fn records_are_decoded_leniently() -> Result<()> {
        let order = json!({"customer": 7, "cups": "", "price": null, "paid": "1", "id": "9"});
        let order: Order = DatabaseRecords::decode(record(order))?;
        assert_eq!(order, Order { customer: "7".into(), cups: 0, price: None, paid: true });
        let error = DatabaseRecords::decode::<Order>(record(json!({"cups": "many"})));
        let error = error.expect_err("not a number");
        assert!(error.is_decode() && !error.to_string().contains("many"), "{error}");
        Ok(())
    }

    #[test]
    fn a_record_is_flat() {
        let error = DatabaseRecords::encode(&json!({"tags": ["a"]})).expect_err("a list");
        assert!(error.is_request() && error.to_string().contains("tags"), "{error}");
        assert!(DatabaseRecords::encode(&7).expect_err("a number").is_request());
        let unset = DatabaseRecords::encode(&json!({"price": null})).expect("a record");
        assert!(unset.is_empty());
    }

    #[tokio::test]
    async fn a_record_that_cannot_be_sent_is_reported() {
        let client = crate::Client::builder().token("pat_x").build().expect("a client");
        let records = client.databases().records();
        let rows = [json!({"a": 1}), json!({"b": {}}), json!([])];
        let error = records.create_from("7", rows).await.expect_err("not flat");
        assert!(error.is_request() && error.to_string().contains("record 1"), "{error}");
    }
}
