/* SPDX-License-Identifier: Apache-2.0 */
/* base:logline: one line of a log. */
#include "message/schema/tables.h"

static const nm_field logline_fields[] = {
    {1, NM_NAME("category"), NM_PB_BYTES, NM_KIND_STRING, 0, NULL},
    {2, NM_NAME("message"), NM_PB_BYTES, NM_KIND_STRING, 0, NULL},
};

const nm_schema nm_schema_base_logline = {
    .vendor = NM_VENDOR_BASE,
    .type = 6,
    .name = "logline",
    NM_SCHEMA_FIELDS(logline_fields),
};
