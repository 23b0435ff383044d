/* SPDX-License-Identifier: Apache-2.0 */
/* base:ipconn: one IP connection or attempt of one. */
#include "message/schema/tables.h"

static const nm_field ipconn_fields[] = {
    {1, NM_NAME("proto"), NM_PB_UINT32, NM_KIND_UINT16, 0, NULL},
    {2, NM_NAME("srcip"), NM_PB_BYTES, NM_KIND_IP, 0, NULL},
    {3, NM_NAME("srcport"), NM_PB_UINT32, NM_KIND_UINT16, 0, NULL},
    {4, NM_NAME("dstip"), NM_PB_BYTES, NM_KIND_IP, 0, NULL},
    {5, NM_NAME("dstport"), NM_PB_UINT32, NM_KIND_UINT16, 0, NULL},
};

const nm_schema nm_schema_base_ipconn = {
    .vendor = NM_VENDOR_BASE,
    .type = 5,
    .name = "ipconn",
    NM_SCHEMA_FIELDS(ipconn_fields),
};
