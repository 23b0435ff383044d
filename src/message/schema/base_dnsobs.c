/* SPDX-License-Identifier: Apache-2.0 */
/* base:dnsobs: one DNS response as observed by a sensor. */
#include "message/computed/dnsobs.h"
#include "message/schema/tables.h"

static const nm_field dnsobs_fields[] = {
    {1, NM_NAME("time"), NM_PB_UINT64, NM_KIND_UINT64, NM_FIELD_REQUIRED, NULL},
    {2, NM_NAME("response_ip"), NM_PB_BYTES, NM_KIND_IP, NM_FIELD_REQUIRED, NULL},
    {3, NM_NAME("qname"), NM_PB_BYTES, NM_KIND_DNS_NAME, NM_FIELD_REQUIRED, NULL},
    {4, NM_NAME("qtype"), NM_PB_UINT32, NM_KIND_DNS_TYPE, NM_FIELD_REQUIRED, NULL},
    {5, NM_NAME("qclass"), NM_PB_UINT32, NM_KIND_DNS_CLASS, NM_FIELD_REQUIRED, NULL},
    {6, NM_NAME("rcode"), NM_PB_UINT32, NM_KIND_DNS_RCODE, NM_FIELD_REQUIRED, NULL},
    {7, NM_NAME("response"), NM_PB_BYTES, NM_KIND_DNS_MESSAGE, 0, NULL},
    {0, NM_NAME("response_json"), NM_PB_BYTES, NM_KIND_DNS_MESSAGE_OBJECT, NM_FIELD_NOPRINT, NULL,
     nm_dnsobs_response},
    {8, NM_NAME("query_zone"), NM_PB_BYTES, NM_KIND_DNS_NAME, 0, NULL},
    {9, NM_NAME("geoid"), NM_PB_BYTES, NM_KIND_BYTES, 0, NULL},
    {10, NM_NAME("sensor_id"), NM_PB_FIXED32, NM_KIND_HEX32, 0, NULL},
};

const nm_schema nm_schema_base_dnsobs = {
    .vendor = NM_VENDOR_BASE,
    .type = 14,
    .name = "dnsobs",
    NM_SCHEMA_FIELDS(dnsobs_fields),
};
