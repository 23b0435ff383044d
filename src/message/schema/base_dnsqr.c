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
    {1, "type", NM_PB_ENUM, NM_KIND_ENUM, NM_FIELD_REQUIRED, &dnsqr_type},
    {2, "query_ip", NM_PB_BYTES, NM_KIND_IP, NM_FIELD_REQUIRED, NULL},
    {3, "response_ip", NM_PB_BYTES, NM_KIND_IP, NM_FIELD_REQUIRED, NULL},
    {4, "proto", NM_PB_UINT32, NM_KIND_IP_PROTOCOL, NM_FIELD_REQUIRED, NULL},
    {5, "query_port", NM_PB_UINT32, NM_KIND_UINT16, NM_FIELD_REQUIRED, NULL},
    {6, "response_port", NM_PB_UINT32, NM_KIND_UINT16, NM_FIELD_REQUIRED, NULL},
    {7, "id", NM_PB_UINT32, NM_KIND_UINT16, NM_FIELD_REQUIRED, NULL},
    {8, "qname", NM_PB_BYTES, NM_KIND_DNS_NAME, 0, NULL},
    {10, "qclass", NM_PB_UINT32, NM_KIND_DNS_CLASS, 0, NULL},
    {9, "qtype", NM_PB_UINT32, NM_KIND_DNS_TYPE, 0, NULL},
    {11, "rcode", NM_PB_UINT32, NM_KIND_DNS_RCODE, 0, NULL},
    {12, "query_packet", NM_PB_BYTES, NM_KIND_BYTES, NM_FIELD_REPEATED | NM_FIELD_NOPRINT, NULL},
    {13, "query_time_sec", NM_PB_INT64, NM_KIND_INT64, NM_FIELD_REPEATED | NM_FIELD_NOPRINT, NULL},
    {14, "query_time_nsec", NM_PB_SFIXED32, NM_KIND_INT32, NM_FIELD_REPEATED | NM_FIELD_NOPRINT,
     NULL},
    {15, "response_packet", NM_PB_BYTES, NM_KIND_BYTES, NM_FIELD_REPEATED | NM_FIELD_NOPRINT, NULL},
    {16, "response_time_sec", NM_PB_INT64, NM_KIND_INT64, NM_FIELD_REPEATED | NM_FIELD_NOPRINT,
     NULL},
    {17, "response_time_nsec", NM_PB_SFIXED32, NM_KIND_INT32, NM_FIELD_REPEATED | NM_FIELD_NOPRINT,
     NULL},
    {20, "timeout", NM_PB_DOUBLE, NM_KIND_DOUBLE, 0, NULL},
    {0, "delay", NM_PB_DOUBLE, NM_KIND_DOUBLE, 0, NULL, nm_dnsqr_delay},
    {21, "udp_checksum", NM_PB_ENUM, NM_KIND_ENUM, 0, &dnsqr_udp_checksum, nm_dnsqr_udp_checksum},
    {22, "resolver_address_zeroed", NM_PB_BOOL, NM_KIND_BOOL, 0, NULL},
    {0, "query", NM_PB_BYTES, NM_KIND_DNS_MESSAGE, 0, NULL, nm_dnsqr_query},
    {0, "query_json", NM_PB_BYTES, NM_KIND_DNS_MESSAGE_OBJECT, NM_FIELD_NOPRINT, NULL,
     nm_dnsqr_query},
    {0, "response", NM_PB_BYTES, NM_KIND_DNS_MESSAGE, 0, NULL, nm_dnsqr_response},
    {0, "response_json", NM_PB_BYTES, NM_KIND_DNS_MESSAGE_OBJECT, NM_FIELD_NOPRINT, NULL,
     nm_dnsqr_response},
    {0, "dns", NM_PB_BYTES, NM_KIND_BYTES, NM_FIELD_NOPRINT, NULL, nm_dnsqr_response},
    {18, "tcp", NM_PB_BYTES, NM_KIND_BYTES, NM_FIELD_NOPRINT, NULL},
    {19, "icmp", NM_PB_BYTES, NM_KIND_BYTES, NM_FIELD_NOPRINT, NULL},
};

const nm_schema nm_schema_base_dnsqr = {
    .vendor = NM_VENDOR_BASE,
    .type = 9,
    .name = "dnsqr",
    NM_SCHEMA_FIELDS(dnsqr_fields),
};
