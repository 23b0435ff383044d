/* SPDX-License-Identifier: Apache-2.0 */
/* SIE:delay: how long a DNS server took to answer. */
#include "message/schema/tables.h"

static const nm_field delay_fields[] = {
    {1, NM_NAME("query_ip"), NM_PB_BYTES, NM_KIND_IP, NM_FIELD_REQUIRED, NULL},
    {2, NM_NAME("response_ip"), NM_PB_BYTES, NM_KIND_IP, NM_FIELD_REQUIRED, NULL},
    {3, NM_NAME("delay"), NM_PB_DOUBLE, NM_KIND_DOUBLE, NM_FIELD_REQUIRED, NULL},
    {4, NM_NAME("response_time_sec"), NM_PB_INT64, NM_KIND_INT64, NM_FIELD_REQUIRED, NULL},
};

const nm_schema nm_schema_sie_delay = {
    .vendor = NM_VENDOR_SIE,
    .type = 4,
    .name = "delay",
    NM_SCHEMA_FIELDS(delay_fields),
};
