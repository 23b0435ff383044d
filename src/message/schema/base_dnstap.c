/* SPDX-License-Identifier: Apache-2.0 */
/* base:dnstap: one event of a DNS server, as dnstap reports it (dnstap.info). */
#include "message/computed/dnstap.h"
#include "message/schema/tables.h"

static const nm_enum_value dnstap_type_values[] = {
    {"MESSAGE", 1},
};

static const nm_enum dnstap_type = NM_ENUM(dnstap_type_values);

static const nm_enum_value dnstap_message_type_values[] = {
    {"AUTH_QUERY", 1},   {"AUTH_RESPONSE", 2},   {"RESOLVER_QUERY", 3},  {"RESOLVER_RESPONSE", 4},
    {"CLIENT_QUERY", 5}, {"CLIENT_RESPONSE", 6}, {"FORWARDER_QUERY", 7}, {"FORWARDER_RESPONSE", 8},
    {"STUB_QUERY", 9},   {"STUB_RESPONSE", 10},  {"TOOL_QUERY", 11},     {"TOOL_RESPONSE", 12},
};

static const nm_enum dnstap_message_type = NM_ENUM(dnstap_message_type_values);

static const nm_enum_value dnstap_socket_family_values[] = {
    {"INET", 1},
    {"INET6", 2},
};

static const nm_enum dnstap_socket_family = NM_ENUM(dnstap_socket_family_values);

static const nm_enum_value dnstap_socket_protocol_values[] = {
    {"UDP", 1},
    {"TCP", 2},
};

static const nm_enum dnstap_socket_protocol = NM_ENUM(dnstap_socket_protocol_values);

static const nm_field dnstap_fields[] = {
    {1, NM_NAME("identity"), NM_PB_BYTES, NM_KIND_BYTES, 0, NULL},
    {2, NM_NAME("version"), NM_PB_BYTES, NM_KIND_BYTES, 0, NULL},
    {3, NM_NAME("extra"), NM_PB_BYTES, NM_KIND_BYTES, 0, NULL},
    {15, NM_NAME("type"), NM_PB_ENUM, NM_KIND_ENUM, NM_FIELD_REQUIRED, &dnstap_type},
    {0, NM_NAME("message_type"), NM_PB_UINT32, NM_KIND_SYMBOL, 0, &dnstap_message_type,
     nm_dnstap_message_type},
    {0, NM_NAME("socket_family"), NM_PB_UINT32, NM_KIND_SYMBOL, 0, &dnstap_socket_family,
     nm_dnstap_socket_family},
    {0, NM_NAME("socket_protocol"), NM_PB_UINT32, NM_KIND_SYMBOL, 0, &dnstap_socket_protocol,
     nm_dnstap_socket_protocol},
    {0, NM_NAME("query_address"), NM_PB_BYTES, NM_KIND_IP, 0, NULL, nm_dnstap_query_address},
    {0, NM_NAME("query_port"), NM_PB_UINT32, NM_KIND_UINT32, 0, NULL, nm_dnstap_query_port},
    {0, NM_NAME("query_time_sec"), NM_PB_UINT64, NM_KIND_UINT64, 0, NULL, nm_dnstap_query_time_sec},
    {0, NM_NAME("query_time_nsec"), NM_PB_UINT32, NM_KIND_UINT32, 0, NULL,
     nm_dnstap_query_time_nsec},
    {0, NM_NAME("query_message"), NM_PB_BYTES, NM_KIND_DNS_MESSAGE, 0, NULL,
     nm_dnstap_query_message},
    {0, NM_NAME("query_json"), NM_PB_BYTES, NM_KIND_DNS_MESSAGE_OBJECT, NM_FIELD_NOPRINT, NULL,
     nm_dnstap_query_message},
    {0, NM_NAME("response_address"), NM_PB_BYTES, NM_KIND_IP, 0, NULL, nm_dnstap_response_address},
    {0, NM_NAME("response_port"), NM_PB_UINT32, NM_KIND_UINT32, 0, NULL, nm_dnstap_response_port},
    {0, NM_NAME("response_time_sec"), NM_PB_UINT64, NM_KIND_UINT64, 0, NULL,
     nm_dnstap_response_time_sec},
    {0, NM_NAME("response_time_nsec"), NM_PB_UINT32, NM_KIND_UINT32, 0, NULL,
     nm_dnstap_response_time_nsec},
    {0, NM_NAME("query_zone"), NM_PB_BYTES, NM_KIND_DNS_NAME, 0, NULL, nm_dnstap_query_zone},
    {0, NM_NAME("response_message"), NM_PB_BYTES, NM_KIND_DNS_MESSAGE, 0, NULL,
     nm_dnstap_response_message},
    {0, NM_NAME("response_json"), NM_PB_BYTES, NM_KIND_DNS_MESSAGE_OBJECT, NM_FIELD_NOPRINT, NULL,
     nm_dnstap_response_message},
    {0, NM_NAME("id"), NM_PB_UINT32, NM_KIND_UINT16, 0, NULL, nm_dnstap_id},
    {0, NM_NAME("qname"), NM_PB_BYTES, NM_KIND_DNS_NAME, 0, NULL, nm_dnstap_qname},
    {0, NM_NAME("qclass"), NM_PB_UINT32, NM_KIND_DNS_CLASS, 0, NULL, nm_dnstap_qclass},
    {0, NM_NAME("qtype"), NM_PB_UINT32, NM_KIND_DNS_TYPE, 0, NULL, nm_dnstap_qtype},
    {0, NM_NAME("rcode"), NM_PB_UINT32, NM_KIND_DNS_RCODE, 0, NULL, nm_dnstap_rcode},
};

const nm_schema nm_schema_base_dnstap = {
    .vendor = NM_VENDOR_BASE,
    .type = 13,
    .name = "dnstap",
    NM_SCHEMA_FIELDS(dnstap_fields),
    .check = nm_dnstap_check,
};
