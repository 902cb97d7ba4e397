//! Benefits, limitations and bills.

use coze_api::benefit_limitations;

use super::{Sample, value};

pub(super) const SAMPLES: &[Sample] = &[
    ("billing_file", 0, |coze| value(coze.bill_tasks().list().page_num(1).page_size(50))),
    ("create_bill_task", 0, |coze| {
        value(coze.bill_tasks().create().started_at(1_743_004_800).ended_at(1_743_091_200))
    }),
    ("create_device_quotas", 0, |coze| {
        value(
            coze.benefit_limitations()
                .create(
                    "single_device",
                    benefit_limitations::NewBenefitLimitation::new(
                        100,
                        "resource_point",
                        "absolute_time",
                        1_741_708_800,
                        253_402_300_799,
                    )
                    .status("valid"),
                )
                .entity_id("SN12345123456789"),
        )
    }),
    ("get_benefit", 0, |coze| value(coze.benefits().retrieve())),
    ("get_benefit", 1, |coze| {
        value(coze.benefits().retrieve().benefit_type_list(["api_run_qps"]).resource_id("plugin"))
    }),
    ("get_benefit", 2, |coze| {
        value(
            coze.benefits()
                .retrieve()
                .benefit_type_list(["api_run_qps", "call_tool_limit"])
                .resource_id("plugin"),
        )
    }),
    ("get_device_quotas", 0, |coze| {
        value(
            coze.benefit_limitations()
                .list("enterprise_all_devices", "resource_point")
                .entity_id("SN12345123456789"),
        )
    }),
    ("update_device_quotas", 0, |coze| {
        value(
            coze.benefit_limitations()
                .update("12345123")
                .active_mode("absolute_time")
                .started_at(1_741_708_800)
                .ended_at(1_741_708_800)
                .limit(100)
                .status("valid"),
        )
    }),
];
