/* SPDX-License-Identifier: Apache-2.0 */
/* IP addresses as text and back. */
#ifndef NM_BASE_ADDRESS_H
#define NM_BASE_ADDRESS_H

#include "base/span.h"

enum {
    NM_IPV4_LEN = 4,          /**< Octets of an IPv4 address. */
    NM_IPV6_LEN = 16,         /**< Octets of an IPv6 address. */
    NM_ADDRESS_TEXT_MAX = 45, /**< Longest text, without NUL. */
};

/** Write the text of an address of 4 or 16 octets to `out`.
 *
 *  IPv6 is lower-case hex; the longest run of two or more zero words (the first of equals) becomes
 *  "::"; the last 32 bits are dotted for ::a.b.c.d and ::ffff:a.b.c.d (docs/format.md, Addresses).
 *  @param out  Room for NM_ADDRESS_TEXT_MAX octets; no NUL is written.
 *  @return Octets written, 0 when `address` has another length. */
size_t nm_address_format(nm_span address, char *out);

/** Read a dotted quad or IPv6 text (RFC 4291 section 2.2, no zone, no prefix length).
 *  @param out  Room for NM_IPV6_LEN octets; written on success only.
 *  @return Octets of the address, 4 or 16; 0 when `text` is no address. */
size_t nm_address_parse(nm_span text, uint8_t *out);

#endif
