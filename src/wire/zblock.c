/* SPDX-License-Identifier: Apache-2.0 */
/* What both implementations of compressed blocks share: levels, and the length in front. */
#include "wire/zblock.h"

#include "base/cursor.h"

/* Deflate spends at least one bit on a match of at most 258 octets (RFC 1951 section 3.2.5), so a
 * longer announcement is a lie that need not cost memory. */
enum { DEFLATE_RATIO_MAX = 258 * 8 };

int
nm_zlevel_of(int level, int fallback)
{
    if (level == NM_ZLEVEL_DEFAULT) {
        return fallback;
    }
    return level < NM_ZLEVEL_MIN ? NM_ZLEVEL_MIN : level > NM_ZLEVEL_MAX ? NM_ZLEVEL_MAX : level;
}

uint8_t *
nm_zblock_put_len(uint8_t *out, size_t len)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        *out++ = (uint8_t)(len >> shift);
    }
    return out;
}

nm_status
nm_zblock_open(nm_span block, size_t limit, uint32_t *out_len, nm_span *out_stream, nm_error *err)
{
    nm_cursor c = nm_cursor_init(block);
    uint32_t len = nm_cursor_be32(&c);
    if (c.has_failed) {
        return nm_error_set(err, NM_E_PARSE, 0, "compressed block of %zu octets", block.len);
    }
    nm_span stream = nm_cursor_take(&c, nm_cursor_left(&c));
    if (len > limit || len == UINT32_MAX) { /* Implementations count one octet more. */
        return nm_error_set(err, NM_E_LIMIT, 0,
                            "compressed block announces %u octets, the limit is %zu", len, limit);
    }
    if (len / DEFLATE_RATIO_MAX > stream.len) {
        return nm_error_set(err, NM_E_INFLATE, 0,
                            "compressed block of %zu octets cannot hold the announced %u",
                            stream.len, len);
    }
    *out_len = len;
    *out_stream = stream;
    return NM_OK;
}
