/* SPDX-License-Identifier: Apache-2.0 */
/* base:dns: one DNS resource record set. */
#include "message/schema/tables.h"

static const nm_field dns_fields[] = {
    {7, NM_NAME("qname"), NM_PB_BYTES, NM_KIND_DNS_NAME, 0, NULL},
    {9, NM_NAME("qclass"), NM_PB_UINT32, NM_KIND_DNS_CLASS, 0, NULL},
    {8, NM_NAME("qtype"), NM_PB_UINT32, NM_KIND_DNS_TYPE, 0, NULL},
    {6, NM_NAME("section"), NM_PB_UINT32, NM_KIND_UINT16, 0, NULL},
    {1, NM_NAME("rrname"), NM_PB_BYTES, NM_KIND_DNS_NAME, 0, NULL},
    {3, NM_NAME("rrclass"), NM_PB_UINT32, NM_KIND_DNS_CLASS, 0, NULL},
    {2, NM_NAME("rrtype"), NM_PB_UINT32, NM_KIND_DNS_TYPE, 0, NULL},
    {4, NM_NAME("rrttl"), NM_PB_UINT32, NM_KIND_UINT32, 0, NULL},
    {5, NM_NAME("rdata"), NM_PB_BYTES, NM_KIND_DNS_RDATA, NM_FIELD_REPEATED, NULL},
};

const nm_schema nm_schema_base_dns = {
    .vendor = NM_VENDOR_BASE,
    .type = 7,
    .name = "dns",
    NM_SCHEMA_FIELDS(dns_fields),
    .rrtype = 2,
    .rrclass = 3,
};
