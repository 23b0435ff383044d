/* SPDX-License-Identifier: Apache-2.0 */
/* base:dnsqr: one DNS transaction, or what was seen of it. */
#include "message/computed/dnsqr.h"
#include "message/schema/tables.h"

static const nm_enum_value dnsqr_type_values[] = {
    {"UDP_INVALID", 0},
    {"UDP_QUERY_RESPONSE", 1},
    {"UDP_UNANSWERED_QUERY", 2},
    {"UDP_UNSOLICITED_RESPONSE", 3},
    {"TCP", 4},
    {"ICMP", 5},
    {"UDP_QUERY_ONLY", 6},
    {"UDP_RESPONSE_ONLY", 7},
};

static const nm_enum dnsqr_type = NM_ENUM(dnsqr_type_values);

static const nm_enum_value dnsqr_udp_checksum_values[] = {
    {"ERROR", 0},
    {"ABSENT", 1},
    {"INCORRECT", 2},
    {"CORRECT", 3},
};

static const nm_enum dnsqr_udp_checksum = NM_ENUM(dnsqr_udp_checksum_values);

static const nm_field dnsqr_fields[] = {
    {1, NM_NAME("type"), NM_PB_ENUM, NM_KIND_ENUM, NM_FIELD_REQUIRED, &dnsqr_type},
    {2, NM_NAME("query_ip"), NM_PB_BYTES, NM_KIND_IP, NM_FIELD_REQUIRED, NULL},
    {3, NM_NAME("response_ip"), NM_PB_BYTES, NM_KIND_IP, NM_FIELD_REQUIRED, NULL},
    {4, NM_NAME("proto"), NM_PB_UINT32, NM_KIND_IP_PROTOCOL, NM_FIELD_REQUIRED, NULL},
    {5, NM_NAME("query_port"), NM_PB_UINT32, NM_KIND_UINT16, NM_FIELD_REQUIRED, NULL},
    {6, NM_NAME("response_port"), NM_PB_UINT32, NM_KIND_UINT16, NM_FIELD_REQUIRED, NULL},
    {7, NM_NAME("id"), NM_PB_UINT32, NM_KIND_UINT16, NM_FIELD_REQUIRED, NULL},
    {8, NM_NAME("qname"), NM_PB_BYTES, NM_KIND_DNS_NAME, 0, NULL},
    {10, NM_NAME("qclass"), NM_PB_UINT32, NM_KIND_DNS_CLASS, 0, NULL},
    {9, NM_NAME("qtype"), NM_PB_UINT32, NM_KIND_DNS_TYPE, 0, NULL},
    {11, NM_NAME("rcode"), NM_PB_UINT32, NM_KIND_DNS_RCODE, 0, NULL},
    {12, NM_NAME("query_packet"), NM_PB_BYTES, NM_KIND_BYTES, NM_FIELD_REPEATED | NM_FIELD_NOPRINT,
     NULL},
    {13, NM_NAME("query_time_sec"), NM_PB_INT64, NM_KIND_INT64,
     NM_FIELD_REPEATED | NM_FIELD_NOPRINT, NULL},
    {14, NM_NAME("query_time_nsec"), NM_PB_SFIXED32, NM_KIND_INT32,
     NM_FIELD_REPEATED | NM_FIELD_NOPRINT, NULL},
    {15, NM_NAME("response_packet"), NM_PB_BYTES, NM_KIND_BYTES,
     NM_FIELD_REPEATED | NM_FIELD_NOPRINT, NULL},
    {16, NM_NAME("response_time_sec"), NM_PB_INT64, NM_KIND_INT64,
     NM_FIELD_REPEATED | NM_FIELD_NOPRINT, NULL},
    {17, NM_NAME("response_time_nsec"), NM_PB_SFIXED32, NM_KIND_INT32,
     NM_FIELD_REPEATED | NM_FIELD_NOPRINT, NULL},
    {20, NM_NAME("timeout"), NM_PB_DOUBLE, NM_KIND_DOUBLE, 0, NULL},
    {0, NM_NAME("delay"), NM_PB_DOUBLE, NM_KIND_DOUBLE, 0, NULL, nm_dnsqr_delay},
    {21, NM_NAME("udp_checksum"), NM_PB_ENUM, NM_KIND_ENUM, 0, &dnsqr_udp_checksum,
     nm_dnsqr_udp_checksum},
    {22, NM_NAME("resolver_address_zeroed"), NM_PB_BOOL, NM_KIND_BOOL, 0, NULL},
    {0, NM_NAME("query"), NM_PB_BYTES, NM_KIND_DNS_MESSAGE, 0, NULL, nm_dnsqr_query},
    {0, NM_NAME("query_json"), NM_PB_BYTES, NM_KIND_DNS_MESSAGE_OBJECT, NM_FIELD_NOPRINT, NULL,
     nm_dnsqr_query},
    {0, NM_NAME("response"), NM_PB_BYTES, NM_KIND_DNS_MESSAGE, 0, NULL, nm_dnsqr_response},
    {0, NM_NAME("response_json"), NM_PB_BYTES, NM_KIND_DNS_MESSAGE_OBJECT, NM_FIELD_NOPRINT, NULL,
     nm_dnsqr_response},
    {0, NM_NAME("dns"), NM_PB_BYTES, NM_KIND_BYTES, NM_FIELD_NOPRINT, NULL, nm_dnsqr_response},
    {18, NM_NAME("tcp"), NM_PB_BYTES, NM_KIND_BYTES, NM_FIELD_NOPRINT, NULL},
    {19, NM_NAME("icmp"), NM_PB_BYTES, NM_KIND_BYTES, NM_FIELD_NOPRINT, NULL},
};

const nm_schema nm_schema_base_dnsqr = {
    .vendor = NM_VENDOR_BASE,
    .type = 9,
    .name = "dnsqr",
    NM_SCHEMA_FIELDS(dnsqr_fields),
};
