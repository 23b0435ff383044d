/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of the DNS and their mnemonics: types, classes, response codes, opcodes. */
#ifndef NM_DNS_CONSTANTS_H
#define NM_DNS_CONSTANTS_H

#include "base/writer.h"

/** Record types below 300: X(name, number, mnemonic). */
#define NM_DNS_LOW_TYPE_LIST(X)                                                                    \
    X(A, 1, "A")                    /* RFC 1035 */                                                 \
    X(NS, 2, "NS")                  /* RFC 1035 */                                                 \
    X(MD, 3, "MD")                  /* RFC 1035 */                                                 \
    X(MF, 4, "MF")                  /* RFC 1035 */                                                 \
    X(CNAME, 5, "CNAME")            /* RFC 1035 */                                                 \
    X(SOA, 6, "SOA")                /* RFC 1035 */                                                 \
    X(MB, 7, "MB")                  /* RFC 1035 */                                                 \
    X(MG, 8, "MG")                  /* RFC 1035 */                                                 \
    X(MR, 9, "MR")                  /* RFC 1035 */                                                 \
    X(NULL, 10, "NULL")             /* RFC 1035 */                                                 \
    X(WKS, 11, "WKS")               /* RFC 1035 */                                                 \
    X(PTR, 12, "PTR")               /* RFC 1035 */                                                 \
    X(HINFO, 13, "HINFO")           /* RFC 1035 */                                                 \
    X(MINFO, 14, "MINFO")           /* RFC 1035 */                                                 \
    X(MX, 15, "MX")                 /* RFC 1035 */                                                 \
    X(TXT, 16, "TXT")               /* RFC 1035 */                                                 \
    X(RP, 17, "RP")                 /* RFC 1183 */                                                 \
    X(AFSDB, 18, "AFSDB")           /* RFC 1183 */                                                 \
    X(X25, 19, "X25")               /* RFC 1183 */                                                 \
    X(ISDN, 20, "ISDN")             /* RFC 1183 */                                                 \
    X(RT, 21, "RT")                 /* RFC 1183 */                                                 \
    X(NSAP, 22, "NSAP")             /* RFC 1706 */                                                 \
    X(NSAP_PTR, 23, "NSAP-PTR")     /* RFC 1348 */                                                 \
    X(SIG, 24, "SIG")               /* RFC 2535 */                                                 \
    X(KEY, 25, "KEY")               /* RFC 2535 */                                                 \
    X(PX, 26, "PX")                 /* RFC 2163 */                                                 \
    X(GPOS, 27, "GPOS")             /* RFC 1712 */                                                 \
    X(AAAA, 28, "AAAA")             /* RFC 3596 */                                                 \
    X(LOC, 29, "LOC")               /* RFC 1876 */                                                 \
    X(NXT, 30, "NXT")               /* RFC 2535 */                                                 \
    X(EID, 31, "EID")               /* draft-ietf-nimrod-dns */                                    \
    X(NIMLOC, 32, "NIMLOC")         /* draft-ietf-nimrod-dns */                                    \
    X(SRV, 33, "SRV")               /* RFC 2782 */                                                 \
    X(ATMA, 34, "ATMA")             /* af-saa-0069 (ATM Forum) */                                  \
    X(NAPTR, 35, "NAPTR")           /* RFC 3403 */                                                 \
    X(KX, 36, "KX")                 /* RFC 2230 */                                                 \
    X(CERT, 37, "CERT")             /* RFC 4398 */                                                 \
    X(A6, 38, "A6")                 /* RFC 2874 */                                                 \
    X(DNAME, 39, "DNAME")           /* RFC 6672 */                                                 \
    X(SINK, 40, "SINK")             /* draft-eastlake-kitchen-sink */                              \
    X(OPT, 41, "OPT")               /* RFC 6891 */                                                 \
    X(APL, 42, "APL")               /* RFC 3123 */                                                 \
    X(DS, 43, "DS")                 /* RFC 4034 */                                                 \
    X(SSHFP, 44, "SSHFP")           /* RFC 4255 */                                                 \
    X(IPSECKEY, 45, "IPSECKEY")     /* RFC 4025 */                                                 \
    X(RRSIG, 46, "RRSIG")           /* RFC 4034 */                                                 \
    X(NSEC, 47, "NSEC")             /* RFC 4034 */                                                 \
    X(DNSKEY, 48, "DNSKEY")         /* RFC 4034 */                                                 \
    X(DHCID, 49, "DHCID")           /* RFC 4701 */                                                 \
    X(NSEC3, 50, "NSEC3")           /* RFC 5155 */                                                 \
    X(NSEC3PARAM, 51, "NSEC3PARAM") /* RFC 5155 */                                                 \
    X(TLSA, 52, "TLSA")             /* RFC 6698 */                                                 \
    X(HIP, 55, "HIP")               /* RFC 8005 */                                                 \
    X(NINFO, 56, "NINFO")           /* draft-reid-dnsext-zs */                                     \
    X(RKEY, 57, "RKEY")             /* draft-reid-dnsext-rkey */                                   \
    X(TALINK, 58, "TALINK")         /* draft-wijngaards-dnsop-trust-history */                     \
    X(CDS, 59, "CDS")               /* RFC 7344 */                                                 \
    X(CDNSKEY, 60, "CDNSKEY")       /* RFC 7344 */                                                 \
    X(OPENPGPKEY, 61, "OPENPGPKEY") /* RFC 7929 */                                                 \
    X(CSYNC, 62, "CSYNC")           /* RFC 7477 */                                                 \
    X(SVCB, 64, "SVCB")             /* RFC 9460 */                                                 \
    X(HTTPS, 65, "HTTPS")           /* RFC 9460 */                                                 \
    X(SPF, 99, "SPF")               /* RFC 7208 */                                                 \
    X(UINFO, 100, "UINFO")          /* IANA, no document */                                        \
    X(UID, 101, "UID")              /* IANA, no document */                                        \
    X(GID, 102, "GID")              /* IANA, no document */                                        \
    X(UNSPEC, 103, "UNSPEC")        /* IANA, no document */                                        \
    X(NID, 104, "NID")              /* RFC 6742 */                                                 \
    X(L32, 105, "L32")              /* RFC 6742 */                                                 \
    X(L64, 106, "L64")              /* RFC 6742 */                                                 \
    X(LP, 107, "LP")                /* RFC 6742 */                                                 \
    X(EUI48, 108, "EUI48")          /* RFC 7043 */                                                 \
    X(EUI64, 109, "EUI64")          /* RFC 7043 */                                                 \
    X(TKEY, 249, "TKEY")            /* RFC 2930 */                                                 \
    X(TSIG, 250, "TSIG")            /* RFC 8945 */                                                 \
    X(IXFR, 251, "IXFR")            /* RFC 1995 */                                                 \
    X(AXFR, 252, "AXFR")            /* RFC 1035 */                                                 \
    X(MAILB, 253, "MAILB")          /* RFC 1035 */                                                 \
    X(MAILA, 254, "MAILA")          /* RFC 1035 */                                                 \
    X(ANY, 255, "ANY")              /* RFC 1035, as "*" */                                         \
    X(URI, 256, "URI")              /* RFC 7553 */                                                 \
    X(CAA, 257, "CAA")              /* RFC 8659 */

/** The other record types that have a mnemonic. */
#define NM_DNS_HIGH_TYPE_LIST(X)                                                                   \
    X(TA, 32768, "TA")   /* draft-weiler-dnssec-dlv-iana */                                        \
    X(DLV, 32769, "DLV") /* RFC 4431 */

/** Classes. */
#define NM_DNS_CLASS_LIST(X)                                                                       \
    X(IN, 1, "IN")       /* RFC 1035 */                                                            \
    X(CH, 3, "CH")       /* RFC 1035 */                                                            \
    X(HS, 4, "HS")       /* RFC 1035 */                                                            \
    X(NONE, 254, "NONE") /* RFC 2136 */                                                            \
    X(ANY, 255, "ANY")   /* RFC 1035, as "*" */

/** Response codes, those of EDNS included. */
#define NM_DNS_RCODE_LIST(X)                                                                       \
    X(NOERROR, 0, "NOERROR")   /* RFC 1035 */                                                      \
    X(FORMERR, 1, "FORMERR")   /* RFC 1035 */                                                      \
    X(SERVFAIL, 2, "SERVFAIL") /* RFC 1035 */                                                      \
    X(NXDOMAIN, 3, "NXDOMAIN") /* RFC 1035 */                                                      \
    X(NOTIMP, 4, "NOTIMP")     /* RFC 1035 */                                                      \
    X(REFUSED, 5, "REFUSED")   /* RFC 1035 */                                                      \
    X(YXDOMAIN, 6, "YXDOMAIN") /* RFC 2136 */                                                      \
    X(YXRRSET, 7, "YXRRSET")   /* RFC 2136 */                                                      \
    X(NXRRSET, 8, "NXRRSET")   /* RFC 2136 */                                                      \
    X(NOTAUTH, 9, "NOTAUTH")   /* RFC 2136 */                                                      \
    X(NOTZONE, 10, "NOTZONE")  /* RFC 2136 */                                                      \
    X(BADVERS, 16, "BADVERS")  /* RFC 6891 */

/** Kinds of messages. */
#define NM_DNS_OPCODE_LIST(X)                                                                      \
    X(QUERY, 0, "QUERY")   /* RFC 1035 */                                                          \
    X(IQUERY, 1, "IQUERY") /* RFC 1035 */                                                          \
    X(STATUS, 2, "STATUS") /* RFC 1035 */                                                          \
    X(NOTIFY, 4, "NOTIFY") /* RFC 1996 */                                                          \
    X(UPDATE, 5, "UPDATE") /* RFC 2136 */

/** Record types by name: NM_DNS_TYPE_A = 1 … */
enum {
#define NM_DNS_TYPE_ENUM(name, number, mnemonic) NM_DNS_TYPE_##name = (number),
    NM_DNS_LOW_TYPE_LIST(NM_DNS_TYPE_ENUM) NM_DNS_HIGH_TYPE_LIST(NM_DNS_TYPE_ENUM)
#undef NM_DNS_TYPE_ENUM
};

/** Classes by name: NM_DNS_CLASS_IN = 1 … */
enum {
#define NM_DNS_CLASS_ENUM(name, number, mnemonic) NM_DNS_CLASS_##name = (number),
    NM_DNS_CLASS_LIST(NM_DNS_CLASS_ENUM)
#undef NM_DNS_CLASS_ENUM
};

/** Response codes by name: NM_DNS_RCODE_NOERROR = 0 … */
enum {
#define NM_DNS_RCODE_ENUM(name, number, mnemonic) NM_DNS_RCODE_##name = (number),
    NM_DNS_RCODE_LIST(NM_DNS_RCODE_ENUM)
#undef NM_DNS_RCODE_ENUM
};

enum { NM_DNS_RCODE_HEADER_MAX = 15 /**< Largest code that a header holds (RFC 1035, 4.1.1). */ };

/** Mnemonic of a record type, in static storage; NULL when it has none. */
const char *nm_dns_type_name(uint16_t type);

/** The same for a class. */
const char *nm_dns_class_name(uint16_t rrclass);

/** The same for a response code. */
const char *nm_dns_rcode_name(uint16_t rcode);

/** The same for an opcode. */
const char *nm_dns_opcode_name(uint16_t opcode);

enum { NM_DNS_CODE_ROOM = 25 /**< That nm_dns_type_put() and nm_dns_class_put() need. */ };

/** Put the mnemonic of a record type, or TYPEn when it has none (RFC 3597 section 5).
 *  @param to  Room for NM_DNS_CODE_ROOM octets, of which more may be written than the text has.
 *  @return the place behind the text. */
uint8_t *nm_dns_type_put(uint8_t *to, uint16_t type);

/** The same for a class, or CLASSn. */
uint8_t *nm_dns_class_put(uint8_t *to, uint16_t rrclass);

/** Append the mnemonic of a record type, or TYPEn when it has none (RFC 3597 section 5). */
void nm_dns_type_format(nm_writer *w, uint16_t type);

/** Append the mnemonic of a class, or CLASSn when it has none (RFC 3597 section 5). */
void nm_dns_class_format(nm_writer *w, uint16_t rrclass);

/** Read a mnemonic or TYPEn with n up to 65535, letters in any case.
 *  @param out  Written on success only. */
bool nm_dns_type_parse(nm_span text, uint16_t *out);

/** The same for a class: mnemonic or CLASSn. */
bool nm_dns_class_parse(nm_span text, uint16_t *out);

/** Read the mnemonic of a response code in any case, or a number up to NM_DNS_RCODE_HEADER_MAX:
 *  decimal, octal behind "0" or hexadecimal behind "0x".
 *  @param out  Written on success only. */
bool nm_dns_rcode_parse(nm_span text, uint16_t *out);

#endif
