/* SPDX-License-Identifier: Apache-2.0 */
/* base:ncap: one IP datagram as captured, or one of the oldest captures in pieces. */
#include "message/computed/ncap.h"
#include "message/schema/tables.h"

static const nm_enum_value ncap_type_values[] = {
    {"IPV4", 0},
    {"IPV6", 1},
    {"Legacy", 2},
};

static const nm_enum ncap_type = NM_ENUM(ncap_type_values);

static const nm_enum_value ncap_ltype_values[] = {
    {"UDP", 0},
    {"TCP", 1},
    {"ICMP", 2},
};

static const nm_enum ncap_ltype = NM_ENUM(ncap_ltype_values);

static const nm_field ncap_fields[] = {
    {1, NM_NAME("type"), NM_PB_ENUM, NM_KIND_ENUM, NM_FIELD_REQUIRED, &ncap_type},
    {3, NM_NAME("ltype"), NM_PB_ENUM, NM_KIND_ENUM, NM_FIELD_HIDDEN, &ncap_ltype},
    {4, NM_NAME("srcip"), NM_PB_BYTES, NM_KIND_IP, 0, NULL, nm_ncap_srcip},
    {5, NM_NAME("dstip"), NM_PB_BYTES, NM_KIND_IP, 0, NULL, nm_ncap_dstip},
    {6, NM_NAME("lint0"), NM_PB_UINT32, NM_KIND_UINT32, NM_FIELD_HIDDEN, NULL},
    {7, NM_NAME("lint1"), NM_PB_UINT32, NM_KIND_UINT32, NM_FIELD_HIDDEN, NULL},
    {0, NM_NAME("srcport"), NM_PB_UINT32, NM_KIND_UINT16, 0, NULL, nm_ncap_srcport},
    {0, NM_NAME("dstport"), NM_PB_UINT32, NM_KIND_UINT16, 0, NULL, nm_ncap_dstport},
    {0, NM_NAME("proto"), NM_PB_UINT32, NM_KIND_UINT16, 0, NULL, nm_ncap_proto},
    {2, NM_NAME("payload"), NM_PB_BYTES, NM_KIND_NCAP_PAYLOAD, NM_FIELD_REQUIRED, NULL},
    {0, NM_NAME("dns"), NM_PB_BYTES, NM_KIND_BYTES, NM_FIELD_NOPRINT, NULL, nm_ncap_dns},
};

const nm_schema nm_schema_base_ncap = {
    .vendor = NM_VENDOR_BASE,
    .type = 1,
    .name = "ncap",
    NM_SCHEMA_FIELDS(ncap_fields),
};
