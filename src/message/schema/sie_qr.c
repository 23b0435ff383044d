/* SPDX-License-Identifier: Apache-2.0 */
/* SIE:qr: one question or answer of a text protocol. */
#include "message/schema/tables.h"

static const nm_enum_value qr_type_values[] = {
    {"QUERY", 0},
    {"RESPONSE", 1},
    {"RESPONSE_END", 2},
    {"ERROR", 3},
};

static const nm_enum qr_type = NM_ENUM(qr_type_values);

static const nm_field qr_fields[] = {
    {1, NM_NAME("type"), NM_PB_ENUM, NM_KIND_ENUM, NM_FIELD_REQUIRED, &qr_type},
    {2, NM_NAME("text"), NM_PB_BYTES, NM_KIND_STRING, 0, NULL},
    {3, NM_NAME("num_response"), NM_PB_UINT32, NM_KIND_UINT32, 0, NULL},
    {4, NM_NAME("more_available"), NM_PB_UINT32, NM_KIND_UINT32, 0, NULL},
};

const nm_schema nm_schema_sie_qr = {
    .vendor = NM_VENDOR_SIE,
    .type = 3,
    .name = "qr",
    NM_SCHEMA_FIELDS(qr_fields),
};
