/* SPDX-License-Identifier: Apache-2.0 */
/* The table of record types. */
#include "dns/layout.h"

#include "dns/constants.h"

/* Short names, so that a row can be read. */
#define ANY_CLASS NM_DNS_ANY_CLASS
#define IN_ONLY NM_DNS_CLASS_IN
#define U8 NM_DNS_KIND_U8
#define U16 NM_DNS_KIND_U16
#define U32 NM_DNS_KIND_U32
#define IPV4 NM_DNS_KIND_IPV4
#define IPV6 NM_DNS_KIND_IPV6
#define NAME NM_DNS_KIND_NAME
#define TYPE NM_DNS_KIND_TYPE
#define STRING NM_DNS_KIND_STRING
#define STRINGS NM_DNS_KIND_STRINGS
#define QUOTED NM_DNS_KIND_QUOTED
#define HEX NM_DNS_KIND_HEX
#define BASE64 NM_DNS_KIND_BASE64
#define SALT NM_DNS_KIND_SALT
#define HASH NM_DNS_KIND_HASH
#define BITMAP NM_DNS_KIND_BITMAP
#define PREFIX NM_DNS_KIND_PREFIX
#define EUI48 NM_DNS_KIND_EUI48
#define EUI64 NM_DNS_KIND_EUI64
#define PARAMS NM_DNS_KIND_PARAMS
#define OPTIONS NM_DNS_KIND_OPTIONS

/* One row a type. Where a newer document describes a type as well, it did not change the fields,
 * or the fields are shown as the older one has them. */
#define ROW(type, rrclass, ...) [NM_DNS_TYPE_##type] = {rrclass, {__VA_ARGS__}}

static const nm_dns_layout layouts[] = {
    ROW(A, IN_ONLY, IPV4),                                                 /* RFC 1035, 3.4.1 */
    ROW(NS, ANY_CLASS, NAME),                                              /* RFC 1035, 3.3.11 */
    ROW(MD, ANY_CLASS, NAME),                                              /* RFC 1035, 3.3.4 */
    ROW(MF, ANY_CLASS, NAME),                                              /* RFC 1035, 3.3.5 */
    ROW(CNAME, ANY_CLASS, NAME),                                           /* RFC 1035, 3.3.1 */
    ROW(SOA, ANY_CLASS, NAME, NAME, U32, U32, U32, U32, U32),              /* RFC 1035, 3.3.13 */
    ROW(MB, ANY_CLASS, NAME),                                              /* RFC 1035, 3.3.3 */
    ROW(MG, ANY_CLASS, NAME),                                              /* RFC 1035, 3.3.6 */
    ROW(MR, ANY_CLASS, NAME),                                              /* RFC 1035, 3.3.8 */
    ROW(NULL, ANY_CLASS, HEX),                                             /* RFC 1035, 3.3.10 */
    ROW(WKS, IN_ONLY, U32, U8, HEX),                                       /* RFC 1035, 3.4.2 */
    ROW(PTR, ANY_CLASS, NAME),                                             /* RFC 1035, 3.3.12 */
    ROW(HINFO, ANY_CLASS, STRING, STRING),                                 /* RFC 1035, 3.3.2 */
    ROW(MINFO, ANY_CLASS, NAME, NAME),                                     /* RFC 1035, 3.3.7 */
    ROW(MX, ANY_CLASS, U16, NAME),                                         /* RFC 1035, 3.3.9 */
    ROW(TXT, ANY_CLASS, STRINGS),                                          /* RFC 1035, 3.3.14 */
    ROW(RP, ANY_CLASS, NAME, NAME),                                        /* RFC 1183, 2.2 */
    ROW(AFSDB, ANY_CLASS, U16, NAME),                                      /* RFC 1183, 1 */
    ROW(X25, ANY_CLASS, STRING),                                           /* RFC 1183, 3.1 */
    ROW(ISDN, ANY_CLASS, STRING, STRING),                                  /* RFC 1183, 3.2 */
    ROW(RT, ANY_CLASS, U16, NAME),                                         /* RFC 1183, 3.3 */
    ROW(SIG, ANY_CLASS, U16, U8, U8, U32, U32, U32, U16, NAME, HEX),       /* RFC 2535, 4.1 */
    ROW(PX, IN_ONLY, U16, NAME, NAME),                                     /* RFC 2163, 4 */
    ROW(AAAA, IN_ONLY, IPV6),                                              /* RFC 3596, 2.2 */
    ROW(NXT, ANY_CLASS, NAME, HEX),                                        /* RFC 2535, 5.2 */
    ROW(SRV, IN_ONLY, U16, U16, U16, NAME),                                /* RFC 2782 */
    ROW(NAPTR, IN_ONLY, U16, U16, STRING, STRING, STRING, NAME),           /* RFC 3403, 4.1 */
    ROW(KX, IN_ONLY, U16, NAME),                                           /* RFC 2230, 3.1 */
    ROW(A6, IN_ONLY, PREFIX, NAME),                                        /* RFC 2874, 3.1 */
    ROW(DNAME, ANY_CLASS, NAME),                                           /* RFC 6672, 2.1 */
    ROW(OPT, ANY_CLASS, OPTIONS),                                          /* RFC 6891, 6.1.2 */
    ROW(DS, ANY_CLASS, U16, U8, U8, HEX),                                  /* RFC 4034, 5.1 */
    ROW(RRSIG, ANY_CLASS, TYPE, U8, U8, U32, U32, U32, U16, NAME, BASE64), /* RFC 4034, 3.1 */
    ROW(NSEC, ANY_CLASS, NAME, BITMAP),                                    /* RFC 4034, 4.1 */
    ROW(DNSKEY, ANY_CLASS, U16, U8, U8, BASE64),                           /* RFC 4034, 2.1 */
    ROW(NSEC3, ANY_CLASS, U8, U8, U16, SALT, HASH, BITMAP),                /* RFC 5155, 3.2 */
    ROW(NSEC3PARAM, ANY_CLASS, U8, U8, U16, SALT),                         /* RFC 5155, 4.2 */
    ROW(TLSA, ANY_CLASS, U8, U8, U8, HEX),                                 /* RFC 6698, 2.1 */
    ROW(CDS, ANY_CLASS, U16, U8, U8, HEX),                                 /* RFC 7344, 3.1 */
    ROW(CDNSKEY, ANY_CLASS, U16, U8, U8, BASE64),                          /* RFC 7344, 3.2 */
    ROW(OPENPGPKEY, ANY_CLASS, BASE64),                                    /* RFC 7929, 2.1 */
    ROW(CSYNC, ANY_CLASS, U32, U16, BITMAP),                               /* RFC 7477, 2.1.1 */
    ROW(SVCB, IN_ONLY, U16, NAME, PARAMS),                                 /* RFC 9460, 2.2 */
    ROW(HTTPS, IN_ONLY, U16, NAME, PARAMS),                                /* RFC 9460, 9 */
    ROW(SPF, ANY_CLASS, STRINGS),                                          /* RFC 7208, 14.1 */
    ROW(EUI48, ANY_CLASS, EUI48),                                          /* RFC 7043, 3.1 */
    ROW(EUI64, ANY_CLASS, EUI64),                                          /* RFC 7043, 4.1 */
    ROW(URI, ANY_CLASS, U16, U16, QUOTED),                                 /* RFC 7553, 4.5 */
    ROW(CAA, IN_ONLY, U8, STRING, QUOTED),                                 /* RFC 8659, 4.1 */
};

const nm_dns_layout *
nm_dns_layout_of(uint16_t type)
{
    if (type >= sizeof layouts / sizeof *layouts || layouts[type].kinds[0] == NM_DNS_KIND_END) {
        return NULL;
    }
    return &layouts[type];
}
