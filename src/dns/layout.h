/* SPDX-License-Identifier: Apache-2.0 */
/* What the record data of each type consists of: one table that writing, reading and checking of
 * record data share. A new record type is one row of it. */
#ifndef NM_DNS_LAYOUT_H
#define NM_DNS_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Kinds of fields. Those marked "rest" take all octets that are left and stand last. */
typedef enum nm_dns_kind {
    NM_DNS_KIND_END,     /**< No further field. */
    NM_DNS_KIND_U8,      /**< Number in decimal. */
    NM_DNS_KIND_U16,     /**< The same, big-endian. */
    NM_DNS_KIND_U32,     /**< The same, big-endian. */
    NM_DNS_KIND_IPV4,    /**< Address, dotted quad. */
    NM_DNS_KIND_IPV6,    /**< Address, RFC 4291 section 2.2. */
    NM_DNS_KIND_NAME,    /**< Domain name, which may be compressed in a message. */
    NM_DNS_KIND_TYPE,    /**< Record type: mnemonic or TYPEn. */
    NM_DNS_KIND_STRING,  /**< Length octet and as many octets, quoted (RFC 1035, 3.3). */
    NM_DNS_KIND_STRINGS, /**< Rest: such strings. */
    NM_DNS_KIND_QUOTED,  /**< Rest: quoted like one string, but without length octet. */
    NM_DNS_KIND_HEX,     /**< Rest: hexadecimal digits. */
    NM_DNS_KIND_BASE64,  /**< Rest: RFC 4648 section 4. */
    NM_DNS_KIND_SALT,    /**< Length octet and octets; hexadecimal, "-" if none (RFC 5155, 3.3). */
    NM_DNS_KIND_HASH,    /**< Length octet and octets; base32hex, "0" if none (RFC 5155, 3.3). */
    NM_DNS_KIND_BITMAP,  /**< Rest: windows of record types (RFC 4034, 4.1.2). */
    NM_DNS_KIND_PREFIX,  /**< Prefix length and the rest of an IPv6 address (RFC 2874, 3.1). */
    NM_DNS_KIND_EUI48,   /**< Six octets in hexadecimal with "-" (RFC 7043, 3.2). */
    NM_DNS_KIND_EUI64,   /**< Eight of them (RFC 7043, 4.2). */
    NM_DNS_KIND_PARAMS,  /**< Rest: service parameters (RFC 9460, 2.2). */
    NM_DNS_KIND_OPTIONS, /**< Rest: EDNS options (RFC 6891, 6.1.2). */
} nm_dns_kind;

enum {
    NM_DNS_FIELDS_MAX = 10,  /**< Fields of a record type, NM_DNS_KIND_END included. */
    NM_DNS_ANY_CLASS = 0,    /**< In nm_dns_layout: not bound to a class. */
    NM_DNS_PREFIX_MAX = 128, /**< Bits of an IPv6 address. */
};

/** Fields of a record type in their order. */
typedef struct nm_dns_layout {
    uint8_t rrclass; /**< The only class that the fields are for, or NM_DNS_ANY_CLASS. */
    uint8_t kinds[NM_DNS_FIELDS_MAX]; /**< nm_dns_kind. */
} nm_dns_layout;

/** Layout of a record type; NULL when it has none: its data are octets (RFC 3597). */
const nm_dns_layout *nm_dns_layout_of(uint16_t type);

/** True when the fields are those of records of this class. */
static inline bool
nm_dns_layout_is_for(const nm_dns_layout *layout, uint16_t rrclass)
{
    return layout->rrclass == NM_DNS_ANY_CLASS || layout->rrclass == rrclass;
}

/** Octets behind the prefix length of an NM_DNS_KIND_PREFIX field.
 *  @param prefix_len  In bits, 0 to NM_DNS_PREFIX_MAX. */
static inline size_t
nm_dns_prefix_octets(uint8_t prefix_len)
{
    return (size_t)(NM_DNS_PREFIX_MAX - prefix_len + 7) / 8;
}

#endif
