/* SPDX-License-Identifier: Apache-2.0 */
/* base:pkt: a captured frame. */
#include "message/schema/tables.h"

static const nm_field pkt_fields[] = {
    {2, NM_NAME("len_frame"), NM_PB_UINT32, NM_KIND_UINT32, 0, NULL},
    {1, NM_NAME("payload"), NM_PB_BYTES, NM_KIND_BYTES, NM_FIELD_REQUIRED, NULL},
};

const nm_schema nm_schema_base_pkt = {
    .vendor = NM_VENDOR_BASE,
    .type = 8,
    .name = "pkt",
    NM_SCHEMA_FIELDS(pkt_fields),
};
