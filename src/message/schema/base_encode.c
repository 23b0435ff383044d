/* SPDX-License-Identifier: Apache-2.0 */
/* base:encode: data in a common serialization. */
#include "message/schema/tables.h"

static const nm_enum_value encode_type_values[] = {
    {"TEXT", 0}, {"JSON", 1}, {"YAML", 2}, {"MSGPACK", 3}, {"XML", 4},
};

static const nm_enum encode_type = NM_ENUM(encode_type_values);

static const nm_field encode_fields[] = {
    {1, NM_NAME("type"), NM_PB_ENUM, NM_KIND_ENUM, NM_FIELD_REQUIRED, &encode_type},
    {2, NM_NAME("payload"), NM_PB_BYTES, NM_KIND_ENCODED, NM_FIELD_REQUIRED, NULL},
};

const nm_schema nm_schema_base_encode = {
    .vendor = NM_VENDOR_BASE,
    .type = 11,
    .name = "encode",
    NM_SCHEMA_FIELDS(encode_fields),
};
