/* SPDX-License-Identifier: Apache-2.0 */
/* base:packet: a captured IP packet. */
#include "message/schema/tables.h"

static const nm_enum_value packet_payload_type_values[] = {
    {"IP", 1},
};

static const nm_enum packet_payload_type = NM_ENUM(packet_payload_type_values);

static const nm_field packet_fields[] = {
    {1, NM_NAME("payload_type"), NM_PB_ENUM, NM_KIND_ENUM, NM_FIELD_REQUIRED, &packet_payload_type},
    {2, NM_NAME("payload"), NM_PB_BYTES, NM_KIND_BYTES, NM_FIELD_REQUIRED, NULL},
};

const nm_schema nm_schema_base_packet = {
    .vendor = NM_VENDOR_BASE,
    .type = 12,
    .name = "packet",
    NM_SCHEMA_FIELDS(packet_fields),
};
