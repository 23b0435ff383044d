/* SPDX-License-Identifier: Apache-2.0 */
/* base:dns: one DNS resource record set. */
#include "message/schema/tables.h"

static const nm_field dns_fields[] = {
    {7, "qname", NM_PB_BYTES, NM_KIND_DNS_NAME, 0, NULL},
    {9, "qclass", NM_PB_UINT32, NM_KIND_DNS_CLASS, 0, NULL},
    {8, "qtype", NM_PB_UINT32, NM_KIND_DNS_TYPE, 0, NULL},
    {6, "section", NM_PB_UINT32, NM_KIND_UINT16, 0, NULL},
    {1, "rrname", NM_PB_BYTES, NM_KIND_DNS_NAME, 0, NULL},
    {3, "rrclass", NM_PB_UINT32, NM_KIND_DNS_CLASS, 0, NULL},
    {2, "rrtype", NM_PB_UINT32, NM_KIND_DNS_TYPE, 0, NULL},
    {4, "rrttl", NM_PB_UINT32, NM_KIND_UINT32, 0, NULL},
    {5, "rdata", NM_PB_BYTES, NM_KIND_DNS_RDATA, NM_FIELD_REPEATED, NULL},
};

const nm_schema nm_schema_base_dns = {
    .vendor = NM_VENDOR_BASE,
    .type = 7,
    .name = "dns",
    NM_SCHEMA_FIELDS(dns_fields),
    .rrtype = 2,
    .rrclass = 3,
};
