/* SPDX-License-Identifier: Apache-2.0 */
/* base:http: a web request, usually to a sinkhole. */
#include "message/schema/tables.h"

static const nm_enum_value http_type_values[] = {
    {"unknown", 0},
    {"sinkhole", 1},
};

static const nm_enum http_type = NM_ENUM(http_type_values);

static const nm_field http_fields[] = {
    {1, NM_NAME("type"), NM_PB_ENUM, NM_KIND_ENUM, NM_FIELD_REQUIRED, &http_type},
    {2, NM_NAME("srcip"), NM_PB_BYTES, NM_KIND_IP, 0, NULL},
    {3, NM_NAME("srchost"), NM_PB_BYTES, NM_KIND_STRING, 0, NULL},
    {4, NM_NAME("srcport"), NM_PB_UINT32, NM_KIND_UINT16, 0, NULL},
    {5, NM_NAME("dstip"), NM_PB_BYTES, NM_KIND_IP, 0, NULL},
    {6, NM_NAME("dstport"), NM_PB_UINT32, NM_KIND_UINT16, 0, NULL},
    {7, NM_NAME("request"), NM_PB_BYTES, NM_KIND_MLSTRING, 0, NULL},
    {65, NM_NAME("p0f_genre"), NM_PB_BYTES, NM_KIND_STRING, 0, NULL},
    {66, NM_NAME("p0f_detail"), NM_PB_BYTES, NM_KIND_STRING, 0, NULL},
    {67, NM_NAME("p0f_dist"), NM_PB_INT32, NM_KIND_INT16, 0, NULL},
    {68, NM_NAME("p0f_link"), NM_PB_BYTES, NM_KIND_STRING, 0, NULL},
    {69, NM_NAME("p0f_tos"), NM_PB_BYTES, NM_KIND_STRING, 0, NULL},
    {70, NM_NAME("p0f_fw"), NM_PB_UINT32, NM_KIND_UINT16, 0, NULL},
    {71, NM_NAME("p0f_nat"), NM_PB_UINT32, NM_KIND_UINT16, 0, NULL},
    {72, NM_NAME("p0f_real"), NM_PB_UINT32, NM_KIND_UINT16, 0, NULL},
    {73, NM_NAME("p0f_score"), NM_PB_INT32, NM_KIND_INT16, 0, NULL},
    {74, NM_NAME("p0f_mflags"), NM_PB_UINT32, NM_KIND_UINT16, 0, NULL},
    {75, NM_NAME("p0f_uptime"), NM_PB_INT32, NM_KIND_INT32, 0, NULL},
};

const nm_schema nm_schema_base_http = {
    .vendor = NM_VENDOR_BASE,
    .type = 4,
    .name = "http",
    NM_SCHEMA_FIELDS(http_fields),
};
