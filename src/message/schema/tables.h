/* SPDX-License-Identifier: Apache-2.0 */
/* The vendors' numbers and the declarations of all tables in this folder. */
#ifndef NM_MESSAGE_SCHEMA_TABLES_H
#define NM_MESSAGE_SCHEMA_TABLES_H

#include "message/schema.h"

/** Vendor numbers; those without tables here are names only. */
enum {
    NM_VENDOR_BASE = 1,
    NM_VENDOR_SIE = 2,
    NM_VENDOR_GTISC = 3,
    NM_VENDOR_DEFINTEL = 4,
    NM_VENDOR_UNIVIE = 5,
    NM_VENDOR_UNVEILLANCE = 6,
    NM_VENDOR_WISC = 7,
};

extern const nm_schema nm_schema_base_dns;
extern const nm_schema nm_schema_base_dnsobs;
extern const nm_schema nm_schema_base_dnsqr;
extern const nm_schema nm_schema_base_dnstap;
extern const nm_schema nm_schema_base_email;
extern const nm_schema nm_schema_base_encode;
extern const nm_schema nm_schema_base_http;
extern const nm_schema nm_schema_base_ipconn;
extern const nm_schema nm_schema_base_linkpair;
extern const nm_schema nm_schema_base_logline;
extern const nm_schema nm_schema_base_ncap;
extern const nm_schema nm_schema_base_packet;
extern const nm_schema nm_schema_base_pkt;
extern const nm_schema nm_schema_base_xml;
extern const nm_schema nm_schema_sie_delay;
extern const nm_schema nm_schema_sie_dnsdedupe;
extern const nm_schema nm_schema_sie_dnsnx;
extern const nm_schema nm_schema_sie_newdomain;
extern const nm_schema nm_schema_sie_qr;
extern const nm_schema nm_schema_sie_reputation;

#endif
