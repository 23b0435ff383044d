/* SPDX-License-Identifier: Apache-2.0 */
/* Domain names: wire form as text and back (RFC 1035 sections 3.1 and 5.1). */
#ifndef NM_DNS_NAME_H
#define NM_DNS_NAME_H

#include "base/writer.h"

enum {
    NM_DNS_NAME_MAX = 255, /**< Octets of a name with all its length octets (RFC 1035, 2.3.4). */
    NM_DNS_LABEL_MAX = 63, /**< Octets of a label without its length octet (RFC 1035, 2.3.4). */
};

/** Room that the text of a name of `len` octets needs: four for each and some to copy words. */
#define NM_DNS_NAME_ROOM(len) (4 * (size_t)(len) + 8)

/** As nm_dns_name_format(), into room at hand.
 *  @param to            Room for NM_DNS_NAME_ROOM(name.len) octets, of which more may be written
 *                       than the text has.
 *  @param out_is_plain  What nm_dns_name_format() returns.   @return the place behind the text. */
uint8_t *nm_dns_name_put(uint8_t *to, nm_span name, bool *out_is_plain);

/** Append the text of an uncompressed name: every label followed by ".", the root as ".".
 *
 *  "." and "\" inside a label get a "\", octets outside 0x21..0x7E become \DDD; case is kept.
 *  Length octets are taken at face value, also those above NM_DNS_LABEL_MAX, and the text ends
 *  where the octets do: whatever stands in a message can be shown.
 *  @param name  Any octets; those behind the root label are not looked at.
 *  @return true when the text certainly stands for itself in a JSON string. */
bool nm_dns_name_format(nm_writer *w, nm_span name);

/** Read the text of a name; the final "." may be missing, "" and "." are the root.
 *
 *  Labels may be longer than NM_DNS_LABEL_MAX, so that all that nm_dns_name_format() writes of
 *  at most 254 octets can be read back.
 *  @param out      Written also on failure.
 *  @param out_len  Octets of the name, 1 to NM_DNS_NAME_MAX; written on NM_OK only.
 *  @return NM_OK; NM_E_PARSE for an empty label, a "\" with neither three digits up to 255 nor
 *          another octet behind it, or too long a name. */
NM_MUST_CHECK nm_status nm_dns_name_parse(nm_span text, uint8_t out[NM_DNS_NAME_MAX],
                                          size_t *out_len);

/** True when no label is longer than NM_DNS_LABEL_MAX.
 *  @param name  What nm_dns_name_parse() gave. */
bool nm_dns_name_has_valid_labels(nm_span name);

/** Expand a name that may be compressed (RFC 1035 section 4.1.4).
 *
 *  A pointer must lead to somewhere before its own first octet.
 *  @param message            The whole message, to which pointers refer.
 *  @param offset             Of the name, from the start of the message.
 *  @param out_len            Octets of the expanded name; written on success only.
 *  @param ref_pointers_left  How many pointers may still be followed; lowered by each.
 *  @return Octets that the name takes at `offset`; 0 when it is malformed, ends behind the
 *          message, is too long or needs too many pointers. */
size_t nm_dns_name_expand(nm_span message, size_t offset, uint8_t out[NM_DNS_NAME_MAX],
                          size_t *out_len, size_t *ref_pointers_left);

#endif
