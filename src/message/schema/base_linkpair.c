/* SPDX-License-Identifier: Apache-2.0 */
/* base:linkpair: one link between two web resources. */
#include "message/schema/tables.h"

static const nm_enum_value linkpair_type_values[] = {
    {"anchor", 0},
    {"redirect", 1},
};

static const nm_enum linkpair_type = NM_ENUM(linkpair_type_values);

static const nm_field linkpair_fields[] = {
    {1, NM_NAME("type"), NM_PB_ENUM, NM_KIND_ENUM, NM_FIELD_REQUIRED, &linkpair_type},
    {2, NM_NAME("src"), NM_PB_BYTES, NM_KIND_STRING, NM_FIELD_REQUIRED, NULL},
    {3, NM_NAME("dst"), NM_PB_BYTES, NM_KIND_STRING, NM_FIELD_REQUIRED, NULL},
    {5, NM_NAME("headers"), NM_PB_BYTES, NM_KIND_MLSTRING, 0, NULL},
};

const nm_schema nm_schema_base_linkpair = {
    .vendor = NM_VENDOR_BASE,
    .type = 3,
    .name = "linkpair",
    NM_SCHEMA_FIELDS(linkpair_fields),
};
