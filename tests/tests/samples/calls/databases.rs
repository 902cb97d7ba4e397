//! Databases.

use coze_api::databases::{
    DatabaseConnector, DatabaseField, DatabaseIndex, FieldUpdate, Filter, OrderBy, SelectFields,
};

use super::{Sample, value};

const DATABASE: &str = "7612903262538280018";

fn customer(text: &str) -> coze_api::databases::FilterCondition {
    Filter::field("customer").equal(text)
}

pub(super) const SAMPLES: &[Sample] = &[
    ("create_coze_database", 0, |coze| {
        let field =
            |name, kind, text| DatabaseField::new(name, kind).description(text).is_required(true);
        let fields = [field("customer", "string", "Text 3"), field("cups", "integer", "Text 4")];
        let index = DatabaseIndex::new(["cups"]).index_name("idx_cups").comment("Text 5");
        let channel = DatabaseConnector::new().connector_id("10000011").connector_rw_mode("online");
        value(
            coze.databases()
                .create("7498204883280410011", "Text 1", fields, "unlimited_read_write")
                .app_id("7612573949352260012")
                .icon_file_id("7612586065492340013")
                .table_desc("Text 2")
                .indexes([index])
                .connector_rw_config([channel])
                .connector_read_mode("independent_connector"),
        )
    }),
    ("delete_coze_database", 0, |coze| value(coze.databases().delete(DATABASE))),
    ("query_database_list", 0, |coze| {
        value(coze.databases().list("7498204883280410011").page_num(1).page_size(20))
    }),
    ("insert", 0, |coze| {
        let rows = [("Text 1", 1), ("Text 2", 2)];
        let rows =
            rows.map(|(customer, cups)| serde_json::json!({"customer": customer, "cups": cups}));
        let records = coze.databases().records();
        let records = records.create_from(DATABASE, rows);
        value(records.connector_id("10000011").connector_uid("2390323537100015").is_async(true))
    }),
    ("update", 0, |coze| {
        let updates = [FieldUpdate::from(("customer", "Text 1")), FieldUpdate::from(("cups", 3))];
        let filter = Filter::all([customer("Text 2"), Filter::field("cups").equal(1)]);
        value(coze.databases().records().update(DATABASE, updates, filter).is_async(false))
    }),
    ("query", 0, |coze| {
        value(
            coze.databases()
                .records()
                .query(DATABASE)
                .select_fields(SelectFields::from(["customer", "cups"]).is_distinct(false))
                .order_by([OrderBy::descending("cups")])
                .page_num(1)
                .page_size(10)
                .filter(Filter::all([customer("Text 1")]))
                .is_async(false),
        )
    }),
    ("delete", 0, |coze| {
        let filter = Filter::any([customer("Text 1"), customer("Text 2")]);
        let deletion = coze.databases().records().delete(DATABASE, filter);
        value(deletion.connector_id("10000011").is_async(true))
    }),
    ("get_async_task_result", 0, |coze| {
        value(coze.databases().tasks().retrieve("7525340985000017"))
    }),
];
