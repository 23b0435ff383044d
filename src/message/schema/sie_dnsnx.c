/* SPDX-License-Identifier: Apache-2.0 */
/* SIE:dnsnx: a question whose answer was that the name does not exist. */
#include "message/schema/tables.h"

static const nm_field dnsnx_fields[] = {
    {1, NM_NAME("qname"), NM_PB_BYTES, NM_KIND_DNS_NAME, NM_FIELD_REQUIRED, NULL},
    {3, NM_NAME("qclass"), NM_PB_UINT32, NM_KIND_DNS_CLASS_SIE, NM_FIELD_REQUIRED, NULL},
    {2, NM_NAME("qtype"), NM_PB_UINT32, NM_KIND_DNS_TYPE, NM_FIELD_REQUIRED, NULL},
    {4, NM_NAME("response_ip"), NM_PB_BYTES, NM_KIND_IP, NM_FIELD_REQUIRED, NULL},
    {5, NM_NAME("soa_rrname"), NM_PB_BYTES, NM_KIND_DNS_NAME, 0, NULL},
    {6, NM_NAME("response_time_sec"), NM_PB_INT64, NM_KIND_INT64, NM_FIELD_NOPRINT, NULL},
    {7, NM_NAME("response_time_nsec"), NM_PB_SFIXED32, NM_KIND_INT32, NM_FIELD_NOPRINT, NULL},
};

const nm_schema nm_schema_sie_dnsnx = {
    .vendor = NM_VENDOR_SIE,
    .type = 6,
    .name = "dnsnx",
    NM_SCHEMA_FIELDS(dnsnx_fields),
};
