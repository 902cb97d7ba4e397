//! Filters, orders and new values, built from what a program has at hand.

use crate::generated::databases::{
    FieldUpdate, Filter, FilterCondition, FilterLogic, FilterOperator, OrderBy, SelectFields,
    SortDirection,
};

/// A field of a database, to build a condition on.
///
/// Returned by [`Filter::field`]. Values are sent as text, in the form of their [`ToString`]. See
/// [`Filter::all`] for an example.
#[derive(Clone, Debug)]
#[must_use = "it is not a condition yet"]
pub struct FilterField(String);

impl Filter {
    /// Returns a filter for records that meet all of the conditions.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// use coze_api::databases::{Filter, OrderBy};
    ///
    /// let filter = Filter::all([
    ///     Filter::field("cups").greater_than(1),
    ///     Filter::field("customer").not_equal("Mo"),
    /// ]);
    /// let records = coze.databases().records();
    /// let page = records
    ///     .query("7612903262538280018")
    ///     .filter(filter)
    ///     .order_by([OrderBy::descending("cups")])
    ///     .await?;
    /// println!("{} records", page.items.len());
    ///
    /// // A single condition is a filter as well.
    /// records.delete("7612903262538280018", Filter::field("customer").is_null()).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// There must be at least one condition: the platform does not document what a filter without
    /// any matches.
    pub fn all(conditions: impl IntoIterator<Item = FilterCondition>) -> Self {
        Self::new(FilterLogic::And, conditions)
    }

    /// Returns a filter for records that meet at least one of the conditions.
    ///
    /// ```
    /// use coze_api::databases::Filter;
    ///
    /// let urgent = Filter::any([
    ///     Filter::field("priority").greater_than(8),
    ///     Filter::field("due").is_null(),
    /// ]);
    /// assert_eq!(urgent.conditions.len(), 2);
    /// ```
    pub fn any(conditions: impl IntoIterator<Item = FilterCondition>) -> Self {
        Self::new(FilterLogic::Or, conditions)
    }

    /// Starts a condition on the value of a field.
    pub fn field(name: impl Into<String>) -> FilterField {
        FilterField(name.into())
    }
}

/// A filter with a single condition.
impl From<FilterCondition> for Filter {
    fn from(condition: FilterCondition) -> Self {
        Self::all([condition])
    }
}

#[allow(clippy::needless_pass_by_value, reason = "literals and temporaries are values as well")]
impl FilterField {
    /// The field is equal to the value.
    pub fn equal(self, value: impl ToString) -> FilterCondition {
        self.compare(FilterOperator::Equal, &value)
    }

    /// The field is not equal to the value.
    pub fn not_equal(self, value: impl ToString) -> FilterCondition {
        self.compare(FilterOperator::NotEqual, &value)
    }

    /// The field is greater than the value.
    pub fn greater_than(self, value: impl ToString) -> FilterCondition {
        self.compare(FilterOperator::GreaterThan, &value)
    }

    /// The field is less than the value.
    pub fn less_than(self, value: impl ToString) -> FilterCondition {
        self.compare(FilterOperator::LessThan, &value)
    }

    /// The field is greater than or equal to the value.
    pub fn greater_equal(self, value: impl ToString) -> FilterCondition {
        self.compare(FilterOperator::GreaterEqual, &value)
    }

    /// The field is less than or equal to the value.
    pub fn less_equal(self, value: impl ToString) -> FilterCondition {
        self.compare(FilterOperator::LessEqual, &value)
    }

    /// The field is one of the values. `values` is a single string that lists them; the platform
    /// does not document its format.
    #[doc(alias = "in")]
    pub fn is_in(self, values: impl ToString) -> FilterCondition {
        self.compare(FilterOperator::In, &values)
    }

    /// The field is none of the values. `values` is a single string that lists them; the platform
    /// does not document its format.
    pub fn not_in(self, values: impl ToString) -> FilterCondition {
        self.compare(FilterOperator::NotIn, &values)
    }

    /// The field matches the pattern. The platform does not document its wildcards.
    pub fn like(self, pattern: impl ToString) -> FilterCondition {
        self.compare(FilterOperator::Like, &pattern)
    }

    /// The field does not match the pattern.
    pub fn not_like(self, pattern: impl ToString) -> FilterCondition {
        self.compare(FilterOperator::NotLike, &pattern)
    }

    /// The field has no value.
    pub fn is_null(self) -> FilterCondition {
        FilterCondition::new(self.0, FilterOperator::IsNull)
    }

    /// The field has a value.
    pub fn is_not_null(self) -> FilterCondition {
        FilterCondition::new(self.0, FilterOperator::IsNotNull)
    }

    fn compare(self, operator: FilterOperator, value: &impl ToString) -> FilterCondition {
        FilterCondition::new(self.0, operator).right(value.to_string())
    }
}

impl OrderBy {
    /// Orders records by a field, the smallest value first.
    ///
    /// Several orders apply one after the other: records with equal values in the first field are
    /// ordered by the second one.
    ///
    /// ```
    /// use coze_api::databases::OrderBy;
    ///
    /// let orders = [OrderBy::descending("created"), OrderBy::ascending("customer")];
    /// assert_eq!(orders[1].field_name, "customer");
    /// ```
    pub fn ascending(field_name: impl Into<String>) -> Self {
        Self::new(field_name).direction(SortDirection::Asc)
    }

    /// Orders records by a field, the greatest value first.
    pub fn descending(field_name: impl Into<String>) -> Self {
        Self::new(field_name).direction(SortDirection::Desc)
    }
}

/// The fields of these names.
impl<S: Into<String>, const N: usize> From<[S; N]> for SelectFields {
    fn from(names: [S; N]) -> Self {
        Self::new().field_names(names)
    }
}

/// The name of a field and its new value, which is sent as text: `("cups", 3)`.
impl<N: Into<String>, V: ToString> From<(N, V)> for FieldUpdate {
    fn from((name, value): (N, V)) -> Self {
        Self::new(name, value.to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn json(value: impl serde::Serialize) -> Value {
        serde_json::to_value(value).expect("JSON")
    }

    #[test]
    fn a_filter_travels_as_documented() {
        let cups = || Filter::field("cups");
        let filter = Filter::any([cups().greater_than(1), cups().is_null()]);
        let conditions = json!([
            {"left": "cups", "operation": "greater_than", "right": "1"},
            {"left": "cups", "operation": "is_null"},
        ]);
        assert_eq!(json(filter), json!({"logic": "or", "conditions": conditions}));
        let single = Filter::from(cups().equal(true));
        let condition = json!({"left": "cups", "operation": "equal", "right": "true"});
        assert_eq!(json(single), json!({"logic": "and", "conditions": [condition]}));
    }

    #[test]
    fn every_operator_has_a_method() {
        let field = || Filter::field("a");
        let built = [
            field().equal(1),
            field().not_equal(1),
            field().greater_than(1),
            field().less_than(1),
            field().greater_equal(1),
            field().less_equal(1),
            field().is_in("1,2"),
            field().not_in("1,2"),
            field().is_null(),
            field().is_not_null(),
            field().like("%1"),
            field().not_like("%1"),
        ];
        let built: Vec<_> =
            built.into_iter().map(|condition| condition.operation.as_str().to_owned()).collect();
        let documented = "equal not_equal greater_than less_than greater_equal less_equal in \
                          not_in is_null is_not_null like not_like";
        assert_eq!(built, documented.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn orders_selections_and_updates_convert() {
        let order = json!({"field_name": "cups", "direction": "desc"});
        assert_eq!(json(OrderBy::descending("cups")), order);
        assert_eq!(json(SelectFields::from(["a", "b"])), json!({"field_names": ["a", "b"]}));
        let update = json!({"field_name": "cups", "value": "3"});
        assert_eq!(json(FieldUpdate::from(("cups", 3))), update);
    }
}
