/* SPDX-License-Identifier: Apache-2.0 */
/* SIE:newdomain: a domain or record set not seen before. */
#include "message/schema/tables.h"

static const nm_enum_value newdomain_type_values[] = {
    {"INSERTION", 0},        {"EXPIRATION", 1}, {"CHAFF", 2},
    {"AUTHORITATIVE", 3},    {"MERGED", 4},     {"MERGED_AUTHORITATIVE", 5},
    {"MERGED_INSERTION", 6},
};

static const nm_enum newdomain_type = NM_ENUM(newdomain_type_values);

static const nm_field newdomain_fields[] = {
    {1, NM_NAME("domain"), NM_PB_BYTES, NM_KIND_DNS_NAME, 0, NULL},
    {2, NM_NAME("time_seen"), NM_PB_UINT32, NM_KIND_EPOCH, 0, NULL},
    {13, NM_NAME("type"), NM_PB_ENUM, NM_KIND_ENUM, 0, &newdomain_type},
    {10, NM_NAME("count"), NM_PB_UINT32, NM_KIND_UINT32, 0, NULL},
    {11, NM_NAME("time_first"), NM_PB_UINT32, NM_KIND_EPOCH, 0, NULL},
    {12, NM_NAME("time_last"), NM_PB_UINT32, NM_KIND_EPOCH, 0, NULL},
    {17, NM_NAME("zone_time_first"), NM_PB_UINT32, NM_KIND_EPOCH, 0, NULL},
    {18, NM_NAME("zone_time_last"), NM_PB_UINT32, NM_KIND_EPOCH, 0, NULL},
    {14, NM_NAME("response_ip"), NM_PB_BYTES, NM_KIND_IP, 0, NULL},
    {16, NM_NAME("bailiwick"), NM_PB_BYTES, NM_KIND_DNS_NAME, 0, NULL},
    {3, NM_NAME("rrname"), NM_PB_BYTES, NM_KIND_DNS_NAME, 0, NULL},
    {5, NM_NAME("rrclass"), NM_PB_UINT32, NM_KIND_DNS_CLASS_SIE, 0, NULL},
    {4, NM_NAME("rrtype"), NM_PB_UINT32, NM_KIND_DNS_TYPE, 0, NULL},
    {6, NM_NAME("rrttl"), NM_PB_UINT32, NM_KIND_UINT32, 0, NULL},
    {7, NM_NAME("rdata"), NM_PB_BYTES, NM_KIND_DNS_RDATA, NM_FIELD_REPEATED, NULL},
    {15, NM_NAME("response"), NM_PB_BYTES, NM_KIND_DNS_MESSAGE_TEXT, 0, NULL},
    {9, NM_NAME("keys"), NM_PB_BYTES, NM_KIND_STRING, NM_FIELD_REPEATED, NULL},
    {19, NM_NAME("new_domain"), NM_PB_BOOL, NM_KIND_BOOL, 0, NULL},
    {20, NM_NAME("new_rrname"), NM_PB_BOOL, NM_KIND_BOOL, 0, NULL},
    {21, NM_NAME("new_rrtype"), NM_PB_BOOL, NM_KIND_BOOL, 0, NULL},
    {22, NM_NAME("new_rr"), NM_PB_BOOL, NM_KIND_BOOL, NM_FIELD_REPEATED, NULL},
    {23, NM_NAME("new_rrset"), NM_PB_BOOL, NM_KIND_BOOL, 0, NULL},
};

const nm_schema nm_schema_sie_newdomain = {
    .vendor = NM_VENDOR_SIE,
    .type = 5,
    .name = "newdomain",
    NM_SCHEMA_FIELDS(newdomain_fields),
    .rrtype = 4,
    .rrclass = 5,
};
