/* SPDX-License-Identifier: Apache-2.0 */
/* SIE:reputation: a statement about the reputation of something. */
#include "message/schema/tables.h"

static const nm_enum_value reputation_type_values[] = {
    {"ADDRESS", 0}, {"HOST", 1}, {"DOMAIN", 2}, {"NAMESERVER", 3}, {"URI", 4},
};

static const nm_enum reputation_type = NM_ENUM(reputation_type_values);

static const nm_field reputation_fields[] = {
    {1, NM_NAME("type"), NM_PB_ENUM, NM_KIND_ENUM, NM_FIELD_REQUIRED, &reputation_type},
    {2, NM_NAME("tag"), NM_PB_BYTES, NM_KIND_STRING, NM_FIELD_REQUIRED, NULL},
    {3, NM_NAME("value"), NM_PB_BYTES, NM_KIND_STRING, 0, NULL},
    {4, NM_NAME("address"), NM_PB_BYTES, NM_KIND_IP, 0, NULL},
    {5, NM_NAME("netmask"), NM_PB_BYTES, NM_KIND_IP, 0, NULL},
    {6, NM_NAME("host"), NM_PB_BYTES, NM_KIND_STRING, 0, NULL},
    {7, NM_NAME("domain"), NM_PB_BYTES, NM_KIND_STRING, 0, NULL},
    {8, NM_NAME("nameserver"), NM_PB_BYTES, NM_KIND_STRING, 0, NULL},
    {9, NM_NAME("uri"), NM_PB_BYTES, NM_KIND_STRING, 0, NULL},
    {10, NM_NAME("port"), NM_PB_UINT32, NM_KIND_UINT32, 0, NULL},
};

const nm_schema nm_schema_sie_reputation = {
    .vendor = NM_VENDOR_SIE,
    .type = 2,
    .name = "reputation",
    NM_SCHEMA_FIELDS(reputation_fields),
};
