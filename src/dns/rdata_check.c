/* SPDX-License-Identifier: Apache-2.0 */
/* Whether record data in a message have the fields of their type. */
#include "dns/edns.h"
#include "dns/field.h"
#include "dns/layout.h"
#include "dns/name.h"
#include "dns/params.h"

#include "base/address.h"

enum { BITMAP_MAX = 32 /* Octets of a window (RFC 4034 section 4.1.2). */ };

static void
skip_string(nm_cursor *c)
{
    nm_cursor_take(c, nm_cursor_u8(c));
}

static void
skip_prefix(nm_cursor *c)
{
    uint8_t prefix_len = nm_cursor_u8(c);
    if (prefix_len > NM_DNS_PREFIX_MAX) {
        nm_cursor_fail(c);
    } else {
        nm_cursor_take(c, nm_dns_prefix_octets(prefix_len));
    }
}

static void
skip_windows(nm_cursor *c)
{
    while (nm_cursor_left(c) >= 2) {
        nm_cursor_u8(c);
        uint8_t len = nm_cursor_u8(c);
        if (len == 0 || len > BITMAP_MAX) {
            nm_cursor_fail(c);
        }
        nm_cursor_take(c, len);
    }
}

/* Pass a field; the cursor fails when it is not well-formed. */
static void
skip_field(nm_cursor *c, nm_dns_kind kind, nm_span message, size_t offset,
           size_t *ref_pointers_left)
{
    uint8_t name[NM_DNS_NAME_MAX];
    size_t name_len;
    switch (kind) {
    case NM_DNS_KIND_U8:
        nm_cursor_take(c, 1);
        break;
    case NM_DNS_KIND_U16:
    case NM_DNS_KIND_TYPE:
        nm_cursor_take(c, 2);
        break;
    case NM_DNS_KIND_U32:
    case NM_DNS_KIND_IPV4:
        nm_cursor_take(c, 4);
        break;
    case NM_DNS_KIND_IPV6:
        nm_cursor_take(c, NM_IPV6_LEN);
        break;
    case NM_DNS_KIND_EUI48:
        nm_cursor_take(c, 6);
        break;
    case NM_DNS_KIND_EUI64:
        nm_cursor_take(c, 8);
        break;
    case NM_DNS_KIND_NAME: {
        size_t taken = nm_dns_name_expand(message, offset + nm_cursor_offset(c), name, &name_len,
                                          ref_pointers_left);
        nm_cursor_take(c, taken > 0 ? taken : SIZE_MAX);
        break;
    }
    case NM_DNS_KIND_STRING:
    case NM_DNS_KIND_SALT:
    case NM_DNS_KIND_HASH:
        skip_string(c);
        break;
    case NM_DNS_KIND_STRINGS:
        while (nm_cursor_left(c) > 0) {
            skip_string(c);
        }
        break;
    case NM_DNS_KIND_PREFIX:
        skip_prefix(c);
        break;
    case NM_DNS_KIND_BITMAP:
        skip_windows(c);
        break;
    case NM_DNS_KIND_PARAMS:
        if (!nm_dns_params_are_valid(c)) {
            nm_cursor_fail(c);
        }
        break;
    case NM_DNS_KIND_QUOTED:
    case NM_DNS_KIND_HEX:
    case NM_DNS_KIND_BASE64:
    case NM_DNS_KIND_OPTIONS:
        nm_cursor_take(c, nm_cursor_left(c));
        break;
    case NM_DNS_KIND_END:
        break;
    }
}

bool
nm_dns_rdata_is_valid(uint16_t type, uint16_t rrclass, nm_span message, size_t offset, size_t len,
                      size_t *ref_pointers_left)
{
    const nm_dns_layout *layout = nm_dns_layout_of(type);
    if (len == 0 || layout == NULL || !nm_dns_layout_is_for(layout, rrclass)) {
        return true;
    }
    nm_cursor c = nm_cursor_init(nm_span_of(message.data + offset, len));
    for (const uint8_t *kind = layout->kinds; *kind != NM_DNS_KIND_END; kind++) {
        if (nm_cursor_left(&c) == 0) {
            break;
        }
        skip_field(&c, (nm_dns_kind)*kind, message, offset, ref_pointers_left);
    }
    return !c.has_failed && nm_cursor_left(&c) == 0;
}
